//! A plain model of what a store should hold, kept without any of the engine's code, and the same view read from a store.

use std::collections::BTreeMap;

use mv2::format::event::{EventType, FrameMark};
use mv2::search::adaptive::Rule;
use mv2::store::{Batch, Content, EventInput, FindRequest, FrameStatus, Mode, Store, TimelineRequest};
use mv2::{Error, Result};

use super::find_request;

/// Words that the texts of the tests are made of; each is looked for, and its hits compared.
pub const TOPICS: [&str; 4] = ["apple", "bridge", "candle", "dragon"];
const ALL: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFrame {
    pub frame_id: u64,
    pub uri: String,
    pub title: String,
    pub tags: Vec<String>,
    pub metadata: Vec<u8>,
    pub content: Vec<u8>,
    pub is_text: bool,
    pub timestamp_ms: i64,
    pub commit_no: u64,
    pub status: FrameStatus,
    pub supersedes: Option<u64>,
    pub superseded_by: Option<u64>,
    pub ended_commit: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSession {
    pub id: [u8; 16],
    pub is_active: bool,
    /// `None`: damaged.
    pub start: Option<Vec<u8>>,
    pub end: Option<Vec<u8>>,
    /// Payload and frames of each action.
    pub actions: Vec<(Vec<u8>, Vec<(u64, [u8; 32])>)>,
    /// Newest first.
    pub replays: Vec<Vec<u8>>,
}

/// Totals of one commit: frames, ended frames, content bytes, text bytes, sessions.
pub type Totals = (u64, u64, u64, u64, u64);

/// What a file holds at one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    pub frames: Vec<ModelFrame>,
    /// Newest first, the active one before all.
    pub sessions: Vec<ModelSession>,
    pub answers: BTreeMap<[u8; 32], Vec<u8>>,
    /// Totals of every commit from 0 to the newest.
    pub totals: Vec<Totals>,
}

impl Model {
    /// An empty file.
    pub fn new() -> Model {
        Model { totals: vec![Totals::default()], ..Model::default() }
    }

    pub fn commit_no(&self) -> u64 {
        self.totals.len() as u64 - 1
    }

    /// The model after a commit that the store is to accept.
    pub fn after(&self, batch: &Batch) -> Model {
        let mut next = self.clone();
        let commit_no = next.totals.len() as u64;
        let mut totals = self.totals[self.totals.len() - 1];
        let mut marks = Vec::new();
        for put in &batch.puts {
            let frame_id = next.frames.len() as u64;
            let (content, is_text) = match &put.content {
                Content::Text(text) => (text.clone().into_bytes(), true),
                Content::Bytes(bytes) => (bytes.clone(), false),
            };
            let by_uri =
                || next.frames.iter().find(|f| f.status == FrameStatus::Active && put.uri.as_ref() == Some(&f.uri)).map(|f| f.frame_id);
            let supersedes = put.supersedes.or_else(by_uri);
            if let Some(old) = supersedes {
                next.end(old, Some(frame_id), commit_no);
                totals.1 += 1;
            }
            marks.push((frame_id, hash(&content)));
            totals.0 += 1;
            totals.2 += content.len() as u64;
            totals.3 += if is_text { content.len() as u64 } else { 0 };
            next.frames.push(ModelFrame {
                frame_id,
                uri: put.uri.clone().unwrap_or_else(|| format!("mv2://frames/{frame_id}")),
                title: put.title.clone().unwrap_or_default(),
                tags: put.tags.clone(),
                metadata: put.metadata.clone(),
                content,
                is_text,
                timestamp_ms: put.timestamp_ms,
                commit_no,
                status: FrameStatus::Active,
                supersedes,
                superseded_by: None,
                ended_commit: None,
            });
        }
        for id in &batch.deletes {
            next.end(*id, None, commit_no);
            marks.push((*id, hash(&next.frames[*id as usize].content)));
            totals.1 += 1;
        }
        for event in &batch.events {
            next.event(event, &marks);
        }
        totals.4 = next.sessions.len() as u64;
        next.totals.push(totals);
        next
    }

    /// The model after a maintenance, which changes nothing that can be seen.
    pub fn after_maintenance(&self) -> Model {
        let mut next = self.clone();
        next.totals.push(self.totals[self.totals.len() - 1]);
        next
    }

    fn end(&mut self, frame_id: u64, successor: Option<u64>, commit_no: u64) {
        let frame = &mut self.frames[frame_id as usize];
        frame.status = if successor.is_some() { FrameStatus::Superseded } else { FrameStatus::Deleted };
        (frame.superseded_by, frame.ended_commit) = (successor, Some(commit_no));
    }

    fn event(&mut self, event: &EventInput, marks: &[(u64, [u8; 32])]) {
        match event {
            EventInput::Answer { key, payload } => {
                self.answers.insert(*key, payload.clone());
            }
            EventInput::PutAction { payload, put } => {
                if let Some(active) = self.sessions.first_mut().filter(|s| s.is_active) {
                    active.actions.push((payload.clone(), vec![marks[*put]]));
                }
            }
            EventInput::End { session, payload, .. } => {
                let session = self.sessions.iter_mut().find(|s| s.id == *session).expect("the session is there");
                (session.is_active, session.end) = (false, Some(payload.clone()));
            }
            EventInput::Session { kind, session, payload, with_frames } => {
                let frames = if *with_frames { marks.to_vec() } else { Vec::new() };
                let at = |sessions: &[ModelSession]| sessions.iter().position(|s| Some(s.id) == *session).expect("the session is there");
                match kind {
                    EventType::Start => {
                        let id = session.expect("a session to start");
                        let new = ModelSession {
                            id,
                            is_active: true,
                            start: Some(payload.clone()),
                            end: None,
                            actions: Vec::new(),
                            replays: Vec::new(),
                        };
                        self.sessions.insert(0, new);
                    }
                    EventType::Action => {
                        if let Some(active) = self.sessions.first_mut().filter(|s| s.is_active) {
                            active.actions.push((payload.clone(), frames));
                        }
                    }
                    EventType::End => {
                        let active = self.sessions.first_mut().expect("an active session");
                        (active.is_active, active.end) = (false, Some(payload.clone()));
                    }
                    EventType::Delete => {
                        self.sessions.remove(at(&self.sessions));
                    }
                    // Signatures are not modelled: they change nothing that the model shows.
                    EventType::Signature => {}
                    EventType::Replay => {
                        let index = at(&self.sessions);
                        self.sessions[index].replays.insert(0, payload.clone());
                    }
                }
            }
        }
    }

    /// Frames that a search for a word finds: live ones whose title or text has it.
    pub fn hits(&self, word: &str) -> Vec<u64> {
        let text = |f: &ModelFrame| if f.is_text { String::from_utf8_lossy(&f.content).into_owned() } else { String::new() };
        let has = |f: &&ModelFrame| f.status == FrameStatus::Active && format!("{} {}", f.title, text(f)).split(' ').any(|w| w == word);
        self.frames.iter().filter(has).map(|f| f.frame_id).collect()
    }

    /// Live frames, oldest first.
    pub fn timeline(&self) -> Vec<u64> {
        let mut live: Vec<_> =
            self.frames.iter().filter(|f| f.status == FrameStatus::Active).map(|f| (f.timestamp_ms, f.frame_id)).collect();
        live.sort_unstable();
        live.into_iter().map(|(_, id)| id).collect()
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

/// One frame as the store gives it.
pub fn read_frame(store: &Store, frame_id: u64) -> Result<ModelFrame> {
    let f = store.get(&store.snapshot(), frame_id)?;
    Ok(ModelFrame {
        frame_id: f.frame_id,
        uri: f.uri,
        title: f.title,
        tags: f.tags,
        metadata: f.metadata,
        content: f.content,
        is_text: f.is_text,
        timestamp_ms: f.timestamp_ms,
        commit_no: f.commit_no,
        status: f.status,
        supersedes: f.supersedes,
        superseded_by: f.superseded_by,
        ended_commit: f.ended_commit,
    })
}

/// The sessions as the store gives them.
pub fn read_sessions(store: &Store) -> Result<Vec<ModelSession>> {
    let mut out = Vec::new();
    for summary in store.sessions()? {
        let events = store.session_events(&summary.session, 0, ALL)?;
        let in_order = events.iter().enumerate().all(|(i, (_, e))| e.sequence as usize == i && e.session == summary.session);
        if events.len() != summary.action_count as usize || !in_order {
            return Err(Error::invalid(format!("{} actions, in order: {in_order}; expected {}", events.len(), summary.action_count)));
        }
        let marks = |frames: &[FrameMark]| frames.iter().map(|m| (m.frame_id, m.content_hash)).collect();
        out.push(ModelSession {
            id: summary.session,
            is_active: summary.is_active,
            start: summary.start.map(|e| e.payload),
            end: summary.end.map(|e| e.payload),
            actions: events.into_iter().map(|(_, e)| (e.payload, marks(&e.frames))).collect(),
            replays: store.replays(&summary.session)?.into_iter().map(|(_, e)| e.payload).collect(),
        });
    }
    Ok(out)
}

pub fn everything(query: &str, mode: Mode) -> FindRequest {
    FindRequest { k: ALL, candidates: ALL, max: ALL, rule: Rule::TopK, ..find_request(query, mode) }
}

/// Frames that the store finds for a word, ascending.
pub fn read_hits(store: &Store, word: &str) -> Result<Vec<u64>> {
    let response = store.find(&store.snapshot(), &everything(word, Mode::Lexical))?;
    let mut ids: Vec<u64> = response.hits.iter().map(|h| h.candidate.passage.frame_id).collect();
    ids.sort_unstable();
    Ok(ids)
}

pub fn read_totals(store: &Store, commit_no: u64) -> Result<Totals> {
    let snapshot = store.snapshot_at(commit_no)?;
    let c = snapshot.state_counters();
    Ok((c.next_frame_id, c.ended_frames, c.content_bytes, c.text_bytes, snapshot.state.sessions.session_count))
}

/// Compares all that a store shows with the model; says what differs first.
pub fn compare(store: &Store, model: &Model) -> std::result::Result<(), String> {
    let say = |what: &str, e: mv2::Error| format!("{what}: {e}");
    let differ =
        |what: &str, got: &dyn std::fmt::Debug, expected: &dyn std::fmt::Debug| Err(format!("{what} is {got:?}, expected {expected:?}"));
    let newest = store.snapshot().commit.commit_no;
    if newest != model.commit_no() {
        return differ("commit", &newest, &model.commit_no());
    }
    for commit_no in 0..=newest {
        let totals = read_totals(store, commit_no).map_err(|e| say("totals", e))?;
        if totals != model.totals[commit_no as usize] {
            return differ(&format!("totals of commit {commit_no}"), &totals, &model.totals[commit_no as usize]);
        }
    }
    for expected in &model.frames {
        let frame = read_frame(store, expected.frame_id).map_err(|e| say("frame", e))?;
        if frame != *expected {
            return differ("frame", &frame, expected);
        }
    }
    let live = store.timeline(&store.snapshot(), &TimelineRequest { limit: ALL, oldest_first: true, ..TimelineRequest::default() });
    let live: Vec<u64> = live.map_err(|e| say("timeline", e))?.into_iter().map(|s| s.frame.frame_id).collect();
    if live != model.timeline() {
        return differ("timeline", &live, &model.timeline());
    }
    let sessions = read_sessions(store).map_err(|e| say("sessions", e))?;
    if sessions != model.sessions {
        return differ("sessions", &sessions, &model.sessions);
    }
    for (key, payload) in &model.answers {
        let answer = store.cached_answer(key).map_err(|e| say("answer", e))?;
        if answer.as_ref().map(|(_, a)| &a.payload) != Some(payload) {
            return differ("cached answer", &answer.map(|(_, a)| a.payload), payload);
        }
    }
    for word in TOPICS {
        let hits = read_hits(store, word).map_err(|e| say("find", e))?;
        if hits != model.hits(word) {
            return differ(&format!("hits for {word}"), &hits, &model.hits(word));
        }
    }
    let report = store.verify(true, &|_, _| {}).map_err(|e| say("verify", e))?;
    if !report.is_ok() {
        return differ("verify", &report.damages, &"no damage");
    }
    Ok(())
}
