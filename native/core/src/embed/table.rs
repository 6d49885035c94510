//! The bytes of the asset: a header, the vocabulary, one scale per token, one row of int8 per token.

use super::DIM;
use super::vocabulary::Vocabulary;
use crate::error::{Code, Error, Result};

const MAGIC: &[u8; 8] = b"MV2EMBED";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 24;

pub(super) struct Table {
    pub(super) vocabulary: Vocabulary,
    /// Little-endian f32, one per token.
    scales: &'static [[u8; 4]],
    rows: &'static [[u8; DIM]],
}

impl Table {
    /// Checks the whole structure, so that no lookup can fail later: lengths, vocabulary, and scales in 0..=1.
    pub(super) fn parse(bytes: &'static [u8]) -> Result<Self> {
        let (header, body) = bytes
            .split_at_checked(HEADER_BYTES)
            .ok_or_else(|| Error::new(Code::Truncated, format!("embedder table: {} bytes are less than a header", bytes.len())))?;
        if &header[..8] != MAGIC {
            return Err(Error::corrupt(0, "embedder table: other magic bytes"));
        }
        let [version, dim, count, text_len] = [8, 12, 16, 20].map(|at| read_u32(header, at));
        if version != VERSION || dim as usize != DIM {
            let message = format!("embedder table: version {version} of dimension {dim}, expected {VERSION} and {DIM}");
            return Err(Error::new(Code::Unsupported, message).at(8));
        }
        let (count, text_len) = (count as usize, text_len as usize);
        let expected = text_len as u64 + count as u64 * (4 + DIM as u64);
        if body.len() as u64 != expected {
            return Err(Error::corrupt(16, format!("embedder table: expected {expected} bytes after the header, found {}", body.len())));
        }
        let (text, numbers) = body.split_at(text_len);
        let text = std::str::from_utf8(text).map_err(|_| Error::corrupt(24, "embedder table: vocabulary is not UTF-8"))?;
        let (scales, rows) = numbers.split_at(count * 4);
        let table = Table { vocabulary: Vocabulary::parse(text, count)?, scales: scales.as_chunks().0, rows: rows.as_chunks().0 };
        match (0..count as u32).find(|&id| !(0.0..=1.0).contains(&table.scale(id))) {
            Some(id) => Err(Error::corrupt(0, format!("embedder table: scale of token {id} is not between 0 and 1"))),
            None => Ok(table),
        }
    }

    /// Adds the weighted vector of a token that the vocabulary knows. Each product and sum is rounded to f32 by itself, so the
    /// result is the same on every machine.
    #[inline]
    pub(super) fn add_row(&self, id: u32, sum: &mut [f32; DIM]) {
        let scale = self.scale(id);
        for (sum, &value) in sum.iter_mut().zip(&self.rows[id as usize]) {
            *sum += scale * f32::from(value as i8);
        }
    }

    fn scale(&self, id: u32) -> f32 {
        f32::from_le_bytes(self.scales[id as usize])
    }
}

fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
