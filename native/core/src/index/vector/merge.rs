//! Joins segments and leaves out frames that are gone.

use std::io::Write;

use super::graph::Progress;
use super::layout::{Layout, Shape, corrupt};
use super::lists::{Lists, list_count};
use super::precision::Precision;
use super::reader::VectorSegment;
use super::writer::{SegmentWriter, ascend, encode_passage, rows_by_slot, with_lists};
use crate::error::{Code, Error, Result};
use crate::index::Passage;
use crate::storage::Slice;

/// What a merge will write. Only passages and lists are held in memory; vectors and codes are copied from the sources as they
/// are, so that a merge gives the same bytes as building all rows anew.
pub struct Merge {
    segments: Vec<VectorSegment>,
    /// Live passages in the order of the new segment, with the segment and row each comes from.
    order: Vec<(Passage, u32, u32)>,
    /// For each segment, where the codes of each row lie; `None`: in the order of the rows.
    slots: Vec<Option<Vec<u32>>>,
    lists: Option<Lists>,
    layout: Layout,
}

impl Merge {
    /// Plans to merge `segments` without the frames in `dead`, which ascends. `None` when no row is left.
    ///
    /// `VectorMismatch` when the dimensions differ, `Corrupt` when two segments hold the same passage.
    pub fn plan(segments: &[Slice], dead: &[u64]) -> Result<Option<Merge>> {
        Merge::plan_with(segments, dead, false, &|_, _| true)
    }

    /// [`Merge::plan`], and a graph of the rows with it where there are lists. `Aborted` once `progress` says so.
    pub fn plan_with(segments: &[Slice], dead: &[u64], with_graph: bool, progress: &Progress<'_>) -> Result<Option<Merge>> {
        let segments = segments.iter().cloned().map(VectorSegment::open).collect::<Result<Vec<_>>>()?;
        let Some(dim) = segments.first().map(VectorSegment::dim) else { return Ok(None) };
        let mut order = Vec::new();
        for (index, segment) in segments.iter().enumerate() {
            if segment.dim() != dim {
                let message = format!("segments of {dim} and of {} dimensions can't be merged", segment.dim());
                return Err(Error::new(Code::VectorMismatch, message));
            }
            let too_many = |_| Error::invalid("more than 4,294,967,295 segments or rows to merge");
            let index = u32::try_from(index).map_err(too_many)?;
            for (row, passage) in segment.passages()?.enumerate() {
                if dead.binary_search(&passage.frame_id).is_err() {
                    order.push((passage, index, u32::try_from(row).map_err(too_many)?));
                }
            }
        }
        order.sort_by_key(|(passage, ..)| (passage.frame_id, passage.start));
        if let Some(pair) = order.windows(2).find(|pair| !ascend(&pair[0].0, &pair[1].0)) {
            return Err(corrupt(format!("frame {} has two vectors at byte {}", pair[1].0.frame_id, pair[1].0.start)));
        }
        if order.is_empty() {
            return Ok(None);
        }
        // Where sources are not kept alike, f32 holds each of them as it is.
        let first = segments[0].precision();
        let precision = if segments.iter().all(|segment| segment.precision() == first) { first } else { Precision::F32 };
        let shape = Shape { precision, ..Shape::plain(dim, order.len()) };
        let layout = with_lists(shape, None)?;
        let slots = segments.iter().map(VectorSegment::slots_by_row).collect::<Result<Vec<_>>>()?;
        let mut merge = Merge { segments, order, slots, lists: None, layout };
        let wanted = list_count(merge.order.len());
        if wanted > 0 {
            let mut lists = Lists::build(merge.order.len(), merge.layout.stride, wanted, &|row| merge.codes(row))?;
            if with_graph {
                let scales = merge.segments.iter().map(VectorSegment::scales).collect::<Result<Vec<_>>>()?;
                let scale = |row: usize| {
                    let (segment, _, slot) = merge.source(row);
                    scales[segment][slot]
                };
                lists.connect(&|row| merge.codes(row), &scale, progress)?;
            }
            merge.layout = with_lists(shape, Some(&lists))?;
            merge.lists = Some(lists);
        }
        Ok(Some(merge))
    }

    /// Length of the merged segment in bytes.
    pub fn size_bytes(&self) -> usize {
        self.layout.len()
    }

    /// Writes the merged segment from its first byte to its last.
    pub fn write_to<W: Write>(&self, out: W) -> Result<W> {
        let mut out = SegmentWriter::new(&self.layout, out)?;
        out.array(self.layout.passages.start, self.order.iter().map(|(passage, ..)| encode_passage(passage)))?;
        let slots = || rows_by_slot(self.order.len(), self.lists.as_ref()).map(|row| self.source(row));
        let scales = self.segments.iter().map(VectorSegment::scales).collect::<Result<Vec<_>>>()?;
        out.array(self.layout.scales.start, slots().map(|(segment, _, slot)| scales[segment][slot].to_le_bytes()))?;
        let residuals = self.segments.iter().map(VectorSegment::residuals).collect::<Result<Vec<_>>>()?;
        out.array(self.layout.residuals.start, slots().map(|(segment, _, slot)| residuals[segment][slot].to_le_bytes()))?;
        out.pad_to(self.layout.codes.start)?;
        for (segment, _, slot) in slots() {
            out.bytes(bytemuck::cast_slice(self.segments[segment].codes(slot..slot + 1)?))?;
        }
        out.pad_to(self.layout.rows.start)?;
        for row in 0..self.order.len() {
            let (segment, row, _) = self.source(row);
            let segment = &self.segments[segment];
            if segment.precision() == self.layout.shape.precision {
                out.bytes(segment.row_bytes(row)?)?;
            } else {
                out.bytes(bytemuck::cast_slice(&segment.row(row)?))?;
            }
        }
        let steps = self.segments.iter().map(VectorSegment::steps).collect::<Result<Vec<_>>>()?;
        out.lists(&self.layout, self.lists.as_ref(), slots().map(|(segment, _, slot)| steps[segment][slot]))?;
        out.finish()
    }

    fn codes(&self, row: usize) -> Result<&[i8]> {
        let (segment, _, slot) = self.source(row);
        self.segments[segment].codes(slot..slot + 1)
    }

    /// Segment and row that a row of the merged segment comes from, and where its codes lie there.
    fn source(&self, row: usize) -> (usize, usize, usize) {
        let (_, segment, row) = self.order[row];
        let (segment, row) = (segment as usize, row as usize);
        (segment, row, self.slots[segment].as_ref().map_or(row, |slots| slots[row] as usize))
    }
}

/// [`Merge`] into memory: the bytes of the merged segment, `None` when no row is left.
pub fn merge_segments(segments: &[Slice], dead: &[u64]) -> Result<Option<Vec<u8>>> {
    Merge::plan(segments, dead)?.map(|merge| merge.write_to(Vec::with_capacity(merge.size_bytes()))).transpose()
}
