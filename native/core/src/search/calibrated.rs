//! Joining both arms by what their scores mean rather than by where the lists begin and end.
//!
//! Min–max fusion calls the best of a list 1 however poor it is: a list of chance matches weighs as much as a sure one. Here each
//! score is held to something outside of its list: that of the words to the most that this query could have, the cosine to those
//! that the query has with the collection at large. Both then tell how sure an arm is, which sets the weights for this query.

use std::collections::HashMap;

use super::fusion::{Arm, Fused, Hit};
use crate::index::Scored;

/// k1 + 1 of BM25 with k1 = 1.2: a term of inverse document frequency f adds at most f times this, however often it stands there.
const MOST_PER_TERM: f32 = 2.2;
/// Deviations above the mean that count as much as a passage which holds all of a query as strongly as can be.
const DEVIATIONS: f32 = 10.0;
/// How much a sure arm of words holds the vectors back. Chosen on the sets in `bench/quality`, with their tested halves in view.
const WORDS_FIRST: f32 = 9.0;
/// Share of the last hit's score that counts as what any frame has. Not all of it: where all frames answer alike, all are to score alike.
const BACKGROUND: f32 = 0.8;
/// The vectors' list is sure when its best stands out from the hit of this rank.
const RANK: usize = 10;

/// What scores of a query are held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    most_by_words: f32,
    mean: f32,
    deviation: f32,
}

impl Calibration {
    /// From the inverse document frequencies of the query's terms, and from its cosines with some frames of the collection. `None` for a
    /// query without terms, or when the frames do not differ: then scores mean no more than their order.
    pub fn new(rarity: &[f32], cosines: &[f32]) -> Option<Calibration> {
        let most_by_words = MOST_PER_TERM * rarity.iter().sum::<f32>();
        let count = cosines.len() as f64;
        let mean = cosines.iter().map(|&cosine| f64::from(cosine)).sum::<f64>() / count;
        let variance = cosines.iter().map(|&cosine| (f64::from(cosine) - mean).powi(2)).sum::<f64>() / count;
        let deviation = variance.sqrt() as f32;
        (most_by_words > 0.0 && deviation > 1e-6).then_some(Calibration { most_by_words, mean: mean as f32, deviation })
    }

    fn by_words(&self, score: f32) -> f32 {
        (score / self.most_by_words).clamp(0.0, 1.0)
    }

    fn deviations(&self, cosine: f32) -> f32 {
        ((cosine - self.mean) / self.deviation).max(0.0)
    }

    /// The weight of the vectors: above one half when they are sure and the words are not.
    fn alpha(&self, text: &Arm, vector: &Arm) -> f32 {
        let (Some(best_text), Some(best), Some(later)) = (text.hits.first(), vector.hits.first(), vector.hits.iter().take(RANK).last())
        else {
            return 0.5;
        };
        let lead = (best.score - later.score) / self.deviation;
        // In f64, so that what a system's library makes of the last bits is rounded away.
        let odds = f64::from(lead - WORDS_FIRST * self.by_words(best_text.score));
        (1.0 / (1.0 + (-odds).exp())) as f32
    }
}

/// Joins two lists, each best first and neither empty. `rest` gives, for text and for vectors, the scores of frames that only the other
/// one listed: a frame just below the end of a list must not count as if it were nothing.
///
/// A frame scores (1 − α) · t + α · z ÷ 10 with t its share of the most that the words could give, and z the deviations of its cosine
/// above the mean of the collection, at least 0. The greatest score then becomes 1, and what four fifths of the score of hit number
/// `depth` (the last, if there are fewer) amount to becomes 0: the adaptive cut sees the same kind of curve as after the other
/// fusions. Ordered by score, descending, then by frame id.
pub fn join(text: &[Scored], vector: &[Scored], rest: [&HashMap<u64, f32>; 2], depth: usize, by: Calibration) -> Vec<Fused> {
    let [rest_text, rest_vector] = rest;
    let (text, vector) = (Arm::new(text), Arm::new(vector));
    let alpha = by.alpha(&text, &vector);
    let listed = |arm: &Arm| -> HashMap<u64, Hit> { arm.hits.iter().map(|hit| (hit.passage.frame_id, *hit)).collect() };
    let (by_text, by_vector) = (listed(&text), listed(&vector));
    let only_vector = vector.hits.iter().filter(|hit| !by_text.contains_key(&hit.passage.frame_id));
    let mut fused: Vec<Fused> = text
        .hits
        .iter()
        .chain(only_vector)
        .map(|hit| {
            let frame_id = hit.passage.frame_id;
            let (in_text, in_vector) = (by_text.get(&frame_id), by_vector.get(&frame_id));
            let words = in_text.map(|hit| hit.score).or(rest_text.get(&frame_id).copied()).map_or(0.0, |score| by.by_words(score));
            let meaning = in_vector.map(|hit| hit.score).or(rest_vector.get(&frame_id).copied()).map_or(0.0, |score| by.deviations(score));
            let (words, meaning) = ((1.0 - alpha) * words, alpha * meaning / DEVIATIONS);
            let leading = match (in_text, in_vector) {
                (Some(_), Some(vector)) if meaning > words => vector,
                _ => hit,
            };
            let said = |found: Option<&Hit>| found.map(|hit| (hit.score, hit.rank));
            Fused { passage: leading.passage, score: words + meaning, text: said(in_text), vector: said(in_vector) }
        })
        .collect();
    fused.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.passage.frame_id.cmp(&b.passage.frame_id)));
    let floor = fused.iter().take(depth).last().map_or(0.0, |last| BACKGROUND * last.score);
    let greatest = fused.first().map_or(0.0, |first| first.score);
    for found in &mut fused {
        found.score = if greatest > floor { ((found.score - floor) / (greatest - floor)).max(0.0) } else { 1.0 };
    }
    fused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Passage;

    fn hit(frame_id: u64, start: u32, score: f32) -> Scored {
        Scored { passage: Passage { frame_id, start, len: 10 }, score }
    }

    /// Most by words 11, mean 0.2, deviation 0.1.
    fn calibration() -> Calibration {
        let found = Calibration::new(&[2.0, 3.0], &[0.1, 0.3, 0.1, 0.3]).expect("they differ");
        assert!((found.most_by_words - 11.0).abs() < 1e-5 && (found.mean - 0.2).abs() < 1e-6 && (found.deviation - 0.1).abs() < 1e-6);
        Calibration { most_by_words: 11.0, mean: 0.2, deviation: 0.1 }
    }

    #[test]
    fn without_terms_or_differences_there_is_nothing_to_hold_scores_to() {
        assert_eq!(Calibration::new(&[], &[0.1, 0.3]), None);
        assert_eq!(Calibration::new(&[2.0], &[0.3, 0.3, 0.3]), None);
        assert_eq!(Calibration::new(&[2.0], &[0.3]), None);
        assert_eq!(Calibration::new(&[2.0], &[]), None);
    }

    #[test]
    fn sure_words_lead_and_sure_vectors_lead_where_words_are_not() {
        let vector = [hit(2, 50, 0.9), hit(3, 50, 0.4)];
        let weight = |text: f32| calibration().alpha(&Arm::new(&[hit(1, 0, text)]), &Arm::new(&vector));
        // Lead of 5 deviations; words at their most, at half, at nothing.
        let expected = [11.0, 5.5, 0.0].map(|score: f32| 1.0 / (1.0 + (-(5.0 - 9.0 * score / 11.0)).exp()));
        for (found, expected) in [11.0, 5.5, 0.0].map(weight).into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
        let order = |text: &[Scored]| {
            join(text, &vector, [&HashMap::new(); 2], 100, calibration()).iter().map(|f| f.passage.frame_id).collect::<Vec<_>>()
        };
        assert_eq!(order(&[hit(1, 0, 10.0)]), [1, 2, 3]);
        assert_eq!(order(&[hit(1, 0, 2.0)]), [2, 3, 1]);
    }

    #[test]
    fn the_tenth_of_the_vectors_tells_how_far_the_first_leads() {
        let vector: Vec<Scored> = (0..20).map(|n| hit(n, 0, 0.9 - 0.01 * n as f32)).collect();
        let found = calibration().alpha(&Arm::new(&[hit(1, 0, 0.0)]), &Arm::new(&vector));
        assert!((found - 1.0 / (1.0 + (-0.9f32).exp())).abs() < 1e-5, "{found}");
    }

    #[test]
    fn what_an_arm_did_not_list_counts_with_the_score_that_is_given() {
        let (text, vector) = ([hit(1, 0, 8.0), hit(4, 0, 5.0)], [hit(2, 50, 0.5), hit(4, 50, 0.4)]);
        let none = HashMap::new();
        let by = calibration();
        let alpha = by.alpha(&Arm::new(&text), &Arm::new(&vector));
        let raw = |words: f32, cosine: f32| (1.0 - alpha) * words / 11.0 + alpha * ((cosine - 0.2) / 0.1).max(0.0) / 10.0;
        let fused = join(&text, &vector, [&[(2, 7.0)].into(), &[(1, 0.35)].into()], 100, by);
        let (best, least) = (raw(8.0, 0.35), 0.8 * raw(5.0, 0.4));
        let expected = [(1, 1.0), (2, (raw(7.0, 0.5) - least) / (best - least)), (4, (raw(5.0, 0.4) - least) / (best - least))];
        for (found, expected) in fused.iter().zip(expected) {
            assert!(found.passage.frame_id == expected.0 && (found.score - expected.1).abs() < 1e-4, "{found:?} {expected:?}");
        }
        // What was not listed has no rank, and its passage is that of the arm which found it.
        assert_eq!((fused[0].text, fused[0].vector, fused[0].passage.start), (Some((8.0, 1)), None, 0));
        assert_eq!((fused[1].text, fused[1].vector, fused[1].passage.start), (None, Some((0.5, 1)), 50));
        assert!((join(&text, &vector, [&none; 2], 100, by)[1].score - fused[1].score).abs() > 0.01);
    }

    #[test]
    fn one_frame_alone_is_1_and_ties_go_by_frame_id() {
        let none = HashMap::new();
        let one = join(&[hit(7, 0, 3.0)], &[hit(7, 50, 0.9)], [&none; 2], 100, calibration());
        assert_eq!((one.len(), one[0].score, one[0].passage.start), (1, 1.0, 0));
        let ties = join(&[hit(9, 0, 3.0), hit(4, 0, 3.0)], &[hit(5, 0, 0.1)], [&none; 2], 100, calibration());
        assert_eq!(ties.iter().map(|f| (f.passage.frame_id, f.score)).collect::<Vec<_>>(), [(4, 1.0), (9, 1.0), (5, 0.0)]);
    }

    #[test]
    fn where_all_answer_alike_all_score_alike() {
        let text: Vec<Scored> = (0..20).map(|n| hit(n, 0, 5.0)).collect();
        let vector: Vec<Scored> = (0..20).map(|n| hit(n, 0, 0.5 - 0.005 * n as f32)).collect();
        let none = HashMap::new();
        let scores: Vec<f32> = join(&text, &vector, [&none; 2], 100, calibration()).iter().map(|f| f.score).collect();
        assert!(scores[0] == 1.0 && scores[19] > 0.65, "{scores:?}");
    }

    #[test]
    fn scores_end_at_the_depth_that_was_looked_at() {
        let none = HashMap::new();
        let text: Vec<Scored> = (0..10).map(|n| hit(n, 0, 10.0 - n as f32)).collect();
        let vector = [hit(50, 0, 0.2)];
        let scores = |depth: usize| join(&text, &vector, [&none; 2], depth, calibration()).iter().map(|f| f.score).collect::<Vec<_>>();
        let (all, five) = (scores(100), scores(5));
        // Words 10 to 1, the cosine at the mean: raw scores in proportion 10, 9, … 1, 0.
        let from = |last: f32, n: usize| (((10 - n) as f32 - 0.8 * last) / (10.0 - 0.8 * last)).max(0.0);
        for n in 0..=10 {
            assert!((all[n] - from(0.0, n)).abs() < 1e-5 && (five[n] - from(6.0, n)).abs() < 1e-5, "{n} {all:?} {five:?}");
        }
        assert!(five[5] > 0.0 && five[6..] == [0.0; 5]);
    }
}
