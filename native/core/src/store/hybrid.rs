//! Both arms of a search as one list, with what the collection tells of their scores.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::snapshot::Snapshot;
use crate::error::Result;
use crate::helpers::together;
use crate::index::text::TextIndex;
use crate::index::vector::{Effort, Named, Search, VectorSegment};
use crate::index::{Filter, Passage, Scored};
use crate::search::calibrated::{Calibration, join};
use crate::search::fusion::{Fused, Fusion, fuse};

/// Frames that stand for the collection. They depend on nothing but the snapshot, so that a replay sees the same ones.
const SAMPLE: u64 = 128;

/// Frames whose cosines, or whose scores by words, a thread looks up at a time.
const NAMED_AT_A_TIME: usize = 16;

/// A query in both of its forms, and what it is asked of.
pub(super) struct Collection<'a> {
    pub snapshot: &'a Snapshot,
    pub index: &'a TextIndex,
    pub segments: &'a [VectorSegment],
    /// Frames that are not found, ascending.
    pub hidden: &'a [u64],
    pub query: &'a str,
    pub vector: &'a [f32],
}

/// How the arm of the vectors is to be searched.
#[derive(Clone, Copy)]
pub(super) struct VectorArm<'a> {
    pub filter: &'a Filter,
    /// Frames that are wanted.
    pub depth: usize,
    /// Compares the query with every vector.
    pub exact: bool,
    /// Its list is fused with that of the words.
    pub is_fused: bool,
    /// The fusion needs cosines of the collection's sample.
    pub is_sampled: bool,
}

/// What the arm of the vectors found.
pub(super) struct VectorsFound {
    /// The nearest frames, best first.
    pub nearest: Vec<Scored>,
    /// Cosines of the sample, if they were wanted.
    samples: Vec<f32>,
}

impl Collection<'_> {
    /// What the vectors find; and what `beside` gives, which runs meanwhile on this thread.
    pub fn search<B>(&self, arm: VectorArm<'_>, beside: impl FnOnce() -> B) -> Result<(Result<VectorsFound>, B)> {
        let VectorArm { filter, depth, exact, is_fused, is_sampled } = arm;
        let allowed = if filter.is_empty() { None } else { Some(self.index.matching_frames(filter)?) };
        let next_frame_id = self.snapshot.state.counters.next_frame_id;
        let accept = |frame_id: u64| {
            frame_id < next_frame_id
                && self.hidden.binary_search(&frame_id).is_err()
                && allowed.as_ref().is_none_or(|frames| frames.binary_search(&frame_id).is_ok())
        };
        // A filter may leave few frames, spread over all lists.
        let effort = if exact || allowed.is_some() { Effort::Exact } else { Effort::Measured };
        let search = Search::new(self.segments, self.vector, depth, effort, &accept)?;
        let (named, sample) = (Named::new(self.segments, self.vector)?, if is_sampled { self.sample() } else { Vec::new() });
        let next = AtomicUsize::new(0);
        let work = || {
            let found = search.work();
            (
                found,
                each_piece(&next, sample.len(), |piece| {
                    sample[piece.clone()].iter().for_each(|&frame_id| named.prefetch(frame_id));
                    cosines(piece, |at| named.first(sample[at]))
                }),
            )
        };
        // Words take a thread in any case.
        let threads = if is_fused { 2 } else { search.threads() };
        let (beside, found) = together(threads, &work, beside);
        let (found, samples): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let finish = || {
            let (nearest, _) = search.finish(found)?;
            // The mean of the samples is a sum: its order has a part in it.
            let samples = in_order(samples)?.into_iter().map(|(_, cosine)| cosine).collect();
            Ok(VectorsFound { nearest, samples })
        };
        Ok((finish(), beside))
    }

    /// Joins the lists of both arms, each best first and looked at up to `depth` frames. `terms` are the query's.
    pub fn fuse(&self, text: &[Scored], vectors: &VectorsFound, terms: &[String], depth: usize) -> Result<Vec<Fused>> {
        let VectorsFound { nearest, samples } = vectors;
        if text.is_empty() || nearest.is_empty() {
            return Ok(fuse(text, nearest, Fusion::Auto));
        }
        let Some(calibration) = Calibration::new(&self.index.rarity(terms)?, samples) else {
            return Ok(fuse(text, nearest, Fusion::Auto));
        };
        let (only_vector, only_text) = (missing_from(text, nearest), missing_from(nearest, text));
        let words = self.index.named(self.query, &only_vector)?;
        let named = Named::new(self.segments, self.vector)?;
        // Frames lie anywhere, and wait for memory.
        let (next_vector, next_text) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            let scores = each_piece(&next_vector, only_vector.len(), |piece| words.scores(piece));
            let of_piece = |piece: Range<usize>| {
                only_text[piece.clone()].iter().for_each(|passage| named.prefetch(passage.frame_id));
                cosines(piece, |at| named.overlapping(only_text[at]))
            };
            (scores, each_piece(&next_text, only_text.len(), of_piece))
        };
        let (_, found) = together(2, &work, || ());
        let (scores, cosines): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let by_frame = |found, passages: &[Passage]| -> Result<HashMap<u64, f32>> {
            Ok(in_order(found)?.into_iter().map(|(at, score)| (passages[at].frame_id, score)).collect())
        };
        let rest = [&by_frame(scores, &only_vector)?, &by_frame(cosines, &only_text)?];
        Ok(join(text, nearest, rest, depth, calibration))
    }

    fn sample(&self) -> Vec<u64> {
        sample(self.snapshot.state.counters.next_frame_id, self.hidden)
    }
}

/// Numbers, each with its place in a list.
type Placed = Vec<(usize, f32)>;

/// What `of` gives of each piece of a list of `len` that this thread comes to take.
fn each_piece(next: &AtomicUsize, len: usize, of: impl Fn(Range<usize>) -> Result<Placed>) -> Result<Placed> {
    let mut all = Vec::new();
    loop {
        let start = next.fetch_add(NAMED_AT_A_TIME, Ordering::Relaxed);
        if start >= len {
            return Ok(all);
        }
        all.extend(of(start..len.min(start + NAMED_AT_A_TIME))?);
    }
}

/// The cosines of a piece of a list, where there are any.
fn cosines(piece: Range<usize>, cosine_of: impl Fn(usize) -> Result<Option<f32>>) -> Result<Placed> {
    piece.filter_map(|at| cosine_of(at).map(|cosine| cosine.map(|cosine| (at, cosine))).transpose()).collect()
}

/// What the threads found, by place.
fn in_order(found: Vec<Result<Placed>>) -> Result<Placed> {
    let mut all = found.into_iter().collect::<Result<Vec<_>>>()?.concat();
    all.sort_unstable_by_key(|(at, _)| *at);
    Ok(all)
}

/// Passages of `from` in frames that `list` has none of.
fn missing_from(list: &[Scored], from: &[Scored]) -> Vec<Passage> {
    let listed: HashSet<u64> = list.iter().map(|hit| hit.passage.frame_id).collect();
    from.iter().map(|hit| hit.passage).filter(|passage| !listed.contains(&passage.frame_id)).collect()
}

/// The first frame that is not hidden in each of up to [`SAMPLE`] equal stretches of all frame ids.
fn sample(next_frame_id: u64, hidden: &[u64]) -> Vec<u64> {
    let start = |n: u64| (u128::from(n) * u128::from(next_frame_id) / u128::from(SAMPLE)) as u64;
    let first_shown = |n: u64| {
        let mut id = start(n);
        let mut after = hidden.partition_point(|&hidden| hidden < id);
        while hidden.get(after) == Some(&id) {
            (id, after) = (id + 1, after + 1);
        }
        (id < start(n + 1)).then_some(id)
    };
    (0..SAMPLE).filter_map(first_shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_spreads_over_all_frames_and_passes_over_hidden_ones() {
        assert_eq!(sample(0, &[]), [0u64; 0]);
        assert_eq!(sample(3, &[]), [0, 1, 2]);
        assert_eq!(sample(3, &[0, 1]), [2]);
        let all = sample(1280, &[]);
        assert_eq!(all, (0..128).map(|n| n * 10).collect::<Vec<_>>());
        // The whole second stretch is hidden, and the beginning of the third.
        let hidden: Vec<u64> = (10..23).collect();
        let found = sample(1280, &hidden);
        assert_eq!((found.len(), &found[..3]), (127, &[0, 23, 30][..]));
        assert_eq!(sample(u64::MAX, &[]).len(), 128);
    }
}
