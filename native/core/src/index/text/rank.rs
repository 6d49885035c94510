//! Best frames of a query: one pass over the segments, grouping passages by frame on the way.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use tantivy::query::{BooleanQuery, EnableScoring, Query};
use tantivy::{DocId, Score};

use super::filter::{Condition, as_query, everything};
use super::node::Node;
use super::{TextIndex, from_tantivy};
use crate::error::Result;
use crate::index::{Filter, Scored};

/// A passage that may be among the best, with the score as tantivy added it up.
struct Candidate {
    segment: usize,
    doc: DocId,
    score: Score,
}

/// What may be among the best `limit` frames. Passages arrive in ascending order of frame id, so that those of one frame are
/// neighbours.
struct Candidates {
    limit: usize,
    /// Factor below 1 that makes up for the rounding of tantivy's sums.
    slack: Score,
    list: Vec<Candidate>,
    /// Best scores of the `limit` best frames that are complete, worst on top.
    frames: BinaryHeap<Reverse<Ordered>>,
    /// The frame whose passages are arriving, and its best score.
    current: Option<(u64, Score)>,
}

#[derive(Clone, Copy, PartialEq)]
struct Ordered(Score);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Candidates {
    fn new(limit: usize, leaves: usize) -> Candidates {
        // A sum of n floats is off by at most n roundings. One leaf is not summed, and equal scores are then really equal.
        let slack = if leaves == 1 { 1.0 } else { 1.0 - leaves as Score * Score::EPSILON };
        Candidates { limit, slack, list: Vec::new(), frames: BinaryHeap::new(), current: None }
    }

    /// Takes a passage and returns the score that further ones must exceed.
    fn push(&mut self, frame_id: u64, candidate: Candidate) -> Score {
        match &mut self.current {
            Some((current, best)) if *current == frame_id => *best = best.max(candidate.score),
            _ => {
                self.close_frame();
                self.current = Some((frame_id, candidate.score));
            }
        }
        self.list.push(candidate);
        let threshold = self.threshold();
        if self.list.len() >= 64 && self.list.len() / 4 >= self.limit {
            self.list.retain(|candidate| candidate.score >= threshold);
        }
        threshold
    }

    fn threshold(&self) -> Score {
        match self.frames.peek() {
            Some(Reverse(worst)) if self.frames.len() >= self.limit => worst.0 * self.slack,
            _ => Score::MIN,
        }
    }

    fn close_frame(&mut self) {
        let Some((_, score)) = self.current.take() else { return };
        self.frames.push(Reverse(Ordered(score)));
        if self.frames.len() > self.limit {
            self.frames.pop();
        }
    }
}

/// The `limit` best frames, best first. Exact: tantivy skips what can't exceed the score of the last frame kept (block-max
/// WAND), minus the rounding of sums; the scores of what is left are then summed in the order of the query, so that neither
/// the limit nor the segments have a part in them.
pub(super) fn best_frames(index: &TextIndex, node: &Node, filter: &Filter, limit: usize) -> Result<Vec<Scored>> {
    let leaves = node.leaf_count();
    let mut candidates = Candidates::new(limit, leaves);
    let query = node.to_query();
    let weight = query.weight(index.scoring()).map_err(from_tantivy)?;
    let filtered = match as_query(filter) {
        Some(filter) => Some(BooleanQuery::intersection(vec![filter, query]).weight(index.scoring()).map_err(from_tantivy)?),
        None => None,
    };
    for (segment, reader) in index.readers().iter().enumerate() {
        // A filter that lets much through is asked passage by passage: tantivy then skips as without it. One that lets little
        // through leads, and the query follows.
        let (mut weight, mut condition) = (&weight, None);
        if let Some(both) = &filtered {
            match Condition::open(filter, reader)? {
                Some(open) if open.lets_much_through(reader.max_doc()) => condition = Some(open),
                Some(_) => weight = both,
                None => continue,
            }
        }
        let (columns, alive) = (index.columns(segment)?, index.alive[segment].as_ref());
        let may_be_found =
            |doc| alive.is_none_or(|alive| alive.is_alive(doc)) && condition.as_ref().is_none_or(|filter| filter.passes(doc));
        let threshold = candidates.threshold();
        let mut take = |doc, score| {
            if may_be_found(doc) {
                candidates.push(columns.frame.get_val(doc), Candidate { segment, doc, score })
            } else {
                candidates.threshold()
            }
        };
        weight.for_each_pruning(threshold, reader, &mut take).map_err(from_tantivy)?;
        candidates.close_frame();
    }
    let mut hits = if leaves == 1 { as_found(index, candidates.list)? } else { rescored(index, node, candidates)? };
    // The best passage of each frame, the first of equals; then the best frames.
    hits.sort_unstable_by(|a, b| {
        (a.passage.frame_id, b.score, a.passage).partial_cmp(&(b.passage.frame_id, a.score, b.passage)).unwrap_or(Ordering::Equal)
    });
    hits.dedup_by_key(|hit| hit.passage.frame_id);
    hits.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.passage.cmp(&b.passage)));
    hits.truncate(limit);
    Ok(hits)
}

fn as_found(index: &TextIndex, list: Vec<Candidate>) -> Result<Vec<Scored>> {
    let hit = |found: Candidate| Ok(Scored { passage: index.columns(found.segment)?.passage(found.doc), score: found.score });
    list.into_iter().map(hit).collect()
}

/// The candidates above the final threshold with their scores summed anew. They lie in ascending order.
fn rescored(index: &TextIndex, node: &Node, candidates: Candidates) -> Result<Vec<Scored>> {
    let threshold = candidates.threshold();
    let weighed = node.weigh(index.scoring())?;
    let mut hits = Vec::new();
    let mut opened = None;
    for found in candidates.list.into_iter().filter(|candidate| candidate.score >= threshold) {
        if opened.as_ref().is_none_or(|(segment, _)| *segment != found.segment) {
            opened = Some((found.segment, weighed.open(&index.readers()[found.segment])?));
        }
        let score = opened.as_mut().and_then(|(_, tree)| tree.score(found.doc));
        hits.push(Scored {
            passage: index.columns(found.segment)?.passage(found.doc),
            score: score.map_or(found.score, |sum| sum as Score),
        });
    }
    Ok(hits)
}

pub(super) fn matching_frames(index: &TextIndex, filter: &Filter) -> Result<Vec<u64>> {
    let query = as_query(filter).unwrap_or_else(everything);
    let weight = query.weight(EnableScoring::disabled_from_searcher(&index.searcher)).map_err(from_tantivy)?;
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
