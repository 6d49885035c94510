//! Where a ranked list is cut.

use crate::error::{Error, Result};

/// Share of the best score that a hit needs by default under [`Rule::Relative`].
pub const DEFAULT_RATIO: f32 = 0.65;
/// Fewest and most hits that an adaptive cut keeps by default.
pub const DEFAULT_MIN: usize = 3;
pub const DEFAULT_MAX: usize = 50;

/// By what a list of scores is cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// The first `max` hits, whatever their scores.
    TopK,
    /// Scores of at least `ratio` times the best one. A best score of zero or less has no meaningful share: then only hits
    /// that tie with it are kept. On LoCoMo a ratio of 0.7 finds as much as a fixed five hits at twice their precision.
    Relative { ratio: f32 },
    /// Scores of at least `min_score`.
    Absolute { min_score: f32 },
    /// Everything before the point that lies farthest below the straight line from the first to the last score, which is
    /// where the flat tail begins. The criterion of Satopää, Albrecht, Irwin and Raghavan, *Finding a "Kneedle" in a
    /// Haystack*, ICDCSW 2011, without smoothing. A list that never falls below that line has no knee and is kept.
    Knee,
    /// Everything before the widest gap between two neighbours, the first of equals. Equal scores have no gap and are kept.
    Gap,
    /// Everything before the first score that lies below its predecessor by more than `drop` times the magnitude of that;
    /// without such a cliff everything.
    Cliff { drop: f32 },
}

impl Rule {
    /// The rule with this name (`top-k`, `relative`, `absolute`, `knee`, `gap`, `cliff`); `value` is its ratio, least score or
    /// drop, and unused by the others. `InvalidInput` for another name, or when the value is missing or out of range.
    pub fn named(name: &str, value: Option<f32>) -> Result<Rule> {
        let share = || match value {
            Some(value) if (0.0..=1.0).contains(&value) => Ok(value),
            Some(value) => Err(Error::invalid(format!("the rule `{name}` takes a number from 0 to 1, {value} given"))),
            None => Err(Error::invalid(format!("the rule `{name}` takes a number from 0 to 1"))),
        };
        match name {
            "top-k" => Ok(Rule::TopK),
            "relative" => Ok(Rule::Relative { ratio: share()? }),
            "absolute" => match value.filter(|value| value.is_finite()) {
                Some(min_score) => Ok(Rule::Absolute { min_score }),
                None => Err(Error::invalid("the rule `absolute` takes the least score to keep")),
            },
            "knee" => Ok(Rule::Knee),
            "gap" => Ok(Rule::Gap),
            "cliff" => Ok(Rule::Cliff { drop: share()? }),
            _ => Err(Error::invalid(format!("there is no rule `{name}`"))
                .hint("use one of `top-k`, `relative`, `absolute`, `knee`, `gap`, `cliff`")),
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Rule::TopK => "top-k",
            Rule::Relative { .. } => "relative",
            Rule::Absolute { .. } => "absolute",
            Rule::Knee => "knee",
            Rule::Gap => "gap",
            Rule::Cliff { .. } => "cliff",
        }
    }
}

/// The place of a cut and what led to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// How many hits stay, from the first.
    pub kept: usize,
    pub rule: &'static str,
    /// The least score that the rule keeps; `None` where it does not go by scores or there are none. `min` and `max` can keep
    /// lower and drop higher ones.
    pub threshold: Option<f32>,
}

/// Cuts `scores`, which descend, by `rule`: at least `min` hits stay (as far as there are that many) and at most `max`. When
/// `min` is above `max`, `max` holds. Only the first `max` scores are looked at, so that a knee or a gap does not move with
/// the number of candidates beyond.
pub fn cut(scores: &[f32], rule: Rule, min: usize, max: usize) -> Cut {
    let scores = &scores[..scores.len().min(max)];
    let threshold = threshold(scores, rule);
    let kept_by_rule = match threshold {
        Some(threshold) => scores.iter().take_while(|&&score| score >= threshold).count(),
        None => scores.len(),
    };
    Cut { kept: kept_by_rule.max(min).min(scores.len()), rule: rule.name(), threshold }
}

fn threshold(scores: &[f32], rule: Rule) -> Option<f32> {
    let (&first, &last) = (scores.first()?, scores.last()?);
    match rule {
        Rule::TopK => None,
        Rule::Relative { ratio } => Some(if first > 0.0 { first * ratio } else { first }),
        Rule::Absolute { min_score } => Some(min_score),
        Rule::Knee => Some(scores[knee(scores).unwrap_or(scores.len()) - 1]),
        Rule::Gap => {
            let mut widest = (0.0, last);
            for pair in scores.windows(2) {
                if pair[0] - pair[1] > widest.0 {
                    widest = (pair[0] - pair[1], pair[0]);
                }
            }
            Some(widest.1)
        }
        Rule::Cliff { drop } => {
            let edge = scores.windows(2).find(|pair| pair[0] - pair[1] > drop * pair[0].abs());
            Some(edge.map_or(last, |pair| pair[0]))
        }
    }
}

/// Index of the score farthest below the line from the first to the last, never 0.
fn knee(scores: &[f32]) -> Option<usize> {
    let (first, last) = (f64::from(*scores.first()?), f64::from(*scores.last()?));
    let step = (last - first) / (scores.len() as f64 - 1.0);
    // A line that is straight but for rounding has no knee.
    let mut deepest = (1e-6 * (first - last), None);
    for (index, &score) in scores.iter().enumerate().skip(1) {
        let below = first + step * index as f64 - f64::from(score);
        if below > deepest.0 {
            deepest = (below, Some(index));
        }
    }
    deepest.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(scores: &[f32], rule: Rule) -> (usize, Option<f32>) {
        let cut = cut(scores, rule, 0, 50);
        assert_eq!(cut.rule, rule.name());
        (cut.kept, cut.threshold)
    }

    #[test]
    fn top_k_takes_the_first_ones() {
        assert_eq!(cut(&[3.0, 2.0, 1.0], Rule::TopK, 0, 2), Cut { kept: 2, rule: "top-k", threshold: None });
        assert_eq!(cut(&[3.0, 2.0, 1.0], Rule::TopK, 3, 10).kept, 3);
    }

    #[test]
    fn relative_keeps_a_share_of_the_best() {
        let relative = Rule::Relative { ratio: 0.5 };
        assert_eq!(kept(&[8.0, 5.0, 4.0, 3.9, 0.0], relative), (3, Some(4.0)));
        assert_eq!(kept(&[8.0], relative), (1, Some(4.0)));
        // A share of a score that is not positive would be the score itself or more.
        assert_eq!(kept(&[0.0, 0.0, -1.0], relative), (2, Some(0.0)));
        assert_eq!(kept(&[-2.0, -2.0, -2.1], relative), (2, Some(-2.0)));
        assert_eq!(kept(&[8.0, 7.9], Rule::Relative { ratio: 1.0 }), (1, Some(8.0)));
        assert_eq!(kept(&[8.0, 0.0, -1.0], Rule::Relative { ratio: 0.0 }), (2, Some(0.0)));
    }

    #[test]
    fn absolute_keeps_what_reaches_the_score() {
        assert_eq!(kept(&[0.9, 0.5, 0.49], Rule::Absolute { min_score: 0.5 }), (2, Some(0.5)));
        assert_eq!(kept(&[0.4, 0.3], Rule::Absolute { min_score: 0.5 }), (0, Some(0.5)));
    }

    #[test]
    fn the_knee_is_where_the_tail_begins() {
        // Below the line 1.0 … 0.0 by −0.1, −0.25, 0.2, 0.1, 0: the knee is the fourth score.
        assert_eq!(kept(&[1.0, 0.9, 0.85, 0.2, 0.1, 0.0], Rule::Knee), (3, Some(0.85)));
        assert_eq!(kept(&[9.0, 1.0, 0.5, 0.0], Rule::Knee), (1, Some(9.0)));
        // Straight, bulging upwards, equal, single: no knee.
        assert_eq!(kept(&[0.4, 0.3, 0.2, 0.1], Rule::Knee).0, 4);
        assert_eq!(kept(&[1.0, 0.95, 0.8, 0.0], Rule::Knee).0, 4);
        assert_eq!(kept(&[0.7, 0.7, 0.7], Rule::Knee).0, 3);
        assert_eq!(kept(&[0.7], Rule::Knee), (1, Some(0.7)));
    }

    #[test]
    fn the_widest_gap_cuts() {
        assert_eq!(kept(&[9.0, 8.5, 5.0, 4.0, 3.0], Rule::Gap), (2, Some(8.5)));
        assert_eq!(kept(&[3.0, 2.0, 1.0], Rule::Gap), (1, Some(3.0)));
        assert_eq!(kept(&[2.0, 2.0], Rule::Gap), (2, Some(2.0)));
        assert_eq!(kept(&[-1.0, -1.5, -4.0], Rule::Gap), (2, Some(-1.5)));
    }

    #[test]
    fn the_first_cliff_cuts() {
        let cliff = Rule::Cliff { drop: 0.25 };
        assert_eq!(kept(&[8.0, 6.0, 4.0, 1.0], cliff), (2, Some(6.0)));
        assert_eq!(kept(&[8.0, 7.0, 6.5], cliff), (3, Some(6.5)));
        assert_eq!(kept(&[-1.0, -1.25, -2.0], cliff), (2, Some(-1.25)));
        assert_eq!(kept(&[0.0, 0.0, -0.1], cliff), (2, Some(0.0)));
    }

    #[test]
    fn least_and_most_hold_whatever_the_rule_says() {
        let scores = [10.0, 1.0, 0.9, 0.8, 0.7];
        for rule in [Rule::Relative { ratio: 0.65 }, Rule::Absolute { min_score: 5.0 }, Rule::Knee, Rule::Gap, Rule::Cliff { drop: 0.5 }] {
            assert_eq!(cut(&scores, rule, 0, 50).kept, 1, "{rule:?}");
            assert_eq!(cut(&scores, rule, 3, 50).kept, 3, "{rule:?}");
            assert_eq!(cut(&scores, rule, 9, 50).kept, 5, "{rule:?}");
            assert_eq!(cut(&scores, rule, 3, 2).kept, 2, "{rule:?}");
            assert_eq!(cut(&scores, rule, 3, 0).kept, 0, "{rule:?}");
            assert_eq!(cut(&[], rule, 3, 50), Cut { kept: 0, rule: rule.name(), threshold: None });
        }
        // Beyond `max` nothing counts: the fall at the end is not seen.
        assert_eq!(cut(&[5.0, 4.0, 3.5, 0.0], Rule::Gap, 0, 3).kept, 1);
    }

    #[test]
    fn rules_have_names() {
        for rule in
            [Rule::TopK, Rule::Relative { ratio: 0.5 }, Rule::Absolute { min_score: 0.5 }, Rule::Knee, Rule::Gap, Rule::Cliff { drop: 0.5 }]
        {
            assert_eq!(Rule::named(rule.name(), Some(0.5)).expect("known"), rule);
        }
        for (name, value) in [
            ("steep", Some(0.5)),
            ("relative", None),
            ("relative", Some(1.5)),
            ("cliff", Some(f32::NAN)),
            ("absolute", Some(f32::INFINITY)),
        ] {
            assert!(Rule::named(name, value).is_err(), "{name} {value:?}");
        }
    }
}
