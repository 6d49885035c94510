//! The best score of each of the best frames so far.

use std::collections::{BTreeSet, HashMap};

/// Keeps at most `limit` frames, each with its best score.
#[derive(Clone)]
pub(super) struct TopFrames {
    limit: usize,
    best: HashMap<u64, f32>,
    /// The same, worst first.
    order: BTreeSet<(OrderedScore, u64)>,
}

impl TopFrames {
    /// `limit` is at least 1.
    pub fn new(limit: usize) -> TopFrames {
        TopFrames { limit, best: HashMap::new(), order: BTreeSet::new() }
    }

    /// Whether as many frames are known as are wanted.
    pub fn is_full(&self) -> bool {
        self.best.len() >= self.limit
    }

    /// A score that is not below it is among the best `limit` frames' or ties with the last of them. Before `limit` frames
    /// are known this is −∞.
    pub fn threshold(&self) -> f32 {
        if !self.is_full() {
            return f32::NEG_INFINITY;
        }
        self.order.first().map_or(f32::NEG_INFINITY, |(OrderedScore(score), _)| *score)
    }

    /// Takes in that `frame_id` scores `score`; NaN says nothing and is left out.
    pub fn offer(&mut self, frame_id: u64, score: f32) {
        if score.is_nan() || score < self.threshold() {
            return;
        }
        if let Some(old) = self.best.get(&frame_id).copied() {
            if old >= score {
                return;
            }
            self.order.remove(&(OrderedScore(old), frame_id));
        }
        self.best.insert(frame_id, score);
        self.order.insert((OrderedScore(score), frame_id));
        if self.best.len() > self.limit
            && let Some((_, dropped)) = self.order.pop_first()
        {
            self.best.remove(&dropped);
        }
    }
}

/// A score with the order of `total_cmp`.
#[derive(Debug, Clone, Copy)]
struct OrderedScore(f32);

impl Ord for OrderedScore {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for OrderedScore {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for OrderedScore {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for OrderedScore {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_the_least_of_the_best_frames() {
        let mut top = TopFrames::new(2);
        top.offer(1, 0.5);
        assert_eq!(top.threshold(), f32::NEG_INFINITY);
        // A second passage of the same frame is not a second frame, a worse one changes nothing, a better one replaces.
        top.offer(1, 0.4);
        top.offer(1, 0.6);
        assert_eq!(top.threshold(), f32::NEG_INFINITY);
        top.offer(2, 0.1);
        assert_eq!(top.threshold(), 0.1);
        top.offer(2, 0.3);
        assert_eq!(top.threshold(), 0.3);
        top.offer(3, 0.2);
        top.offer(3, f32::NAN);
        assert_eq!(top.threshold(), 0.3);
        top.offer(3, 0.55);
        assert_eq!(top.threshold(), 0.55);
        let mut frames: Vec<(u64, f32)> = top.best.into_iter().collect();
        frames.sort_by_key(|frame| frame.0);
        assert_eq!(frames, [(1, 0.6), (3, 0.55)]);
    }
}
