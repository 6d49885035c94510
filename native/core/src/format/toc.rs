//! Operations of the table of contents: the language of full tables and of each commit's delta.

use super::bytes::{Put, Reader};
use super::dictionary::DictionaryPlace;
use super::run::RunKind;
use crate::error::Result;
use crate::index::vector::Precision;

/// Which vectors a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum VectorState {
    /// Made without vectors.
    None,
    /// The first frame decides.
    #[default]
    Undecided,
    /// Made from the text by an embedder; its name and the hash of its weights.
    Embedded { dim: u32, name: String, hash: [u8; 32] },
    /// Given by the caller.
    Caller { dim: u32 },
}

/// What a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SegmentClass {
    Text,
    Vectors,
    Run(RunKind),
}

/// A segment that is part of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SegmentRef {
    pub class: SegmentClass,
    pub offset: u64,
    pub entries: u64,
    /// Half-open range of frame ids that it covers; empty for runs not keyed by frames.
    pub first_frame_id: u64,
    pub end_frame_id: u64,
}

/// The session that is being recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveSession {
    pub id: [u8; 16],
    pub start_offset: u64,
    /// 0: no action yet.
    pub last_action_offset: u64,
    pub action_count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionState {
    /// Newest start, end, delete or replay event; 0: none.
    pub last_event_offset: u64,
    pub session_count: u64,
    pub active: Option<ActiveSession>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    pub next_frame_id: u64,
    pub ended_frames: u64,
    pub content_bytes: u64,
    pub text_bytes: u64,
}

/// One operation. Fields are those of the run entry of the same name. `Erased`: the payload of the record at `target` is zeros, and the
/// erasure at `offset` says what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    Vectors(VectorState),
    Block {
        first_frame_id: u64,
        offset: u64,
        commit_no: u64,
        count: u64,
    },
    Uri {
        key: u64,
        frame_id: u64,
    },
    Time {
        key: u64,
        frame_id: u64,
    },
    Ended {
        frame_id: u64,
        commit_no: u64,
        successor: Option<u64>,
    },
    Cache {
        key: [u8; 32],
        offset: u64,
    },
    Add(SegmentRef),
    Retire {
        offset: u64,
    },
    Sessions(SessionState),
    Counters(Counters),
    Erased {
        target: u64,
        offset: u64,
    },
    /// The dictionary that new frames are compressed with.
    Dictionary(DictionaryPlace),
    /// Bytes that do not check and were set aside by a repair.
    SetAside {
        offset: u64,
        len: u64,
    },
    /// Frames whose bytes are gone.
    Lost {
        first_frame_id: u64,
        count: u64,
    },
    /// How finely new vectors are kept; without it as they are given.
    VectorPrecision(Precision),
}

const VECTORS: u8 = 1;
const BLOCK: u8 = 2;
const URI: u8 = 3;
const TIME: u8 = 4;
const ENDED: u8 = 5;
const CACHE: u8 = 6;
const ADD: u8 = 7;
const RETIRE: u8 = 8;
const SESSIONS: u8 = 9;
const COUNTERS: u8 = 10;
const ERASED: u8 = 11;
const DICTIONARY: u8 = 12;
const SET_ASIDE: u8 = 13;
const LOST: u8 = 14;
const VECTOR_PRECISION: u8 = 15;

pub fn encode(ops: &[Op]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut fields = Vec::new();
    for op in ops {
        fields.clear();
        let kind = encode_fields(op, &mut fields);
        out.push(kind);
        out.put_bytes(&fields);
    }
    out
}

fn encode_fields(op: &Op, out: &mut Vec<u8>) -> u8 {
    match op {
        Op::Vectors(state) => {
            let (number, dim, name, hash) = match state {
                VectorState::None => (0, 0, "", [0; 32]),
                VectorState::Undecided => (1, 0, "", [0; 32]),
                VectorState::Embedded { dim, name, hash } => (2, *dim, name.as_str(), *hash),
                VectorState::Caller { dim } => (3, *dim, "", [0; 32]),
            };
            out.put_varint(number);
            out.put_varint(u64::from(dim));
            out.put_string(name);
            out.extend_from_slice(&hash);
            VECTORS
        }
        Op::Block { first_frame_id, offset, commit_no, count } => {
            [first_frame_id, offset, commit_no, count].into_iter().for_each(|v| out.put_varint(*v));
            BLOCK
        }
        Op::Uri { key, frame_id } => {
            out.put_u64(*key);
            out.put_varint(*frame_id);
            URI
        }
        Op::Time { key, frame_id } => {
            out.put_u64(*key);
            out.put_varint(*frame_id);
            TIME
        }
        Op::Ended { frame_id, commit_no, successor } => {
            out.put_varint(*frame_id);
            out.put_varint(*commit_no);
            out.put_varint(successor.map_or(0, |id| id + 1));
            ENDED
        }
        Op::Cache { key, offset } => {
            out.extend_from_slice(key);
            out.put_varint(*offset);
            CACHE
        }
        Op::Add(segment) => {
            let (class, run_kind) = match segment.class {
                SegmentClass::Text => (0x20, 0),
                SegmentClass::Vectors => (0x21, 0),
                SegmentClass::Run(kind) => (0x22, kind as u64),
            };
            [class, run_kind, segment.offset, segment.entries, segment.first_frame_id, segment.end_frame_id]
                .into_iter()
                .for_each(|v| out.put_varint(v));
            ADD
        }
        Op::Retire { offset } => {
            out.put_varint(*offset);
            RETIRE
        }
        Op::Sessions(state) => {
            out.put_varint(state.last_event_offset);
            out.put_varint(state.session_count);
            out.put_varint(u64::from(state.active.is_some()));
            if let Some(active) = &state.active {
                out.extend_from_slice(&active.id);
                out.put_varint(active.start_offset);
                out.put_varint(active.last_action_offset);
                out.put_varint(u64::from(active.action_count));
            }
            SESSIONS
        }
        Op::Counters(c) => {
            [c.next_frame_id, c.ended_frames, c.content_bytes, c.text_bytes].into_iter().for_each(|v| out.put_varint(v));
            COUNTERS
        }
        Op::Erased { target, offset } => {
            out.put_varint(*target);
            out.put_varint(*offset);
            ERASED
        }
        Op::Dictionary(place) => {
            out.put_varint(place.offset);
            out.put_varint(place.copy_offset);
            DICTIONARY
        }
        Op::SetAside { offset, len } => {
            out.put_varint(*offset);
            out.put_varint(*len);
            SET_ASIDE
        }
        Op::Lost { first_frame_id, count } => {
            out.put_varint(*first_frame_id);
            out.put_varint(*count);
            LOST
        }
        Op::VectorPrecision(precision) => {
            out.put_varint(u64::from(precision.number()));
            VECTOR_PRECISION
        }
    }
}

/// Decodes operations. Unknown kinds are skipped, as a later minor version may add some.
pub fn decode(bytes: &[u8]) -> Result<Vec<Op>> {
    let mut reader = Reader::new(bytes, "table of contents");
    let mut ops = Vec::new();
    while !reader.is_empty() {
        let kind = reader.u8()?;
        let mut fields = Reader::new(reader.bytes()?, "table of contents");
        ops.extend(decode_fields(kind, &mut fields)?);
    }
    Ok(ops)
}

fn decode_fields(kind: u8, f: &mut Reader<'_>) -> Result<Option<Op>> {
    Ok(Some(match kind {
        VECTORS => {
            let (number, dim, name, hash) = (f.varint()?, f.varint()?, f.string()?.to_string(), f.array()?);
            let dim = u32::try_from(dim).map_err(|_| f.error("vector dimension"))?;
            Op::Vectors(match number {
                0 => VectorState::None,
                1 => VectorState::Undecided,
                2 => VectorState::Embedded { dim, name, hash },
                3 => VectorState::Caller { dim },
                _ => return Err(f.error("unknown vector state")),
            })
        }
        BLOCK => Op::Block { first_frame_id: f.varint()?, offset: f.varint()?, commit_no: f.varint()?, count: f.varint()? },
        URI => Op::Uri { key: f.u64()?, frame_id: f.varint()? },
        TIME => Op::Time { key: f.u64()?, frame_id: f.varint()? },
        ENDED => {
            let (frame_id, commit_no, successor) = (f.varint()?, f.varint()?, f.varint()?);
            Op::Ended { frame_id, commit_no, successor: successor.checked_sub(1) }
        }
        CACHE => Op::Cache { key: f.array()?, offset: f.varint()? },
        ADD => {
            let (class, run_kind) = (f.varint()?, f.varint()?);
            let class = match class {
                0x20 => SegmentClass::Text,
                0x21 => SegmentClass::Vectors,
                0x22 => {
                    let kind = u8::try_from(run_kind).ok().and_then(RunKind::from_u8);
                    SegmentClass::Run(kind.ok_or_else(|| f.error("unknown run kind"))?)
                }
                _ => return Ok(None),
            };
            let (offset, entries, first_frame_id, end_frame_id) = (f.varint()?, f.varint()?, f.varint()?, f.varint()?);
            Op::Add(SegmentRef { class, offset, entries, first_frame_id, end_frame_id })
        }
        RETIRE => Op::Retire { offset: f.varint()? },
        SESSIONS => {
            let (last_event_offset, session_count, is_active) = (f.varint()?, f.varint()?, f.varint()? == 1);
            let active = if is_active {
                let (id, start_offset, last_action_offset, actions) = (f.array()?, f.varint()?, f.varint()?, f.varint()?);
                let action_count = u32::try_from(actions).map_err(|_| f.error("action count"))?;
                Some(ActiveSession { id, start_offset, last_action_offset, action_count })
            } else {
                None
            };
            Op::Sessions(SessionState { last_event_offset, session_count, active })
        }
        COUNTERS => Op::Counters(Counters {
            next_frame_id: f.varint()?,
            ended_frames: f.varint()?,
            content_bytes: f.varint()?,
            text_bytes: f.varint()?,
        }),
        ERASED => Op::Erased { target: f.varint()?, offset: f.varint()? },
        DICTIONARY => Op::Dictionary(DictionaryPlace { offset: f.varint()?, copy_offset: f.varint()? }),
        SET_ASIDE => Op::SetAside { offset: f.varint()?, len: f.varint()? },
        LOST => Op::Lost { first_frame_id: f.varint()?, count: f.varint()? },
        // One that a later version adds is skipped like an operation that it adds: vectors are then kept as they are given.
        VECTOR_PRECISION => match Precision::from_number(f.varint()?) {
            Some(precision) => Op::VectorPrecision(precision),
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_round_trip_and_unknown_ones_are_skipped() {
        let segment = SegmentRef { class: SegmentClass::Run(RunKind::Uri), offset: 64, entries: 3, first_frame_id: 0, end_frame_id: 0 };
        let active = ActiveSession { id: [7; 16], start_offset: 10, last_action_offset: 0, action_count: 0 };
        let ops = vec![
            Op::Vectors(VectorState::Embedded { dim: 256, name: "x@1".into(), hash: [9; 32] }),
            Op::Block { first_frame_id: 1, offset: 2, commit_no: 3, count: 4 },
            Op::Uri { key: u64::MAX, frame_id: 5 },
            Op::Time { key: 1 << 63, frame_id: 5 },
            Op::Ended { frame_id: 5, commit_no: 9, successor: None },
            Op::Ended { frame_id: 5, commit_no: 9, successor: Some(0) },
            Op::Cache { key: [1; 32], offset: 77 },
            Op::Add(segment),
            Op::Retire { offset: 64 },
            Op::Sessions(SessionState { last_event_offset: 3, session_count: 1, active: Some(active) }),
            Op::Counters(Counters { next_frame_id: 1, ended_frames: 2, content_bytes: 3, text_bytes: 4 }),
            Op::Erased { target: 64, offset: 1 << 40 },
            Op::Dictionary(DictionaryPlace { offset: 64, copy_offset: 128 }),
            Op::SetAside { offset: 4096, len: 64 },
            Op::Lost { first_frame_id: 3, count: 2 },
            Op::VectorPrecision(Precision::F16),
        ];
        let mut bytes = encode(&ops);
        assert_eq!(decode(&bytes).expect("decodes"), ops);
        bytes.extend_from_slice(&[0x7e, 2, 0, 0]);
        assert_eq!(decode(&bytes).expect("decodes"), ops);
        for cut in 1..bytes.len() {
            let _ = decode(&bytes[..cut]);
        }
    }
}
