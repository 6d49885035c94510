//! Every single bit of a file that holds records of all kinds, flipped: nothing is silently wrong, and what is not damaged stays readable.
//!
//! Counted for each flip outside the file header: is it reported (by `verify`, or as torn bytes where it takes the last commit away); does
//! any read give something else than the model without an error, a finding or a warning; and how many of the frames that do not lie in the
//! damaged block can still be read. A flip in the file header refuses the file and is counted apart.

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use common::history::Recorder;
use common::model::{Model, TOPICS, everything, read_frame, read_sessions};
use common::{SharedBytes, batch, create_options, on_all_cores, open_on, options};
use mv2::Code;
use mv2::format::event::EventType;
use mv2::format::frames::BlockHead;
use mv2::format::header::HEADER_LEN;
use mv2::format::record::RecordType;
use mv2::storage::simulated::SimulatedStorage;
use mv2::store::{Batch, Content, EventInput, Mode, PutInput, Store, empty_file};

const DIM: u32 = 8;

/// A file of about 64 kB: blocks of frames, text, vectors, runs, tables, events, answers, a maintenance, and commits after it.
fn file() -> (Vec<u8>, Vec<Arc<Model>>) {
    let create = mv2::store::CreateOptions { vector_dim: Some(DIM), ..create_options() };
    let storage = Arc::new(SimulatedStorage::new(empty_file(&create, &options(1)).expect("a new file")));
    let mut r = Recorder::new(31);
    r.store = open_on(storage.clone(), 100).expect("opens");
    r.storage = storage;
    let action = |n: usize| EventInput::Session { kind: EventType::Action, session: None, payload: vec![n as u8; 12], with_frames: false };
    let session = |kind, id| EventInput::Session { kind, session: Some([id; 16]), payload: b"name".to_vec(), with_frames: false };
    let only = |events| Batch { events, ..batch(Vec::new()) };
    let vector = |n: usize| Some((0..DIM as usize).map(|i| ((n * 7 + i * 3) % 11) as f32 - 5.0).collect::<Vec<f32>>());
    r.commit(only(vec![session(EventType::Start, 1)])).expect("commits");
    for turn in 0..63 {
        let next = match turn {
            30 => only(vec![session(EventType::End, 3), session(EventType::Replay, 3), session(EventType::Start, 2)]),
            8 => only(vec![session(EventType::End, 1), session(EventType::Delete, 1), session(EventType::Start, 3)]),
            20 => only(vec![EventInput::Answer { key: [1; 32], payload: b"an answer that is kept".to_vec() }]),
            10 => batch(vec![r.put(None, 30), PutInput { content: Content::Bytes(vec![turn as u8; 200]), ..r.put(None, 1) }]),
            25 | 35 => Batch { deletes: vec![turn as u64 - 20], ..batch(Vec::new()) },
            // Blocks of some frames; each URI comes twice, so that frames are superseded.
            _ if turn % 6 == 0 => batch(
                (0..3)
                    .map(|n| PutInput { vector: vector(turn + n).filter(|_| turn % 12 == 0), ..r.put(Some((turn + n) % 33), 6) })
                    .collect(),
            ),
            _ => only(vec![action(turn)]),
        };
        r.commit(next).expect("commits");
    }
    assert!(r.maintain().expect("maintains"), "a fold took place");
    // No put after it: each handle that searches would index it in memory anew, which reads nothing more from the file.
    r.commit(Batch { deletes: vec![11], ..batch(Vec::new()) }).expect("commits");
    r.commit(only(vec![EventInput::Answer { key: [2; 32], payload: b"another answer".to_vec() }, action(99)])).expect("commits");
    (r.file(), r.attempts.iter().map(|a| a.model.clone()).collect())
}

/// Kind of the record that a byte lies in, and the frames of its block.
struct Place {
    kind: String,
    frames: Vec<u64>,
    end: usize,
}

fn places(bytes: &Arc<Vec<u8>>) -> Vec<Place> {
    let store = SharedBytes::open(bytes, bytes.len()).expect("opens");
    let snapshot = store.snapshot();
    let mut out = vec![Place { kind: "header".to_string(), frames: Vec::new(), end: HEADER_LEN as usize }];
    let mut at = HEADER_LEN;
    while at < snapshot.commit.end {
        let record = snapshot.record(at).expect("a record");
        let kind = RecordType::from_u8(record.kind).expect("a known kind");
        let mut frames = Vec::new();
        if kind == RecordType::Frames {
            let head = BlockHead::decode(snapshot.payload(&record).expect("payload"), at).expect("a block");
            frames = (head.first_frame_id..).take(head.entries.len()).collect();
        }
        at = record.end() + if kind == RecordType::Commit { 64 } else { 0 };
        out.push(Place { kind: format!("{kind:?}"), frames, end: at as usize });
    }
    out
}

/// What one flip did.
#[derive(Default, Debug, Clone)]
struct Outcome {
    /// Reads that gave something else than the model, with nothing said about it.
    silent: Vec<String>,
    /// Reads that gave something else, while the store reports damage.
    told: usize,
    /// Frames outside of the damaged block, and how many of them were read.
    others: usize,
    read: usize,
}

/// What all flips did.
#[derive(Default)]
struct Totals {
    flips: usize,
    /// Of them in the file header, which is refused.
    headers: usize,
    told: usize,
    others: usize,
    read: usize,
    /// Other frames, and those that were read, by the kind of the damaged record.
    by_kind: BTreeMap<String, (usize, usize)>,
}

impl Totals {
    fn add(&mut self, kind: &str, outcome: &Outcome) {
        self.flips += 1;
        self.headers += usize::from(kind == "header");
        self.told += outcome.told;
        self.others += outcome.others;
        self.read += outcome.read;
        let of_kind = self.by_kind.entry(kind.to_string()).or_default();
        *of_kind = (of_kind.0 + outcome.others, of_kind.1 + outcome.read);
    }
}

/// Reads everything that can be read of a damaged file and compares it with what it should hold.
/// `searches`: whether the damage lies where a search reads.
fn examine(store: &Store, models: &[Arc<Model>], damaged: &[u64], vector_hits: &BTreeMap<u64, Vec<u64>>, searches: bool) -> Outcome {
    let mut out = Outcome::default();
    let commit_no = store.snapshot().commit.commit_no;
    let Some(model) = models.get(commit_no as usize) else {
        out.silent.push(format!("commit {commit_no} was never made"));
        return out;
    };
    let mut differences = Vec::new();
    for expected in &model.frames {
        let is_other = !damaged.contains(&expected.frame_id);
        out.others += usize::from(is_other);
        match read_frame(store, expected.frame_id) {
            Ok(frame) => {
                out.read += usize::from(is_other);
                if frame != *expected {
                    differences.push(format!("frame {} is {frame:?}", expected.frame_id));
                }
            }
            Err(error) if error.code != Code::Corrupt => differences.push(format!("frame {}: {error}", expected.frame_id)),
            Err(_) => {}
        }
    }
    match read_sessions(store) {
        // A start or an end that can't be read is missing, which says that it is damaged.
        Ok(sessions) if !model.sessions.iter().map(|s| &s.id).eq(sessions.iter().map(|s| &s.id)) => {
            differences.push(format!("sessions are {sessions:?}"))
        }
        Ok(sessions) if sessions.iter().any(|s| s.start.is_none() || (s.end.is_none() && !s.is_active)) => {}
        Ok(sessions) if sessions != model.sessions => differences.push(format!("sessions are {sessions:?}")),
        Err(error) if error.code != Code::Corrupt => differences.push(format!("sessions: {error}")),
        _ => {}
    }
    for key in [[1; 32], [2; 32]] {
        match store.cached_answer(&key) {
            Ok(answer) if answer.as_ref().map(|(_, a)| &a.payload) != model.answers.get(&key) => {
                differences.push(format!("answer {key:?}"))
            }
            Err(error) if error.code != Code::Corrupt => differences.push(format!("answer: {error}")),
            _ => {}
        }
    }
    let mut warned = false;
    let mut compare = |what: String, request, expected: &[u64]| match store.find(&store.snapshot(), &request) {
        Ok(response) => {
            let mut hits: Vec<u64> = response.hits.iter().map(|h| h.candidate.passage.frame_id).collect();
            hits.sort_unstable();
            warned |= !response.warnings.is_empty();
            if hits != expected && response.warnings.is_empty() {
                differences.push(format!("{what} gives {hits:?}, expected {expected:?}"));
            }
        }
        Err(error) if error.code != Code::Corrupt => differences.push(format!("{what}: {error}")),
        Err(_) => {}
    };
    if searches {
        compare(TOPICS[0].to_string(), everything(TOPICS[0], Mode::Lexical), &model.hits(TOPICS[0]));
        let mut request = everything("", Mode::Vector);
        request.vector = Some(vec![1.0; DIM as usize]);
        if let Some(expected) = vector_hits.get(&commit_no) {
            compare("vector search".to_string(), request, expected);
        }
    }
    if store.findings().1.is_empty() {
        out.silent = differences;
    } else {
        out.told = differences.len();
    }
    out
}

/// Frames that a vector search finds: live ones with a vector.
fn vector_hits(bytes: &Arc<Vec<u8>>, ends: &[usize]) -> BTreeMap<u64, Vec<u64>> {
    let mut out = BTreeMap::new();
    for end in ends {
        let store = SharedBytes::open(bytes, *end).expect("opens");
        let mut request = everything("", Mode::Vector);
        request.vector = Some(vec![1.0; DIM as usize]);
        let mut hits: Vec<u64> =
            store.find(&store.snapshot(), &request).expect("finds").hits.iter().map(|h| h.candidate.passage.frame_id).collect();
        hits.sort_unstable();
        out.insert(store.snapshot().commit.commit_no, hits);
    }
    out
}

#[test]
fn no_flipped_bit_is_silently_wrong() {
    let started = std::time::Instant::now();
    let (bytes, models) = file();
    let bytes = Arc::new(bytes);
    let places = places(&bytes);
    // Records and bytes of each kind.
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut start = 0;
    for place in &places {
        let kind = kinds.entry(place.kind.as_str()).or_default();
        *kind = (kind.0 + 1, kind.1 + place.end - start);
        start = place.end;
    }
    println!("{} bytes; records and bytes: {kinds:?}", bytes.len());
    assert_eq!(kinds.len(), 9, "header and records of all eight kinds");
    let commit_ends: Vec<usize> = places.iter().filter(|p| p.kind == "Commit").map(|p| p.end).collect();
    let vector_hits = vector_hits(&bytes, &commit_ends[commit_ends.len() - 3..]);
    assert!(vector_hits.values().all(|hits| hits.len() >= 10), "{vector_hits:?}");
    let untouched = SharedBytes::open(&bytes, bytes.len()).expect("opens");
    let whole = examine(&untouched, &models, &[], &vector_hits, true);
    assert!(whole.silent.is_empty() && whole.told == 0 && whole.read == whole.others && whole.others > 30, "{whole:?}");

    let step: usize = std::env::var("MV2_FLIP_STEP").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let totals = Mutex::new(Totals::default());
    let failures = Mutex::new(Vec::new());
    let panics = Mutex::new(Vec::new());
    on_all_cores(bytes.len().div_ceil(64), |block| {
        let mut mine = bytes.as_ref().clone();
        for bit in (block * 512..((block + 1) * 512).min(bytes.len() * 8)).step_by(step) {
            let (at, mask) = (bit / 8, 1u8 << (bit % 8));
            mine[at] ^= mask;
            let shared = Arc::new(std::mem::take(&mut mine));
            let place = &places[places.partition_point(|p| p.end <= at)];
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(&shared, at, place, &models, &vector_hits)));
            match result {
                Ok(Ok(outcome)) => {
                    totals.lock().expect("lock").add(&place.kind, &outcome);
                    for message in outcome.silent {
                        failures.lock().expect("lock").push(format!("byte {at}, mask {mask:#04x} in {}: {message}", place.kind));
                    }
                }
                Ok(Err(message)) => {
                    failures.lock().expect("lock").push(format!("byte {at}, mask {mask:#04x} in {}: {message}", place.kind))
                }
                Err(_) => panics.lock().expect("lock").push(format!("byte {at}, mask {mask:#04x} in {}", place.kind)),
            }
            mine = Arc::try_unwrap(shared).expect("every store is closed");
            mine[at] ^= mask;
        }
    });
    let Totals { flips, headers, told, others, read, by_kind } = totals.into_inner().expect("lock");
    let (failures, panics) = (failures.into_inner().expect("lock"), panics.into_inner().expect("lock"));
    println!(
        "{flips} flips, {headers} of them in the header and refused, {told} reads differ with damage reported, in {:?}",
        started.elapsed()
    );
    println!("{read} of {others} other frames readable ({:.4}%)", read as f64 / others as f64 * 100.0);
    by_kind
        .iter()
        .filter(|(_, (all, _))| *all > 0)
        .for_each(|(kind, (all, read))| println!("  {kind}: {:.4}%", *read as f64 / *all as f64 * 100.0));
    assert!(panics.is_empty(), "{} panics; the first: {:?}", panics.len(), &panics[..panics.len().min(5)]);
    assert!(
        failures.is_empty(),
        "{} wrong; the first:\n{}",
        failures.len(),
        failures.iter().take(12).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(read as f64 >= others as f64 * 0.99, "at least 99% of the other frames stay readable");
}

/// Opens, verifies and reads a file with one flipped bit.
fn one(
    bytes: &Arc<Vec<u8>>,
    at: usize,
    place: &Place,
    models: &[Arc<Model>],
    vector_hits: &BTreeMap<u64, Vec<u64>>,
) -> Result<Outcome, String> {
    let opened = SharedBytes::open(bytes, bytes.len());
    if at < HEADER_LEN as usize {
        return match opened {
            Err(error) if matches!(error.code, Code::NotMv2 | Code::Corrupt) => Ok(Outcome::default()),
            Err(error) => Err(format!("refused with {:?}", error.code)),
            Ok(_) => Err("a damaged header is opened".to_string()),
        };
    }
    let store = opened.map_err(|e| format!("does not open: {e}"))?;
    // Not the deep one: structure, hashes and padding must be enough to find it.
    let report = store.verify(false, &|_, _| {}).map_err(|e| format!("verify fails: {e}"))?;
    if report.is_ok() && report.torn_bytes == 0 {
        return Err("verify finds nothing".to_string());
    }
    if report.torn_bytes > 0 && store.snapshot().commit.commit_no as usize + 2 != models.len() {
        return Err(format!("back at commit {}", store.snapshot().commit.commit_no));
    }
    // A search reads frames, segments and runs, and what the commits on the way to the newest state say. Where opening found nothing wrong,
    // that state is the one of the whole file, and a search reads nothing of the other records.
    let is_searched =
        matches!(place.kind.as_str(), "Frames" | "Text" | "Vectors" | "Run") || !store.findings().1.is_empty() || report.torn_bytes > 0;
    Ok(examine(&store, models, &place.frames, vector_hits, is_searched))
}
