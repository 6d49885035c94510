//! Erasing: what was said is gone from the file, and everything that proves the rest still holds.

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::folder::Folder;
use common::*;
use mv2::Code;
use mv2::format::event::EventType;
use mv2::store::{Batch, EraseRequest, EventInput, Store};

const SESSION: [u8; 16] = [9; 16];
const KEY: [u8; 32] = [5; 32];

fn event(kind: EventType, payload: &str) -> EventInput {
    EventInput::Session { kind, session: Some(SESSION), payload: payload.as_bytes().to_vec(), with_frames: false }
}

fn answer(payload: &str) -> EventInput {
    EventInput::Answer { key: KEY, payload: payload.as_bytes().to_vec() }
}

/// A file with a session of three actions, two answers of one key, and a document.
fn recorded(folder: &Folder) -> (PathBuf, Store) {
    let path = folder.path("k.mv2");
    let store = Store::create(&path, &create_options(), options(3)).expect("creates");
    events(&store, vec![event(EventType::Start, "start")]).expect("starts");
    put(&store, vec![text("a document")]).expect("puts");
    events(&store, vec![event(EventType::Action, "the first"), answer("an old cached secret")]).expect("acts");
    events(&store, vec![event(EventType::Action, "a secret that should go"), answer("a cached secret")]).expect("acts");
    events(&store, vec![event(EventType::Action, "the last"), event(EventType::End, "end")]).expect("ends");
    (path, store)
}

fn reopened(path: &Path) -> Store {
    Store::open(path, options(8)).expect("opens")
}

fn payloads(store: &Store) -> Vec<String> {
    let actions = store.session_events(&SESSION, 0, 10).expect("reads");
    actions.into_iter().map(|(_, e)| String::from_utf8(e.payload).expect("text")).collect()
}

fn offset_of(store: &Store, number: usize) -> u64 {
    store.session_events(&SESSION, number, 1).expect("reads")[0].0
}

fn erase(store: &Store, payload: &str, cache_keys: Vec<[u8; 32]>) -> mv2::Result<mv2::store::EraseResult> {
    store.erase(&EraseRequest { events: vec![(offset_of(store, 1), payload.as_bytes().to_vec())], cache_keys, now_ms: 11_000 })
}

fn holds(path: &Path, needle: &str) -> bool {
    std::fs::read(path).expect("reads").windows(needle.len()).any(|w| w == needle.as_bytes())
}

fn damages(store: &Store) -> Vec<String> {
    store.verify(true, &|_, _| {}).expect("verifies").damages.into_iter().map(|d| d.message).collect()
}

#[test]
fn what_is_erased_is_gone_and_the_rest_is_as_it_was() {
    let folder = Folder::new("erase");
    let (path, store) = recorded(&folder);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    let other = reopened(&path);
    let chain = store.chain_hashes(&[0, 1, 2, 3, 4, 5]).expect("reads");
    assert!(holds(&path, "a secret that") && holds(&path, "a cached secret"));

    let done = erase(&store, "what is left of it", vec![KEY]).expect("erases");
    assert_eq!((done.commit_no, done.answers), (6, 2));
    assert!(!holds(&path, "a secret that") && !holds(&path, "cached secret"));
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(folder.root()).expect("a folder").count(), 1, "nothing is left beside the file");

    other.refresh().expect("a handle on the old file follows");
    put(&other, vec![text("written through a handle from before")]).expect("puts");
    store.refresh().expect("follows");
    for store in [&store, &other, &reopened(&path)] {
        assert_eq!(payloads(store), ["the first", "what is left of it", "the last"]);
        assert_eq!(store.cached_answer(&KEY).expect("reads"), None);
        assert_eq!(store.cached_answers().expect("reads"), (Vec::new(), 0));
        assert_eq!(store.chain_hashes(&[0, 1, 2, 3, 4, 5]).expect("reads"), chain);
        assert_eq!(damages(store), [""; 0]);
        assert_eq!(find(store, "document", mv2::store::Mode::Lexical).expect("finds"), [0]);
        assert_eq!(store.snapshot().commit.commit_no, 7);
    }
}

#[test]
fn erasing_further_takes_what_was_left_and_a_fold_keeps_it_so() {
    let folder = Folder::new("erase");
    let (path, store) = recorded(&folder);
    erase(&store, "a part is left", Vec::new()).expect("erases");
    assert!(store.cached_answer(&KEY).expect("reads").is_some(), "an answer that was not named stays");
    erase(&store, "nothing", Vec::new()).expect("erases again");
    assert!(!holds(&path, "a part is left"));
    for n in 0..80 {
        put(&store, vec![text(&format!("number {n}"))]).expect("puts");
    }
    store.maintain(12_000).expect("folds");
    assert_eq!(payloads(&reopened(&path)), ["the first", "nothing", "the last"]);
    assert_eq!(damages(&reopened(&path)), [""; 0]);
}

#[test]
fn zeros_are_accepted_only_where_an_erasure_says_so_and_nothing_else_there() {
    let folder = Folder::new("erase");
    let (path, store) = recorded(&folder);
    let (erased, kept) = (offset_of(&store, 1) as usize + 128, offset_of(&store, 2) as usize + 128);
    erase(&store, "what is left", Vec::new()).expect("erases");
    let bytes = std::fs::read(&path).expect("reads");
    let len = b"a secret that should go".len() + 112;
    assert!(bytes[erased..erased + len].iter().all(|b| *b == 0));
    for at in erased..erased + len {
        let mut altered = bytes.clone();
        altered[at] = 1;
        assert_eq!(damages(&open_bytes(altered).expect("opens")), ["an erased record holds something"], "byte {at}");
    }
    let mut zeroed = bytes.clone();
    zeroed[kept..kept + b"the last".len() + 112].fill(0);
    assert_eq!(damages(&open_bytes(zeroed).expect("opens")), ["a record's payload does not match its hash"]);
    let replacement = bytes.windows(12).rposition(|w| w == b"what is left").expect("the replacement");
    let mut altered = bytes;
    altered[replacement] ^= 1;
    assert_ne!(damages(&open_bytes(altered).expect("opens")), [""; 0]);
}

#[test]
fn an_erasure_that_was_interrupted_or_is_refused_leaves_the_file_as_it_was() {
    let folder = Folder::new("erase");
    let (path, store) = recorded(&folder);
    let before = std::fs::read(&path).expect("reads");
    // What a process that died in the middle leaves behind.
    std::fs::write(folder.path("k.mv2.replace.tmp"), &before[..before.len() / 2]).expect("writes");
    assert_eq!(payloads(&reopened(&path))[1], "a secret that should go");
    let nothing = EraseRequest { now_ms: 1, ..EraseRequest::default() };
    assert_eq!(store.erase(&nothing).expect_err("nothing named").code, Code::InvalidInput);
    let frame = EraseRequest { events: vec![(4096, Vec::new())], now_ms: 1, ..EraseRequest::default() };
    assert_eq!(store.erase(&frame).expect_err("no event").code, Code::Corrupt);
    assert_eq!(std::fs::read(&path).expect("reads"), before);
    let read_only = Store::open(&path, mv2::store::Options { read_only: true, ..options(5) }).expect("opens");
    assert_eq!(erase(&read_only, "x", Vec::new()).expect_err("read only").code, Code::ReadOnly);
    assert_eq!(open_bytes(before.clone()).expect("opens").erase(&nothing).expect_err("no file").code, Code::InvalidInput);
    erase(&store, "what is left", Vec::new()).expect("erases");
    assert_eq!(std::fs::read_dir(folder.root()).expect("a folder").count(), 1);
}

#[test]
fn a_restored_older_copy_is_no_continuation() {
    let folder = Folder::new("erase");
    let (path, store) = recorded(&folder);
    let older = std::fs::read(&path).expect("reads");
    put(&store, vec![text("later")]).expect("puts");
    std::fs::write(folder.path("copy"), older).expect("writes");
    std::fs::rename(folder.path("copy"), &path).expect("renames");
    assert_eq!(put(&store, vec![text("more")]).expect_err("replaced").code, Code::Io);
    assert_eq!(erase(&store, "x", Vec::new()).expect_err("replaced").code, Code::Io);
    assert_eq!(store.refresh().expect("reads on in what it has").commit.commit_no, 6);
    let batch = Batch { deletes: vec![0], ..batch(Vec::new()) };
    reopened(&path).commit(batch, &|_, _| {}).expect("a new handle writes");
}
