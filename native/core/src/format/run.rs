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

/// How a run stores each word of its entries: what is above the least value, in as few bytes as the greatest needs.
#[derive(Clone, Copy, Default)]
struct Columns {
    bases: Words,
    /// Bytes of each word, 0 to 8.
    widths: [usize; 5],
}

impl Columns {
    fn of(kind: RunKind, entries: &[Words]) -> Columns {
        let mut columns = Columns::default();
        for word in 0..kind.words() {
            let least = entries.iter().map(|entry| entry[word]).min().unwrap_or(0);
            let most = entries.iter().map(|entry| entry[word]).max().unwrap_or(0);
            columns.bases[word] = least;
            columns.widths[word] = (u64::BITS - (most - least).leading_zeros()).div_ceil(8) as usize;
        }
        columns
    }

    fn entry_len(&self) -> usize {
        self.widths.iter().sum()
    }
}

/// Encodes entries, which are sorted here.
pub fn encode(kind: RunKind, entries: &mut [Words]) -> Payload {
    entries.sort_unstable();
    let columns = Columns::of(kind, entries);
    let mut out = Vec::with_capacity(HEAD_LEN + entries.len() * columns.entry_len());
    out.extend_from_slice(&MAGIC);
    out.push(kind as u8);
    let widths = columns.widths.iter().rev().fold(0u32, |all, width| all << 4 | *width as u32);
    out.extend_from_slice(&widths.to_le_bytes()[..3]);
    out.extend_from_slice(&(columns.entry_len() as u32).to_le_bytes());
    out.extend_from_slice(&(entries.len() as u64).to_le_bytes());
    for base in columns.bases {
        out.extend_from_slice(&base.to_le_bytes());
    }
    for entry in entries.iter() {
        for word in 0..kind.words() {
            out.extend_from_slice(&(entry[word] - columns.bases[word]).to_le_bytes()[..columns.widths[word]]);
        }
    }
    Payload::checked(RecordType::Run, out)
}

/// A run read in place.
#[derive(Clone)]
pub struct Run {
    slice: Slice,
    columns: Columns,
    count: usize,
}

impl Run {
    pub fn open(slice: Slice, kind: RunKind) -> Result<Run> {
        let mut reader = Reader::new(slice.get(0..HEAD_LEN.min(slice.len()))?, "run");
        let (magic, found, widths) = (reader.array::<8>()?, reader.u8()?, reader.array::<3>()?);
        let (entry_len, count) = (reader.u32()?, reader.u64()?);
        let mut columns = Columns::default();
        let nibbles = u32::from_le_bytes([widths[0], widths[1], widths[2], 0]);
        for word in 0..columns.bases.len() {
            columns.widths[word] = (nibbles >> (4 * word) & 0xf) as usize;
            columns.bases[word] = reader.u64()?;
        }
        let fits = count.checked_mul(u64::from(entry_len)).and_then(|len| len.checked_add(HEAD_LEN as u64)) == Some(slice.len() as u64);
        let is_wide = columns.widths.iter().any(|width| *width > 8) || columns.widths[kind.words()..].iter().any(|width| *width > 0);
        // Entries differ, so more than one can't be without bytes.
        let is_endless = entry_len == 0 && count > 1;
        let is_odd = entry_len as usize != columns.entry_len() || nibbles >> 20 != 0 || is_wide || is_endless;
        if magic != MAGIC || found != kind as u8 || is_odd || !fits {
            return Err(reader.error("its head does not fit its kind or length"));
        }
        Ok(Run { slice, columns, count: count as usize })
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn get(&self, index: usize) -> Result<Words> {
        if index >= self.count {
            return Err(Error::invalid(format!("entry {index} of a run of {}", self.count)));
        }
        let entry_len = self.columns.entry_len();
        let start = HEAD_LEN + index * entry_len;
        let mut bytes = self.slice.get(start..start + entry_len)?;
        let mut words = self.columns.bases;
        for (word, width) in words.iter_mut().zip(self.columns.widths) {
            let (own, rest) = bytes.split_at(width);
            let mut above = [0; 8];
            above[..width].copy_from_slice(own);
            *word = word.wrapping_add(u64::from_le_bytes(above));
            bytes = rest;
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
        assert_eq!(len, 64 + 4 * 2, "small differences take a byte each");
    }

    #[test]
    fn entries_of_any_width_come_back() {
        let rows: [&[Words]; 4] = [
            &[[u64::MAX, 0, 5, 0, 0], [0, u64::MAX, 5, 0, 0], [256, 255, 5, 0, 0]],
            &[[7, 7, 7, 0, 0]],
            &[],
            &[[1 << 40, 3, 0, 0, 0], [(1 << 40) + 70_000, 3, 0, 0, 0]],
        ];
        for entries in rows {
            let mut sorted = entries.to_vec();
            let payload = encode(RunKind::Commit, &mut sorted);
            let (len, _) = payload.checked.expect("checked");
            let bytes = payload.bytes[..len as usize].to_vec();
            let run = Run::open(Slice::from_vec(bytes.clone()), RunKind::Commit).expect("opens");
            assert_eq!(run.iter().collect::<Result<Vec<_>>>().expect("reads"), sorted);
            for at in 8..HEAD_LEN.min(bytes.len()) {
                let mut bytes = bytes.clone();
                bytes[at] ^= 0xff;
                if let Ok(run) = Run::open(Slice::from_vec(bytes), RunKind::Commit) {
                    assert!(run.iter().all(|words| words.is_ok()));
                }
            }
        }
    }

    #[test]
    fn time_keys_keep_the_order() {
        let times = [i64::MIN, -1, 0, 1, i64::MAX];
        assert!(times.windows(2).all(|w| time_key(w[0]) < time_key(w[1])));
        assert!(times.iter().all(|t| time_of_key(time_key(*t)) == *t));
    }
}
