//! Finding the last valid commit and building its state, whatever the end of the file looks like.

use std::sync::{Arc, PoisonError};

use super::rebuild::{self, Damage};
use super::snapshot::{CommitPoint, ReadCache, Snapshot};
use super::state::{CommitEntry, State, apply_delta};
use crate::error::{Code, Error, Result};
use crate::format::commit::{Commit, Hash, NONE, TRAILER_LEN, Trailer, merkle_root};
use crate::format::header::{HEADER_LEN, Header};
use crate::format::record::{RECORD_HEADER_LEN, RecordHeader, RecordType};
use crate::format::toc::SegmentClass;
use crate::format::{ALIGN, MAX_SAFE};
use crate::storage::{Backing, Storage};

/// A file as opened: the newest snapshot, and what was found wrong on the way to it.
pub struct Recovered {
    pub snapshot: Snapshot,
    /// Newest commit known to be on the disk.
    pub durable_commit_no: u64,
    /// Bytes after the last valid commit, up to the last one that is not zero.
    pub torn_bytes: u64,
    /// A transaction in the torn tail that ends with a trailer and yet does not check: in flight when the machine stopped, or rotten since.
    pub unfinished: Option<Damage>,
    /// Damage before the last valid commit: the file must not be written to.
    pub damages: Vec<Damage>,
}

/// Reads and checks the header.
pub fn read_header(storage: &dyn Storage) -> Result<Header> {
    let len = storage.len()?.min(HEADER_LEN) as usize;
    let mut bytes = vec![0; len];
    storage.read_at(0, &mut bytes)?;
    Header::decode(&bytes)
}

/// Opens at the last valid commit, page 4 of the specification, "Opening". `floor`: end of a commit that is known already.
pub fn recover(storage: &dyn Storage, header: &Arc<Header>, cache: &Arc<ReadCache>, floor: u64) -> Result<Recovered> {
    loop {
        let len = storage.len()?;
        let mut tail = Tail::new(storage, floor, len);
        match recover_within(storage, header, cache, &mut tail, len) {
            // A writer has cut off what it could not finish, after the look at the length.
            Err(_) if tail.was_cut => {}
            result => return result,
        }
    }
}

fn recover_within(storage: &dyn Storage, header: &Arc<Header>, cache: &Arc<ReadCache>, tail: &mut Tail<'_>, len: u64) -> Result<Recovered> {
    let backing = storage.map(len)?;
    let mut bare = bare_snapshot(header, cache, backing, len);
    bare.gaps = storage.gap_map().cloned();
    let (point, commit, unfinished) = find_last_commit(&bare, tail, len)?;
    bare.commit = point;
    let durable_commit_no = commit.durable_commit_no;
    let (state, damages) = match load_state(&bare, commit) {
        Ok(state) => (state, Vec::new()),
        Err(error) if error.code == Code::Corrupt => rebuild::rebuild(&bare, error)?,
        Err(error) => return Err(error),
    };
    bare.state = Arc::new(state);
    if bare.gaps.as_ref().is_some_and(|gaps| gaps.commit_no > point.commit_no) {
        forget_dropped(&mut bare)?;
    }
    let torn_bytes = tail.torn_bytes(point.end, len)?;
    Ok(Recovered { torn_bytes, snapshot: bare, durable_commit_no, unfinished, damages })
}

/// A snapshot without state that reaches to the end of the file: enough to read records.
fn bare_snapshot(header: &Arc<Header>, cache: &Arc<ReadCache>, backing: Backing, len: u64) -> Snapshot {
    let commit = CommitPoint { commit_no: 0, offset: 0, end: len, chain_hash: [0; 32], time_ms: 0 };
    let (header, cache) = (header.clone(), cache.clone());
    Snapshot { header, commit, state: Arc::default(), backing, gaps: None, donor: None, cache }
}

/// The newest commit that ends at or before `len` and after the tail's `floor` and is valid as a whole.
fn find_last_commit(bare: &Snapshot, tail: &mut Tail<'_>, len: u64) -> Result<(CommitPoint, Commit, Option<Damage>)> {
    let mut newest_error: Option<Error> = None;
    let mut end = len / ALIGN * ALIGN;
    while end > tail.least {
        let start = end.saturating_sub(TRAILER_LEN);
        if let Some(gap) = bare.gaps.as_ref().and_then(|gaps| gaps.at(start)) {
            end = gap.start;
            continue;
        }
        if let Some(trailer) = Trailer::decode(tail.before(end)?, end, &bare.header.file_salt) {
            match check_tail(bare, &trailer, end) {
                Ok((point, commit)) => return Ok((point, commit, newest_error.map(|e| Damage::new(&e, point.end)))),
                // An unknown feature is no torn tail: the file is whole and of another version.
                Err(error) if error.code == Code::Unsupported => return Err(error),
                Err(error) => newest_error = newest_error.or(Some(error)),
            }
        }
        end -= ALIGN;
    }
    if tail.floor == 0 && is_cut_in_first_commit(bare, len) {
        return Err(Error::new(Code::Truncated, format!("{len} bytes, and the first commit does not end within them"))
            .hint("restore the file from a copy: nothing was committed to it"));
    }
    let detail = newest_error.map_or_else(String::new, |e| format!(" ({e})"));
    Err(Error::corrupt(HEADER_LEN, format!("no valid commit in {len} bytes{detail}"))
        .hint("`memvid salvage` recovers what still checks into a new file"))
}

/// The end of the file, read backwards in pieces. Not through the mapping: what no commit covers may be cut off at any moment by the writer that
/// could not finish it, and to touch a mapping behind the end of its file ends the process.
struct Tail<'a> {
    storage: &'a dyn Storage,
    /// End of a commit that is known already, or 0.
    floor: u64,
    least: u64,
    start: u64,
    bytes: Vec<u8>,
    /// The file is shorter than it was: to be begun anew.
    was_cut: bool,
}

const TAIL_PIECE: u64 = 64 << 10;

/// Bytes from `end` to `len`, without the zeros at the end of the file: those are the reserve of a writer.
pub fn torn_bytes(storage: &dyn Storage, end: u64, len: u64) -> Result<u64> {
    Tail::new(storage, end, len).torn_bytes(end, len)
}

impl<'a> Tail<'a> {
    fn new(storage: &'a dyn Storage, floor: u64, len: u64) -> Tail<'a> {
        Tail { storage, floor, least: floor.max(HEADER_LEN), start: len, bytes: Vec::new(), was_cut: false }
    }

    fn torn_bytes(&mut self, end: u64, len: u64) -> Result<u64> {
        let mut at = len;
        while at > end {
            let start = at.saturating_sub(TAIL_PIECE).max(end);
            match self.read(start, at) {
                Err(error) if self.was_cut => return Err(error),
                // A gap of a compacted file.
                Err(_) => return Ok(at - end),
                Ok(()) => {}
            }
            if let Some(last) = self.bytes.iter().rposition(|byte| *byte != 0) {
                return Ok(start + last as u64 + 1 - end);
            }
            at = start;
        }
        Ok(0)
    }

    /// The 64 bytes before `end`, or as many as there are behind the file's header.
    fn before(&mut self, end: u64) -> Result<&[u8]> {
        let from = end.saturating_sub(TRAILER_LEN).max(self.least.min(end));
        if from < self.start || self.bytes.is_empty() {
            let piece = end.saturating_sub(TAIL_PIECE).max(self.least);
            // A piece that reaches over a gap of a compacted file is read trailer by trailer.
            if self.read(piece, end).is_err() {
                self.was_cut = false;
                self.read(from, end)?;
            }
        }
        let first = (from - self.start) as usize;
        Ok(&self.bytes[first..first + (end - from) as usize])
    }

    fn read(&mut self, start: u64, end: u64) -> Result<()> {
        self.bytes.resize((end - start) as usize, 0);
        self.start = start;
        let read = self.storage.read_at(start, &mut self.bytes);
        self.was_cut |= read.as_ref().is_err_and(|error| error.code == Code::Truncated);
        read.inspect_err(|_| self.bytes.clear())
    }
}

/// Whether the file ends before its first commit does.
fn is_cut_in_first_commit(bare: &Snapshot, len: u64) -> bool {
    match bare.bytes(HEADER_LEN..HEADER_LEN + RECORD_HEADER_LEN) {
        Ok(bytes) => {
            RecordHeader::decode(bytes, HEADER_LEN, MAX_SAFE, &bare.header.file_salt).is_ok_and(|first| first.end() + TRAILER_LEN > len)
        }
        Err(_) => true,
    }
}

/// Checks the commit at the end of the file, and those before it that no sync is known to have reached.
fn check_tail(bare: &Snapshot, trailer: &Trailer, end: u64) -> Result<(CommitPoint, Commit)> {
    let (commit, chain_hash, header) = check_commit(bare, trailer.commit_offset, Some(trailer))?;
    check_unsynced(bare, &commit, &header)?;
    let mut earlier = commit.clone();
    // `NONE` wraps to 0: then all commits back to the first are looked at.
    while earlier.commit_no > commit.durable_commit_no.wrapping_add(1) {
        let offset = earlier.prev_commit_offset;
        let (before, hash, header) = check_commit(bare, offset, None)?;
        if hash != earlier.prev_chain_hash {
            return Err(Error::corrupt(offset, "a commit that is not the one its successor names"));
        }
        if before.sync_follows {
            // Bad bytes in it are damage then, and no reason to drop the commits behind it.
            break;
        }
        check_unsynced(bare, &before, &header)?;
        earlier = before;
    }
    let point = CommitPoint { commit_no: commit.commit_no, offset: trailer.commit_offset, end, chain_hash, time_ms: commit.time_ms };
    Ok((point, commit))
}

/// Reads a commit and checks that records tile the gap before it exactly.
pub fn check_commit(bare: &Snapshot, offset: u64, trailer: Option<&Trailer>) -> Result<(Commit, Hash, RecordHeader)> {
    let (commit, chain_hash, header) = bare.commit_at(offset)?;
    if bare.bytes(offset..offset + RECORD_HEADER_LEN)? != header.as_plain().encode(&bare.header.file_salt) {
        return Err(Error::corrupt(offset, "a commit record's header says what none may say"));
    }
    if let Some(trailer) = trailer {
        if header.end() - offset != trailer.commit_len || commit.commit_no != trailer.commit_no || header.epoch != trailer.epoch {
            return Err(Error::corrupt(offset, "the commit and its trailer do not belong together"));
        }
    }
    let mut headers = Vec::new();
    let mut at = commit.first_record_offset;
    while at < offset {
        let record = bare.record(at)?;
        if record.epoch != header.epoch || record.end() > offset || headers.len() as u64 > u64::from(commit.record_count) {
            return Err(Error::corrupt(at, "a record that does not belong to this transaction"));
        }
        headers.push(bare.bytes(at..at + RECORD_HEADER_LEN)?);
        at = record.end();
    }
    if at != offset || headers.len() != commit.record_count as usize || merkle_root(&headers) != commit.merkle_root {
        return Err(Error::corrupt(offset, "the records before the commit are not those that it names"));
    }
    if commit.first_record_offset != previous_end(bare, &commit)? {
        return Err(Error::corrupt(offset, "the transaction does not start where the one before ends"));
    }
    Ok((commit, chain_hash, header))
}

/// Where the transaction before a commit ends. Its commit record says so; where that record's header is damaged, its trailer does: damage
/// to one commit must not take the next one along. Where neither can be read, the commit itself says whether it was written after the one
/// before was synced: then what is gone was there, and is damage.
fn previous_end(bare: &Snapshot, commit: &Commit) -> Result<u64> {
    if commit.commit_no == 0 {
        return Ok(HEADER_LEN);
    }
    let end = commit.first_record_offset;
    bare.record(commit.prev_commit_offset).map(|record| record.end() + TRAILER_LEN).or_else(|error| {
        let trailer = Trailer::decode(bare.bytes(end.saturating_sub(TRAILER_LEN)..end)?, end, &bare.header.file_salt);
        let is_synced = commit.durable_commit_no != NONE && commit.durable_commit_no + 1 >= commit.commit_no;
        match trailer {
            Some(trailer) if trailer.commit_offset == commit.prev_commit_offset => Ok(end),
            None if is_synced && commit.prev_commit_offset < end => Ok(end),
            _ => Err(error),
        }
    })
}

/// For a commit that may have been in flight: every byte that its header does not fix. Records that were synced before it was written
/// need no second look.
fn check_unsynced(bare: &Snapshot, commit: &Commit, header: &RecordHeader) -> Result<()> {
    let mut at = commit.first_record_offset;
    while !commit.data_presynced && at < header.self_offset {
        let record = bare.record(at)?;
        if !bare.is_dropped(&record) {
            bare.payload(&record)?;
            check_padding(bare, &record)?;
        }
        at = record.end();
    }
    check_padding(bare, header)?;
    check_trailer(bare, header)
}

/// The bytes between a record and the next must be zero.
pub fn check_padding(bare: &Snapshot, record: &RecordHeader) -> Result<()> {
    let start = record.payload_offset() + record.payload_len;
    if bare.bytes(start..record.end())?.iter().any(|b| *b != 0) {
        return Err(Error::corrupt(start, "padding that is not zero"));
    }
    Ok(())
}

/// The trailer behind a commit record must be its own.
pub fn check_trailer(bare: &Snapshot, commit: &RecordHeader) -> Result<()> {
    let (at, end) = (commit.end(), commit.end() + TRAILER_LEN);
    let bytes = bare.bytes(at..end)?;
    let trailer = Trailer::decode(bytes, end, &bare.header.file_salt);
    if !trailer.is_some_and(|t| t.commit_offset == commit.self_offset && t.epoch == commit.epoch) || bytes[56..60] != [0; 4] {
        return Err(Error::corrupt(at, "the trailer does not fit its commit"));
    }
    Ok(())
}

/// The state of the snapshot's commit: the newest full table, and the deltas of the commits after it.
fn load_state(bare: &Snapshot, newest: Commit) -> Result<State> {
    let mut deltas: Vec<(CommitEntry, Vec<u8>)> = Vec::new();
    let (mut commit, mut offset) = (newest, bare.commit.offset);
    loop {
        let entry = CommitEntry { commit_no: commit.commit_no, offset, time_ms: commit.time_ms };
        let has_table = commit.toc_offset != 0 && commit.toc_offset >= commit.first_record_offset;
        let table = if has_table { Some(read_table(bare, commit.toc_offset)?) } else { None };
        if table.is_some() || commit.commit_no == 0 {
            let mut state = State::default();
            apply_delta(&mut state, table.unwrap_or(&commit.toc_delta))?;
            state.note_commit(entry);
            for (entry, delta) in deltas.iter().rev() {
                apply_delta(&mut state, delta)?;
                state.note_commit(*entry);
            }
            state.commits_since_toc = deltas.len() as u32;
            if !state.bound(bare.commit.end) {
                return Err(Error::corrupt(bare.commit.offset, "the tables count more than the file can hold"));
            }
            return Ok(state);
        }
        deltas.push((entry, commit.toc_delta));
        let (before, chain_hash, _) = bare.commit_at(commit.prev_commit_offset)?;
        if chain_hash != commit.prev_chain_hash || before.commit_no.wrapping_add(1) != commit.commit_no {
            return Err(Error::corrupt(commit.prev_commit_offset, "a commit that is not the one its successor names"));
        }
        (offset, commit) = (commit.prev_commit_offset, before);
    }
}

pub fn read_table(bare: &Snapshot, offset: u64) -> Result<&[u8]> {
    let header = bare.record(offset)?.expect(RecordType::Toc)?;
    bare.payload(&header)
}

/// The snapshot as of an earlier commit of the same history.
pub fn snapshot_at(newest: &Snapshot, commit_no: u64) -> Result<Snapshot> {
    if commit_no == newest.commit.commit_no {
        return Ok(newest.clone());
    }
    let entry = newest.find_commit(commit_no)?;
    let (commit, chain_hash, header) = newest.commit_at(entry.offset)?;
    if commit.commit_no != commit_no {
        return Err(Error::corrupt(entry.offset, format!("commit {} where {commit_no} is expected", commit.commit_no)));
    }
    let point = CommitPoint { commit_no, offset: entry.offset, end: header.end() + TRAILER_LEN, chain_hash, time_ms: commit.time_ms };
    let mut snapshot = Snapshot { commit: point, state: Arc::default(), ..newest.clone() };
    snapshot.state = Arc::new(match load_state(&snapshot, commit) {
        Err(error) if error.code == Code::Corrupt && !newest.state.set_aside.is_empty() => state_before_repair(&snapshot, newest, error)?,
        result => result?,
    });
    match &newest.gaps {
        Some(gaps) if gaps.commit_no > commit_no && gaps.commit_no <= newest.commit.commit_no => take_donor(&mut snapshot, newest)?,
        Some(gaps) if gaps.commit_no > commit_no => forget_dropped(&mut snapshot)?,
        _ => {}
    }
    Ok(snapshot)
}

/// A state from before a repair, whose tables or commits are among what was set aside: what the records up to it say. Which frames that
/// leaves out is known, the repair wrote it down.
fn state_before_repair(snapshot: &Snapshot, newest: &Snapshot, cause: Error) -> Result<State> {
    let (mut state, _) = rebuild::rebuild(snapshot, cause)?;
    let next_frame_id = state.counters.next_frame_id;
    state.lost = newest.state.lost.clone();
    state.lost.retain(|_, end| *end <= next_frame_id);
    Ok(state)
}

/// A file that was cut before the commit of its compaction: what took the place of the dropped segments is gone with the rest. Words are
/// indexed in memory then; vectors of these frames are not in the file.
fn forget_dropped(snapshot: &mut Snapshot) -> Result<()> {
    let mut state = State::clone(&snapshot.state);
    let mut left = Vec::with_capacity(state.segments.len());
    for segment in &state.segments {
        if !snapshot.is_dropped(&snapshot.record(segment.offset)?) {
            left.push(*segment);
        }
    }
    state.segments = left;
    snapshot.state = Arc::new(state);
    Ok(())
}

/// Segments of a state from before a compaction were dropped by it: those that took their place serve instead. A text segment does when all
/// its frames were there already; vectors of later frames are passed over in a search.
fn take_donor(snapshot: &mut Snapshot, newest: &Snapshot) -> Result<()> {
    let donor = donor_of(newest)?;
    let mut state = State::clone(&snapshot.state);
    let next_frame_id = state.counters.next_frame_id;
    state.segments.retain(|s| matches!(s.class, SegmentClass::Run(_)));
    state.segments.extend(donor.state.segments_of(SegmentClass::Text).filter(|s| s.end_frame_id <= next_frame_id));
    state.segments.extend(donor.state.segments_of(SegmentClass::Vectors).filter(|s| s.first_frame_id < next_frame_id));
    snapshot.state = Arc::new(state);
    snapshot.donor = Some(donor);
    Ok(())
}

/// The state right after the compaction, read once per handle.
fn donor_of(newest: &Snapshot) -> Result<Arc<Snapshot>> {
    let commit_no = newest.gaps.as_ref().map_or(0, |gaps| gaps.commit_no);
    let kept = || newest.cache.donor.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(donor) = kept().as_ref() {
        return Ok(donor.clone());
    }
    let donor = Arc::new(snapshot_at(newest, commit_no)?);
    // The cache is held by the snapshots: one that held a snapshot with itself would never be freed.
    let donor = Arc::new(Snapshot { cache: Arc::default(), ..donor.as_ref().clone() });
    *kept() = Some(donor.clone());
    Ok(donor)
}

/// The state of a commit, read from the file anew.
pub fn load_newest(bare: &Snapshot, point: CommitPoint) -> Result<State> {
    let (commit, _, _) = bare.commit_at(point.offset)?;
    load_state(&Snapshot { commit: point, ..bare.clone() }, commit)
}
