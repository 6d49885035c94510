//! Session events: writing them into a transaction, and finding the sessions of a file.

use std::collections::HashSet;
use std::sync::Arc;

use super::Store;
use super::batch::EventResult;
use super::snapshot::Snapshot;
use super::write::Transaction;
use crate::error::{Code, Error, Result};
use crate::format::commit::TRAILER_LEN;
use crate::format::erasure::Erasure;
use crate::format::event::{Event, EventType, FrameMark};
use crate::format::header::HEADER_LEN;
use crate::format::record::RecordType;
use crate::format::toc::{ActiveSession, Op, SessionState};

/// A session as its start and end events tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSummary {
    pub session: [u8; 16],
    pub is_active: bool,
    pub action_count: u32,
    /// `None` where the record is damaged.
    pub start: Option<Event>,
    pub end: Option<Event>,
    pub start_offset: u64,
    pub last_action_offset: u64,
}

/// Adds events to a transaction and keeps their links and the state of sessions in step.
pub struct EventWriter {
    base: Arc<Snapshot>,
    now_ms: i64,
    state: SessionState,
}

impl EventWriter {
    pub fn new(base: Arc<Snapshot>, now_ms: i64) -> EventWriter {
        EventWriter { state: base.state.sessions, base, now_ms }
    }

    /// Writes one event, or leaves it out: an action without a session named, while none is active.
    pub fn write(
        &mut self,
        transaction: &mut Transaction<'_>,
        kind: EventType,
        session: Option<[u8; 16]>,
        payload: Vec<u8>,
        frames: Vec<FrameMark>,
    ) -> Result<EventResult> {
        let active = self.state.active;
        let named = |id: Option<[u8; 16]>| id.ok_or_else(|| Error::invalid("a session event needs a session id"));
        let (session, active) = match (kind, active) {
            (EventType::Start, Some(active)) => {
                let message = format!("session {} is active", uuid(&active.id));
                return Err(Error::new(Code::SessionActive, message).hint("end it first with `memvid session end`"));
            }
            (EventType::Action, None) if session.is_none() => {
                return Ok(EventResult { written: false, session: None, sequence: 0, offset: 0 });
            }
            (EventType::Action | EventType::End, None) => {
                return Err(Error::new(Code::NoActiveSession, "no session is active").hint("start one with `memvid session start`"));
            }
            (EventType::Action | EventType::End, Some(active)) if session.is_some_and(|id| id != active.id) => {
                let message = format!("session {} is active, not {}", uuid(&active.id), uuid(&named(session)?));
                return Err(Error::new(Code::NoActiveSession, message));
            }
            (EventType::Action | EventType::End, Some(active)) => (active.id, Some(active)),
            (EventType::Delete, Some(active)) if session == Some(active.id) => {
                return Err(
                    Error::new(Code::SessionActive, "the session is still being recorded").hint("end it first with `memvid session end`")
                );
            }
            _ => (named(session)?, active),
        };
        let is_own = matches!(kind, EventType::Action | EventType::End);
        let own = active.filter(|_| is_own);
        let event = Event {
            kind,
            sequence: own.map_or(0, |a| a.action_count),
            session,
            time_ms: self.now_ms,
            commit_no: self.base.commit.commit_no,
            chain_hash: self.base.commit.chain_hash,
            prev_offset: if kind == EventType::Action { own.map_or(0, |a| a.last_action_offset) } else { self.state.last_event_offset },
            start_offset: own.map_or(0, |a| a.start_offset),
            last_action_offset: if kind == EventType::End { own.map_or(0, |a| a.last_action_offset) } else { 0 },
            frames,
            payload,
        };
        let offset = transaction.layout.push(&event.encode()?);
        match kind {
            EventType::Start => {
                self.state.session_count += 1;
                self.state.active = Some(ActiveSession { id: session, start_offset: offset, last_action_offset: 0, action_count: 0 });
            }
            EventType::Action => {
                self.state.active = active.map(|a| ActiveSession { last_action_offset: offset, action_count: a.action_count + 1, ..a });
            }
            EventType::End => self.state.active = None,
            EventType::Delete => self.state.session_count = self.state.session_count.saturating_sub(1),
            EventType::Replay | EventType::Signature => {}
        }
        if kind != EventType::Action {
            self.state.last_event_offset = offset;
        }
        Ok(EventResult { written: true, session: Some(session), sequence: event.sequence, offset })
    }

    pub fn finish(self, transaction: &mut Transaction<'_>) {
        if self.state != self.base.state.sessions {
            transaction.ops.push(Op::Sessions(self.state));
        }
    }
}

/// A session id as people write it.
pub fn uuid(id: &[u8; 16]) -> String {
    let hex: String = id.iter().map(|b| format!("{b:02x}")).collect();
    [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex[part].to_string()).join("-")
}

/// The event at `offset`, or what an erasure left of it.
pub(super) fn read_event(snapshot: &Snapshot, offset: u64) -> Result<Event> {
    let header = snapshot.record(offset)?.expect(RecordType::Event)?;
    if let Some(erasure) = snapshot.state.erased.get(&offset) {
        let header = snapshot.record(*erasure)?.expect(RecordType::Erasure)?;
        let erasure = Erasure::decode(snapshot.payload(&header)?, &header)?;
        let event = erasure.event.filter(|_| erasure.target == offset);
        return event.ok_or_else(|| Error::corrupt(header.self_offset, "an erasure that does not fit its event"));
    }
    Event::decode(snapshot.payload(&header)?, &header)
}

/// Events that are no actions, newest first. Where a damaged one breaks their chain, all records are walked for the others, and
/// the damage is given besides.
fn session_log(snapshot: &Snapshot) -> Result<(Vec<(u64, Event)>, Option<Error>)> {
    let mut log = Vec::new();
    let mut at = snapshot.state.sessions.last_event_offset;
    while at != 0 {
        match read_event(snapshot, at) {
            Ok(event) => {
                let this = at;
                at = event.prev_offset;
                log.push((this, event));
            }
            Err(error) if error.code == Code::Corrupt => {
                let mut earlier = Vec::new();
                event_records(snapshot, HEADER_LEN, at, |offset, event| {
                    if event.kind != EventType::Action {
                        earlier.push((offset, event));
                    }
                });
                earlier.reverse();
                log.append(&mut earlier);
                // A repair has said already what is lost.
                let is_told = snapshot.state.set_aside_at(at).is_some() || is_taken(snapshot, at);
                return Ok((log, (!is_told).then_some(error)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((log, None))
}

/// Whether another record lies where an event was: only a salvage puts one there, which has said what is lost.
fn is_taken(snapshot: &Snapshot, at: u64) -> bool {
    // A hostile link may point anywhere; the walk stays within the file.
    if at >= snapshot.commit.end {
        return false;
    }
    let mut next = HEADER_LEN;
    while next < at {
        match snapshot.record(next) {
            Ok(record) if at < record.end() => return true,
            Ok(record) => next = record.end() + if record.kind == RecordType::Commit as u8 { TRAILER_LEN } else { 0 },
            Err(_) => next = snapshot.next_place(next),
        }
    }
    snapshot.record(at).is_ok_and(|record| record.kind != RecordType::Event as u8)
}

/// Shows the readable events of a part of the file, in order.
pub(super) fn event_records(snapshot: &Snapshot, start: u64, end: u64, mut visit: impl FnMut(u64, Event)) {
    // A hostile link may point anywhere; the walk stays within the file.
    let end = end.min(snapshot.commit.end);
    let mut at = start;
    while at < end {
        match snapshot.record(at) {
            Ok(record) => {
                if record.kind == RecordType::Event as u8
                    && let Ok(event) = read_event(snapshot, at)
                {
                    visit(at, event);
                }
                at = record.end() + if record.kind == RecordType::Commit as u8 { TRAILER_LEN } else { 0 };
            }
            Err(_) => at = snapshot.next_place(at),
        }
    }
}

/// Sessions that were not deleted, newest first. A start that can't be read leaves its session without a start payload; an end that
/// can't be read is made up for by the last action that can.
pub(super) fn sessions(snapshot: &Snapshot) -> Result<Vec<SessionSummary>> {
    let (log, damage) = session_log(snapshot)?;
    let deleted: HashSet<[u8; 16]> = log.iter().filter(|(_, e)| e.kind == EventType::Delete).map(|(_, e)| e.session).collect();
    let mut found: Vec<SessionSummary> = Vec::new();
    if let Some(active) = &snapshot.state.sessions.active {
        found.push(SessionSummary {
            session: active.id,
            is_active: true,
            action_count: active.action_count,
            start: read_event(snapshot, active.start_offset).ok(),
            end: None,
            start_offset: active.start_offset,
            last_action_offset: active.last_action_offset,
        });
    }
    for (offset, event) in log {
        let is_known = deleted.contains(&event.session) || found.iter().any(|s| s.session == event.session);
        match event.kind {
            EventType::End if !is_known => found.push(SessionSummary {
                session: event.session,
                is_active: false,
                action_count: event.sequence,
                start: read_event(snapshot, event.start_offset).ok(),
                start_offset: event.start_offset,
                last_action_offset: event.last_action_offset,
                end: Some(event),
            }),
            EventType::Start if !is_known => {
                let (mut action_count, mut last_action_offset) = (0, 0);
                event_records(snapshot, offset, snapshot.commit.end, |at, e| {
                    if e.kind == EventType::Action && e.session == event.session {
                        (action_count, last_action_offset) = (e.sequence.saturating_add(1), at);
                    }
                });
                found.push(SessionSummary {
                    session: event.session,
                    is_active: false,
                    action_count,
                    last_action_offset,
                    start: Some(event),
                    end: None,
                    start_offset: offset,
                });
            }
            _ => {}
        }
    }
    match damage {
        // A deletion that can't be read must not bring its session back.
        Some(error) if found.len() as u64 != snapshot.state.sessions.session_count => {
            Err(Error { message: format!("which sessions were deleted can't be read: {}", error.message), ..error })
        }
        _ => Ok(found),
    }
}

impl Store {
    pub fn active_session(&self) -> Option<[u8; 16]> {
        self.snapshot().state.sessions.active.map(|a| a.id)
    }

    /// Sessions that were not deleted, newest first.
    pub fn sessions(&self) -> Result<Vec<SessionSummary>> {
        self.reading(&self.snapshot(), |s| sessions(s))
    }

    /// Replays saved for a session, newest first, each with the offset of its record. An error when one may be missing.
    pub fn replays(&self, session: &[u8; 16]) -> Result<Vec<(u64, Event)>> {
        self.events_about(session, EventType::Replay)
    }

    /// Signatures of a session, as [`Store::replays`].
    pub fn signatures(&self, session: &[u8; 16]) -> Result<Vec<(u64, Event)>> {
        self.events_about(session, EventType::Signature)
    }

    fn events_about(&self, session: &[u8; 16], kind: EventType) -> Result<Vec<(u64, Event)>> {
        self.reading(&self.snapshot(), |s| {
            let (log, damage) = session_log(s)?;
            if let Some(error) = damage {
                return Err(Error { message: format!("which {}s were saved can't be read: {}", kind.as_str(), error.message), ..error });
            }
            Ok(log.into_iter().filter(|(_, event)| event.kind == kind && event.session == *session).collect())
        })
    }
}
