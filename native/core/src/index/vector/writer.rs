//! Makes a segment of vectors.

use std::io::Write;

use super::layout::{Layout, MAX_DIM, Shape};
use super::lists::{Lists, list_count};
use super::precision::Precision;
use super::quantize::quantize_row;
use crate::error::{Error, Result};
use crate::index::Passage;

/// The bytes of a segment of `passages.len()` vectors of `dim` components.
///
/// `passages` ascend strictly by frame id, then start. `rows` holds the vectors one after the other, of any length but
/// zero, and they are kept as given. `InvalidInput` when there is no passage, when the counts do not fit, or when a vector
/// is zero or holds NaN or an infinity: it would have no cosine with anything.
pub fn build_segment(dim: usize, passages: &[Passage], rows: &[f32]) -> Result<Vec<u8>> {
    build_segment_in(Precision::F32, dim, passages, rows)
}

/// [`build_segment`] of vectors rounded to `precision`. `InvalidInput` also for a vector that has no cosine once it is rounded.
pub fn build_segment_in(precision: Precision, dim: usize, passages: &[Passage], rows: &[f32]) -> Result<Vec<u8>> {
    build_shaped(precision, dim, passages, rows, list_count(passages.len()), false)
}

/// [`build_segment_in`] with about this many lists, 0 for none, and with a graph, which needs lists: forms that only many rows get otherwise.
pub fn build_shaped(
    precision: Precision,
    dim: usize,
    passages: &[Passage],
    rows: &[f32],
    wanted_lists: usize,
    with_graph: bool,
) -> Result<Vec<u8>> {
    let shape = Shape { precision, ..Shape::plain(dim, passages.len()) };
    let Some(layout) = Layout::of(shape) else {
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

    let stride = layout.stride;
    let mut codes = vec![0i8; layout.codes.len()];
    let mut meanings = Vec::with_capacity(passages.len());
    let mut steps = Vec::with_capacity(passages.len());
    let mut kept = Vec::with_capacity(layout.rows.len());
    let (mut rounded, mut bytes) = (vec![0f32; dim], Vec::new());
    for ((row, codes), passage) in rows.chunks_exact(dim).zip(codes.chunks_exact_mut(stride)).zip(passages) {
        check_vector(row).map_err(|problem| Error::invalid(format!("the vector of frame {} {problem}", passage.frame_id)))?;
        rounded.copy_from_slice(row);
        steps.push(precision.round(&mut rounded));
        check_vector(&rounded).map_err(|problem| {
            let precision = precision.as_str();
            Error::invalid(format!("the vector of frame {} {problem} once it is rounded to {precision}", passage.frame_id))
                .hint("make the file with vectors kept as f32, or give vectors of length 1")
        })?;
        meanings.push(quantize_row(&rounded, &mut codes[..dim]));
        precision.encode(&rounded, &mut bytes);
        kept.extend_from_slice(&bytes);
    }

    let codes_of = |row: usize| Ok(&codes[row * stride..(row + 1) * stride]);
    let mut lists = if wanted_lists > 0 { Some(Lists::build(passages.len(), stride, wanted_lists, &codes_of)?) } else { None };
    if let Some(lists) = lists.as_mut().filter(|_| with_graph) {
        lists.connect(&codes_of, &|row| meanings[row].scale, &|_, _| true)?;
    }
    let layout = with_lists(shape, lists.as_ref())?;
    let rows_by_slot = || rows_by_slot(passages.len(), lists.as_ref());
    let mut out = SegmentWriter::new(&layout, Vec::with_capacity(layout.len()))?;
    out.array(layout.passages.start, passages.iter().map(encode_passage))?;
    out.array(layout.scales.start, rows_by_slot().map(|row| meanings[row].scale.to_le_bytes()))?;
    out.array(layout.residuals.start, rows_by_slot().map(|row| meanings[row].residual.to_le_bytes()))?;
    out.pad_to(layout.codes.start)?;
    for row in rows_by_slot() {
        out.bytes(bytemuck::cast_slice(codes_of(row)?))?;
    }
    out.array(layout.rows.start, [&kept])?;
    out.lists(&layout, lists.as_ref(), rows_by_slot().map(|row| steps[row]))?;
    out.finish()
}

/// The layout of the same rows with these lists.
pub(super) fn with_lists(shape: Shape, lists: Option<&Lists>) -> Result<Layout> {
    let shape = lists.map_or(shape, |lists| Shape { lists: lists.ends.len(), degree: lists.degree(), ..shape });
    Layout::of(shape).ok_or_else(|| Error::invalid(format!("{} vectors are too many", shape.count)))
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
        // Arrays that a segment does not have are empty, and each of them begins at a multiple of `ALIGN`.
        let padding = start - self.written;
        self.bytes(&[0u8; super::layout::ALIGN][..padding])
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|source| Error::io("writing a vector segment", source))?;
        self.written += bytes.len();
        Ok(())
    }

    /// The arrays after the vectors, as far as the layout has them. `steps` are those of the slots.
    pub fn lists(&mut self, layout: &Layout, lists: Option<&Lists>, steps: impl Iterator<Item = f32>) -> Result<()> {
        if let Some(Lists { centroids, ends, order, .. }) = lists {
            self.array(layout.order.start, [bytemuck::cast_slice::<u32, u8>(order)])?;
            self.array(layout.ends.start, [bytemuck::cast_slice::<u32, u8>(ends)])?;
            self.array(layout.centroid_scales.start, [bytemuck::cast_slice::<f32, u8>(&centroids.scales)])?;
            self.array(layout.centroids.start, [bytemuck::cast_slice::<i8, u8>(&centroids.codes)])?;
        }
        if layout.shape.precision == Precision::I8 {
            if let Some(lists) = lists {
                let mut slots = vec![0u32; lists.order.len()];
                lists.order.iter().zip(0..).for_each(|(&row, slot)| slots[row as usize] = slot);
                self.array(layout.slots.start, [bytemuck::cast_slice::<u32, u8>(&slots)])?;
            }
            self.array(layout.steps.start, steps.map(f32::to_le_bytes))?;
        }
        if let Some(lists) = lists.filter(|lists| !lists.neighbours.is_empty()) {
            self.array(layout.neighbours.start, [bytemuck::cast_slice::<u32, u8>(&lists.neighbours)])?;
        }
        self.pad_to(layout.len())
    }

    pub fn finish(self) -> Result<W> {
        debug_assert_eq!(self.written, self.expected);
        Ok(self.out)
    }
}
