//! What each fuzz target does with its bytes. Nothing may panic, hang, or take much memory; errors are fine.
//!
//! Checksums would keep a fuzzer from all that lies behind them, so each target makes right what a hostile hand could make right, and then
//! reads. `native/core/tests/fuzz_fixtures.rs` runs the same functions over what was found.

#[path = "../../core/tests/common/hostile.rs"]
#[allow(dead_code)]
mod hostile;

use std::sync::{Arc, Once, OnceLock};

use mv2::format::commit::{Commit, Trailer};
use mv2::format::dictionary::{Dictionaries, Dictionary, DictionaryPlace};
use mv2::format::erasure::Erasure;
use mv2::format::event::{ActionLink, Answer, Event};
use mv2::format::frames::BlockHead;
use mv2::format::gaps::GapMap;
use mv2::format::header::Header;
use mv2::format::record::RecordHeader;
use mv2::format::run::{Run, RunKind};
use mv2::format::toc;
use mv2::index::text::{self, TextDoc, TextIndex};
use mv2::index::vector::{Effort, Precision, VectorSegment, build_shaped, search};
use mv2::index::{Filter, Passage};
use mv2::search::adaptive::Rule;
use mv2::search::fusion::Fusion;
use mv2::storage::{MemoryStorage, Slice};
use mv2::store::{FindRequest, Mode, Options, Store, TimelineRequest};

const SALT: [u8; 16] = [2; 16];

/// libFuzzer's hook ends the process at any panic. Those inside of tantivy are caught by the engine and become `Corrupt`; one that is not caught
/// still ends the run.
fn allow_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}

/// A record header for a payload, with the codec that the first byte names.
fn header_of(data: &[u8]) -> Option<(RecordHeader, &[u8])> {
    let (first, payload) = data.split_first()?;
    let (raw, payload) = if first & 4 == 0 { (payload.len() as u64, payload) } else { take_u64(payload)? };
    let header = RecordHeader {
        kind: 0x10,
        flags: 0,
        payload_len: payload.len() as u64,
        raw_len: raw & ((1 << 53) - 1),
        self_offset: 4544,
        epoch: 1,
        codec: (first & 3) % 3,
        payload_hash: [0; 32],
        checked_len: 0,
        checks_crc32c: 0,
    };
    Some((header, payload))
}

fn take_u64(data: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = data.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*number), rest))
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + what.len()) {
        place.copy_from_slice(what);
    }
}

pub fn header(data: &[u8]) {
    let _ = Header::decode(data);
    let mut whole = data.to_vec();
    whole.resize(4096, 0);
    put(&mut whole, 0, b"\x89MV2\r\n\x1a\n");
    put(&mut whole, 12, &4096u32.to_le_bytes());
    let crc = crc32c::crc32c(&whole[..4092]);
    put(&mut whole, 4092, &crc.to_le_bytes());
    if let Ok(header) = Header::decode(&whole) {
        let again = Header::decode(&header.encode()).expect("what was encoded is decoded");
        assert_eq!(again.incompat, header.incompat);
    }
}

pub fn record(data: &[u8]) {
    let _ = RecordHeader::decode(data, 4544, data.len() as u64, &SALT);
    let mut head = data.to_vec();
    head.resize(128, 0);
    put(&mut head, 0, b"\xa7M2R");
    put(&mut head, 6, &128u16.to_le_bytes());
    put(&mut head, 24, &4544u64.to_le_bytes());
    let crc = crc32c::crc32c_append(crc32c::crc32c(&SALT), &head[..124]);
    put(&mut head, 124, &crc.to_le_bytes());
    if let Ok(header) = RecordHeader::decode(&head, 4544, 1 << 40, &SALT) {
        assert!(header.end() >= header.payload_offset());
    }
}

pub fn commit(data: &[u8]) {
    let _ = Trailer::decode(data, 8192, &SALT);
    let _ = Commit::decode(data, 4544);
    if data.len() >= 144 {
        let mut body = data.to_vec();
        body.extend_from_slice(&blake3::derive_key("mv2 1.0 chain", data));
        if let Ok((commit, hash)) = Commit::decode(&body, 4544) {
            let _ = toc::decode(&commit.toc_delta);
            assert_eq!(hash[..], body[data.len()..]);
        }
    }
    let mut tail = data.to_vec();
    tail.resize(64, 0);
    put(&mut tail, 0, b"MV2TAIL\n");
    let crc = crc32c::crc32c(&tail[..60]);
    put(&mut tail, 60, &crc.to_le_bytes());
    let _ = Trailer::decode(&tail, 1 << 40, &SALT);
}

pub fn table(data: &[u8]) {
    if let Ok(ops) = toc::decode(data) {
        let again = toc::decode(&toc::encode(&ops)).expect("what was encoded is decoded");
        assert_eq!(again, ops);
    }
}

struct NoDictionaries;

impl Dictionaries for NoDictionaries {
    fn find(&self, place: DictionaryPlace, _: u64) -> mv2::Result<Arc<Dictionary>> {
        Ok(Arc::new(Dictionary::new(place, b"\0a text that chunks refer to, as lamps and mills do".to_vec())?))
    }
}

pub fn frames(data: &[u8]) {
    let Some((header, payload)) = header_of(data) else { return };
    let _ = Dictionary::decode(payload, &header, DictionaryPlace { offset: 4544, copy_offset: 4608 });
    let Ok(head) = BlockHead::decode(payload, 4544) else { return };
    for entry in head.entries.iter().take(4) {
        if let Ok(body) = head.body(payload, &header, Some(entry), &NoDictionaries) {
            let _ = entry.read(&body, 4544);
        }
    }
    if let Ok(body) = head.body(payload, &header, None, &NoDictionaries) {
        head.entries.iter().for_each(|entry| drop(entry.read(&body, 4544).map(|_| ())));
    }
}

pub fn run(data: &[u8]) {
    for kind in [RunKind::Block, RunKind::Uri, RunKind::Time, RunKind::Ended, RunKind::Cache, RunKind::Commit] {
        let mut bytes = data.to_vec();
        put(&mut bytes, 0, b"MV2RUN1\n");
        put(&mut bytes, 8, &[kind as u8]);
        if let Ok(run) = Run::open(Slice::from_vec(bytes), kind) {
            let _ = run.lower_bound(u64::from(data[0]));
            run.iter().take(1000).for_each(drop);
        }
    }
}

fn segment() -> Vec<u8> {
    let tags = ["harbour".to_string()];
    let texts = ["The mill burned down in 1871.", "Lamp 49 on the quay was lit.", "An orchard by the railway."];
    let docs = texts.iter().enumerate().map(|(n, text)| TextDoc {
        passage: Passage { frame_id: n as u64, start: 0, len: text.len() as u32 },
        title: "Mill",
        text,
        tags: &tags,
        uri: "mv2://reports/1",
        timestamp_ms: 1_735_689_600_000,
    });
    text::build_segment(docs).expect("builds").expect("a segment")
}

/// Patches of a good segment: place, value, and how many bytes of it; the header's checksum is made right.
fn patched(good: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for patch in data.chunks_exact(8) {
        let at = u32::from_le_bytes(patch[..4].try_into().expect("four")) as usize % bytes.len();
        let end = (at + 1 + usize::from(patch[4] & 3)).min(bytes.len());
        bytes[at..end].iter_mut().zip(&patch[4..]).for_each(|(byte, new)| *byte = *new);
    }
    bytes
}

pub fn text(data: &[u8]) {
    static GOOD: OnceLock<Vec<u8>> = OnceLock::new();
    allow_caught_panics();
    let mut bytes = patched(GOOD.get_or_init(segment), data);
    put(&mut bytes, 100, &[0; 4]);
    let crc = crc32c::crc32c(&bytes[..288]);
    put(&mut bytes, 100, &crc.to_le_bytes());
    if let Ok(index) = TextIndex::open(&[Slice::from_vec(bytes)], &[]) {
        for query in ["mill", "\"burned down\"", "lamp OR orchard", "tag:harbour uri:mv2 date:2025"] {
            let _ = index.search(query, &Filter::default(), 10);
        }
        let _ = index.lacks(&[0, 1, 2, 3]);
    }
}

pub fn query(data: &[u8]) {
    static INDEX: OnceLock<TextIndex> = OnceLock::new();
    let index = INDEX.get_or_init(|| TextIndex::open(&[Slice::from_vec(segment())], &[]).expect("opens"));
    let text = String::from_utf8_lossy(data);
    if let Ok(result) = index.search(&text, &Filter::default(), 10) {
        assert!(result.hits.len() <= 3);
    }
}

/// Patches of a good segment: with them come about others that agree with themselves.
pub fn vectors(data: &[u8]) {
    static GOOD: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let good = GOOD.get_or_init(|| {
        let passages: Vec<Passage> = (0..24).map(|n| Passage { frame_id: n / 2, start: n as u32 % 2 * 50, len: 50 }).collect();
        let rows: Vec<f32> = (0..24 * 8).map(|n| ((n * 37 % 101) as f32 - 50.0) / 50.0).collect();
        let shaped = |precision, lists, graph| build_shaped(precision, 8, &passages, &rows, lists, graph).expect("builds");
        let plain = [shaped(Precision::F32, 0, false), shaped(Precision::F32, 4, false)];
        plain.into_iter().chain(Precision::ALL.map(|precision| shaped(precision, 4, true))).collect()
    });
    let Some((kind, data)) = data.split_first() else { return };
    let bytes = patched(&good[*kind as usize % good.len()], data);
    let Ok(segment) = VectorSegment::open(Slice::from_vec(bytes)) else { return };
    let _ = segment.verify();
    let query = vec![0.5; segment.dim()];
    for effort in [Effort::Exact, Effort::Measured, Effort::Rows(2), Effort::Walk(2)] {
        let _ = search(std::slice::from_ref(&segment), &query, 5, effort, &|_| true);
    }
}

pub fn session(data: &[u8]) {
    let Some((header, payload)) = header_of(data) else { return };
    let _ = Event::decode(payload, &header);
    let _ = ActionLink::decode(payload, 4544);
    let _ = Answer::decode(payload, &header);
    let _ = Erasure::decode(payload, &header);
}

pub fn gaps(data: &[u8]) {
    let mut bytes = data.to_vec();
    if bytes.len() >= 64 {
        let count = u64::from(bytes[8]) % 64;
        put(&mut bytes, 0, b"MV2GAPS\n");
        put(&mut bytes, 8, &count.to_le_bytes());
        put(&mut bytes, 24, &SALT);
        let entries = bytes.get(64..64 + count as usize * 16).map_or(0, crc32c::crc32c);
        put(&mut bytes, 40, &entries.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..60]);
        put(&mut bytes, 60, &crc.to_le_bytes());
    }
    let len = 4096 + bytes.len() as u64;
    let read = |at: u64, buffer: &mut [u8]| {
        let from = bytes.get((at - 4096) as usize..).unwrap_or(&[]);
        let count = buffer.len().min(from.len());
        buffer[..count].copy_from_slice(&from[..count]);
        Ok(())
    };
    if let Ok(Some(map)) = GapMap::find(len, &SALT, &read) {
        let log = map.log_len(len);
        let _ = (map.file_len(log), map.at(4096), map.place(4096..log.min(1 << 30)), map.area_len());
        let _ = map.check_area(&bytes, &SALT);
    }
}

/// A whole file: patches of a golden one with all hashes made right, then everything that reads.
pub fn file(data: &[u8]) {
    const GOLDEN: [&[u8]; 4] = [
        include_bytes!("../../../fixtures/format/1.0/session.mv2"),
        include_bytes!("../../../fixtures/format/1.0/documents.mv2"),
        include_bytes!("../../../fixtures/format/1.0/redacted.mv2"),
        include_bytes!("../../../fixtures/format/1.0/repaired.mv2"),
    ];
    let Some((which, patches)) = data.split_first() else { return };
    allow_caught_panics();
    let target = hostile::Target::new(GOLDEN[usize::from(*which) % GOLDEN.len()].to_vec());
    let mut bytes = patched(&target.bytes, patches);
    if which & 0x80 == 0 {
        target.mend(&mut bytes);
    }
    read_all(bytes);
}

fn read_all(bytes: Vec<u8>) {
    let Ok(store) = Store::with_storage(Arc::new(MemoryStorage::new(bytes)), None, Options { epoch: 7, ..Options::default() }) else {
        return;
    };
    let snapshot = store.snapshot();
    let request = |query: &str, mode| FindRequest {
        query: query.to_string(),
        vector: None,
        mode,
        k: 5,
        candidates: 20,
        fusion: Fusion::Relative { alpha: 0.5 },
        rule: Rule::TopK,
        min: 1,
        max: 5,
        exact: false,
        filter: Default::default(),
        snippet_chars: 100,
    };
    let _ = store.stats();
    for (query, mode) in [("lamp 49", Mode::Lexical), ("mill", Mode::Hybrid)] {
        let _ = store.find(&snapshot, &request(query, mode));
    }
    (0..8).for_each(|id| drop(store.get(&snapshot, id)));
    let _ = store.timeline(&snapshot, &TimelineRequest { limit: 20, ..Default::default() });
    for session in store.sessions().unwrap_or_default().iter().take(3) {
        let _ = store.session_events(&session.session, 0, 20);
    }
    let _ = store.cached_answers();
    let _ = store.snapshot_at(1);
    let _ = store.verify(true, &|_, _| {});
    let _ = store.repair_plan(&|_, _| {});
}
