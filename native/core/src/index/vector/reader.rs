//! Reads a segment in place.

use std::borrow::Cow;
use std::ops::{Deref, Range};
use std::sync::Arc;

use half::f16;

use super::graph::NO_NEIGHBOUR;
use super::layout::{GRAPH_HEADER_BYTES, Layout, PASSAGE_BYTES, corrupt};
use super::precision::{Precision, decode_f16, decode_i8};
use super::quantize::{RowCodes, quantize_row};
use super::walk::Nodes;
use super::writer::{ascend, check_vector};
use crate::error::{Error, Result};
use crate::index::Passage;
use crate::storage::Slice;

/// A segment of vectors. Opening reads the header only; every other byte is verified when it is used.
#[derive(Clone)]
pub struct VectorSegment {
    slice: Slice,
    layout: Layout,
}

impl VectorSegment {
    /// Segments in a mapped file are aligned and are read where they lie; bytes in memory that are not aligned for f32 are
    /// copied once. `Corrupt` when the header does not describe exactly these bytes, `Unsupported` for another layout.
    pub fn open(slice: Slice) -> Result<VectorSegment> {
        let start_bytes = GRAPH_HEADER_BYTES.min(slice.len());
        let layout = Layout::parse(slice.get(0..start_bytes)?, slice.len())?;
        let aligned = slice.get(0..start_bytes)?.as_ptr().cast::<f32>().is_aligned();
        let slice = if aligned { slice } else { aligned_copy(&slice)? };
        Ok(VectorSegment { slice, layout })
    }

    /// Number of vectors.
    #[allow(clippy::len_without_is_empty)] // A segment without rows does not exist.
    pub fn len(&self) -> usize {
        self.layout.shape.count
    }

    /// Components of each vector.
    pub fn dim(&self) -> usize {
        self.layout.shape.dim
    }

    /// Name and version of what wrote the segment.
    pub fn writer(&self) -> Result<String> {
        let name = self.slice.get(self.layout.writer())?;
        Ok(String::from_utf8_lossy(name).trim_end_matches('\0').to_string())
    }

    /// The passage of row `row`; `Corrupt` when there is no such row.
    pub fn passage(&self, row: usize) -> Result<Passage> {
        self.check_rows(&(row..row.saturating_add(1)))?;
        let start = self.layout.passages.start + row * PASSAGE_BYTES;
        Ok(decode_passage(self.slice.get(start..start + PASSAGE_BYTES)?))
    }

    /// All passages, row by row.
    pub fn passages(&self) -> Result<impl ExactSizeIterator<Item = Passage> + '_> {
        Ok(self.passage_bytes()?.chunks_exact(PASSAGE_BYTES).map(decode_passage))
    }

    /// How finely the vectors are kept.
    pub fn precision(&self) -> Precision {
        self.layout.shape.precision
    }

    /// One vector as it is kept.
    pub fn row(&self, row: usize) -> Result<Cow<'_, [f32]>> {
        self.check_rows(&(row..row.saturating_add(1)))?;
        match self.precision() {
            Precision::F32 => cast(self.slice.get(self.layout.row(row))?).map(Cow::Borrowed),
            Precision::F16 => Ok(Cow::Owned(decode_f16(cast::<f16>(self.slice.get(self.layout.row(row))?)?))),
            Precision::I8 => {
                let slot = self.slot_of(row)?;
                let mut vector = vec![0f32; self.dim()];
                decode_i8(self.codes(slot..slot + 1)?, self.steps()?[slot], &mut vector);
                Ok(Cow::Owned(vector))
            }
        }
    }

    /// Asks for the bytes of a row that is read soon.
    pub(super) fn prefetch_row(&self, row: usize) {
        if self.precision() != Precision::I8 && row < self.len() {
            self.slice.prefetch(self.layout.row(row));
        }
    }

    /// Asks for the passage of a row that is read soon.
    pub(super) fn prefetch_passage(&self, row: usize) {
        let start = self.layout.passages.start + row * PASSAGE_BYTES;
        self.slice.prefetch(start..start + PASSAGE_BYTES);
    }

    /// Whether a row is, to the bit, what is kept of `vector`. Among vectors in f32 there can be some that were rounded before: those of
    /// segments that were merged with others than their like.
    pub fn keeps(&self, row: usize, vector: &[f32]) -> Result<bool> {
        let kept = self.row(row)?;
        let is_kept = |precision: &Precision| {
            let mut rounded = vector.to_vec();
            precision.round(&mut rounded);
            kept.iter().map(|x| x.to_bits()).eq(rounded.iter().map(|x| x.to_bits()))
        };
        Ok(if self.precision() == Precision::F32 { Precision::ALL.iter().any(is_kept) } else { is_kept(&self.precision()) })
    }

    /// The bytes of one vector that stand beside its codes.
    pub(super) fn row_bytes(&self, row: usize) -> Result<&[u8]> {
        self.slice.get(self.layout.row(row))
    }

    /// Where the items of the vectors lie, in bytes from the start of the segment: a multiple of 64. Of the vectors themselves in f32 or
    /// f16, of the codes, padded to a multiple of 64 components, where these are the vectors.
    pub fn values(&self) -> Range<usize> {
        if self.precision() == Precision::I8 { self.layout.codes.clone() } else { self.layout.rows.clone() }
    }

    /// What a code of 1 is worth at each slot, where the codes are the vectors; else empty.
    pub fn steps(&self) -> Result<&[f32]> {
        // Layouts without it end before the place where it would begin.
        if self.layout.steps.is_empty() { Ok(&[]) } else { cast(self.slice.get(self.layout.steps.clone())?) }
    }

    /// Items from one vector to the next in [`values`](Self::values).
    pub fn value_stride(&self) -> usize {
        if self.precision() == Precision::I8 { self.layout.stride } else { self.dim() }
    }

    /// Bytes of an item in [`values`](Self::values).
    pub fn value_bytes(&self) -> usize {
        self.precision().item_bytes().max(1)
    }

    /// `Corrupt`, about a row that a list names.
    pub fn no_row(&self, row: u32) -> Error {
        corrupt(format!("row {row} of {}", self.len()))
    }

    /// The row of each vector in [`values`](Self::values); `None`: they lie in the order of the rows.
    pub fn value_order(&self) -> Result<Option<&[u32]>> {
        if self.precision() == Precision::I8 && self.layout.shape.lists > 0 { self.order().map(Some) } else { Ok(None) }
    }

    /// Where the codes of a row lie. Only where the codes are the vectors is this known without looking through all.
    fn slot_of(&self, row: usize) -> Result<usize> {
        if self.layout.shape.lists == 0 {
            return Ok(row);
        }
        let slots: &[u32] = cast(self.slice.get(self.layout.slots.start + row * 4..self.layout.slots.start + (row + 1) * 4)?)?;
        match slots.first() {
            Some(&slot) if (slot as usize) < self.len() => Ok(slot as usize),
            _ => Err(corrupt(format!("row {row} has no slot"))),
        }
    }

    /// Reads everything and holds it to what a writer makes: passages ascend, vectors have a cosine, codes and bounds are
    /// those of the vectors, padding is zero. `Corrupt` with the first thing that is not so.
    pub fn verify(&self) -> Result<()> {
        let layout = &self.layout;
        let mut end = layout.header_bytes();
        for array in layout.arrays() {
            if self.slice.get(end..array.start)?.iter().any(|&byte| byte != 0) {
                return Err(corrupt(format!("padding before byte {} is not zero", array.start)));
            }
            end = array.end;
        }
        let passages = self.passages()?.collect::<Vec<_>>();
        if let Some(row) = passages.windows(2).position(|pair| !ascend(&pair[0], &pair[1])) {
            return Err(corrupt(format!("row {} is out of order", row + 1)));
        }
        let (scales, residuals) = (self.scales()?, self.residuals()?);
        let mut codes = vec![0i8; layout.stride];
        let slots = self.slots_by_row()?;
        self.verify_lists()?;
        self.verify_graph()?;
        if self.precision() == Precision::I8
            && let Some(slots) = &slots
            && cast::<u32>(self.slice.get(layout.slots.clone())?)? != slots
        {
            return Err(corrupt("the slots are not those of the lists".into()));
        }
        for row in 0..self.len() {
            let vector = self.row(row)?;
            check_vector(&vector).map_err(|problem| corrupt(format!("the vector of row {row} {problem}")))?;
            let expected = quantize_row(&vector, &mut codes[..layout.shape.dim]);
            let slot = slots.as_ref().map_or(row, |slots| slots[row] as usize);
            if (RowCodes { scale: scales[slot], residual: residuals[slot] }) != expected || self.codes(slot..slot + 1)? != codes {
                return Err(corrupt(format!("the codes of row {row} are not those of its vector")));
            }
        }
        Ok(())
    }

    /// Lists are in order, and centroids have a scale and zeros after their components. Whether each row is in the list nearest to it is
    /// not looked at: that decides about speed and recall, not about right and wrong.
    fn verify_lists(&self) -> Result<()> {
        let Some(ends) = self.list_ends()? else { return Ok(()) };
        if ends.last().is_none_or(|&end| end as usize != self.len()) || !ends.is_sorted() {
            return Err(corrupt("the lists do not hold each row".into()));
        }
        let mut start = 0;
        let order = self.order()?;
        for &end in ends {
            if !order[start..end as usize].is_sorted() {
                return Err(corrupt("a list is not in the order of its rows".into()));
            }
            start = end as usize;
        }
        let (codes, scales) = self.centroids()?;
        let padded = codes.chunks_exact(self.layout.stride).all(|codes| codes[self.layout.shape.dim..].iter().all(|&code| code == 0));
        if !padded || scales.iter().any(|scale| !scale.is_finite() || *scale <= 0.0) {
            return Err(corrupt("a centroid has no direction".into()));
        }
        Ok(())
    }

    /// Neighbours are slots of other rows, each once, and stand before the free places. Whether they are near is not looked at.
    fn verify_graph(&self) -> Result<()> {
        if !self.has_graph() {
            return Ok(());
        }
        for slot in 0..self.len() {
            let places = self.neighbours(slot as u32)?;
            let count = places.iter().position(|&place| place == NO_NEIGHBOUR).unwrap_or(places.len());
            let (neighbours, free) = places.split_at(count);
            let is_one = |&near: &u32| (near as usize) < self.len() && near as usize != slot;
            let is_twice = |(at, near): (usize, &u32)| neighbours[..at].contains(near);
            if !neighbours.iter().all(is_one)
                || free.iter().any(|&place| place != NO_NEIGHBOUR)
                || neighbours.iter().enumerate().any(is_twice)
            {
                return Err(corrupt(format!("the neighbours of slot {slot} are not other slots")));
            }
        }
        Ok(())
    }

    /// Whether rows know their neighbours.
    pub fn has_graph(&self) -> bool {
        self.layout.shape.degree > 0
    }

    /// Number of lists that the rows are sorted into; 0: none.
    pub fn list_count(&self) -> usize {
        self.layout.shape.lists
    }

    /// Where each list ends among the slots of the codes; `None` without lists. Not verified to ascend.
    pub(super) fn list_ends(&self) -> Result<Option<&[u32]>> {
        if self.layout.shape.lists == 0 { Ok(None) } else { cast(self.slice.get(self.layout.ends.clone())?).map(Some) }
    }

    /// Codes and scales of the lists' centroids.
    pub(super) fn centroids(&self) -> Result<(&[i8], &[f32])> {
        Ok((cast(self.slice.get(self.layout.centroids.clone())?)?, cast(self.slice.get(self.layout.centroid_scales.clone())?)?))
    }

    fn order(&self) -> Result<&[u32]> {
        cast(self.slice.get(self.layout.order.clone())?)
    }

    /// The rows whose codes lie at these slots, to be asked for one by one.
    pub(super) fn rows_of(&self, slots: &Range<usize>) -> Result<Rows<'_>> {
        self.check_rows(slots)?;
        let (order, passages) = if self.layout.shape.lists == 0 {
            let start = self.layout.passages.start;
            (None, Some(self.slice.get(start + slots.start * PASSAGE_BYTES..start + slots.end * PASSAGE_BYTES)?))
        } else {
            let start = self.layout.order.start;
            let order: &[u32] = cast(self.slice.get(start + slots.start * size_of::<u32>()..start + slots.end * size_of::<u32>())?)?;
            // Rows of a list lie anywhere; those of many lists are nearly all.
            (Some(order), (slots.len() * 8 >= self.len()).then(|| self.passage_bytes()).transpose()?)
        };
        Ok(Rows { segment: self, first: slots.start, order, passages })
    }

    /// For each row where its codes lie; `None` when they lie in the order of the rows. `Corrupt` unless each row is there once.
    pub(super) fn slots_by_row(&self) -> Result<Option<Vec<u32>>> {
        if self.layout.shape.lists == 0 {
            return Ok(None);
        }
        let mut slots = vec![u32::MAX; self.len()];
        for (&row, slot) in self.order()?.iter().zip(0u32..) {
            match slots.get_mut(row as usize) {
                Some(free) if *free == u32::MAX => *free = slot,
                _ => return Err(corrupt(format!("row {row} is in the lists twice, or does not exist"))),
            }
        }
        Ok(Some(slots))
    }

    /// Codes at these slots, one row every stride.
    pub(super) fn codes(&self, rows: Range<usize>) -> Result<&[i8]> {
        self.check_rows(&rows)?;
        let start = self.layout.codes.start;
        cast(self.slice.get(start + rows.start * self.layout.stride..start + rows.end * self.layout.stride)?)
    }

    pub(super) fn stride(&self) -> usize {
        self.layout.stride
    }

    /// Scales and residuals of the codes at these slots.
    pub(super) fn bounds(&self, slots: &Range<usize>) -> Result<(&[f32], &[f32])> {
        self.check_rows(slots)?;
        let part = |array: &Range<usize>| self.slice.get(array.start + slots.start * 4..array.start + slots.end * 4);
        Ok((cast(part(&self.layout.scales)?)?, cast(part(&self.layout.residuals)?)?))
    }

    pub(super) fn scales(&self) -> Result<&[f32]> {
        cast(self.slice.get(self.layout.scales.clone())?)
    }

    pub(super) fn residuals(&self) -> Result<&[f32]> {
        cast(self.slice.get(self.layout.residuals.clone())?)
    }

    pub(super) fn passage_bytes(&self) -> Result<&[u8]> {
        self.slice.get(self.layout.passages.clone())
    }

    fn check_rows(&self, rows: &Range<usize>) -> Result<()> {
        if rows.start > rows.end || rows.end > self.len() {
            return Err(corrupt(format!("rows {}..{} of {}", rows.start, rows.end, self.len())));
        }
        Ok(())
    }
}

/// Each array is read at this slot alone: a walk touches little of them.
impl Nodes for VectorSegment {
    fn count(&self) -> usize {
        self.len()
    }

    fn codes(&self, slot: u32) -> Result<&[i8]> {
        self.codes(slot as usize..slot as usize + 1)
    }

    fn scale(&self, slot: u32) -> Result<f32> {
        let (scales, _) = self.bounds(&(slot as usize..slot as usize + 1))?;
        Ok(scales[0])
    }

    fn neighbours(&self, slot: u32) -> Result<&[u32]> {
        let bytes = self.layout.shape.degree * size_of::<u32>();
        let start = self.layout.neighbours.start + slot as usize * bytes;
        cast(self.slice.get(start..start + bytes)?)
    }
}

/// Some rows of a segment, by where their codes lie.
pub(super) struct Rows<'a> {
    segment: &'a VectorSegment,
    /// First of the slots.
    first: usize,
    /// The rows of the slots; `None`: they are the slots.
    order: Option<&'a [u32]>,
    /// Passages of these rows, or of all where there is an order; `None`: they are read one by one.
    passages: Option<&'a [u8]>,
}

impl Rows<'_> {
    /// Row and frame id of a slot, counted from the first one.
    pub fn at(&self, slot: usize) -> Result<(usize, u64)> {
        let (row, place) = match self.order {
            None => (self.first + slot, slot),
            Some(order) => order.get(slot).map(|&row| (row as usize, row as usize)).ok_or_else(|| corrupt(format!("no slot {slot}")))?,
        };
        let Some(passages) = self.passages else { return Ok((row, self.segment.passage(row)?.frame_id)) };
        let bytes = passages.get(place * PASSAGE_BYTES..(place + 1) * PASSAGE_BYTES);
        let frame_id = bytes.map(|bytes| decode_passage(bytes).frame_id);
        frame_id.map(|frame_id| (row, frame_id)).ok_or_else(|| corrupt(format!("row {row} of {}", self.segment.len())))
    }
}

/// `bytes` are 16.
pub(super) fn decode_passage(bytes: &[u8]) -> Passage {
    let (mut frame_id, mut start, mut len) = ([0u8; 8], [0u8; 4], [0u8; 4]);
    frame_id.copy_from_slice(&bytes[..8]);
    start.copy_from_slice(&bytes[8..12]);
    len.copy_from_slice(&bytes[12..16]);
    Passage { frame_id: u64::from_le_bytes(frame_id), start: u32::from_le_bytes(start), len: u32::from_le_bytes(len) }
}

fn cast<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> Result<&[T]> {
    bytemuck::try_cast_slice(bytes).map_err(|error| corrupt(format!("array is not aligned: {error}")))
}

/// Memory of 64-bit words, so that it is aligned for f32.
struct Words(Vec<u64>);

impl Deref for Words {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

fn aligned_copy(slice: &Slice) -> Result<Slice> {
    let bytes = slice.all()?;
    let mut words = vec![0u64; bytes.len().div_ceil(size_of::<u64>())];
    bytemuck::cast_slice_mut::<u64, u8>(&mut words)[..bytes.len()].copy_from_slice(bytes);
    Slice::new(Arc::new(Words(words)), 0..bytes.len(), None)
}
