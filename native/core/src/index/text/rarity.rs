//! How much a term says about the passages that hold it.

use tantivy::Term;

use super::schema::FIELDS;
use super::{TextIndex, from_tantivy, guarded};
use crate::error::Result;

impl TextIndex {
    /// The inverse document frequency of each term as BM25 weighs it, by the passages of all segments.
    pub fn rarity(&self, terms: &[String]) -> Result<Vec<f32>> {
        guarded(|| {
            let count = self.passage_count() as f32;
            let of = |term: &String| {
                let holding = self.searcher.doc_freq(&Term::from_field_text(FIELDS.body, term)).map_err(from_tantivy)? as f32;
                Ok((1.0 + (count - holding + 0.5) / (holding + 0.5)).ln())
            };
            terms.iter().map(of).collect()
        })
    }
}
