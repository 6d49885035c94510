//! Session events: writing them into a transaction, and following their links back.

use std::collections::HashSet;
use std::sync::Arc;

use super::Store;
use super::batch::EventResult;
use super::snapshot::Snapshot;
use super::write::Transaction;
use crate::error::{Code, Error, Result};
use crate::format::event::{Answer, Event, EventType, FrameMark};
use crate::format::record::RecordType;
use crate::format::run::{RunKind, cache_words};
use crate::format::toc::{ActiveSession, Op, SessionState};

/// A session as its start and end events tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSummary {
    pub session: [u8; 16],
    pub is_active: bool,
    pub action_count: u32,
    pub start: Event,
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
    pub fn write(&mut self, transaction: &mut Transaction<'_>, kind: EventType, session: Option<[u8; 16]>, payload: Vec<u8>, frames: Vec<FrameMark>) -> Result<EventResult> {
        let active = self.state.active;
        let named = |id: Option<[u8; 16]>| id.ok_or_else(|| Error::invalid("a session event needs a session id"));
        let (session, active) = match (kind, active) {
            (EventType::Start, Some(active)) => {
                let message = format!("session {} is active", uuid(&active.id));
                return Err(Error::new(Code::SessionActive, message).hint("end it first with `memvid session end`"));
            }
            (EventType::Action, None) if session.is_none() => return Ok(EventResult { written: false, session: None, sequence: 0, offset: 0 }),
            (EventType::Action | EventType::End, None) => {
                return Err(Error::new(Code::NoActiveSession, "no session is active").hint("start one with `memvid session start`"));
            }
            (EventType::Action | EventType::End, Some(active)) if session.is_some_and(|id| id != active.id) => {
                let message = format!("session {} is active, not {}", uuid(&active.id), uuid(&named(session)?));
                return Err(Error::new(Code::NoActiveSession, message));
            }
            (EventType::Action | EventType::End, Some(active)) => (active.id, Some(active)),
            (EventType::Delete, Some(active)) if session == Some(active.id) => {
                return Err(Error::new(Code::SessionActive, "the session is still being recorded").hint("end it first with `memvid session end`"));
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
            EventType::Replay => {}
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

fn read_event(snapshot: &Snapshot, offset: u64) -> Result<Event> {
    let header = snapshot.record(offset)?.expect(RecordType::Event)?;
    Event::decode(snapshot.payload(&header)?, &header)
}

/// Sessions that were not deleted, newest first.
fn sessions(snapshot: &Snapshot) -> Result<Vec<SessionSummary>> {
    let state = &snapshot.state.sessions;
    let mut found = Vec::new();
    let mut deleted = HashSet::new();
    if let Some(active) = &state.active {
        found.push(SessionSummary {
            session: active.id,
            is_active: true,
            action_count: active.action_count,
            start: read_event(snapshot, active.start_offset)?,
            end: None,
            start_offset: active.start_offset,
            last_action_offset: active.last_action_offset,
        });
    }
    let mut at = state.last_event_offset;
    while at != 0 {
        let event = read_event(snapshot, at)?;
        at = event.prev_offset;
        match event.kind {
            EventType::Delete => {
                deleted.insert(event.session);
            }
            EventType::End if !deleted.contains(&event.session) => found.push(SessionSummary {
                session: event.session,
                is_active: false,
                action_count: event.sequence,
                start: read_event(snapshot, event.start_offset)?,
                start_offset: event.start_offset,
                last_action_offset: event.last_action_offset,
                end: Some(event),
            }),
            _ => {}
        }
    }
    Ok(found)
}

impl Store {
    pub fn active_session(&self) -> Option<[u8; 16]> {
        self.snapshot().state.sessions.active.map(|a| a.id)
    }

    /// Sessions that were not deleted, newest first.
    pub fn sessions(&self) -> Result<Vec<SessionSummary>> {
        self.reading(&self.snapshot(), |s| sessions(s))
    }

    /// A session's actions in order, `limit` of them from `offset` on, each with the offset of its record.
    pub fn session_events(&self, session: &[u8; 16], offset: usize, limit: usize) -> Result<Vec<(u64, Event)>> {
        self.reading(&self.snapshot(), |s| {
            let summary = sessions(s)?.into_iter().find(|x| x.session == *session);
            let summary = summary.ok_or_else(|| Error::new(Code::SessionNotFound, format!("no session {}", uuid(session))))?;
            let end = (offset.saturating_add(limit)).min(summary.action_count as usize);
            let mut out = Vec::with_capacity(end.saturating_sub(offset).min(4096));
            let mut at = summary.last_action_offset;
            while at != 0 {
                let event = read_event(s, at)?;
                let (sequence, this) = (event.sequence as usize, at);
                at = event.prev_offset;
                if sequence < offset {
                    break;
                }
                if sequence < end {
                    out.push((this, event));
                }
            }
            out.reverse();
            Ok(out)
        })
    }

    /// Replays saved for a session, newest first, each with the offset of its record.
    pub fn replays(&self, session: &[u8; 16]) -> Result<Vec<(u64, Event)>> {
        self.reading(&self.snapshot(), |s| {
            let mut out = Vec::new();
            let mut at = s.state.sessions.last_event_offset;
            while at != 0 {
                let event = read_event(s, at)?;
                let this = at;
                at = event.prev_offset;
                if event.kind == EventType::Replay && event.session == *session {
                    out.push((this, event));
                }
            }
            Ok(out)
        })
    }

    /// The newest cached answer for a key, with the offset of its record.
    pub fn cached_answer(&self, key: &[u8; 32]) -> Result<Option<(u64, Answer)>> {
        self.reading(&self.snapshot(), |s| {
            let words = cache_words(key, 0);
            let found = s.lookup(RunKind::Cache, words[0])?.into_iter().filter(|w| w[..4] == words[..4]).max_by_key(|w| w[4]);
            let Some(found) = found else { return Ok(None) };
            let header = s.record(found[4])?.expect(RecordType::Answer)?;
            let answer = Answer::decode(s.payload(&header)?, &header)?;
            Ok((answer.key == *key).then_some((found[4], answer)))
        })
    }
}
