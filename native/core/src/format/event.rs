//! Session events and cached answers: a fixed envelope of the engine's and a payload that is opaque to it.

use super::bytes::{Put, Reader};
use super::record::{Payload, RecordHeader, RecordType, compress, decompress};
use crate::error::{Error, Result};

const ENVELOPE_LEN: usize = 112;
const FRAME_LEN: usize = 40;
pub const MAX_EVENT_BYTES: usize = 256 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum EventType {
    Start = 1,
    Action = 2,
    End = 3,
    Delete = 4,
    Replay = 5,
    Signature = 6,
}

impl EventType {
    pub const ALL: [EventType; 6] =
        [EventType::Start, EventType::Action, EventType::End, EventType::Delete, EventType::Replay, EventType::Signature];

    pub fn as_str(self) -> &'static str {
        match self {
            EventType::Start => "start",
            EventType::Action => "action",
            EventType::End => "end",
            EventType::Delete => "delete",
            EventType::Replay => "replay",
            EventType::Signature => "signature",
        }
    }

    pub fn parse(name: &str) -> Option<EventType> {
        EventType::ALL.into_iter().find(|t| t.as_str() == name)
    }
}

/// A frame that an event speaks of, as its transaction left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameMark {
    pub frame_id: u64,
    pub content_hash: [u8; 32],
}

/// A session event as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub kind: EventType,
    /// For an action: its number in the session, from 0. For an end: the number of actions.
    pub sequence: u32,
    pub session: [u8; 16],
    pub time_ms: i64,
    /// The snapshot that the event was written on.
    pub commit_no: u64,
    pub chain_hash: [u8; 32],
    /// For an action: the one before it in its session, or 0. Else: the event before it in the file that is no action, or 0.
    pub prev_offset: u64,
    /// For an action and an end: the start of its session.
    pub start_offset: u64,
    /// For an end: the last action, or 0.
    pub last_action_offset: u64,
    pub frames: Vec<FrameMark>,
    pub payload: Vec<u8>,
}

impl Event {
    pub fn encode(&self) -> Result<Payload> {
        let mut out = Vec::with_capacity(ENVELOPE_LEN + self.frames.len() * FRAME_LEN + self.payload.len());
        out.push(self.kind as u8);
        out.pad_to(4);
        out.put_u32(self.sequence);
        out.extend_from_slice(&self.session);
        out.put_i64(self.time_ms);
        out.put_u64(self.commit_no);
        out.extend_from_slice(&self.chain_hash);
        out.put_u64(self.prev_offset);
        out.put_u64(self.start_offset);
        out.put_u64(self.last_action_offset);
        out.put_u32(self.frames.len() as u32);
        out.pad_to(ENVELOPE_LEN);
        for frame in &self.frames {
            out.put_u64(frame.frame_id);
            out.extend_from_slice(&frame.content_hash);
        }
        let (stored, codec) = compress(&self.payload)?;
        out.extend_from_slice(&stored);
        Ok(Payload { kind: RecordType::Event, bytes: out, codec, raw_len: self.payload.len() as u64, checked: None })
    }

    /// Reads an event. Links that do not point strictly backwards are refused, so following them ends.
    pub fn decode(bytes: &[u8], header: &RecordHeader) -> Result<Event> {
        let offset = header.self_offset;
        let mut reader = Reader::new(bytes, "session event");
        let kind = reader.u8()?;
        reader.take(3)?;
        let kind = EventType::ALL.into_iter().find(|t| *t as u8 == kind).ok_or_else(|| reader.error("unknown type"))?;
        let (sequence, session, time_ms) = (reader.u32()?, reader.array()?, reader.i64()?);
        let (commit_no, chain_hash) = (reader.u64()?, reader.array()?);
        let (prev_offset, start_offset, last_action_offset) = (reader.u64()?, reader.u64()?, reader.u64()?);
        let count = reader.u32()? as usize;
        reader.take(ENVELOPE_LEN - 100)?;
        let backwards = [prev_offset, start_offset, last_action_offset].iter().all(|link| *link < offset);
        if !backwards || count.saturating_mul(FRAME_LEN) > reader.remaining() {
            return Err(Error::corrupt(offset, "a session event's links or counts do not fit"));
        }
        let mut frames = Vec::with_capacity(count);
        for _ in 0..count {
            frames.push(FrameMark { frame_id: reader.u64()?, content_hash: reader.array()? });
        }
        let stored = reader.take(reader.remaining())?;
        let payload = decompress(stored, header.codec, header.raw_len, MAX_EVENT_BYTES as u64, offset)?;
        Ok(Event {
            kind,
            sequence,
            session,
            time_ms,
            commit_no,
            chain_hash,
            prev_offset,
            start_offset,
            last_action_offset,
            frames,
            payload,
        })
    }
}

/// The part of an event's envelope that chains a session's actions, read without the rest and before the payload's hash is checked.
pub struct ActionLink {
    pub kind: EventType,
    pub sequence: u32,
    pub session: [u8; 16],
    pub prev_offset: u64,
}

impl ActionLink {
    /// Reads it off an event that lies at `offset`. A link that does not point strictly backwards is refused.
    pub fn decode(bytes: &[u8], offset: u64) -> Result<ActionLink> {
        let mut reader = Reader::new(bytes, "session event");
        let kind = reader.u8()?;
        reader.take(3)?;
        let kind = EventType::ALL.into_iter().find(|t| *t as u8 == kind).ok_or_else(|| reader.error("unknown type"))?;
        let (sequence, session) = (reader.u32()?, reader.array()?);
        // Time, commit and chain hash.
        reader.take(48)?;
        let prev_offset = reader.u64()?;
        if prev_offset >= offset {
            return Err(Error::corrupt(offset, "a session event's links do not fit"));
        }
        Ok(ActionLink { kind, sequence, session, prev_offset })
    }
}

/// A cached answer: key, time, and an opaque payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub key: [u8; 32],
    pub time_ms: i64,
    pub payload: Vec<u8>,
}

impl Answer {
    pub fn encode(&self) -> Result<Payload> {
        let mut out = Vec::with_capacity(40 + self.payload.len());
        out.extend_from_slice(&self.key);
        out.put_i64(self.time_ms);
        let (stored, codec) = compress(&self.payload)?;
        out.extend_from_slice(&stored);
        Ok(Payload { kind: RecordType::Answer, bytes: out, codec, raw_len: self.payload.len() as u64, checked: None })
    }

    pub fn decode(bytes: &[u8], header: &RecordHeader) -> Result<Answer> {
        let mut reader = Reader::new(bytes, "cached answer");
        let (key, time_ms) = (reader.array()?, reader.i64()?);
        let stored = reader.take(reader.remaining())?;
        let payload = decompress(stored, header.codec, header.raw_len, MAX_EVENT_BYTES as u64, header.self_offset)?;
        Ok(Answer { key, time_ms, payload })
    }
}
