//! Cosines of frames that are named, for a caller who compares lists.

use super::VectorSegment;
use super::exact;
use super::search::check_query;
use crate::error::Result;
use crate::index::{MOST_OVERLAPPING, Passage, first_row};

/// Some segments and a query, to be asked frame by frame.
pub struct Named<'a> {
    query: &'a [f32],
    norm: f64,
    /// Each with its first and last frame.
    segments: Vec<(u64, u64, &'a VectorSegment)>,
}

impl<'a> Named<'a> {
    /// Fails as [`search`](super::search()) does.
    pub fn new(segments: &'a [VectorSegment], query: &'a [f32]) -> Result<Named<'a>> {
        check_query(segments, query)?;
        let range = |segment: &'a VectorSegment| Ok((segment.passage(0)?.frame_id, segment.passage(segment.len() - 1)?.frame_id, segment));
        Ok(Named { query, norm: exact::norm(query), segments: segments.iter().map(range).collect::<Result<_>>()? })
    }

    /// Asks memory for what a frame's cosine needs, where each frame has one row.
    pub fn prefetch(&self, frame_id: u64) {
        for (start, segment) in self.holding(frame_id) {
            // A damaged index may name frames that no row is near to.
            if let Some(row) = usize::try_from(frame_id - start).ok().filter(|row| *row < segment.len()) {
                segment.prefetch_row(row);
                segment.prefetch_passage(row);
            }
        }
    }

    /// The cosine of a frame's first passage; `None` when it has no vector.
    pub fn first(&self, frame_id: u64) -> Result<Option<f32>> {
        for (start, segment) in self.holding(frame_id) {
            let row = first_row(segment.len(), frame_id - start, |row| Ok(segment.passage(row)?.frame_id < frame_id))?;
            if row < segment.len() && segment.passage(row)?.frame_id == frame_id {
                return self.cosine(segment, row);
            }
        }
        Ok(None)
    }

    /// The best cosine among the passages of a frame that overlap this one, of the first [`MOST_OVERLAPPING`]; `None` when none has a
    /// vector.
    pub fn overlapping(&self, passage: Passage) -> Result<Option<f32>> {
        let mut best: Option<f32> = None;
        for (start, segment) in self.holding(passage.frame_id) {
            let first = first_row(segment.len(), passage.frame_id - start, |row| Ok(segment.passage(row)?.precedes(passage)))?;
            for row in first..segment.len().min(first + MOST_OVERLAPPING) {
                if !segment.passage(row)?.overlaps(passage) {
                    break;
                }
                // `None` is below every score.
                let cosine = self.cosine(segment, row)?;
                best = if cosine > best { cosine } else { best };
            }
        }
        Ok(best)
    }

    fn holding(&self, frame_id: u64) -> impl Iterator<Item = (u64, &'a VectorSegment)> {
        self.segments
            .iter()
            .filter(move |(first, last, _)| (*first..=*last).contains(&frame_id))
            .map(|(first, _, segment)| (*first, *segment))
    }

    fn cosine(&self, segment: &VectorSegment, row: usize) -> Result<Option<f32>> {
        Ok(exact::cosine(self.query, self.norm, &segment.row(row)?))
    }
}
