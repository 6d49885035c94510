//! Scores of frames that are named, for a caller who compares lists.

use std::ops::Range;

use super::node::Weighed;
use super::{TextIndex, guarded, query};
use crate::error::Result;
use crate::index::{MOST_OVERLAPPING, Passage, first_row};

/// A query, and passages whose scores it is asked for, piece by piece: threads can share the work.
pub struct NamedScores<'a> {
    index: &'a TextIndex,
    /// `None` for a query without a word.
    weighed: Option<Weighed>,
    /// With the place of each among the passages that were given.
    ascending: Vec<(Passage, usize)>,
}

impl TextIndex {
    /// For each of `passages`, of distinct frames, how well that frame answers `query`: the best score among its passages that overlap
    /// the given one, of the first [`MOST_OVERLAPPING`]. `None` when none of these matches, or the frame is not in the index. The
    /// scores are those that [`TextIndex::search`] gives.
    pub fn scores(&self, query: &str, passages: &[Passage]) -> Result<Vec<Option<f32>>> {
        let mut scores = vec![None; passages.len()];
        let named = self.named(query, passages)?;
        for (at, score) in named.scores(0..passages.len())? {
            scores[at] = Some(score);
        }
        Ok(scores)
    }

    /// To ask for [`scores`](Self::scores) in pieces.
    pub fn named(&self, query: &str, passages: &[Passage]) -> Result<NamedScores<'_>> {
        let node = query::read(query)?.query.filter(|_| !passages.is_empty());
        let weighed = node.map(|node| guarded(|| node.weigh(self.scoring()))).transpose()?;
        let mut ascending: Vec<(Passage, usize)> = passages.iter().copied().zip(0..).collect();
        ascending.sort_unstable();
        Ok(NamedScores { index: self, weighed, ascending })
    }
}

impl NamedScores<'_> {
    /// Scores of a stretch of the passages, in ascending order of these: each with its place among those that were given; none for a passage
    /// that has none.
    pub fn scores(&self, stretch: Range<usize>) -> Result<Vec<(usize, f32)>> {
        let Some(weighed) = &self.weighed else { return Ok(Vec::new()) };
        guarded(|| self.scores_of(weighed, &self.ascending[stretch]))
    }

    fn scores_of(&self, weighed: &Weighed, ascending: &[(Passage, usize)]) -> Result<Vec<(usize, f32)>> {
        let mut scores = Vec::with_capacity(ascending.len());
        for (ordinal, reader) in self.index.readers().iter().enumerate() {
            let (columns, documents) = (self.index.columns(ordinal)?, reader.max_doc());
            if documents == 0 {
                continue;
            }
            let (first, last) = (columns.frame.get_val(0), columns.frame.get_val(documents - 1));
            let is_alive = |doc| self.index.alive[ordinal].as_ref().is_none_or(|alive| alive.is_alive(doc));
            let mut opened = None;
            for &(wanted, at) in ascending.iter().filter(|(passage, _)| (first..=last).contains(&passage.frame_id)) {
                let precedes = |doc: usize| Ok(columns.passage(doc as u32).precedes(wanted));
                let start = first_row(documents as usize, wanted.frame_id - first, precedes)? as u32;
                let mut best = None;
                let overlapping =
                    (start..documents.min(start + MOST_OVERLAPPING as u32)).take_while(|&doc| columns.passage(doc).overlaps(wanted));
                for doc in overlapping.filter(|&doc| is_alive(doc)) {
                    let tree = match &mut opened {
                        Some(tree) => tree,
                        none => none.insert(weighed.open(reader)?),
                    };
                    // `None` is below every score.
                    let score = tree.score(doc).map(|sum| sum as f32);
                    best = if score > best { score } else { best };
                }
                scores.extend(best.map(|best| (at, best)));
            }
        }
        Ok(scores)
    }
}
