//! The state of a damaged file, by a walk over all its records. What checks stays readable; what does not is listed.

use super::snapshot::Snapshot;
use super::state::{CommitEntry, State, apply_delta};
use crate::error::{Error, Result};
use crate::format::commit::{Commit, TRAILER_LEN};
use crate::format::event::{Answer, Event, EventType};
use crate::format::frames::BlockHead;
use crate::format::header::HEADER_LEN;
use crate::format::record::{RecordHeader, RecordType};
use crate::format::run::{Run, RunKind, time_key, uri_key};
use crate::format::toc::{ActiveSession, Op, SegmentClass, SegmentRef};
use crate::index::vector::VectorSegment;

/// Something that does not check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub code: &'static str,
    pub offset: u64,
    pub message: String,
    /// Frames that can't be read because of it, as far as that is known.
    pub frame_ids: Vec<u64>,
}

impl Damage {
    pub fn new(error: &Error, offset: u64) -> Damage {
        Damage { code: error.code.as_str(), offset: error.offset.unwrap_or(offset), message: error.message.clone(), frame_ids: Vec::new() }
    }
}

/// Walks all records from the first to the snapshot's commit. `cause` is what made the walk necessary.
pub fn rebuild(bare: &Snapshot, cause: Error) -> Result<(State, Vec<Damage>)> {
    rebuild_with(bare, cause, false)
}

/// As [`rebuild`]; `with_tail`: records behind the last commit that checks speak for themselves, too.
pub fn rebuild_with(bare: &Snapshot, cause: Error, with_tail: bool) -> Result<(State, Vec<Damage>)> {
    let mut walk = Walk {
        bare,
        state: State::default(),
        pending: Vec::new(),
        blocks: Vec::new(),
        damages: vec![Damage::new(&cause, bare.commit.offset)],
    };
    let mut at = HEADER_LEN;
    while at < bare.commit.end {
        match bare.record(at) {
            Ok(record) => {
                let is_commit = record.kind == RecordType::Commit as u8;
                let end = record.end();
                walk.record(record);
                at = if is_commit { end + TRAILER_LEN } else { end };
            }
            Err(error) => {
                let next = bare.next_record(at);
                walk.damages.push(Damage {
                    message: format!("{} bytes without a readable record: {}", next - at, error.message),
                    ..Damage::new(&error, at)
                });
                at = next;
            }
        }
    }
    if with_tail {
        let tail = std::mem::take(&mut walk.pending);
        walk.orphans(tail, bare.commit.commit_no);
    }
    walk.replace_damaged_runs();
    walk.state.bound(bare.commit.end);
    Ok((walk.state, walk.damages))
}

struct Walk<'a> {
    bare: &'a Snapshot,
    state: State,
    /// Records since the last commit that checked.
    pending: Vec<RecordHeader>,
    /// Frames blocks of commits that checked, with their commit.
    blocks: Vec<(RecordHeader, u64)>,
    damages: Vec<Damage>,
}

impl Walk<'_> {
    fn record(&mut self, record: RecordHeader) {
        if record.kind != RecordType::Commit as u8 {
            self.pending.push(record);
            return;
        }
        let offset = record.self_offset;
        match self.bare.commit_at(offset) {
            Ok((commit, _, _)) => self.commit(commit, offset),
            Err(error) => self.damages.push(Damage::new(&error, offset)),
        }
    }

    fn commit(&mut self, commit: Commit, offset: u64) {
        // Records of this transaction are named by its delta. Older ones lost their commit, so they speak for themselves.
        let (orphans, own): (Vec<_>, Vec<_>) = self.pending.drain(..).partition(|r| r.self_offset < commit.first_record_offset);
        self.orphans(orphans, commit.commit_no.saturating_sub(1));
        let blocks = own.into_iter().filter(|r| r.kind == RecordType::Frames as u8);
        self.blocks.extend(blocks.map(|r| (r, commit.commit_no)));
        if let Err(error) = apply_delta(&mut self.state, &commit.toc_delta) {
            self.damages.push(Damage::new(&error, offset));
        }
        self.state.note_commit(CommitEntry { commit_no: commit.commit_no, offset, time_ms: commit.time_ms });
    }

    fn orphans(&mut self, orphans: Vec<RecordHeader>, commit_no: u64) {
        for orphan in orphans {
            if let Err(error) = self.orphan(&orphan, commit_no) {
                self.damages.push(Damage::new(&error, orphan.self_offset));
            }
        }
    }

    /// Takes into the state what a record says by itself. Text segments and runs are left: frames speak for them.
    fn orphan(&mut self, record: &RecordHeader, commit_no: u64) -> Result<()> {
        let offset = record.self_offset;
        match RecordType::from_u8(record.kind) {
            Some(RecordType::Frames) => self.orphan_frames(record, commit_no),
            Some(RecordType::Vectors) => {
                let segment = VectorSegment::open(self.bare.slice(offset, RecordType::Vectors)?)?;
                let (first, last) = (segment.passage(0)?.frame_id, segment.passage(segment.len().saturating_sub(1))?.frame_id);
                let (entries, end_frame_id) = (segment.len() as u64, last.saturating_add(1));
                self.state.apply(&Op::Add(SegmentRef {
                    class: SegmentClass::Vectors,
                    offset,
                    entries,
                    first_frame_id: first,
                    end_frame_id,
                }));
                Ok(())
            }
            Some(RecordType::Event) => {
                let event = Event::decode(self.bare.payload(record)?, record)?;
                self.orphan_event(&event, offset);
                Ok(())
            }
            Some(RecordType::Answer) => {
                let answer = Answer::decode(self.bare.payload(record)?, record)?;
                self.state.apply(&Op::Cache { key: answer.key, offset });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Entries that a frames block gives by itself.
    fn orphan_frames(&mut self, record: &RecordHeader, commit_no: u64) -> Result<()> {
        let offset = record.self_offset;
        let payload = self.bare.payload(record)?;
        let head = BlockHead::decode(payload, offset)?;
        let body = head.body(payload, record, None, self.bare)?;
        let (first_frame_id, count) = (head.first_frame_id, head.entries.len() as u64);
        let (mut uris, mut times, mut ended) = (Vec::new(), Vec::new(), Vec::new());
        for (frame_id, entry) in (first_frame_id..).zip(&head.entries) {
            let (attributes, _) = entry.read(&body, offset)?;
            uris.extend((!attributes.uri.is_empty()).then(|| [uri_key(attributes.uri), frame_id, 0, 0, 0]));
            times.push([time_key(entry.timestamp_ms), frame_id, 0, 0, 0]);
            ended.extend(entry.supersedes.map(|old| [old, commit_no, frame_id, 0, 0]));
        }
        self.state.extend_inline(RunKind::Block, vec![[first_frame_id, offset, commit_no, count, 0]]);
        self.state.extend_inline(RunKind::Uri, uris);
        self.state.extend_inline(RunKind::Time, times);
        self.state.extend_inline(RunKind::Ended, ended);
        let counters = &mut self.state.counters;
        counters.next_frame_id = counters.next_frame_id.max(first_frame_id + count);
        Ok(())
    }

    /// Drops runs that do not check; frames blocks then speak for themselves. Deletions that stood only in such a run are lost, which
    /// the damage of the run says.
    fn replace_damaged_runs(&mut self) {
        let mut dropped = false;
        let segments = std::mem::take(&mut self.state.segments);
        self.state.segments = segments
            .into_iter()
            .filter(|segment| {
                let SegmentClass::Run(kind) = segment.class else { return true };
                let checked = self.bare.slice(segment.offset, RecordType::Run).and_then(|slice| {
                    slice.all()?;
                    Run::open(slice, kind)
                });
                if let Err(error) = checked {
                    self.damages.push(Damage::new(&error, segment.offset));
                    dropped = true;
                    return false;
                }
                true
            })
            .collect();
        for (block, commit_no) in if dropped { std::mem::take(&mut self.blocks) } else { Vec::new() } {
            if let Err(error) = self.orphan_frames(&block, commit_no) {
                self.damages.push(Damage::new(&error, block.self_offset));
            }
        }
    }

    fn orphan_event(&mut self, event: &Event, offset: u64) {
        let sessions = &mut self.state.sessions;
        match event.kind {
            EventType::Start => {
                sessions.session_count += 1;
                sessions.active = Some(ActiveSession { id: event.session, start_offset: offset, last_action_offset: 0, action_count: 0 });
            }
            EventType::Action => {
                if let Some(active) = sessions.active.as_mut().filter(|a| a.id == event.session) {
                    active.last_action_offset = offset;
                    active.action_count = event.sequence.saturating_add(1);
                }
                return;
            }
            EventType::End => sessions.active = None,
            EventType::Delete => sessions.session_count = sessions.session_count.saturating_sub(1),
            EventType::Replay | EventType::Signature => {}
        }
        sessions.last_event_offset = offset;
    }
}
