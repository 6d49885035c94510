//! Finding: both arms, fusion, the cut, and what is shown of each hit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Store;
use super::frames::{content_hashes, read_frame};
use super::hybrid::{Collection, VectorArm};
use super::maintain::pieces_of;
use super::snapshot::Snapshot;
use super::unsealed::{text_segment_of, text_segments_of};
use crate::embed::Embedder;
use crate::error::{Code, Error, Result};
use crate::format::record::RecordType;
use crate::format::run::RunKind;
use crate::format::toc::{SegmentClass, VectorState};
use crate::helpers::together;
use crate::index::text::{self, TextIndex};
use crate::index::vector::VectorSegment;
use crate::index::{Filter, Passage, Scored};
use crate::processors::processors;
use crate::search::adaptive::{self, Cut, Rule};
use crate::search::fusion::{Fused, Fusion, fuse};
use crate::search::snippet::snippet;
use crate::storage::Slice;

/// Least number of frames that each arm contributes to a fusion. Fused scores depend on it, so it depends on nothing but k.
const ARM_DEPTH: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Hybrid,
    Lexical,
    Vector,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Hybrid => "hybrid",
            Mode::Lexical => "lex",
            Mode::Vector => "vec",
        }
    }

    pub fn parse(name: &str) -> Option<Mode> {
        [Mode::Hybrid, Mode::Lexical, Mode::Vector].into_iter().find(|m| m.as_str() == name)
    }
}

#[derive(Debug, Clone)]
pub struct FindRequest {
    pub query: String,
    /// The query's vector; `None`: made by the embedder of the file.
    pub vector: Option<Vec<f32>>,
    pub mode: Mode,
    pub k: usize,
    /// How many ranked candidates to return.
    pub candidates: usize,
    pub fusion: Fusion,
    /// The rule, and the least and most hits that it may keep. `Rule::TopK` keeps k.
    pub rule: Rule,
    pub min: usize,
    pub max: usize,
    pub filter: Filter,
    /// Compares the query with every vector, however many there are.
    pub exact: bool,
    pub snippet_chars: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub passage: Passage,
    pub content_hash: [u8; 32],
    pub score: f32,
    /// Score and rank (from 1) of each arm that found the frame.
    pub text: Option<(f32, u32)>,
    pub vector: Option<(f32, u32)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub candidate: Candidate,
    pub uri: String,
    pub title: String,
    pub snippet: String,
    pub timestamp_ms: i64,
}

#[derive(Debug, Clone)]
pub struct FindResponse {
    /// The mode that ran: `Lexical` where the file has no vectors to ask.
    pub mode: Mode,
    /// Frames that any arm found, up to the depth that was looked at.
    pub total: usize,
    pub cut: Cut,
    pub hits: Vec<Hit>,
    pub candidates: Vec<Candidate>,
    /// How the query was read.
    pub query_kind: &'static str,
    pub embedder: Option<String>,
    /// Damage that was worked around, in words.
    pub warnings: Vec<String>,
}

/// Opened indexes of the last states searched. A state with the same segments, unsealed frames and ended frames has the same indexes.
#[derive(Default)]
pub struct IndexCache {
    text: Mutex<Vec<(TextKey, Arc<OpenText>)>>,
    unsealed: Mutex<Vec<(Vec<(u64, u64)>, Unsealed)>>,
    vectors: Mutex<Vec<(u64, Arc<VectorSegment>)>>,
    /// Offsets of text segments that did not check: their frames are indexed in memory instead.
    bad_text: Mutex<Vec<(u64, String)>>,
}

impl IndexCache {
    /// Forgets all: another file has come in the place of the one that they were opened from.
    pub fn clear(&self) {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.unsealed.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.vectors.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.bad_text.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

const CACHED_TEXT_INDEXES: usize = 2;

/// Hits from which on a second thread helps to read their frames.
const TWO_THREADS_HITS: usize = 6;

/// Frames whose hashes a thread looks up at a time.
const HASHES_AT_A_TIME: usize = 24;

#[derive(PartialEq, Eq, Clone)]
struct TextKey {
    segments: Vec<u64>,
    unindexed: Vec<(u64, u64)>,
    ended: u64,
}

struct OpenText {
    index: TextIndex,
    warnings: Vec<String>,
}

/// Text segments in memory for frames that no segment in the file covers: pieces of the ranges of them, so that none spans a sealed one.
#[derive(Clone)]
struct Unsealed {
    slices: Vec<Slice>,
    warnings: Vec<String>,
}

impl Store {
    pub fn find(&self, snapshot: &Arc<Snapshot>, request: &FindRequest) -> Result<FindResponse> {
        self.search(snapshot, request, request.candidates)
    }

    /// The same hits without the candidates below them, which only a session that is recorded needs: each is looked up in its frame's block.
    pub fn find_hits(&self, snapshot: &Arc<Snapshot>, request: &FindRequest) -> Result<FindResponse> {
        self.search(snapshot, request, 0)
    }

    fn search(&self, snapshot: &Arc<Snapshot>, request: &FindRequest, candidates: usize) -> Result<FindResponse> {
        if request.k == 0 {
            return Err(self.name(Error::invalid("k is 0; ask for at least one result")));
        }
        self.reading(snapshot, |s| match self.find_once(s, request, candidates) {
            // A text segment that is damaged, or of another version, is found by touching it: leave it out, index its frames in memory, and say so.
            Err(error) if matches!(error.code, Code::Corrupt | Code::Unsupported) && self.note_bad_text(s) => {
                self.find_once(s, request, candidates)
            }
            other => other,
        })
    }

    fn find_once(&self, snapshot: &Arc<Snapshot>, request: &FindRequest, listed: usize) -> Result<FindResponse> {
        let depth = ARM_DEPTH.max(request.k * 5).max(request.max);
        let query_vector = self.query_vector(snapshot, request)?;
        let mode = match (request.mode, &query_vector) {
            (Mode::Hybrid, None) => Mode::Lexical,
            (mode, _) => mode,
        };
        let open = self.open_text(snapshot)?;
        let by_words = || -> Result<(Vec<Scored>, Vec<String>, &'static str)> {
            if mode == Mode::Vector {
                // Only to mark the words in snippets.
                let terms = if request.query.is_empty() { Vec::new() } else { text::terms_of(&request.query)? };
                return Ok((Vec::new(), terms, "words"));
            }
            let limit = if mode == Mode::Lexical { request.k.max(request.candidates).max(request.max) } else { depth };
            let result = open.index.search(&request.query, &request.filter, limit)?;
            Ok((result.hits, result.terms, result.kind.as_str()))
        };
        let (fused, terms, query_kind) = match query_vector.filter(|_| mode != Mode::Lexical) {
            None => {
                let (text, terms, kind) = by_words()?;
                (single_arm(&text, true), terms, kind)
            }
            Some(vector) => {
                let segments: Vec<VectorSegment> = self.vector_segments(snapshot)?.iter().map(|s| s.as_ref().clone()).collect();
                let (index, hidden, query) = (&open.index, hidden(snapshot)?, request.query.as_str());
                let all = Collection { snapshot, index, segments: &segments, hidden: &hidden, query, vector: &vector };
                let is_fused = mode == Mode::Hybrid;
                let is_sampled = is_fused && request.fusion == Fusion::Auto;
                let arm = VectorArm { filter: &request.filter, depth, exact: request.exact, is_fused, is_sampled };
                let (vectors, words) = all.search(arm, by_words)?;
                let (text, terms, kind) = words?;
                let vectors = vectors?;
                let fused = match (mode, request.fusion) {
                    (Mode::Vector, _) => single_arm(&vectors.nearest, false),
                    (_, Fusion::Auto) => all.fuse(&text, &vectors, &terms, depth)?,
                    (_, fusion) => fuse(&text, &vectors.nearest, fusion),
                };
                (fused, terms, kind)
            }
        };
        let scores: Vec<f32> = fused.iter().map(|f| f.score).collect();
        let cut = adaptive::cut(&scores, request.rule, request.min, request.max);
        let (hits, candidates) = shown(snapshot, &fused, cut.kept, listed, &terms, request.snippet_chars)?;
        let embedder = match (&snapshot.state.vectors, mode) {
            (VectorState::Embedded { name, .. }, Mode::Hybrid | Mode::Vector) => Some(name.clone()),
            _ => None,
        };
        Ok(FindResponse { mode, total: fused.len(), cut, hits, candidates, query_kind, embedder, warnings: open.warnings.clone() })
    }

    /// The vector to search with, or `None` where the query is answered by words alone.
    fn query_vector(&self, snapshot: &Snapshot, request: &FindRequest) -> Result<Option<Vec<f32>>> {
        let refuse = |message: String| Err(Error::new(Code::VectorMismatch, message));
        let wanted = request.mode != Mode::Lexical;
        match (&snapshot.state.vectors, &request.vector) {
            _ if !wanted => Ok(None),
            (VectorState::None | VectorState::Undecided, _) if request.mode == Mode::Vector => {
                refuse("the file holds no vectors, so mode vec finds nothing; use mode lex".to_string())
            }
            (VectorState::None | VectorState::Undecided, _) => Ok(None),
            (VectorState::Caller { dim } | VectorState::Embedded { dim, .. }, Some(vector)) if vector.len() != *dim as usize => {
                refuse(format!("a query vector of {} dimensions, the file's vectors have {dim}", vector.len()))
            }
            (_, Some(vector)) => Ok(Some(vector.clone())),
            (VectorState::Caller { .. }, None) if request.mode == Mode::Vector => {
                refuse("the file holds the caller's own vectors, so mode vec needs a query vector".to_string())
            }
            (VectorState::Caller { .. }, None) => Ok(None),
            (VectorState::Embedded { name, hash, .. }, None) => match Embedder::of(name, hash, self.options.models.as_deref())? {
                Embedder::Outside if request.mode == Mode::Vector => refuse(format!("mode vec needs a query vector made by {name}")),
                embedder => Ok(embedder.embed(&request.query)),
            },
        }
    }

    /// Opened vector segments of a snapshot.
    pub(super) fn vector_segments(&self, snapshot: &Snapshot) -> Result<Vec<Arc<VectorSegment>>> {
        let mut cache = self.indexes.vectors.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = Vec::new();
        for segment in snapshot.state.segments_of(SegmentClass::Vectors) {
            if let Some((_, open)) = cache.iter().find(|(offset, _)| *offset == segment.offset) {
                out.push(open.clone());
                continue;
            }
            let open = Arc::new(VectorSegment::open(snapshot.slice(segment.offset, RecordType::Vectors)?)?);
            cache.push((segment.offset, open.clone()));
            out.push(open);
        }
        // Segments that the newest state has retired stay useful to `--as-of`, but not for ever.
        if cache.len() > 4 * out.len() + 64 {
            cache.retain(|(offset, _)| snapshot.state.segments.iter().any(|s| s.offset == *offset));
        }
        Ok(out)
    }

    fn open_text(&self, snapshot: &Arc<Snapshot>) -> Result<Arc<OpenText>> {
        let bad: Vec<(u64, String)> = self.indexes.bad_text.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_bad = |offset: u64| bad.iter().any(|(o, _)| *o == offset);
        let mut refs: Vec<_> = snapshot.state.segments_of(SegmentClass::Text).filter(|s| !is_bad(s.offset)).copied().collect();
        refs.sort_unstable_by_key(|s| s.first_frame_id);
        let lost: u64 = snapshot.state.lost.iter().map(|(first, end)| end - first).sum();
        let key = TextKey {
            segments: refs.iter().map(|s| s.offset).collect(),
            unindexed: snapshot.state.unindexed_ranges(&is_bad),
            ended: snapshot.state.counters.ended_frames + lost,
        };
        let cached = || self.indexes.text.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, open)) = cached().iter().find(|(k, _)| *k == key) {
            return Ok(open.clone());
        }
        let mut slices = Vec::new();
        for segment in &refs {
            slices.push(snapshot.slice(segment.offset, RecordType::Text)?);
        }
        let unsealed = self.index_unsealed(snapshot, &key.unindexed)?;
        slices.extend(unsealed.slices);
        let missing = missing_in_donor(snapshot, &slices)?;
        let ended = hidden(snapshot)?;
        let index = TextIndex::open_with(&slices, &missing, &ended)?;
        let mut warnings = unsealed.warnings;
        warnings.extend(
            bad.iter().map(|(offset, message)| {
                format!("text segment at byte {offset} can't be used, its frames were indexed in memory: {message}")
            }),
        );
        let open = Arc::new(OpenText { index, warnings });
        let mut cached = cached();
        cached.insert(0, (key, open.clone()));
        cached.truncate(CACHED_TEXT_INDEXES);
        Ok(open)
    }

    /// Indexes frames that no segment covers. They are few: maintenance seals them.
    fn index_unsealed(&self, snapshot: &Snapshot, ranges: &[(u64, u64)]) -> Result<Unsealed> {
        let cached = || self.indexes.unsealed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, unsealed)) = cached().iter().find(|(key, _)| key == ranges) {
            return Ok(unsealed.clone());
        }
        let mut unsealed = Unsealed { slices: Vec::new(), warnings: Vec::new() };
        if ranges.is_empty() {
            return Ok(unsealed);
        }
        for wave in pieces_of(ranges, &snapshot.state).chunks(processors()) {
            for (_, bytes, warnings) in text_segments_of(snapshot, wave)? {
                unsealed.slices.extend(bytes.map(Slice::from_vec));
                unsealed.warnings.extend(warnings);
            }
        }
        let mut cached = cached();
        cached.insert(0, (ranges.to_vec(), unsealed.clone()));
        cached.truncate(CACHED_TEXT_INDEXES);
        Ok(unsealed)
    }

    /// Looks for text segments that do not check, or are of another version. True when there is one that was not known.
    fn note_bad_text(&self, snapshot: &Snapshot) -> bool {
        let mut bad = self.indexes.bad_text.lock().unwrap_or_else(PoisonError::into_inner);
        let before = bad.len();
        for segment in snapshot.state.segments_of(SegmentClass::Text) {
            if bad.iter().any(|(offset, _)| *offset == segment.offset) {
                continue;
            }
            let checked =
                snapshot.slice(segment.offset, RecordType::Text).and_then(|slice| slice.all().and_then(|_| text::check_head(&slice)));
            if let Err(error) = checked {
                bad.push((segment.offset, error.message));
            }
        }
        bad.len() > before
    }
}

/// The first `kept` with what is shown of their frames, and the first `listed` as candidates. Two threads read them: a frame is decompressed with its
/// neighbours, most of the time that a small search takes.
fn shown(
    snapshot: &Snapshot,
    fused: &[Fused],
    kept: usize,
    listed: usize,
    terms: &[String],
    snippet_chars: usize,
) -> Result<(Vec<Hit>, Vec<Candidate>)> {
    let (kept, rest) = fused[..fused.len().min(listed.max(kept))].split_at(kept.min(fused.len()));
    let mut unread: Vec<(u64, usize)> = rest.iter().map(|found| found.passage.frame_id).zip(kept.len()..).collect();
    unread.sort_unstable();
    let (next_hit, next_hash) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || -> Result<(Vec<(usize, Hit)>, Vec<(usize, [u8; 32])>)> {
        let (mut hits, mut hashes) = (Vec::new(), Vec::new());
        while let (at, Some(found)) = take(&next_hit, kept) {
            hits.push((at, hit(snapshot, found, terms, snippet_chars)?));
        }
        let pieces: Vec<&[(u64, usize)]> = unread.chunks(HASHES_AT_A_TIME).collect();
        while let (_, Some(piece)) = take(&next_hash, &pieces) {
            hashes.extend(content_hashes(snapshot, piece)?);
        }
        Ok((hits, hashes))
    };
    let threads = if kept.len() >= TWO_THREADS_HITS || rest.len() > HASHES_AT_A_TIME { 2 } else { 1 };
    let done = together(threads, &work, || ()).1.into_iter().collect::<Result<Vec<_>>>()?;
    let (hits, hashes): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    let (mut hits, mut hashes) = (hits.concat(), hashes.concat());
    hits.sort_unstable_by_key(|(at, _)| *at);
    hashes.sort_unstable_by_key(|(at, _)| *at);
    let hits: Vec<Hit> = hits.into_iter().map(|(_, hit)| hit).collect();
    let hidden = rest.iter().zip(hashes).map(|(found, (_, content_hash))| candidate(found, content_hash));
    let candidates = hits.iter().map(|hit| hit.candidate.clone()).chain(hidden).take(listed).collect();
    Ok((hits, candidates))
}

/// The next of `all` that no thread has taken, and its place.
fn take<'a, T>(next: &AtomicUsize, all: &'a [T]) -> (usize, Option<&'a T>) {
    let at = next.fetch_add(1, Ordering::Relaxed);
    (at, all.get(at))
}

fn hit(snapshot: &Snapshot, found: &Fused, terms: &[String], snippet_chars: usize) -> Result<Hit> {
    let frame = read_frame(snapshot, found.passage.frame_id)?;
    let Passage { start, len, .. } = found.passage;
    let snippet = snippet(frame.text(), (start, len), terms, snippet_chars);
    let candidate = candidate(found, frame.content_hash);
    Ok(Hit { candidate, uri: frame.uri, title: frame.title, snippet, timestamp_ms: frame.timestamp_ms })
}

fn candidate(found: &Fused, content_hash: [u8; 32]) -> Candidate {
    Candidate { passage: found.passage, content_hash, score: found.score, text: found.text, vector: found.vector }
}

/// Frames that a search does not find, ascending: those that ended, and those that are lost.
fn hidden(snapshot: &Snapshot) -> Result<Vec<u64>> {
    let mut ids: Vec<u64> = snapshot.entries(RunKind::Ended)?.into_iter().map(|w| w[0]).collect();
    if !snapshot.state.lost.is_empty() {
        ids.extend(snapshot.state.lost.iter().flat_map(|(first, end)| *first..*end));
        ids.sort_unstable();
    }
    Ok(ids)
}

/// Text of frames that were live as of this snapshot and had ended before the segments that serve it were merged, indexed in memory.
fn missing_in_donor(snapshot: &Snapshot, slices: &[Slice]) -> Result<Vec<Slice>> {
    let Some(donor) = &snapshot.donor else { return Ok(Vec::new()) };
    let (since, next_frame_id) = (snapshot.commit.commit_no, snapshot.state.counters.next_frame_id);
    let until = donor.commit.commit_no;
    let ended = donor.entries(RunKind::Ended)?.into_iter().filter(|w| w[1] > since && w[1] <= until && w[0] < next_frame_id);
    let ended: Vec<u64> = ended.map(|w| w[0]).collect();
    let missing = TextIndex::open(slices, &[])?.lacks(&ended)?;
    let ranges: Vec<(u64, u64)> = missing.into_iter().map(|id| (id, id + 1)).collect();
    Ok(text_segment_of(snapshot, &ranges)?.0.map(Slice::from_vec).into_iter().collect())
}

/// One arm's list as the result: its own scores, its own ranks.
fn single_arm(found: &[Scored], is_text: bool) -> Vec<Fused> {
    let as_fused = |(rank, scored): (u32, &Scored)| {
        let own = Some((scored.score, rank));
        Fused { passage: scored.passage, score: scored.score, text: own.filter(|_| is_text), vector: own.filter(|_| !is_text) }
    };
    (1..).zip(found).map(as_fused).collect()
}
