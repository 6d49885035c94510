//! Both arms of a search as one list, with what the collection tells of their scores.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::snapshot::Snapshot;
use crate::error::Result;
use crate::helpers::together;
use crate::index::text::TextIndex;
use crate::index::vector::{Named, VectorSegment};
use crate::index::{Passage, Scored};
use crate::search::calibrated::{Calibration, join};
use crate::search::fusion::{Fused, Fusion, fuse};

/// Frames that stand for the collection. They depend on nothing but the snapshot, so that a replay sees the same ones.
const SAMPLE: u64 = 128;

/// Frames whose cosines a thread looks up at a time.
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

impl Collection<'_> {
    /// Joins the lists of both arms, each best first and looked at up to `depth` frames. `terms` are the query's.
    pub fn fuse(&self, text: &[Scored], vector: &[Scored], terms: &[String], depth: usize) -> Result<Vec<Fused>> {
        if text.is_empty() || vector.is_empty() {
            return Ok(fuse(text, vector, Fusion::Auto));
        }
        let named = Named::new(self.segments, self.vector)?;
        let samples = sample(self.snapshot.state.counters.next_frame_id, self.hidden);
        let (only_vector, only_text) = (missing_from(text, vector), missing_from(vector, text));
        // Cosines of frames that lie anywhere wait for memory, and are asked for meanwhile.
        let next = AtomicUsize::new(0);
        let work = || -> Result<Vec<(usize, f32)>> {
            let mut cosines = Vec::new();
            loop {
                let start = next.fetch_add(NAMED_AT_A_TIME, Ordering::Relaxed);
                let end = (start + NAMED_AT_A_TIME).min(samples.len() + only_text.len());
                if start >= end {
                    return Ok(cosines);
                }
                for at in start..end {
                    let cosine = match at.checked_sub(samples.len()) {
                        None => named.first(samples[at])?,
                        Some(at) => named.overlapping(only_text[at])?,
                    };
                    cosines.extend(cosine.map(|cosine| (at, cosine)));
                }
            }
        };
        let (scores, cosines) = together(2, &work, || self.index.scores(self.query, &only_vector));
        let mut cosines = cosines.into_iter().collect::<Result<Vec<_>>>()?.concat();
        // The mean of the samples is a sum: its order has a part in it.
        cosines.sort_unstable_by_key(|(at, _)| *at);
        let (of_samples, of_text) = cosines.split_at(cosines.partition_point(|(at, _)| *at < samples.len()));
        let of_samples: Vec<f32> = of_samples.iter().map(|(_, cosine)| *cosine).collect();
        let Some(calibration) = Calibration::new(&self.index.rarity(terms)?, &of_samples) else {
            return Ok(fuse(text, vector, Fusion::Auto));
        };
        let found = |(passage, score): (&Passage, Option<f32>)| score.map(|score| (passage.frame_id, score));
        let rest_text: HashMap<u64, f32> = only_vector.iter().zip(scores?).filter_map(found).collect();
        let rest_vector: HashMap<u64, f32> = of_text.iter().map(|(at, cosine)| (only_text[at - samples.len()].frame_id, *cosine)).collect();
        Ok(join(text, vector, [&rest_text, &rest_vector], depth, calibration))
    }
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
