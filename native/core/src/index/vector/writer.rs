//! Makes a segment of vectors.

use std::io::Write;

use super::layout::{Layout, MAX_DIM};
use super::lists::{Lists, list_count};
use super::quantize::quantize_row;
use crate::error::{Error, Result};
use crate::index::Passage;

/// The bytes of a segment of `passages.len()` vectors of `dim` components.
///
/// `passages` ascend strictly by frame id, then start. `rows` holds the vectors one after the other, of any length but
/// zero, and they are kept as given. `InvalidInput` when there is no passage, when the counts do not fit, or when a vector
/// is zero or holds NaN or an infinity: it would have no cosine with anything.
pub fn build_segment(dim: usize, passages: &[Passage], rows: &[f32]) -> Result<Vec<u8>> {
    build_in_lists(dim, passages, rows, list_count(passages.len()))
}

/// [`build_segment`] with about this many lists, 0 for none.
pub(super) fn build_in_lists(dim: usize, passages: &[Passage], rows: &[f32], wanted_lists: usize) -> Result<Vec<u8>> {
    let Some(layout) = Layout::of(dim, passages.len(), 0) else {
        return Err(Error::invalid(format!("{} vectors of {dim} components; a vector has 1 to {MAX_DIM}", passages.len())));
    };
    if passages.len().checked_mul(dim) != Some(rows.len()) {
        return Err(Error::invalid(format!(
            "{} vectors of {dim} components need {} values, {} given",
            passages.len(),
            passages.len() * dim,
            rows.len()
        )));
    }
    if let Some(pair) = passages.windows(2).find(|pair| !ascend(&pair[0], &pair[1])) {
        return Err(Error::invalid(format!("passages must ascend by frame and start: {:?} stands before {:?}", pair[0], pair[1])));
    }

    let mut codes = vec![0i8; layout.codes.len()];
    let mut meanings = Vec::with_capacity(layout.count);
    for ((row, codes), passage) in rows.chunks_exact(dim).zip(codes.chunks_exact_mut(layout.stride)).zip(passages) {
        check_vector(row).map_err(|problem| Error::invalid(format!("the vector of frame {} {problem}", passage.frame_id)))?;
        meanings.push(quantize_row(row, &mut codes[..dim]));
    }

    let stride = layout.stride;
    let codes_of = |row: usize| Ok(&codes[row * stride..(row + 1) * stride]);
    let lists = if wanted_lists > 0 { Some(Lists::build(passages.len(), stride, wanted_lists, &codes_of)?) } else { None };
    let layout = with_lists(layout, lists.as_ref())?;
    let rows_by_slot = || rows_by_slot(layout.count, lists.as_ref());
    let mut out = SegmentWriter::new(&layout, Vec::with_capacity(layout.len()))?;
    out.array(layout.passages.start, passages.iter().map(encode_passage))?;
    out.array(layout.scales.start, rows_by_slot().map(|row| meanings[row].scale.to_le_bytes()))?;
    out.array(layout.residuals.start, rows_by_slot().map(|row| meanings[row].residual.to_le_bytes()))?;
    out.pad_to(layout.codes.start)?;
    for row in rows_by_slot() {
        out.bytes(bytemuck::cast_slice(codes_of(row)?))?;
    }
    out.array(layout.rows.start, [bytemuck::cast_slice::<f32, u8>(rows)])?;
    out.lists(&layout, lists.as_ref())?;
    out.finish()
}

/// The layout of the same rows with these lists.
pub(super) fn with_lists(layout: Layout, lists: Option<&Lists>) -> Result<Layout> {
    let Some(lists) = lists else { return Ok(layout) };
    Layout::of(layout.dim, layout.count, lists.ends.len()).ok_or_else(|| Error::invalid(format!("{} vectors are too many", layout.count)))
}

/// The rows in the order in which their codes lie.
pub(super) fn rows_by_slot(count: usize, lists: Option<&Lists>) -> impl Iterator<Item = usize> {
    (0..count).map(move |slot| lists.map_or(slot, |lists| lists.order[slot] as usize))
}

/// What keeps `vector` from having a cosine, to follow "the vector".
pub(super) fn check_vector(vector: &[f32]) -> std::result::Result<(), &'static str> {
    if vector.iter().any(|value| !value.is_finite()) {
        return Err("holds NaN or an infinity");
    }
    if vector.iter().all(|&value| value == 0.0) {
        return Err("is zero");
    }
    Ok(())
}

pub(super) fn ascend(before: &Passage, after: &Passage) -> bool {
    (before.frame_id, before.start) < (after.frame_id, after.start)
}

pub(super) fn encode_passage(passage: &Passage) -> [u8; 16] {
    let mut bytes = [0u8; 16];
    bytes[..8].copy_from_slice(&passage.frame_id.to_le_bytes());
    bytes[8..12].copy_from_slice(&passage.start.to_le_bytes());
    bytes[12..].copy_from_slice(&passage.len.to_le_bytes());
    bytes
}

/// Writes the arrays of a segment in their order, with zeros between them.
pub(super) struct SegmentWriter<W> {
    out: W,
    written: usize,
    expected: usize,
}

impl<W: Write> SegmentWriter<W> {
    pub fn new(layout: &Layout, out: W) -> Result<Self> {
        let mut writer = SegmentWriter { out, written: 0, expected: layout.len() };
        writer.bytes(&layout.header())?;
        Ok(writer)
    }

    pub fn array<T: AsRef<[u8]>>(&mut self, start: usize, items: impl IntoIterator<Item = T>) -> Result<()> {
        self.pad_to(start)?;
        items.into_iter().try_for_each(|item| self.bytes(item.as_ref()))
    }

    pub fn pad_to(&mut self, start: usize) -> Result<()> {
        let padding = start - self.written;
        self.bytes(&[0u8; super::layout::ALIGN][..padding])
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|source| Error::io("writing a vector segment", source))?;
        self.written += bytes.len();
        Ok(())
    }

    /// The arrays of the lists, where there are any.
    pub fn lists(&mut self, layout: &Layout, lists: Option<&Lists>) -> Result<()> {
        let Some(Lists { centroids, ends, order }) = lists else { return Ok(()) };
        self.array(layout.order.start, [bytemuck::cast_slice::<u32, u8>(order)])?;
        self.array(layout.ends.start, [bytemuck::cast_slice::<u32, u8>(ends)])?;
        self.array(layout.centroid_scales.start, [bytemuck::cast_slice::<f32, u8>(&centroids.scales)])?;
        self.array(layout.centroids.start, [bytemuck::cast_slice::<i8, u8>(&centroids.codes)])
    }

    pub fn finish(self) -> Result<W> {
        debug_assert_eq!(self.written, self.expected);
        Ok(self.out)
    }
}
