//! Scores of frames that are named, for a caller who compares lists.

use super::{TextIndex, guarded, query};
use crate::error::Result;
use crate::index::{MOST_OVERLAPPING, Passage};

impl TextIndex {
    /// For each of `passages`, of distinct frames, how well that frame answers `query`: the best score among its passages that overlap
    /// the given one, of the first [`MOST_OVERLAPPING`]. `None` when none of these matches, or the frame is not in the index. The
    /// scores are those that [`TextIndex::search`] gives.
    pub fn scores(&self, query: &str, passages: &[Passage]) -> Result<Vec<Option<f32>>> {
        let mut scores = vec![None; passages.len()];
        let Some(node) = query::read(query)?.query.filter(|_| !passages.is_empty()) else { return Ok(scores) };
        guarded(|| {
            let weighed = node.weigh(self.scoring())?;
            let mut ascending: Vec<(Passage, usize)> = passages.iter().copied().zip(0..).collect();
            ascending.sort_unstable();
            for (ordinal, reader) in self.readers().iter().enumerate() {
                let (columns, documents) = (self.columns(ordinal)?, reader.max_doc());
                if documents == 0 {
                    continue;
                }
                let held = columns.frame.get_val(0)..=columns.frame.get_val(documents - 1);
                let is_alive = |doc| self.alive[ordinal].as_ref().is_none_or(|alive| alive.is_alive(doc));
                let mut opened = None;
                let mut doc = 0;
                for &(wanted, index) in ascending.iter().filter(|(passage, _)| held.contains(&passage.frame_id)) {
                    doc = self.first_document(ordinal, doc, wanted)?;
                    let end = documents.min(doc + MOST_OVERLAPPING as u32);
                    while doc < end && columns.passage(doc).overlaps(wanted) {
                        let tree = match &mut opened {
                            Some(tree) => tree,
                            none => none.insert(weighed.open(reader)?),
                        };
                        // `None` is below every score.
                        let score = if is_alive(doc) { tree.score(doc).map(|sum| sum as f32) } else { None };
                        scores[index] = if score > scores[index] { score } else { scores[index] };
                        doc += 1;
                    }
                }
            }
            Ok(scores)
        })
    }

    /// The first document from `from` on that does not precede `wanted`.
    fn first_document(&self, ordinal: usize, from: u32, wanted: Passage) -> Result<u32> {
        let columns = self.columns(ordinal)?;
        let (mut low, mut high) = (from, self.readers()[ordinal].max_doc());
        while low < high {
            let middle = low + (high - low) / 2;
            if columns.passage(middle).precedes(wanted) { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }
}
