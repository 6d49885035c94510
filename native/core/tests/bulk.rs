//! Large loads: sealed beside the commits, compressed with a dictionary of the file's own text, and readable whatever becomes of it.

mod common;

use std::sync::Arc;

use common::*;
use mv2::format::event::EventType;
use mv2::format::record::{RECORD_HEADER_LEN, RecordType};
use mv2::storage::MemoryStorage;
use mv2::store::{EventInput, Mode, PutInput, Rest, Store};

/// Some words that are alike and never the same.
fn note(n: usize) -> String {
    let places = ["harbour", "mill", "quarry", "orchard", "railway", "lighthouse", "archive", "workshop"];
    let sentence = |m: usize| format!("Entry {} of the {} says that lamp {} was lit at {}. ", m, places[m % 8], m * 31 % 977, m % 24);
    (0..8).map(|part| sentence(n * 8 + part)).collect()
}

fn notes(range: std::ops::Range<usize>) -> Vec<PutInput> {
    range.map(|n| text(&note(n))).collect()
}

/// A file of `count` notes, put a thousand at a time and settled.
fn load(count: usize) -> (Arc<MemoryStorage>, Store) {
    let create = mv2::store::CreateOptions { enable_vectors: false, ..create_options() };
    let storage = Arc::new(MemoryStorage::new(mv2::store::empty_file(&create, &options(1)).expect("a new file")));
    let store = open_on(storage.clone(), 3).expect("opens");
    for first in (0..count).step_by(1_000) {
        put(&store, notes(first..(first + 1_000).min(count))).expect("puts");
    }
    store.settle(20_000).expect("settles");
    (storage, store)
}

/// Offsets of the records of a kind.
fn records(store: &Store, kind: RecordType) -> Vec<u64> {
    let snapshot = store.snapshot();
    let at = |n: u64| snapshot.record(n * 64).ok().filter(|record| record.kind == kind as u8).map(|record| record.self_offset);
    (64..snapshot.commit.end / 64).filter_map(at).collect()
}

#[test]
fn a_load_is_sealed_and_read_with_either_copy_of_its_dictionary() {
    let (storage, store) = load(8_500);
    let stats = store.stats().expect("stats");
    assert!(stats.text_segments >= 1 && stats.unsealed_frames == 0, "{stats:?}");
    let dictionaries = records(&store, RecordType::Dictionary);
    assert_eq!(dictionaries.len(), 2, "one dictionary and its copy");
    let readable = |store: &Store| {
        let snapshot = store.snapshot();
        (0..8_500).step_by(7).filter(|n| store.get(&snapshot, *n as u64).is_ok_and(|f| f.text() == note(*n))).count()
    };
    let all = 8_500usize.div_ceil(7);
    assert_eq!(readable(&store), all);
    assert!(store.verify(true, &|_, _| {}).expect("verifies").is_ok());
    assert_eq!(find(&store, "\"Entry 65000\"", Mode::Lexical).expect("finds"), [8_125]);
    let bytes = storage.to_vec();
    let with_damage = |places: &[u64]| {
        let mut bytes = bytes.clone();
        places.iter().for_each(|at| bytes[(at + RECORD_HEADER_LEN + 40) as usize] ^= 1);
        open_bytes(bytes).expect("opens")
    };
    for one in &dictionaries {
        let store = with_damage(&[*one]);
        assert_eq!(readable(&store), all, "the other copy serves");
        assert!(!store.verify(true, &|_, _| {}).expect("verifies").is_ok(), "and the damage is told");
    }
    let without = with_damage(&dictionaries);
    let left = readable(&without);
    assert!(left > 0 && left < all, "{left} of {all}: frames from before the dictionary");
    let error = without.get(&without.snapshot(), 8_499).expect_err("lost");
    assert_eq!(error.code, mv2::Code::Corrupt);
}

#[test]
fn a_large_load_is_sealed_before_it_ends_and_a_deleted_frame_is_not_found() {
    let (_, store) = load(100);
    for first in (100..50_100).step_by(1_000) {
        let puts = (first..first + 1_000).map(|n| text(&format!("short note {n}"))).collect();
        put(&store, puts).expect("puts");
        store.maintain(20_000).expect("maintains");
    }
    let stats = store.stats().expect("stats");
    // The largest pieces are sealed; what is left over waits for what follows it.
    assert_eq!((stats.unsealed_frames, stats.text_segments), (50_000 - 2 * 20_480, 1 + 2), "{stats:?}");
    assert_eq!(find(&store, "note AND 20100", Mode::Lexical).expect("finds"), [20_100]);
    store.commit(mv2::store::Batch { deletes: vec![20_100], ..batch(Vec::new()) }, &|_, _| {}).expect("deletes");
    assert_eq!(find(&store, "note AND 20100", Mode::Lexical).expect("finds"), [0; 0]);
    store.settle(30_000).expect("settles");
    assert_eq!(store.stats().expect("stats").unsealed_frames, 0);
    assert_eq!(find(&store, "note AND 33099", Mode::Lexical).expect("finds"), [33_099]);
}

#[test]
fn puts_that_share_a_commit_have_an_action_each_and_a_batch_without_actions_is_refused_while_a_session_is_recorded() {
    let (_, store) = load(0);
    let start = EventInput::Session { kind: EventType::Start, session: Some([9; 16]), payload: vec![1], with_frames: false };
    events(&store, vec![start]).expect("starts");
    let prepare = || store.prepare(notes(0..3), None, &|_, _| {}).expect("prepares");
    let refused = store.commit_prepared(prepare(), Rest { only_unrecorded: true, ..Rest::default() });
    assert_eq!(refused.expect_err("a session is active").code, mv2::Code::SessionActive);
    let actions = (0..3).map(|put| EventInput::PutAction { payload: vec![put as u8], put }).collect();
    let result = store.commit_prepared(prepare(), Rest { events: actions, ..Rest::default() }).expect("commits");
    assert_eq!(result.frames.len(), 3);
    let recorded = store.session_events(&[9; 16], 0, 10).expect("reads");
    assert_eq!(recorded.len(), 3);
    for (n, (_, event)) in recorded.iter().enumerate() {
        assert_eq!((event.payload.clone(), event.frames.len(), event.frames[0].frame_id), (vec![n as u8], 1, n as u64));
    }
    let beyond = vec![EventInput::PutAction { payload: vec![0], put: 3 }];
    assert!(store.commit_prepared(prepare(), Rest { events: beyond, ..Rest::default() }).is_err());
}

/// A frame that says nothing takes little more than its hash.
#[test]
fn documents_that_take_next_to_nothing_are_no_damage() {
    let create = mv2::store::CreateOptions { enable_vectors: false, ..create_options() };
    let storage = Arc::new(MemoryStorage::new(mv2::store::empty_file(&create, &options(1)).expect("a new file")));
    let store = open_on(storage.clone(), 3).expect("opens");
    for content in ["", "a"] {
        (0..10).for_each(|_| drop(put(&store, vec![text(content); 4_000]).expect("puts")));
    }
    store.settle(20_000).expect("settles");
    let again = open_bytes(storage.to_vec()).expect("opens");
    assert_eq!(again.findings(), (0, Vec::new().into()));
    assert_eq!(again.stats().expect("stats").frame_count, 80_000);
    assert_eq!(again.get(&again.snapshot(), 79_999).expect("reads").text(), "a");
    assert!(storage.to_vec().len() < 80_000 * 64, "or this shows nothing");
}

#[test]
fn a_load_is_the_same_bytes_whoever_makes_which_block_ready() {
    let expected = load(3_000).0.to_vec();
    for _ in 0..4 {
        assert!(load(3_000).0.to_vec() == expected, "other bytes");
    }
}

#[test]
fn of_puts_that_are_refused_the_first_is_told() {
    let store = load(1).1;
    for _ in 0..20 {
        let mut puts = notes(0..2_000);
        puts[900].title = Some("t".repeat(100_000));
        puts[300].tags = vec!["t".to_string(); 2_000];
        puts[1_500].uri = Some("u".repeat(100_000));
        let error = put(&store, puts).expect_err("is refused");
        assert_eq!(error.message, "tags: 2000, at most 1024 are allowed");
    }
    assert_eq!(store.stats().expect("stats").frame_count, 1);
}
