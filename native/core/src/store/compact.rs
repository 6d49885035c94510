//! Compaction: segments that were merged away leave the file; not one commit, frame or event changes (format-spec/04, "Compaction").

use std::cell::Cell;
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::Store;
use super::erase::copy_log;
use super::snapshot::{CommitPoint, Snapshot};
use super::write::Writer;
use crate::error::{Code, Error, Result};
use crate::format::commit::TRAILER_LEN;
use crate::format::gaps::GapMap;
use crate::format::header::HEADER_LEN;
use crate::format::record::{RecordHeader, RecordType};
use crate::format::toc::SegmentClass;
use crate::storage::{Replacement, check_space};

/// A smaller payload stays: its place in the map takes 32 bytes itself, and each gap has to be looked up.
const LEAST_GAP_BYTES: u64 = 256;
/// Attempts to copy beside other writers; the last one holds the lock from its beginning.
const ATTEMPTS: u32 = 3;
/// Bytes that are copied between two looks at whether to go on.
const STEP_BYTES: u64 = 16 << 20;

/// What a compaction came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompactResult {
    pub before_bytes: u64,
    pub after_bytes: u64,
    /// Segments whose content is in the file no more, by this compaction.
    pub dropped_segments: u64,
    pub commit_no: u64,
}

/// Is told what was copied and how much there is; `false` stops the compaction, which then has changed nothing but merged segments.
pub type Progress<'a> = &'a dyn Fn(u64, u64) -> bool;

impl Store {
    /// Merges what can be merged, and puts a copy without retired segments in the place of the file. Until the copy is verified and synced
    /// the file stays as it was. Others read on meanwhile, and write until the last part of the copy is made.
    ///
    /// `NoSpace` when there is no room for the copy, `Corrupt` when the file is damaged: it has to be repaired first.
    pub fn compact(&self, now_ms: i64, progress: Progress<'_>) -> Result<CompactResult> {
        self.compact_file(now_ms, false, progress).map_err(|e| self.name(e))
    }

    /// Writes the file anew though there may be nothing to drop: the map of what was dropped is damaged.
    pub(super) fn renew(&self, now_ms: i64) -> Result<()> {
        self.compact_file(now_ms, true, &|_, _| true).map(|_| ())
    }

    fn compact_file(&self, now_ms: i64, renews: bool, progress: Progress<'_>) -> Result<CompactResult> {
        let path = self.path.clone().ok_or_else(|| Error::invalid("only a file can be compacted"))?;
        let before = {
            let mut writer = self.writer();
            // Refuses what must not be written to, before anything is done.
            let base = self.begin(&mut writer, now_ms)?.base.clone();
            let live: u64 = segments_of(&base).map(|offset| base.record(offset).map_or(0, |r| r.payload_len)).sum();
            check_space(&path, base.file_len() + 2 * live)?;
            base.file_len()
        };
        self.merge_all(now_ms)?;
        let mut done = None;
        for _ in 1..ATTEMPTS {
            done = self.compact_beside(&path, now_ms, renews, progress)?;
            if done.is_some() {
                break;
            }
        }
        let dropped_segments = match done {
            Some(dropped) => dropped,
            None => {
                let mut writer = self.writer();
                let begun = self.begin(&mut writer, now_ms)?;
                let copied = self.copy_without(Replacement::begin(&path)?, &begun.base, renews, progress)?;
                self.place_copy(&mut writer, copied, &begun.base, now_ms)?
            }
        };
        let snapshot = self.snapshot();
        let (after_bytes, commit_no) = (snapshot.file_len(), snapshot.commit.commit_no);
        Ok(CompactResult { before_bytes: before, after_bytes, dropped_segments, commit_no })
    }

    /// Copies while others may write, and takes the lock for what they added. `None` when the file was replaced meanwhile, or can't be
    /// copied without a name.
    fn compact_beside(&self, path: &Path, now_ms: i64, renews: bool, progress: Progress<'_>) -> Result<Option<u64>> {
        let Some(copy) = Replacement::unnamed(path)? else { return Ok(None) };
        let snapshot = self.refresh()?;
        let storage = self.storage();
        let copied = self.copy_without(copy, &snapshot, renews, progress)?;
        let mut writer = self.writer();
        let begun = self.begin(&mut writer, now_ms)?;
        if !Arc::ptr_eq(&storage, &begun.storage) {
            return Ok(None);
        }
        self.place_copy(&mut writer, copied, &begun.base, now_ms).map(Some)
    }

    /// Fills `copy` with the file up to `snapshot`, without the segments that its state has no use for, and verifies it. `None` when there
    /// are no such segments.
    fn copy_without(
        &self,
        mut copy: Replacement,
        snapshot: &Arc<Snapshot>,
        renews: bool,
        progress: Progress<'_>,
    ) -> Result<Option<Copied>> {
        let (ranges, dropped_segments) = droppable(snapshot)?;
        if dropped_segments == 0 && !renews {
            return Ok(None);
        }
        let map = Arc::new(GapMap::new(snapshot.commit.commit_no, ranges));
        let file_len = map.file_len(snapshot.commit.end);
        // The map takes room itself.
        if file_len >= snapshot.file_len() && !renews {
            return Ok(None);
        }
        // Every byte is written, and then read again.
        let total = 2 * file_len;
        let mut done = HEADER_LEN + map.area_len();
        copy.append(snapshot.bytes(0..HEADER_LEN)?)?;
        copy.append(&map.encode(&self.header.file_salt))?;
        for range in kept(&map, snapshot.commit.end) {
            let mut from = range.start;
            while from < range.end {
                let to = (from + STEP_BYTES).min(range.end);
                copy_log(&mut copy, snapshot, from..to)?;
                done += to - from;
                from = to;
                if !progress(done, total) {
                    return Err(stopped());
                }
            }
        }
        let share = |read: u64, all: u64| file_len + (file_len as f64 * read as f64 / all.max(1) as f64) as u64;
        let is_stopped = Cell::new(false);
        let tell = |read, all| is_stopped.set(is_stopped.get() || !progress(share(read, all), total));
        self.check_copy(copy.synced()?, &snapshot.commit, None, &tell)?;
        if is_stopped.get() {
            return Err(stopped());
        }
        Ok(Some(Copied { copy, until: snapshot.commit, dropped_segments }))
    }

    /// Adds what was committed since the copy was made, checks it, and puts the copy in the file's place. Returns what was dropped.
    fn place_copy(&self, writer: &mut Writer, copied: Option<Copied>, base: &Arc<Snapshot>, now_ms: i64) -> Result<u64> {
        let Some(Copied { mut copy, until, dropped_segments }) = copied else { return Ok(0) };
        copy_log(&mut copy, base, until.end..base.commit.end)?;
        self.check_copy(copy.synced()?, &base.commit, Some(until), &|_, _| {})?;
        self.take_place(copy, now_ms)?;
        // The copy was synced as a whole.
        *writer = Writer::new(base.commit.commit_no);
        Ok(dropped_segments)
    }
}

/// A copy that is not in its place yet, of the log up to `until`.
struct Copied {
    copy: Replacement,
    until: CommitPoint,
    dropped_segments: u64,
}

fn stopped() -> Error {
    Error::new(Code::Aborted, "the compaction was stopped").hint("the file is as it was; compact it again at any time")
}

/// Offsets of the segments that a compaction could drop once they are retired.
fn segments_of(snapshot: &Snapshot) -> impl Iterator<Item = u64> + '_ {
    let is_droppable = |class| matches!(class, SegmentClass::Text | SegmentClass::Vectors);
    snapshot.state.segments.iter().filter(move |s| is_droppable(s.class)).map(|s| s.offset)
}

/// Whether a compaction may drop the payload of a record, when no state from its commit on names it.
pub fn may_drop(record: &RecordHeader) -> bool {
    record.kind == RecordType::Text as u8 || record.kind == RecordType::Vectors as u8
}

/// Payloads, with their padding, of segments that the state has no use for: those that are dropped already and those that can be; how many
/// of the latter there are.
fn droppable(snapshot: &Snapshot) -> Result<(Vec<Range<u64>>, u64)> {
    let live: HashSet<u64> = segments_of(snapshot).collect();
    let (mut ranges, mut new) = (Vec::new(), 0);
    let mut at = HEADER_LEN;
    while at < snapshot.commit.end {
        if let Some(end) = snapshot.state.set_aside_at(at) {
            at = end;
            continue;
        }
        let record = snapshot.record(at)?;
        let payload = record.payload_offset()..record.end();
        let is_dropped = snapshot.is_dropped(&record);
        let can_be = may_drop(&record) && !live.contains(&at) && payload.end - payload.start >= LEAST_GAP_BYTES;
        if is_dropped || can_be {
            new += u64::from(!is_dropped);
            ranges.push(payload);
        }
        at = record.end();
        if record.kind == RecordType::Commit as u8 && snapshot.state.set_aside_at(at).is_none() {
            at += TRAILER_LEN;
        }
    }
    Ok((ranges, new))
}

/// The parts of the log behind the header, up to `end`, that are not in a gap.
fn kept(map: &GapMap, end: u64) -> Vec<Range<u64>> {
    let starts = [HEADER_LEN].into_iter().chain(map.gaps().iter().map(|gap| gap.end));
    let ends = map.gaps().iter().map(|gap| gap.start).chain([end]);
    starts.zip(ends).map(|(start, end)| start..end).collect()
}
