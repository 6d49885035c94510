//! An immutable view of the file up to one commit. It never blocks and is never blocked.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::actions::ActionLinks;
use super::state::{CommitEntry, State};
use crate::error::{Error, Result};
use crate::format::ALIGN;
use crate::format::commit::{Commit, Hash, MAX_COMMIT_LEN};
use crate::format::dictionary::{Dictionaries, Dictionary, DictionaryPlace};
use crate::format::frames::{BlockHead, BodyPart, Entry};
use crate::format::gaps::GapMap;
use crate::format::header::{HEADER_LEN, Header};
use crate::format::record::{RECORD_HEADER_LEN, RecordHeader, RecordType, hash_payload};
use crate::format::run::{Run, RunKind, Words, time_of_key};
use crate::format::toc::{SegmentClass, SegmentRef};
use crate::storage::{Backing, Slice};

/// The commit that a snapshot ends at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitPoint {
    pub commit_no: u64,
    pub offset: u64,
    /// First byte after its trailer.
    pub end: u64,
    pub chain_hash: Hash,
    pub time_ms: i64,
}

/// What was read and verified once, shared by all snapshots of a store: bytes of the log do not change.
#[derive(Default)]
pub struct ReadCache {
    slices: Mutex<HashMap<u64, Slice>>,
    /// Offset and payload hash of records whose payload was found right. The hash is part of it: after a torn end was cut off, another
    /// record may lie at the same place.
    verified: Mutex<HashSet<(u64, [u8; 32])>>,
    /// Blocks that were read, as many as have [`KEPT_ENTRIES`] frames in sum: hits of one search lie in some of them, and those of the
    /// next in many of the same.
    blocks: Mutex<KeptBlocks>,
    /// The part of a body that was decompressed last.
    last_body: Mutex<Option<((u64, [u8; 32]), Arc<BodyPart>)>>,
    /// Dictionaries by offset and payload hash of their record; a file has one or few.
    dictionaries: Mutex<HashMap<(u64, [u8; 32]), Arc<Dictionary>>>,
    /// The state right after the compaction that made this file.
    pub(super) donor: Mutex<Option<Arc<Snapshot>>>,
    /// The session whose actions were read last, and where they lie.
    pub(super) actions: Mutex<Option<Arc<ActionLinks>>>,
}

#[derive(Default)]
struct KeptBlocks {
    heads: HashMap<(u64, [u8; 32]), Arc<BlockHead>>,
    entries: usize,
}

/// An entry is 64 bytes: four megabytes in all.
const KEPT_ENTRIES: usize = 1 << 16;

/// A larger body is not kept in memory.
const MAX_KEPT_BODY_BYTES: usize = 1 << 20;

#[derive(Clone)]
pub struct Snapshot {
    pub header: Arc<Header>,
    pub commit: CommitPoint,
    pub state: Arc<State>,
    pub backing: Backing,
    /// Where the log's bytes lie in the backing, when a compaction dropped some.
    pub gaps: Option<Arc<GapMap>>,
    /// The state right after the compaction, when this snapshot is older: its segments serve in the place of those that were dropped.
    pub donor: Option<Arc<Snapshot>>,
    pub cache: Arc<ReadCache>,
}

impl Snapshot {
    /// The bytes of a range of the committed file.
    pub fn bytes(&self, range: Range<u64>) -> Result<&[u8]> {
        Ok(&self.backing[self.place(range)?])
    }

    /// Where a range of the log lies in the backing.
    fn place(&self, range: Range<u64>) -> Result<Range<usize>> {
        let outside = || Error::corrupt(range.start, format!("bytes up to {} of a file of {}", range.end, self.commit.end));
        if range.start > range.end || range.end > self.commit.end {
            return Err(outside());
        }
        let start = match &self.gaps {
            None => range.start,
            Some(gaps) => gaps.place(range.clone()).ok_or_else(|| Error::corrupt(range.start, "bytes that a compaction dropped"))?,
        };
        let end = start + (range.end - range.start);
        if end > self.backing.len() as u64 {
            return Err(outside());
        }
        Ok(start as usize..end as usize)
    }

    /// Checks both copies of the map of what a compaction dropped; reading needs only one.
    pub fn check_gap_map(&self) -> Result<()> {
        let Some(gaps) = &self.gaps else { return Ok(()) };
        let area = HEADER_LEN as usize..(HEADER_LEN + gaps.area_len()) as usize;
        let bytes = self.backing.get(area).ok_or_else(|| Error::corrupt(HEADER_LEN, "the map of dropped bytes is cut"))?;
        gaps.check_area(bytes, &self.header.file_salt)
    }

    /// Bytes of the file up to this commit.
    pub fn file_len(&self) -> u64 {
        self.gaps.as_ref().map_or(self.commit.end, |gaps| gaps.file_len(self.commit.end))
    }

    /// Whether a compaction dropped the payload of this record.
    pub fn is_dropped(&self, record: &RecordHeader) -> bool {
        self.gaps.as_ref().is_some_and(|gaps| gaps.at(record.payload_offset()).is_some())
    }

    /// The end of the bytes from `at` on that are in the file, up to `end`.
    pub fn whole_until(&self, at: u64, end: u64) -> u64 {
        let gaps = self.gaps.as_ref().map_or(&[][..], |gaps| gaps.gaps());
        let next = gaps.partition_point(|gap| gap.end <= at);
        gaps.get(next).map_or(end, |gap| gap.start.max(at).min(end))
    }

    /// The next place after `at` where a record may begin: bytes that are not in the file are passed over.
    pub fn next_place(&self, at: u64) -> u64 {
        let next = (at / ALIGN + 1) * ALIGN;
        self.gaps.as_ref().and_then(|gaps| gaps.at(next)).map_or(next, |gap| gap.end)
    }

    pub fn record(&self, offset: u64) -> Result<RecordHeader> {
        let end = offset.checked_add(RECORD_HEADER_LEN).ok_or_else(|| Error::corrupt(offset, "an offset past the end of the file"))?;
        RecordHeader::decode(self.bytes(offset..end)?, offset, self.commit.end, &self.header.file_salt)
    }

    /// The next record after a place where none can be read; the end of the file when there is none.
    pub fn next_record(&self, at: u64) -> u64 {
        let mut next = self.next_place(at);
        while next < self.commit.end && self.record(next).is_err() {
            next = self.next_place(next);
        }
        next.min(self.commit.end)
    }

    /// A record's payload, its hash checked (once per handle).
    pub fn payload(&self, header: &RecordHeader) -> Result<&[u8]> {
        let start = header.payload_offset();
        let bytes = self.bytes(start..start + header.payload_len)?;
        let verified = || self.cache.verified.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (header.self_offset, header.payload_hash);
        if !verified().contains(&key) {
            if hash_payload(bytes) != header.payload_hash {
                return Err(Error::corrupt(header.self_offset, "a record's payload does not match its hash").hint("run `memvid verify`"));
            }
            verified().insert(key);
        }
        Ok(bytes)
    }

    /// The head of a frames block.
    pub fn block(&self, header: &RecordHeader) -> Result<Arc<BlockHead>> {
        let key = (header.self_offset, header.payload_hash);
        let kept = || self.cache.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(head) = kept().heads.get(&key) {
            return Ok(head.clone());
        }
        let head = Arc::new(BlockHead::decode(self.payload(header)?, header.self_offset)?);
        let mut kept = kept();
        // All are forgotten at once: to tell which were used least would cost more than to read them again.
        if kept.entries + head.entries.len() > KEPT_ENTRIES {
            *kept = KeptBlocks::default();
        }
        kept.entries += head.entries.len();
        kept.heads.insert(key, head.clone());
        Ok(head)
    }

    /// The uncompressed body of a frames block, or the chunk of it that holds `entry`.
    pub fn body(&self, head: &BlockHead, header: &RecordHeader, entry: &Entry) -> Result<Arc<BodyPart>> {
        let key = (header.self_offset, header.payload_hash);
        let kept = || self.cache.last_body.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, part)) = kept().as_ref().filter(|(k, part)| *k == key && part.holds(entry)) {
            return Ok(part.clone());
        }
        let part = Arc::new(head.body(self.payload(header)?, header, Some(entry), self)?);
        if part.bytes.len() <= MAX_KEPT_BODY_BYTES {
            *kept() = Some((key, part.clone()));
        }
        Ok(part)
    }

    /// A segment with block checks, to be read in place.
    pub fn slice(&self, offset: u64, kind: RecordType) -> Result<Slice> {
        if let Some(donor) = self.donor.as_ref().filter(|_| offset >= self.commit.end) {
            return donor.slice(offset, kind);
        }
        let slices = || self.cache.slices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slice) = slices().get(&offset) {
            return Ok(slice.clone());
        }
        let header = self.record(offset)?.expect(kind)?;
        if !header.has_block_checks() {
            return Err(Error::corrupt(offset, "a segment without block checks"));
        }
        let start = header.payload_offset();
        let middle = start + header.checked_len;
        let table = self.bytes(middle..start + header.payload_len)?;
        let got = crc32c::crc32c(table);
        if got != header.checks_crc32c {
            return Err(Error::corrupt(middle, format!("block check table is {got:08x}, expected {:08x}", header.checks_crc32c)));
        }
        let crcs = table.as_chunks::<4>().0.iter().map(|c| u32::from_le_bytes(*c)).collect();
        let slice = Slice::new(self.backing.clone(), self.place(start..middle)?, Some(crcs))?;
        slices().insert(offset, slice.clone());
        Ok(slice)
    }

    pub fn commit_at(&self, offset: u64) -> Result<(Commit, Hash, RecordHeader)> {
        let header = self.record(offset)?.expect(RecordType::Commit)?;
        if header.payload_len > MAX_COMMIT_LEN {
            return Err(Error::corrupt(offset, format!("a commit of {} bytes", header.payload_len)));
        }
        let (commit, chain_hash) = Commit::decode(self.payload(&header)?, offset)?;
        Ok((commit, chain_hash, header))
    }

    fn runs(&self, kind: RunKind) -> impl Iterator<Item = Result<(Run, SegmentRef)>> + '_ {
        self.state.segments_of(SegmentClass::Run(kind)).map(move |s| Ok((Run::open(self.slice(s.offset, RecordType::Run)?, kind)?, *s)))
    }

    /// Frames that neither ended nor were lost.
    pub fn live_frame_count(&self) -> u64 {
        let (counters, lost) = (&self.state.counters, &self.state.lost);
        let is_ended = |id: &u64| self.lookup(RunKind::Ended, *id).is_ok_and(|found| !found.is_empty());
        let lost = lost.iter().flat_map(|(first, end)| *first..*end).filter(|id| !is_ended(id)).count() as u64;
        counters.next_frame_id.saturating_sub(counters.ended_frames).saturating_sub(lost)
    }

    /// All entries of a kind with this key, from runs and commits.
    pub fn lookup(&self, kind: RunKind, key: u64) -> Result<Vec<Words>> {
        let inline = self.state.inline(kind);
        let start = inline.partition_point(|w| w[0] < key);
        let mut found: Vec<Words> = inline[start..].iter().take_while(|w| w[0] == key).copied().collect();
        for run in self.runs(kind) {
            let (run, _) = run?;
            for index in run.lower_bound(key)?..run.len() {
                let words = run.get(index)?;
                if words[0] != key {
                    break;
                }
                found.push(words);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The entry of a kind with the greatest key that is at most `key`.
    pub fn floor(&self, kind: RunKind, key: u64) -> Result<Option<Words>> {
        let inline = self.state.inline(kind);
        let mut best = inline[..inline.partition_point(|w| w[0] <= key)].last().copied();
        for run in self.runs(kind) {
            let (run, _) = run?;
            let above = match key.checked_add(1) {
                Some(next) => run.lower_bound(next)?,
                None => run.len(),
            };
            if above > 0 {
                best = best.max(Some(run.get(above - 1)?));
            }
        }
        Ok(best)
    }

    /// All entries of a kind, ascending, each once.
    pub fn entries(&self, kind: RunKind) -> Result<Vec<Words>> {
        let mut all = self.state.inline(kind).to_vec();
        for run in self.runs(kind) {
            let (run, _) = run?;
            all.reserve(run.len());
            for words in run.iter() {
                all.push(words?);
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    /// Where a commit of this history lies.
    pub fn find_commit(&self, commit_no: u64) -> Result<CommitEntry> {
        if commit_no == self.commit.commit_no {
            return Ok(CommitEntry { commit_no, offset: self.commit.offset, time_ms: self.commit.time_ms });
        }
        let found = self.lookup(RunKind::Commit, commit_no)?;
        match found.first().filter(|_| commit_no < self.commit.commit_no) {
            Some(words) => Ok(CommitEntry { commit_no, offset: words[1], time_ms: time_of_key(words[2]) }),
            None => Err(Error::invalid(format!("no commit {commit_no}; the newest is {}", self.commit.commit_no))),
        }
    }
}

impl Dictionaries for Snapshot {
    fn find(&self, place: DictionaryPlace, before: u64) -> Result<Arc<Dictionary>> {
        let at = |offset: u64| {
            if offset >= before {
                return Err(Error::corrupt(before, format!("a dictionary at byte {offset}, behind what it is for")));
            }
            let header = self.record(offset)?.expect(RecordType::Dictionary)?;
            let key = (offset, header.payload_hash);
            let kept = || self.cache.dictionaries.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(dictionary) = kept().get(&key) {
                return Ok(dictionary.clone());
            }
            let dictionary = Arc::new(Dictionary::decode(self.payload(&header)?, &header, place)?);
            kept().insert(key, dictionary.clone());
            Ok(dictionary)
        };
        at(place.offset).or_else(|error| at(place.copy_offset).map_err(|_| error))
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("commit", &self.commit).finish_non_exhaustive()
    }
}

impl Snapshot {
    /// Totals as of this commit.
    pub fn state_counters(&self) -> crate::format::toc::Counters {
        self.state.counters
    }
}
