//! The embedded embedder: a table of token vectors distilled from a sentence transformer, and the mean of a text's tokens.
//!
//! What the table holds and how a text becomes a vector, to the bit: `format-spec/08-embedder.md`. How the table was made and
//! what it is worth: `native/embedder/README.md`.

mod choice;
pub mod minilm;
mod table;
mod tokenizer;
mod unicode_tables;
mod vocabulary;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub use choice::{Embedder, EmbedderChoice, static_state};
use table::Table;

use crate::error::Result;

/// Dimension of the vectors.
pub const DIM: usize = 256;

/// Name of the embedder that a file remembers next to `table_hash`.
pub const NAME: &str = "static-minilm-256@1";

static TABLE_BYTES: &[u8] = include_bytes!("../../assets/static-minilm-256.bin");

/// BLAKE3 of the asset, which a test compares with its bytes.
const TABLE_HASH: [u8; 32] = hex(b"ec71b5db55b8ddbebd2d12b057931465491e094b45eb5f383807cc92633b86d5");

/// BLAKE3 of the embedded table with its vocabulary. Vectors of different tables can't be compared.
pub fn table_hash() -> [u8; 32] {
    TABLE_HASH
}

const fn hex(digits: &[u8; 64]) -> [u8; 32] {
    const fn value(digit: u8) -> u8 {
        match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!("not a lower-case hexadecimal digit"),
        }
    }
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < 32 {
        bytes[at] = value(digits[2 * at]) << 4 | value(digits[2 * at + 1]);
        at += 1;
    }
    bytes
}

/// Turns text into unit vectors. Cheap to call from many threads; holds no state of its own.
pub struct StaticEmbedder {
    table: Table,
}

impl StaticEmbedder {
    /// The embedder of this build. Its table is checked and its vocabulary indexed at the first call.
    pub fn embedded() -> &'static StaticEmbedder {
        static EMBEDDER: LazyLock<StaticEmbedder> =
            LazyLock::new(|| StaticEmbedder::parse(TABLE_BYTES).expect("the table of this build is well formed, a test reads it"));
        &EMBEDDER
    }

    fn parse(bytes: &'static [u8]) -> Result<StaticEmbedder> {
        Ok(StaticEmbedder { table: Table::parse(bytes)? })
    }

    /// Writes the unit vector of `text` and returns true, or returns false and writes zeros when the text has no direction: it is
    /// empty or has no known token. Such a text gets no vector in an index, and as a query it is answered by words alone.
    pub fn embed_into(&self, text: &str, out: &mut [f32; DIM]) -> bool {
        let mut sum = [0.0; DIM];
        tokenizer::tokenize(&self.table.vocabulary, text, |id| {
            if let Some(id) = id {
                self.table.add_row(id, &mut sum);
            }
        });
        let norm = sum.iter().fold(0.0, |total, value| total + value * value).sqrt();
        let known = norm > 0.0;
        *out = if known { sum.map(|value| value / norm) } else { [0.0; DIM] };
        known
    }

    /// The unit vector of `text`, or `None` as in `embed_into`.
    pub fn embed(&self, text: &str) -> Option<Vec<f32>> {
        let mut out = [0.0; DIM];
        self.embed_into(text, &mut out).then(|| out.to_vec())
    }

    /// The token ids of `text` as the reference tokenizer gives them, without special tokens; `None` stands for an unknown word.
    pub fn token_ids(&self, text: &str) -> Vec<Option<u32>> {
        let mut ids = Vec::new();
        tokenizer::tokenize(&self.table.vocabulary, text, |id| ids.push(id));
        ids
    }
}
