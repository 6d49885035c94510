//! Searches, alone or with their record in the same go.

use std::sync::Arc;
use std::time::Instant;

use mv2::format::event::EventType;
use mv2::store::{Batch, Durability, EventInput, FindResponse, Snapshot, Store};

use crate::error::coded_fields;
use crate::input::FindRequest;
use crate::record;
use crate::store::as_of;

/// One search and the state that it was made in.
pub struct Found {
    pub at: Arc<Snapshot>,
    pub response: FindResponse,
    /// What a session records of it.
    pub record: Option<Vec<u8>>,
    pub recording_error: Option<String>,
    pub latency_ms: f64,
}

/// The action that a search becomes in a session: its payload up to the value of `durationMs`, from there to that of `retrieval`, and the rest.
pub struct RecordingParts {
    pub session: [u8; 16],
    pub before: Vec<u8>,
    pub between: Vec<u8>,
    pub after: Vec<u8>,
    /// What the action took before the engine was called.
    pub elapsed_ms: f64,
    pub now_ms: i64,
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// `started`: when the caller asked.
pub fn found(store: &Store, request: FindRequest, started: Instant) -> mv2::Result<Found> {
    let (as_of_commit, hits_only, is_recorded) = (request.as_of, request.hits_only.unwrap_or(false), request.record.unwrap_or(false));
    let (at, request) = (as_of(store, as_of_commit)?, request.into_engine()?);
    let mut response = if hits_only { store.find_hits(&at, &request)? } else { store.find(&at, &request)? };
    let latency_ms = millis(started);
    let record = is_recorded.then(|| record::retrieval(&at, &response, latency_ms));
    if is_recorded {
        response.candidates.clear();
    }
    Ok(Found { at, response, record, recording_error: None, latency_ms })
}

/// One trip to a thread for both: the second would take as long as the commit does. What the search gave is not lost where it can't be recorded.
pub fn found_recorded(store: &Store, request: FindRequest, parts: RecordingParts, started: Instant) -> mv2::Result<Found> {
    let mut found = found(store, FindRequest { record: Some(true), ..request }, started)?;
    let RecordingParts { session, before, between, after, elapsed_ms, now_ms } = parts;
    let retrieval = found.record.take().unwrap_or_default();
    let payload = [before, record::number(elapsed_ms + millis(started)), between, retrieval, after].concat();
    let event = EventInput::Session { kind: EventType::Action, session: Some(session), payload, with_frames: false };
    let batch = Batch {
        puts: Vec::new(),
        deletes: Vec::new(),
        events: vec![event],
        embedder: None,
        only_unrecorded: false,
        durability: Durability::Durable,
        now_ms,
    };
    found.recording_error = store.commit(batch, &|_, _| {}).err().map(|error| coded_fields(&error));
    Ok(found)
}
