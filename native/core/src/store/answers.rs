//! The answer cache: the newest answer of a key counts, and none from before the last clearing.

use std::collections::HashMap;

use super::Store;
use super::snapshot::Snapshot;
use crate::error::{Code, Result};
use crate::format::event::Answer;
use crate::format::record::RecordType;
use crate::format::run::{RunKind, cache_words};

/// The key of no answer: an entry under it clears the cache of all that was written before.
pub const CLEAR_KEY: [u8; 32] = [0; 32];

impl Store {
    /// The newest cached answer for a key, with the offset of its record. None when the cache was cleared after it.
    pub fn cached_answer(&self, key: &[u8; 32]) -> Result<Option<(u64, Answer)>> {
        self.reading(&self.snapshot(), |s| {
            let Some(offset) = newest_answer(s, key)? else { return Ok(None) };
            if newest_answer(s, &CLEAR_KEY)?.is_some_and(|cleared| cleared >= offset) {
                return Ok(None);
            }
            let answer = read_answer(s, offset)?;
            Ok((answer.key == *key).then_some((offset, answer)))
        })
    }

    /// The newest cached answer of every key that the last clearing left, in the order in which they were written, and how many more are
    /// damaged.
    pub fn cached_answers(&self) -> Result<(Vec<(u64, Answer)>, usize)> {
        self.reading(&self.snapshot(), |s| {
            let cleared = newest_answer(s, &CLEAR_KEY)?.unwrap_or(0);
            // Ascending by key and offset, so the last one of a key is its newest.
            let mut newest: HashMap<[u64; 4], u64> = HashMap::new();
            for words in s.entries(RunKind::Cache)? {
                let [a, b, c, d, offset] = words;
                if offset > cleared && !s.state.erased.contains_key(&offset) {
                    newest.insert([a, b, c, d], offset);
                }
            }
            let mut offsets: Vec<u64> = newest.into_values().collect();
            offsets.sort_unstable();
            let mut found = Vec::with_capacity(offsets.len());
            let mut damaged = 0;
            for offset in offsets {
                match read_answer(s, offset) {
                    Ok(answer) => found.push((offset, answer)),
                    Err(error) if error.code == Code::Corrupt => damaged += 1,
                    Err(error) => return Err(error),
                }
            }
            Ok((found, damaged))
        })
    }
}

/// Offsets of all answers of a key, but those that were erased.
pub fn answers_of(snapshot: &Snapshot, key: &[u8; 32]) -> Result<Vec<u64>> {
    let words = cache_words(key, 0);
    let found = snapshot.lookup(RunKind::Cache, words[0])?.into_iter().filter(|w| w[..4] == words[..4]).map(|w| w[4]);
    Ok(found.filter(|offset| !snapshot.state.erased.contains_key(offset)).collect())
}

fn newest_answer(snapshot: &Snapshot, key: &[u8; 32]) -> Result<Option<u64>> {
    Ok(answers_of(snapshot, key)?.into_iter().max())
}

fn read_answer(snapshot: &Snapshot, offset: u64) -> Result<Answer> {
    let header = snapshot.record(offset)?.expect(RecordType::Answer)?;
    Answer::decode(snapshot.payload(&header)?, &header)
}
