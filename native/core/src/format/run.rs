//! Runs: sorted tables of entries of one size.

use std::cmp::Ordering;

use super::bytes::Reader;
use super::record::{Payload, RecordType};
use crate::error::{Error, Result};
use crate::storage::Slice;

const MAGIC: [u8; 8] = *b"MV2RUN1\n";
const HEAD_LEN: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RunKind {
    Block = 1,
    Uri = 2,
    Time = 3,
    Ended = 4,
    Cache = 5,
    Commit = 6,
}

pub const RUN_KINDS: [RunKind; 6] = [RunKind::Block, RunKind::Uri, RunKind::Time, RunKind::Ended, RunKind::Cache, RunKind::Commit];

impl RunKind {
    pub fn from_u8(value: u8) -> Option<RunKind> {
        RUN_KINDS.into_iter().find(|k| *k as u8 == value)
    }

    /// Number of u64 words in an entry. The first one is the key.
    pub const fn words(self) -> usize {
        match self {
            RunKind::Block => 4,
            RunKind::Uri | RunKind::Time => 2,
            RunKind::Ended | RunKind::Commit => 3,
            RunKind::Cache => 5,
        }
    }
}

/// An entry of any kind; words past `RunKind::words` are zero. Ordered word by word.
pub type Words = [u64; 5];

/// Encodes entries, which are sorted here.
pub fn encode(kind: RunKind, entries: &mut [Words]) -> Payload {
    entries.sort_unstable();
    let mut out = Vec::with_capacity(HEAD_LEN + entries.len() * kind.words() * 8);
    out.extend_from_slice(&MAGIC);
    out.push(kind as u8);
    out.resize(12, 0);
    out.extend_from_slice(&(kind.words() as u32 * 8).to_le_bytes());
    out.extend_from_slice(&(entries.len() as u64).to_le_bytes());
    out.resize(HEAD_LEN, 0);
    for entry in entries.iter() {
        for word in &entry[..kind.words()] {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }
    Payload::checked(RecordType::Run, out)
}

/// A run read in place.
#[derive(Clone)]
pub struct Run {
    slice: Slice,
    words: usize,
    count: usize,
}

impl Run {
    pub fn open(slice: Slice, kind: RunKind) -> Result<Run> {
        let mut reader = Reader::new(slice.get(0..HEAD_LEN.min(slice.len()))?, "run");
        let (magic, found) = (reader.array::<8>()?, reader.u8()?);
        reader.take(3)?;
        let (entry_len, count) = (reader.u32()?, reader.u64()?);
        let fits = count.checked_mul(u64::from(entry_len)).and_then(|len| len.checked_add(HEAD_LEN as u64)) == Some(slice.len() as u64);
        if magic != MAGIC || found != kind as u8 || entry_len as usize != kind.words() * 8 || !fits {
            return Err(reader.error("its head does not fit its kind or length"));
        }
        Ok(Run { slice, words: kind.words(), count: count as usize })
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn get(&self, index: usize) -> Result<Words> {
        let entry_len = self.words * 8;
        let start = HEAD_LEN + index.saturating_mul(entry_len);
        let bytes = self.slice.get(start..start.saturating_add(entry_len))?;
        let mut words = Words::default();
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().map_err(|_| Error::invalid("entry length"))?);
        }
        Ok(words)
    }

    /// Index of the first entry whose key is at least `key`.
    pub fn lower_bound(&self, key: u64) -> Result<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle)?[0].cmp(&key) {
                Ordering::Less => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// All entries, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Result<Words>> + '_ {
        (0..self.count).map(|i| self.get(i))
    }
}

/// Signed times as unsigned keys of the same order.
pub fn time_key(time_ms: i64) -> u64 {
    (time_ms as u64) ^ (1 << 63)
}

pub fn time_of_key(key: u64) -> i64 {
    (key ^ (1 << 63)) as i64
}

/// Key of a URI in the uri run.
pub fn uri_key(uri: &str) -> u64 {
    let hash = blake3::hash(uri.as_bytes());
    hash.as_bytes().iter().take(8).rev().fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// A 32-byte cache key as the first four words of its entry.
pub fn cache_words(key: &[u8; 32], offset: u64) -> Words {
    let mut words = Words::default();
    for (word, bytes) in words.iter_mut().zip(key.chunks_exact(8)) {
        *word = bytes.iter().rev().fold(0, |w, b| w << 8 | u64::from(*b));
    }
    words[4] = offset;
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_find_first_equal_key() {
        let mut entries: Vec<Words> = [9u64, 3, 3, 7].iter().enumerate().map(|(i, k)| [*k, i as u64, 0, 0, 0]).collect();
        let payload = encode(RunKind::Uri, &mut entries);
        let (len, _) = payload.checked.expect("checked");
        let run = Run::open(Slice::from_vec(payload.bytes[..len as usize].to_vec()), RunKind::Uri).expect("opens");
        assert_eq!(run.lower_bound(3).expect("searches"), 0);
        assert_eq!(run.lower_bound(4).expect("searches"), 2);
        assert_eq!(run.lower_bound(10).expect("searches"), 4);
        assert_eq!(run.get(1).expect("reads"), [3, 2, 0, 0, 0]);
        assert!(run.get(4).is_err());
        assert!(Run::open(Slice::from_vec(vec![0; 64]), RunKind::Uri).is_err());
    }

    #[test]
    fn time_keys_keep_the_order() {
        let times = [i64::MIN, -1, 0, 1, i64::MAX];
        assert!(times.windows(2).all(|w| time_key(w[0]) < time_key(w[1])));
        assert!(times.iter().all(|t| time_of_key(time_key(*t)) == *t));
    }
}
