//! One list out of two: the hits of text search and those of vector search.

use std::collections::HashMap;

use crate::index::{Passage, Scored};

/// How the two arms are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fusion {
    /// Each arm's scores are brought to 0..1 by the least and the greatest score of its list, and added with the weights
    /// 1 − `alpha` for text and `alpha` for vectors. `alpha` outside of 0..=1 counts as the nearer end.
    ///
    /// This is the convex combination with min–max normalisation of Bruch, Gai and Ingber, *An Analysis of Fusion Functions
    /// for Hybrid Retrieval*, ACM TOIS 42 (2023), doi:10.1145/3596512, also known as relative-score fusion. Unlike ranks it
    /// keeps how far apart the hits of an arm are, so that a weak arm's list does not count as much as a sure one's.
    Relative { alpha: f32 },
    /// Scores held to what they could be, with a weight for this query, see [`super::calibrated`]; by who knows the collection. Without
    /// that knowledge it is `Relative` with a weight that is good for questions.
    Auto,
    /// The sum over the arms of 1 / (`k` + rank), ranks from 1; `k` is usually 60, and not negative. Cormack, Clarke and
    /// Büttcher, *Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods*, SIGIR 2009.
    Rrf { k: f32 },
}

/// Good for questions by words and vectors alike.
const ALPHA_WITHOUT_CALIBRATION: f32 = 0.3;

/// A frame with the score that ranks it and what each arm said of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fused {
    /// The passage that the arm found which contributes more; at a draw that of text.
    pub passage: Passage,
    pub score: f32,
    /// Score and rank, from 1, among the frames of this arm.
    pub text: Option<(f32, u32)>,
    pub vector: Option<(f32, u32)>,
}

/// Joins two lists, each best first, frame by frame: of several passages of a frame in one list the first counts. The result
/// is ordered by score, descending, then by frame id.
///
/// A frame that an arm did not find gets 0 from it, as does the last of the list under `Relative`; when all scores of a list
/// are equal (or there is only one) each counts as 1. With one list empty there is nothing to fuse: the other arm's scores
/// stay as they are, and so does their unit.
pub fn fuse(text: &[Scored], vector: &[Scored], fusion: Fusion) -> Vec<Fused> {
    let (text, vector) = (Arm::new(text), Arm::new(vector));
    let mut fused: Vec<Fused> = match (text.hits.is_empty(), vector.hits.is_empty()) {
        (_, true) => text.hits.iter().map(|hit| hit.alone(Some((hit.score, hit.rank)), None)).collect(),
        (true, false) => vector.hits.iter().map(|hit| hit.alone(None, Some((hit.score, hit.rank)))).collect(),
        (false, false) => both(&text, &vector, fusion),
    };
    fused.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.passage.frame_id.cmp(&b.passage.frame_id)));
    fused
}

fn both(text: &Arm, vector: &Arm, fusion: Fusion) -> Vec<Fused> {
    let contributions = |arm: &Arm, weight: f32| -> HashMap<u64, (Hit, f32)> {
        let contribution = |hit: &Hit| match fusion {
            Fusion::Relative { .. } | Fusion::Auto => weight * arm.normalised(hit.score),
            Fusion::Rrf { k } => 1.0 / (k + hit.rank as f32),
        };
        arm.hits.iter().map(|hit| (hit.passage.frame_id, (*hit, contribution(hit)))).collect()
    };
    let alpha = match fusion {
        Fusion::Relative { alpha } => alpha.clamp(0.0, 1.0),
        Fusion::Auto => ALPHA_WITHOUT_CALIBRATION,
        Fusion::Rrf { .. } => 1.0,
    };
    let from_text = contributions(text, 1.0 - alpha);
    let from_vector = contributions(vector, alpha);
    let only_vector = vector.hits.iter().filter(|hit| !from_text.contains_key(&hit.passage.frame_id));
    let frames = text.hits.iter().chain(only_vector).map(|hit| hit.passage.frame_id);
    frames
        .filter_map(|frame_id| {
            let (text, vector) = (from_text.get(&frame_id), from_vector.get(&frame_id));
            let share = |found: Option<&(Hit, f32)>| found.map_or(0.0, |(_, contribution)| *contribution);
            let (leading, _) = match (text, vector) {
                (Some(text), Some(vector)) => Some(if vector.1 > text.1 { vector } else { text }),
                (text, vector) => text.or(vector),
            }?;
            let said = |found: Option<&(Hit, f32)>| found.map(|(hit, _)| (hit.score, hit.rank));
            Some(Fused { passage: leading.passage, score: share(text) + share(vector), text: said(text), vector: said(vector) })
        })
        .collect()
}

/// The first passage of a frame in the list of an arm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub passage: Passage,
    pub score: f32,
    pub rank: u32,
}

impl Hit {
    fn alone(&self, text: Option<(f32, u32)>, vector: Option<(f32, u32)>) -> Fused {
        Fused { passage: self.passage, score: self.score, text, vector }
    }
}

/// An arm's list, frame by frame.
pub(super) struct Arm {
    pub hits: Vec<Hit>,
    least: f32,
    greatest: f32,
}

impl Arm {
    pub fn new(scored: &[Scored]) -> Arm {
        let mut seen = std::collections::HashSet::new();
        let first_of_frame = scored.iter().filter(|scored| seen.insert(scored.passage.frame_id));
        let hits: Vec<Hit> =
            first_of_frame.zip(1u32..).map(|(scored, rank)| Hit { passage: scored.passage, score: scored.score, rank }).collect();
        let least = hits.iter().map(|hit| hit.score).fold(f32::INFINITY, f32::min);
        let greatest = hits.iter().map(|hit| hit.score).fold(f32::NEG_INFINITY, f32::max);
        Arm { hits, least, greatest }
    }

    fn normalised(&self, score: f32) -> f32 {
        if self.greatest > self.least { (score - self.least) / (self.greatest - self.least) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(frame_id: u64, start: u32, score: f32) -> Scored {
        Scored { passage: Passage { frame_id, start, len: 10 }, score }
    }

    /// Frame, start of the passage, score.
    fn told(fused: &[Fused]) -> Vec<(u64, u32, f32)> {
        fused.iter().map(|fused| (fused.passage.frame_id, fused.passage.start, fused.score)).collect()
    }

    #[test]
    fn relative_scores_are_weighted_and_added() {
        // Text 10, 6, 2 become 1, 0.5, 0; vectors 0.9, 0.7, 0.5, 0.1 become 1, 0.75, 0.5, 0.
        let text = [hit(1, 0, 10.0), hit(2, 0, 6.0), hit(3, 0, 2.0)];
        let vector = [hit(2, 50, 0.9), hit(4, 50, 0.7), hit(3, 50, 0.5), hit(1, 50, 0.1)];
        let fused = fuse(&text, &vector, Fusion::Relative { alpha: 0.25 });
        let expected = [(1, 0, 0.75), (2, 0, 0.375 + 0.25), (4, 50, 0.1875), (3, 50, 0.125)];
        for (found, expected) in told(&fused).iter().zip(expected) {
            assert!((found.0, found.1) == (expected.0, expected.1) && (found.2 - expected.2).abs() < 1e-6, "{found:?} {expected:?}");
        }
        assert_eq!(fused.len(), 4);
        assert_eq!((fused[1].text, fused[1].vector), (Some((6.0, 2)), Some((0.9, 1))));
        assert_eq!((fused[2].text, fused[2].vector), (None, Some((0.7, 2))));
    }

    #[test]
    fn the_ends_of_alpha_are_one_arm_alone() {
        let (text, vector) = ([hit(1, 0, 4.0), hit(2, 0, 3.0)], [hit(3, 0, 0.8), hit(2, 0, 0.2)]);
        assert_eq!(told(&fuse(&text, &vector, Fusion::Relative { alpha: 0.0 })), [(1, 0, 1.0), (2, 0, 0.0), (3, 0, 0.0)]);
        assert_eq!(told(&fuse(&text, &vector, Fusion::Relative { alpha: -3.0 })), [(1, 0, 1.0), (2, 0, 0.0), (3, 0, 0.0)]);
        assert_eq!(told(&fuse(&text, &vector, Fusion::Relative { alpha: 7.0 })), [(3, 0, 1.0), (1, 0, 0.0), (2, 0, 0.0)]);
    }

    #[test]
    fn lists_without_a_spread_count_in_full() {
        // One text hit, and vectors that are all equally near.
        let fused = fuse(&[hit(5, 0, 0.3)], &[hit(6, 0, 0.4), hit(5, 9, 0.4)], Fusion::Relative { alpha: 0.5 });
        assert_eq!(told(&fused), [(5, 0, 1.0), (6, 0, 0.5)]);
    }

    #[test]
    fn one_arm_alone_keeps_its_scores() {
        let list = [hit(8, 1, 12.5), hit(7, 2, 3.0), hit(9, 3, -1.0)];
        for fusion in [Fusion::Relative { alpha: 0.3 }, Fusion::Rrf { k: 60.0 }] {
            let text = fuse(&list, &[], fusion);
            assert_eq!(told(&text), [(8, 1, 12.5), (7, 2, 3.0), (9, 3, -1.0)]);
            assert_eq!((text[1].text, text[1].vector), (Some((3.0, 2)), None));
            let vector = fuse(&[], &list, fusion);
            assert_eq!(told(&vector), told(&text));
            assert_eq!((vector[2].text, vector[2].vector), (None, Some((-1.0, 3))));
            assert!(fuse(&[], &[], fusion).is_empty());
        }
    }

    #[test]
    fn reciprocal_ranks_are_added() {
        let text = [hit(1, 0, 10.0), hit(2, 0, 9.0)];
        let vector = [hit(3, 50, 0.9), hit(2, 50, 0.8), hit(1, 50, 0.7)];
        let fused = fuse(&text, &vector, Fusion::Rrf { k: 60.0 });
        let expected = [(1, 0, 1.0 / 61.0 + 1.0 / 63.0), (2, 0, 2.0 / 62.0), (3, 50, 1.0 / 61.0)];
        assert_eq!(told(&fused), expected);
        // A better rank with the vectors takes the vectors' passage.
        assert_eq!(told(&fuse(&[hit(4, 0, 9.0), hit(1, 0, 8.0)], &[hit(1, 50, 0.9)], Fusion::Rrf { k: 1.0 }))[0].1, 50);
    }

    #[test]
    fn a_frame_counts_once_in_each_arm_and_ties_go_by_frame_id() {
        let text = [hit(9, 0, 5.0), hit(9, 20, 4.5), hit(3, 0, 4.0)];
        let vector = [hit(3, 50, 0.9), hit(3, 60, 0.8), hit(9, 50, 0.5)];
        let fused = fuse(&text, &vector, Fusion::Relative { alpha: 0.5 });
        assert_eq!(told(&fused), [(3, 50, 0.5), (9, 0, 0.5)]);
        assert_eq!((fused[0].text, fused[1].vector), (Some((4.0, 2)), Some((0.5, 2))));
    }
}
