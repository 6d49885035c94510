//! Puts as far as they can be made ready without knowing their frame ids: validated, hashed, split, embedded, compressed.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::batch::{Content, PutInput};
use crate::embed::Embedder;
use crate::error::{Code, Error, Result};
use crate::format::dictionary::Dictionary;
use crate::format::frames::{self, Body, NewFrame};
use crate::format::toc::VectorState;
use crate::helpers::together;
use crate::index::passage;
use crate::processors::processors;

/// Frames share a block until their contents reach this length: large enough to compress well, small enough to read one quickly.
const BLOCK_BYTES: usize = 64 << 10;
/// Fewer puts are not divided between threads.
const THREADED: usize = 32;
/// Puts that a thread takes at a time.
const PIECE_PUTS: usize = 8;

/// Puts ready for [`super::Store::commit_prepared`].
pub struct PreparedPuts {
    pub(super) puts: Vec<Prepared>,
    /// The contents of all puts, compressed.
    pub(super) bodies: Vec<Body>,
    /// What vectors the file holds once these frames are in it.
    pub(super) vectors: VectorState,
}

impl PreparedPuts {
    /// No puts, which say nothing about vectors.
    pub(super) fn none() -> PreparedPuts {
        PreparedPuts { puts: Vec::new(), bodies: Vec::new(), vectors: VectorState::Undecided }
    }

    pub fn len(&self) -> usize {
        self.puts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.puts.is_empty()
    }
}

pub struct Prepared {
    pub frame: NewFrame,
    /// Passages with their vectors.
    pub vectors: Vec<PassageVector>,
}

/// Validates, hashes, splits, embeds and compresses, on all cores when there is much.
pub fn prepare_all(
    puts: Vec<PutInput>,
    vectors: VectorState,
    models: Option<&Path>,
    dictionary: Option<&Dictionary>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<PreparedPuts> {
    let embedder = match &vectors {
        VectorState::Embedded { name, hash, .. } if puts.iter().any(|put| matches!(put.content, Content::Text(_))) => {
            Some(Embedder::of(name, hash, models)?)
        }
        _ => None,
    };
    let embedder = embedder.as_ref();
    let total = puts.len();
    let threads = if total < THREADED { 1 } else { processors().min(8) };
    let done = AtomicUsize::new(0);
    // Few at a time: an embedder may take milliseconds for each. Then by blocks, which are the same whatever the number of threads.
    let prepared = shared(threads, pieces(puts, |piece, _| piece.len() < PIECE_PUTS), |puts: Vec<PutInput>| {
        let prepare = |put| {
            let prepared = prepare(put, &vectors, embedder)?;
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            if count % 256 == 0 || (count == total && total >= THREADED) {
                progress(count, total);
            }
            Ok(prepared)
        };
        puts.into_iter().map(prepare).collect::<Result<Vec<Prepared>>>()
    })?;
    let mut block_bytes = 0;
    let fits = |block: &[Prepared], put: &Prepared| {
        let len = put.frame.content.len() + put.frame.metadata.len() + 256;
        let fits = block_bytes + len <= BLOCK_BYTES && block.len() < frames::MAX_FRAMES_PER_BLOCK as usize;
        block_bytes = if fits && !block.is_empty() { block_bytes + len } else { len };
        fits
    };
    let blocks = shared(threads, pieces(prepared.into_iter().flatten().collect(), fits), |block: Vec<Prepared>| {
        let body = Body::encode(&block.iter().map(|put| &put.frame).collect::<Vec<_>>(), dictionary)?;
        Ok((block, body))
    })?;
    let mut all = PreparedPuts { puts: Vec::with_capacity(total), bodies: Vec::with_capacity(blocks.len()), vectors };
    for (puts, body) in blocks {
        all.puts.extend(puts);
        all.bodies.push(body);
    }
    Ok(all)
}

/// Cuts a list: an item goes with those before it where `fits` says so.
fn pieces<T>(items: Vec<T>, mut fits: impl FnMut(&[T], &T) -> bool) -> Vec<Vec<T>> {
    let mut pieces: Vec<Vec<T>> = Vec::new();
    for item in items {
        let is_with = fits(pieces.last().map_or(&[], Vec::as_slice), &item);
        match pieces.last_mut() {
            Some(piece) if is_with => piece.push(item),
            _ => pieces.push(vec![item]),
        }
    }
    pieces
}

/// What `work` makes of each piece, in order, by several threads; of errors the first. Threads that wait have what zstd works with already: one
/// that is made for this takes 3 ms longer for a thousand small puts.
fn shared<T: Send, U: Send>(threads: usize, pieces: Vec<T>, work: impl Fn(T) -> Result<U> + Sync) -> Result<Vec<U>> {
    let next = Mutex::new(pieces.into_iter().enumerate());
    let take = || -> Vec<(usize, Result<U>)> {
        let mut own = Vec::new();
        loop {
            let taken = next.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((place, piece)) = taken else { return own };
            own.push((place, work(piece)));
            // Pieces before it were taken before it, so that the first error is among those found.
            if own.last().is_some_and(|(_, done)| done.is_err()) {
                return own;
            }
        }
    };
    let mut done: Vec<(usize, Result<U>)> = together(threads, &take, || ()).1.into_iter().flatten().collect();
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, done)| done).collect()
}

fn prepare(put: PutInput, vectors: &VectorState, embedder: Option<&Embedder>) -> Result<Prepared> {
    let (content, is_text) = match put.content {
        Content::Text(text) => (text.into_bytes(), true),
        Content::Bytes(bytes) => (bytes, false),
    };
    let limits = [
        ("content", content.len(), frames::MAX_CONTENT_BYTES),
        ("uri", put.uri.as_ref().map_or(0, String::len), frames::MAX_URI_BYTES),
        ("title", put.title.as_ref().map_or(0, String::len), frames::MAX_TITLE_BYTES),
        ("tags", put.tags.len(), frames::MAX_TAGS),
        ("a tag", put.tags.iter().map(String::len).max().unwrap_or(0), frames::MAX_TAG_BYTES),
        ("metadata", put.metadata.len(), frames::MAX_METADATA_BYTES),
    ];
    if let Some((what, got, limit)) = limits.into_iter().find(|(_, got, limit)| got > limit) {
        return Err(Error::invalid(format!("{what}: {got}, at most {limit} are allowed")));
    }
    let default_type = if is_text { "text/plain" } else { "application/octet-stream" };
    let content_hash = *blake3::hash(&content).as_bytes();
    let mut prepared = Prepared {
        frame: NewFrame {
            is_text,
            uri: put.uri.unwrap_or_default(),
            title: put.title.unwrap_or_default(),
            mime_type: put.mime_type.unwrap_or_else(|| default_type.to_string()),
            tags: put.tags,
            metadata: put.metadata,
            timestamp_ms: put.timestamp_ms,
            supersedes: put.supersedes,
            content_hash,
            content,
        },
        vectors: Vec::new(),
    };
    let text = if is_text { std::str::from_utf8(&prepared.frame.content).unwrap_or_default() } else { "" };
    match (vectors, put.vector) {
        (VectorState::Caller { dim }, Some(vector)) => {
            if vector.len() != *dim as usize {
                return Err(Error::new(Code::VectorMismatch, format!("a vector of {} dimensions, the file's have {dim}", vector.len())));
            }
            prepared.vectors.push(((0, text.len() as u32), vector));
        }
        (VectorState::Embedded { dim, name, .. }, None) if is_text => {
            let passages = passage::split(text);
            prepared.vectors = match (embedder, put.passage_vectors) {
                (Some(Embedder::Outside), given) => outside_vectors(&passages, given, *dim as usize, name)?,
                (_, Some(_)) => {
                    return Err(Error::invalid(format!("vectors of passages were given, but the engine makes them with {name}")));
                }
                (embedder, None) => {
                    let parts = passages.iter().map(|(start, len)| {
                        let part = text.get(*start as usize..(*start + *len) as usize).unwrap_or_default();
                        embedder.and_then(|embedder| embedder.embed(part)).map(|vector| ((*start, *len), vector))
                    });
                    parts.flatten().collect()
                }
            };
        }
        _ => {}
    }
    Ok(prepared)
}

type PassageVector = ((u32, u32), Vec<f32>);

/// Vectors that an outside embedder made, one for each passage; a passage of white space may have none.
fn outside_vectors(passages: &[(u32, u32)], given: Option<Vec<Vec<f32>>>, dim: usize, name: &str) -> Result<Vec<PassageVector>> {
    let given = given.unwrap_or_default();
    if given.len() != passages.len() {
        let message = format!("{} passages need a vector each by {name}, {} were given", passages.len(), given.len());
        return Err(Error::new(Code::VectorMismatch, message).hint("put through the SDK or the command line, which ask that embedder"));
    }
    if let Some(other) = given.iter().find(|vector| !vector.is_empty() && vector.len() != dim) {
        return Err(Error::new(Code::VectorMismatch, format!("a vector of {} dimensions by {name}, the file's have {dim}", other.len())));
    }
    Ok(passages.iter().copied().zip(given).filter(|(_, vector)| !vector.is_empty()).collect())
}
