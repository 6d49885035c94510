//! A batch of puts, deletes, events and answers becomes one transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Store;
use super::frames::find_by_uri;
use super::prepare::{Prepared, PreparedPuts, prepare_all};
use super::sessions::EventWriter;
use super::snapshot::Snapshot;
use super::write::{Durability, Transaction};
use crate::embed::{EmbedderChoice, static_state};
use crate::error::{Code, Error, Result};
use crate::format::commit::Hash;
use crate::format::dictionary::{DICTIONARY_BYTES, Dictionaries, Dictionary, DictionaryPlace};
use crate::format::event::{Answer, EventType, FrameMark, MAX_EVENT_BYTES};
use crate::format::frames::{Body, NewFrame, default_uri};
use crate::format::record::{Payload, RecordType};
use crate::format::run::{self, RunKind, Words, time_key, uri_key};
use crate::format::toc::{Op, SegmentClass, SegmentRef, VectorState};
use crate::index::{Passage, vector};

/// From this many frames on, a transaction carries its own runs; entries of fewer stand in the commit until `maintain` folds them.
pub const BULK_FRAMES: usize = 64;
/// Text from which on a dictionary is made: it takes as much room as it saves in a tenth of that.
const DICTIONARY_FROM: u64 = 2 << 20;

#[derive(Debug, Clone)]
pub enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone)]
pub struct PutInput {
    pub content: Content,
    pub mime_type: Option<String>,
    pub title: Option<String>,
    /// A live frame of this URI is superseded.
    pub uri: Option<String>,
    pub tags: Vec<String>,
    /// MessagePack, opaque here.
    pub metadata: Vec<u8>,
    pub timestamp_ms: i64,
    /// The caller's vector of the whole frame.
    pub vector: Option<Vec<f32>>,
    /// A vector for each passage of the text (`passage::split`), where an outside embedder makes the file's vectors.
    pub passage_vectors: Option<Vec<Vec<f32>>>,
    pub supersedes: Option<u64>,
}

#[derive(Debug, Clone)]
pub enum EventInput {
    Session {
        kind: EventType,
        /// `None`, for an action: the active session, and no event when there is none.
        session: Option<[u8; 16]>,
        payload: Vec<u8>,
        /// Names the frames that this batch puts and deletes.
        with_frames: bool,
    },
    /// An action of the active session about one of several puts that share a commit; left out when none is active.
    PutAction {
        payload: Vec<u8>,
        /// Which of the batch's puts, from 0.
        put: usize,
    },
    /// The end of the active session, refused as `SessionChanged` when it has another number of actions: what the payload says of them
    /// would not be true.
    End {
        session: [u8; 16],
        payload: Vec<u8>,
        action_count: u32,
    },
    Answer {
        key: [u8; 32],
        payload: Vec<u8>,
    },
}

#[derive(Debug, Clone)]
pub struct Batch {
    pub puts: Vec<PutInput>,
    pub deletes: Vec<u64>,
    pub events: Vec<EventInput>,
    /// The embedder that the puts are for: decides where the file is undecided, and is refused where it is another.
    pub embedder: Option<EmbedderChoice>,
    /// Refuse with `SessionActive` when a session is being recorded: the caller made no action for it.
    pub only_unrecorded: bool,
    pub durability: Durability,
    pub now_ms: i64,
}

/// What a transaction does besides its puts.
#[derive(Debug, Clone)]
pub struct Rest {
    pub deletes: Vec<u64>,
    pub events: Vec<EventInput>,
    /// Refuse with `SessionActive` when a session is being recorded: the caller made no action for it.
    pub only_unrecorded: bool,
    pub durability: Durability,
    pub now_ms: i64,
}

impl Default for Rest {
    fn default() -> Self {
        Rest { deletes: Vec::new(), events: Vec::new(), only_unrecorded: false, durability: Durability::Durable, now_ms: 0 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameReference {
    pub frame_id: u64,
    pub uri: String,
    pub content_hash: [u8; 32],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventResult {
    pub written: bool,
    pub session: Option<[u8; 16]>,
    pub sequence: u32,
    pub offset: u64,
}

#[derive(Debug, Clone)]
pub struct BatchResult {
    pub commit_no: u64,
    pub chain_hash: Hash,
    pub frames: Vec<FrameReference>,
    pub events: Vec<EventResult>,
}

impl Store {
    /// Puts, deletes and records in one transaction. `progress` is told how many puts are prepared.
    pub fn commit(&self, batch: Batch, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<BatchResult> {
        let Batch { puts, deletes, events, embedder, only_unrecorded, durability, now_ms } = batch;
        let prepared =
            if puts.is_empty() && embedder.is_none() { PreparedPuts::none() } else { self.prepare(puts, embedder.as_ref(), progress)? };
        self.commit_prepared(prepared, Rest { deletes, events, only_unrecorded, durability, now_ms })
    }

    /// Validates, hashes, splits, embeds and compresses puts, without the lock: the next batch of a load is prepared while one is written.
    pub fn prepare(
        &self,
        puts: Vec<PutInput>,
        embedder: Option<&EmbedderChoice>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<PreparedPuts> {
        let run = || {
            self.check_open()?;
            self.follow()?;
            let snapshot = self.snapshot();
            let vectors = self.vector_state_for(&snapshot.state.vectors, &puts, embedder)?;
            // Few frames are not worth fetching the dictionary for, and one that can't be read is done without.
            let place = snapshot.state.dictionary.filter(|_| puts.len() >= BULK_FRAMES);
            let dictionary = place.and_then(|place| snapshot.find(place, snapshot.commit.end).ok());
            prepare_all(puts, vectors, self.options.models.as_deref(), dictionary.as_deref(), progress)
        };
        run().map_err(|e| self.name(e))
    }

    /// One transaction of prepared puts and what else belongs to it.
    pub fn commit_prepared(&self, prepared: PreparedPuts, rest: Rest) -> Result<BatchResult> {
        let Rest { deletes, events, only_unrecorded, durability, now_ms } = rest;
        let build = |transaction: &mut Transaction<'_>| {
            if only_unrecorded && transaction.base.state.sessions.active.is_some() {
                return Err(Error::new(Code::SessionActive, "a session is being recorded, and this batch has no action for it"));
            }
            // Another writer may have decided meanwhile what vectors the file holds.
            let (now, vectors) = (&transaction.base.state.vectors, &prepared.vectors);
            if vectors != now && *vectors != VectorState::Undecided && !prepared.puts.is_empty() {
                if *now != VectorState::Undecided {
                    return Err(mismatch(now, vectors));
                }
                transaction.ops.push(Op::Vectors(vectors.clone()));
            }
            let (frames, marks) = put_frames(transaction, prepared, &deletes)?;
            let events = write_events(transaction, events, &marks, now_ms)?;
            Ok((frames, events))
        };
        let ((frames, events), snapshot) = self.transact(now_ms, durability, build).map_err(|e| self.name(e))?;
        Ok(BatchResult { commit_no: snapshot.commit.commit_no, chain_hash: snapshot.commit.chain_hash, frames, events })
    }

    /// What vectors the file holds once these frames are in it.
    fn vector_state_for(&self, state: &VectorState, puts: &[PutInput], embedder: Option<&EmbedderChoice>) -> Result<VectorState> {
        let chosen = embedder.map(EmbedderChoice::state).transpose()?;
        match (state, &chosen) {
            (VectorState::Undecided, Some(chosen)) => return Ok(chosen.clone()),
            (state, Some(chosen)) if state != chosen => return Err(mismatch(state, chosen)),
            _ => {}
        }
        let given = puts.iter().find_map(|p| p.vector.as_ref().map(Vec::len));
        match (state, given) {
            (VectorState::Undecided, Some(dim)) => Ok(VectorState::Caller { dim: dim as u32 }),
            (VectorState::Undecided, None) if puts.iter().any(|p| matches!(p.content, Content::Text(_))) => Ok(static_state()),
            (VectorState::None, Some(_)) => {
                Err(Error::new(Code::VectorMismatch, "a vector was given, but the file was made without vectors")
                    .hint("create it with enableVec: true"))
            }
            (VectorState::Embedded { .. }, Some(dim)) => Err(mismatch(state, &VectorState::Caller { dim: dim as u32 })),
            (state, _) => Ok(state.clone()),
        }
    }
}

fn mismatch(file: &VectorState, given: &VectorState) -> Error {
    let name = |state: &VectorState| match state {
        VectorState::None => "no vectors".to_string(),
        VectorState::Undecided => "vectors not yet decided".to_string(),
        VectorState::Embedded { dim, name, .. } => format!("vectors of {dim} dimensions made by {name}"),
        VectorState::Caller { dim } => format!("the caller's vectors of {dim} dimensions"),
    };
    Error::new(Code::VectorMismatch, format!("the file holds {}, this put has {}", name(file), name(given)))
        .hint("one file holds vectors of one kind: make another file for these")
}

/// Writes blocks, segments and table entries of new and ended frames. Returns the references in order of the puts, and the marks for events.
fn put_frames(transaction: &mut Transaction<'_>, prepared: PreparedPuts, deletes: &[u64]) -> Result<(Vec<FrameReference>, Vec<FrameMark>)> {
    let PreparedPuts { puts: mut prepared, bodies, .. } = prepared;
    let base = transaction.base.clone();
    let first_frame_id = base.state.counters.next_frame_id;
    let mut ended = Ended {
        base: &base,
        commit_no: transaction.commit_no,
        in_batch: HashMap::new(),
        ids: HashSet::new(),
        entries: Vec::new(),
        marks: Vec::new(),
    };
    for (frame_id, put) in (first_frame_id..).zip(prepared.iter_mut()) {
        let frame = &mut put.frame;
        let old = match frame.supersedes {
            Some(id) => Some(id),
            None if frame.uri.is_empty() => None,
            None => ended.live_by_uri(&frame.uri)?,
        };
        if let Some(old) = old {
            ended.end(old, Some(frame_id), first_frame_id)?;
            frame.supersedes = Some(old);
        }
        if !frame.uri.is_empty() {
            ended.in_batch.insert(frame.uri.clone(), frame_id);
        }
    }
    for id in deletes {
        ended.end(*id, None, first_frame_id)?;
    }
    let (ended_entries, mut marks) = (std::mem::take(&mut ended.entries), std::mem::take(&mut ended.marks));

    let mut references = Vec::with_capacity(prepared.len());
    for (frame_id, put) in (first_frame_id..).zip(&prepared) {
        let uri = if put.frame.uri.is_empty() { default_uri(frame_id) } else { put.frame.uri.clone() };
        references.push(FrameReference { frame_id, uri, content_hash: put.frame.content_hash });
    }
    write_blocks(transaction, first_frame_id, &prepared, bodies);
    write_vectors(transaction, first_frame_id, &prepared)?;
    let mut counters = base.state.counters;
    counters.next_frame_id += prepared.len() as u64;
    counters.ended_frames += ended_entries.len() as u64;
    for put in &prepared {
        counters.content_bytes += put.frame.content.len() as u64;
        counters.text_bytes += if put.frame.is_text { put.frame.content.len() as u64 } else { 0 };
    }
    // A URI made from the id needs no entry to find the frame by.
    let named = references.iter().zip(&prepared).filter(|(_, put)| !put.frame.uri.is_empty());
    let uris = named.map(|(r, _)| [uri_key(&r.uri), r.frame_id, 0, 0, 0]).collect();
    let times = (first_frame_id..).zip(&prepared).map(|(id, p)| [time_key(p.frame.timestamp_ms), id, 0, 0, 0]).collect();
    write_entries(transaction, RunKind::Uri, uris);
    write_entries(transaction, RunKind::Time, times);
    write_entries(transaction, RunKind::Ended, ended_entries);
    if counters != base.state.counters {
        transaction.ops.push(Op::Counters(counters));
    }
    write_dictionary(transaction, &prepared, counters.text_bytes)?;
    marks.splice(0..0, references.iter().map(|r| FrameMark { frame_id: r.frame_id, content_hash: r.content_hash }));
    Ok((references, marks))
}

/// Which frames this transaction ends.
struct Ended<'a> {
    base: &'a Snapshot,
    commit_no: u64,
    /// URIs of this batch's own frames so far.
    in_batch: HashMap<String, u64>,
    ids: HashSet<u64>,
    entries: Vec<Words>,
    marks: Vec<FrameMark>,
}

impl Ended<'_> {
    fn live_by_uri(&self, uri: &str) -> Result<Option<u64>> {
        match self.in_batch.get(uri) {
            Some(id) => Ok(Some(*id)),
            None => find_by_uri(self.base, uri, |id| self.is_live(id)),
        }
    }

    fn is_live(&self, frame_id: u64) -> Result<bool> {
        Ok(!self.ids.contains(&frame_id) && self.base.lookup(RunKind::Ended, frame_id)?.is_empty())
    }

    fn end(&mut self, frame_id: u64, successor: Option<u64>, first_new: u64) -> Result<()> {
        let is_new = frame_id >= first_new;
        if (is_new && successor.is_none_or(|s| s <= frame_id)) || (!is_new && frame_id >= self.base.state.counters.next_frame_id) {
            return Err(Error::new(Code::FrameNotFound, format!("no frame {frame_id}; {first_new} were put so far")));
        }
        if !self.is_live(frame_id)? {
            return Err(Error::new(Code::FrameNotFound, format!("frame {frame_id} was deleted or superseded before"))
                .hint("name the newest frame of its URI"));
        }
        if !is_new {
            let (_, entry) = super::frames::entry_of(self.base, frame_id)?;
            self.marks.extend(successor.is_none().then_some(FrameMark { frame_id, content_hash: entry.content_hash }));
        }
        self.ids.insert(frame_id);
        self.entries.push([frame_id, self.commit_no, successor.unwrap_or(u64::MAX), 0, 0]);
        Ok(())
    }
}

fn write_blocks(transaction: &mut Transaction<'_>, first_frame_id: u64, prepared: &[Prepared], bodies: Vec<Body>) {
    let mut blocks = Vec::with_capacity(bodies.len());
    let mut from = 0;
    for body in bodies {
        let (first, count) = (first_frame_id + from as u64, body.frame_count());
        let members: Vec<&NewFrame> = prepared[from..from + count].iter().map(|put| &put.frame).collect();
        let offset = transaction.layout.push(&body.with_head(first, &members));
        blocks.push([first, offset, transaction.commit_no, count as u64, 0]);
        from += count;
    }
    write_entries(transaction, RunKind::Block, blocks);
}

/// Makes the file's dictionary out of a large batch's texts, once there is enough text for it to pay.
fn write_dictionary(transaction: &mut Transaction<'_>, prepared: &[Prepared], text_bytes: u64) -> Result<()> {
    let texts = || prepared.iter().filter(|put| put.frame.is_text).map(|put| put.frame.content.as_slice());
    let is_enough = text_bytes >= DICTIONARY_FROM && texts().map(<[u8]>::len).sum::<usize>() >= DICTIONARY_BYTES;
    if is_enough && transaction.base.state.dictionary.is_none() {
        let payload = Dictionary::payload(&Dictionary::content_of(texts()))?;
        let (offset, copy_offset) = (transaction.layout.push(&payload), transaction.layout.push(&payload));
        transaction.ops.push(Op::Dictionary(DictionaryPlace { offset, copy_offset }));
    }
    Ok(())
}

fn write_vectors(transaction: &mut Transaction<'_>, first_frame_id: u64, prepared: &[Prepared]) -> Result<()> {
    let (mut passages, mut rows) = (Vec::new(), Vec::new());
    for (frame_id, put) in (first_frame_id..).zip(prepared) {
        for ((start, len), vector) in &put.vectors {
            passages.push(Passage { frame_id, start: *start, len: *len });
            rows.extend_from_slice(vector);
        }
    }
    if let (Some(first), Some(last)) = (passages.first(), passages.last()) {
        let (first_frame_id, end_frame_id) = (first.frame_id, last.frame_id + 1);
        let bytes = vector::build_segment_in(transaction.base.state.vector_precision, rows.len() / passages.len(), &passages, &rows)?;
        add_segment(
            transaction,
            SegmentClass::Vectors,
            &Payload::checked(RecordType::Vectors, bytes),
            passages.len(),
            (first_frame_id, end_frame_id),
        );
    }
    Ok(())
}

/// Adds a segment's record and its entry in the table of contents.
pub fn add_segment(transaction: &mut Transaction<'_>, class: SegmentClass, payload: &Payload, entries: usize, range: (u64, u64)) {
    let offset = transaction.layout.push(payload);
    let (first_frame_id, end_frame_id) = range;
    transaction.ops.push(Op::Add(SegmentRef { class, offset, entries: entries as u64, first_frame_id, end_frame_id }));
}

/// Few entries stand in the commit itself, many become a run.
fn write_entries(transaction: &mut Transaction<'_>, kind: RunKind, mut entries: Vec<Words>) {
    if entries.len() >= BULK_FRAMES {
        let payload = run::encode(kind, &mut entries);
        add_segment(transaction, SegmentClass::Run(kind), &payload, entries.len(), (0, 0));
        return;
    }
    transaction.ops.extend(entries.iter().map(|w| match kind {
        RunKind::Block => Op::Block { first_frame_id: w[0], offset: w[1], commit_no: w[2], count: w[3] },
        RunKind::Uri => Op::Uri { key: w[0], frame_id: w[1] },
        RunKind::Time => Op::Time { key: w[0], frame_id: w[1] },
        _ => Op::Ended { frame_id: w[0], commit_no: w[1], successor: (w[2] != u64::MAX).then_some(w[2]) },
    }));
}

fn write_events(transaction: &mut Transaction<'_>, events: Vec<EventInput>, marks: &[FrameMark], now_ms: i64) -> Result<Vec<EventResult>> {
    let mut writer = EventWriter::new(Arc::clone(transaction.base), now_ms);
    let mut results = Vec::with_capacity(events.len());
    for event in events {
        results.push(match event {
            EventInput::Session { payload, .. }
            | EventInput::PutAction { payload, .. }
            | EventInput::End { payload, .. }
            | EventInput::Answer { payload, .. }
                if payload.len() > MAX_EVENT_BYTES =>
            {
                return Err(Error::invalid(format!("an event of {} bytes, at most {MAX_EVENT_BYTES} are allowed", payload.len())));
            }
            EventInput::Session { kind, session, payload, with_frames } => {
                let marks = if with_frames { marks.to_vec() } else { Vec::new() };
                writer.write(transaction, kind, session, payload, marks)?
            }
            EventInput::PutAction { payload, put } => {
                let own =
                    marks.get(put).ok_or_else(|| Error::invalid(format!("an action for put {put}, which the batch does not have")))?;
                writer.write(transaction, EventType::Action, None, payload, vec![*own])?
            }
            EventInput::End { session, payload, action_count } => {
                let result = writer.write(transaction, EventType::End, Some(session), payload, Vec::new())?;
                if result.sequence != action_count {
                    let message = format!("the session has {} actions, not {action_count}", result.sequence);
                    return Err(Error::new(Code::SessionChanged, message).hint("read the newer actions and end it then"));
                }
                result
            }
            EventInput::Answer { key, payload } => {
                let offset = transaction.layout.push(&Answer { key, time_ms: now_ms, payload }.encode()?);
                transaction.ops.push(Op::Cache { key, offset });
                EventResult { written: true, session: None, sequence: 0, offset }
            }
        });
    }
    writer.finish(transaction);
    Ok(results)
}
