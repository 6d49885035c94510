//! Cosines of frames that are named, for a caller who compares lists.

use super::VectorSegment;
use super::exact;
use super::search::check_query;
use crate::error::Result;
use crate::index::{MOST_OVERLAPPING, Passage};

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

    /// The cosine of a frame's first passage; `None` when it has no vector.
    pub fn first(&self, frame_id: u64) -> Result<Option<f32>> {
        for (start, segment) in self.holding(frame_id) {
            let row = first_row(segment, frame_id - start, |found| found.frame_id < frame_id)?;
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
            let first = first_row(segment, passage.frame_id - start, |found| found.precedes(passage))?;
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

/// The first row of which `precedes` is not true; it is of all rows before that one. `guess`: where it may be, which saves the search where each
/// frame has one row.
fn first_row(segment: &VectorSegment, guess: u64, precedes: impl Fn(Passage) -> bool) -> Result<usize> {
    let (mut low, mut high) = (0, segment.len());
    if let Ok(guess) = usize::try_from(guess)
        && guess < high
    {
        if precedes(segment.passage(guess)?) {
            low = guess + 1;
        } else if guess == 0 || precedes(segment.passage(guess - 1)?) {
            return Ok(guess);
        } else {
            high = guess;
        }
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if precedes(segment.passage(middle)?) { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}
