//! Best frames of a query: one pass over the segments, grouping passages by frame on the way.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Bound;

use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, EnableScoring, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{Score, Term};

use super::schema::FIELDS;
use super::{TextIndex, from_tantivy};
use crate::error::Result;
use crate::index::{Filter, Passage, Scored};

/// Greater is better: the higher score, then the lower frame id.
#[derive(Clone, Copy, PartialEq)]
struct Candidate(Scored);

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.score.total_cmp(&other.0.score).then_with(|| other.0.passage.cmp(&self.0.passage))
    }
}

/// The best frames so far. Passages arrive in ascending order of frame id, so that those of one frame are neighbours.
struct Best {
    limit: usize,
    frames: BinaryHeap<Reverse<Candidate>>,
    /// The frame whose passages are arriving.
    current: Option<Candidate>,
}

impl Best {
    /// Takes a passage and returns the score that further ones must exceed.
    fn push(&mut self, passage: Passage, score: Score) -> Score {
        let candidate = Candidate(Scored { passage, score });
        match &mut self.current {
            Some(current) if current.0.passage.frame_id == passage.frame_id => *current = (*current).max(candidate),
            _ => {
                self.close_frame();
                self.current = Some(candidate);
            }
        }
        self.threshold()
    }

    fn threshold(&self) -> Score {
        if self.frames.len() < self.limit { Score::MIN } else { self.frames.peek().map_or(Score::MIN, |worst| worst.0.0.score) }
    }

    fn close_frame(&mut self) {
        let Some(candidate) = self.current.take() else { return };
        self.frames.push(Reverse(candidate));
        if self.frames.len() > self.limit {
            self.frames.pop();
        }
    }
}

/// The `limit` best frames, best first. Exact: the threshold handed back to tantivy (block-max WAND) is the score of the
/// last frame kept, and equal scores lose against lower frame ids, which came first.
pub(super) fn best_frames(index: &TextIndex, query: &dyn Query, filter: &Filter, limit: usize) -> Result<Vec<Scored>> {
    let filters = filter_clauses(filter);
    let filtered = (!filters.is_empty()).then(|| {
        let clauses = filters.into_iter().chain([(query.box_clone())]).map(|clause| (Occur::Must, clause)).collect();
        BooleanQuery::new(clauses)
    });
    let query = filtered.as_ref().map_or(query, |query| query as &dyn Query);
    let weight = query.weight(index.scoring()).map_err(from_tantivy)?;
    let mut best = Best { limit, frames: BinaryHeap::with_capacity(limit.min(10_000) + 1), current: None };
    for (ordinal, reader) in index.readers().iter().enumerate() {
        let (columns, alive) = (index.columns(ordinal)?, index.alive[ordinal].as_ref());
        let threshold = best.threshold();
        let mut take = |doc, score| match alive {
            Some(alive) if alive.is_deleted(doc) => best.threshold(),
            _ => best.push(columns.passage(doc), score),
        };
        weight.for_each_pruning(threshold, reader, &mut take).map_err(from_tantivy)?;
        best.close_frame();
    }
    Ok(best.frames.into_sorted_vec().into_iter().map(|Reverse(candidate)| candidate.0).collect())
}

pub(super) fn matching_frames(index: &TextIndex, filter: &Filter) -> Result<Vec<u64>> {
    let mut clauses: Vec<_> = filter_clauses(filter).into_iter().map(|clause| (Occur::Must, clause)).collect();
    if clauses.is_empty() {
        clauses.push((Occur::Must, Box::new(AllQuery)));
    }
    let scoring = EnableScoring::disabled_from_searcher(&index.searcher);
    let weight = BooleanQuery::new(clauses).weight(scoring).map_err(from_tantivy)?;
    let mut frames = Vec::new();
    for (ordinal, reader) in index.readers().iter().enumerate() {
        let (columns, alive) = (index.columns(ordinal)?, index.alive[ordinal].as_ref());
        let mut take = |docs: &[u32]| {
            for &doc in docs.iter().filter(|&&doc| alive.is_none_or(|alive| alive.is_alive(doc))) {
                let frame = columns.frame.get_val(doc);
                if frames.last() != Some(&frame) {
                    frames.push(frame);
                }
            }
        };
        weight.for_each_no_score(reader, &mut take).map_err(from_tantivy)?;
    }
    Ok(frames)
}

/// The conditions of a filter as queries that don't score.
fn filter_clauses(filter: &Filter) -> Vec<Box<dyn Query>> {
    let mut clauses = Vec::new();
    if let Some(scope) = filter.scope.as_deref().filter(|scope| !scope.is_empty()) {
        clauses.push(uri_prefix(scope));
    }
    clauses.extend(filter.tags.iter().map(|tag| exact_tag(tag)));
    if filter.after_ms.is_some() || filter.before_ms.is_some() {
        clauses.push(between(filter.after_ms, filter.before_ms));
    }
    clauses
}

fn unscored(query: impl Query) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(query), 0.0))
}

pub(super) fn everything() -> Box<dyn Query> {
    unscored(AllQuery)
}

pub(super) fn exact_tag(tag: &str) -> Box<dyn Query> {
    unscored(TermQuery::new(Term::from_field_text(FIELDS.tag, tag), IndexRecordOption::Basic))
}

/// Timestamps in milliseconds, both ends inclusive.
pub(super) fn between(from_ms: Option<i64>, to_ms: Option<i64>) -> Box<dyn Query> {
    let bound = |ms: Option<i64>| ms.map_or(Bound::Unbounded, |ms| Bound::Included(Term::from_field_i64(FIELDS.timestamp, ms)));
    match (from_ms, to_ms) {
        (None, None) => everything(),
        _ => unscored(RangeQuery::new(bound(from_ms), bound(to_ms))),
    }
}

/// URIs with this prefix: from the prefix up to its successor, as UTF-8 sorts like code points.
pub(super) fn uri_prefix(prefix: &str) -> Box<dyn Query> {
    if prefix.is_empty() {
        return everything();
    }
    let term = |text: &str| Term::from_field_text(FIELDS.uri, text);
    let end = successor(prefix).map_or(Bound::Unbounded, |end| Bound::Excluded(term(&end)));
    unscored(RangeQuery::new(Bound::Included(term(prefix)), end))
}

/// The least string that is greater than everything that begins with `prefix`; None when there is none.
fn successor(prefix: &str) -> Option<String> {
    let mut head = prefix.to_string();
    while let Some(last) = head.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            head.push(next);
            return Some(head);
        }
    }
    None
}
