//! What is written ahead of small commits: others read and write over it, and a file at rest has none.

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::folder::Folder;
use common::{create_options, empty, open_on, options, put, text};
use mv2::storage::Storage;
use mv2::storage::simulated::{Fault, SimulatedStorage};
use mv2::store::Store;

fn len(path: &Path) -> u64 {
    std::fs::metadata(path).expect("there").len()
}

/// Puts `count` texts, with the upkeep that follows each.
fn put_small(store: &Store, count: usize) {
    for n in 0..count {
        put(store, vec![text(&format!("a small note, number {n}"))]).expect("puts");
        if store.is_maintenance_due() {
            store.maintain(20_000).expect("maintains");
        }
    }
}

/// A file whose writer, still open, has written ahead.
fn begun(folder: &Folder) -> (PathBuf, Store) {
    let path = folder.path("ahead.mv2");
    let store = Store::create(&path, &create_options(), options(1)).expect("creates");
    put_small(&store, 3);
    assert_eq!(len(&path), store.snapshot().commit.end, "a few puts are no reason");
    put_small(&store, 7);
    assert!(len(&path) > store.snapshot().commit.end);
    (path, store)
}

#[test]
fn a_file_that_is_closed_ends_with_its_last_commit() {
    let folder = Folder::new("reserve");
    let (path, store) = begun(&folder);
    let end = store.snapshot().commit.end;
    store.close();
    assert_eq!(len(&path), end);
    let again = Store::open(&path, options(2)).expect("opens");
    put_small(&again, 10);
    let end = again.snapshot().commit.end;
    assert!(len(&path) > end);
    drop(again);
    assert_eq!(len(&path), end, "a handle that is dropped was closed");
}

#[test]
fn it_is_no_torn_tail_and_the_next_writer_cuts_it() {
    let folder = Folder::new("reserve");
    let (path, store) = begun(&folder);
    // As its process leaves it that ends without closing.
    let left = folder.path("left.mv2");
    std::fs::copy(&path, &left).expect("copies");
    let other = Store::open(&left, options(2)).expect("opens");
    assert_eq!((other.findings().0, other.snapshot().commit), (0, store.snapshot().commit));
    let report = other.verify(true, &|_, _| {}).expect("verifies");
    assert!(report.is_ok() && report.torn_bytes == 0);
    put_small(&other, 1);
    assert_eq!(len(&left), other.snapshot().commit.end);
}

#[test]
fn two_writers_and_a_reader_follow_each_other_over_it() {
    let folder = Folder::new("reserve");
    let (path, first) = begun(&folder);
    let second = Store::open(&path, options(2)).expect("opens");
    let reader = Store::open(&path, options(3)).expect("opens");
    for turn in 1..=12 {
        let store = if turn % 3 == 0 { &second } else { &first };
        put_small(store, 6);
        let commit = store.snapshot().commit;
        assert_eq!(reader.refresh().expect("follows").commit, commit, "turn {turn}");
        assert_eq!(reader.findings().0, 0, "turn {turn}");
    }
    assert_eq!(first.refresh().expect("follows").state.counters.next_frame_id, 10 + 12 * 6);
    // One whose zeros another has written over leaves the file as it is.
    first.close();
    assert_eq!(reader.refresh().expect("follows").commit, second.snapshot().commit);
    second.close();
    let again = Store::open(&path, options(4)).expect("opens");
    assert_eq!(len(&path), again.snapshot().commit.end);
    assert!(again.verify(true, &|_, _| {}).expect("verifies").is_ok());
}

#[test]
fn a_poisoned_writer_does_not_cut_it_either() {
    let storage = Arc::new(SimulatedStorage::new(empty()));
    let store = open_on(storage.clone(), 1).expect("opens");
    put_small(&store, 8);
    assert!(storage.len().expect("length") > store.snapshot().commit.end);
    storage.fail_at(0, Fault::Error);
    put(&store, vec![text("one too many")]).expect_err("the disk fails");
    let operations = storage.operation_count();
    store.close();
    drop(store);
    assert_eq!(storage.operation_count(), operations, "nothing more is written through this handle");
}
