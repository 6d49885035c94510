//! Compaction: the file gets smaller, and everything that was ever in it reads, searches and proves as before.

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::folder::Folder;
use common::model::everything;
use common::*;
use mv2::Code;
use mv2::format::event::EventType;
use mv2::format::gaps::GapMap;
use mv2::format::toc::SegmentClass;
use mv2::storage::check_space;
use mv2::store::{Batch, EraseRequest, EventInput, FrameStatus, Mode, Options, Snapshot, Store};

const SESSION: [u8; 16] = [9; 16];

fn action(payload: &str) -> EventInput {
    EventInput::Session { kind: EventType::Action, session: Some(SESSION), payload: payload.as_bytes().to_vec(), with_frames: false }
}

fn start() -> EventInput {
    EventInput::Session { kind: EventType::Start, session: Some(SESSION), payload: b"start".to_vec(), with_frames: false }
}

/// Many small commits with updates, deletes and maintenance, so that segments were sealed and merged many times.
fn grown(folder: &Folder, commits: u32) -> (PathBuf, Store) {
    let path = folder.path("k.mv2");
    let store = Store::create(&path, &create_options(), options(3)).expect("creates");
    events(&store, vec![start(), action("the first")]).expect("starts");
    for n in 0..commits {
        let content = format!("note{n} about topic{} and the sea, the harbour and what was said there", n % 7);
        put(&store, vec![named(&format!("mv2://notes/{}", n % 50), &content)]).expect("puts");
        if n % 9 == 8 {
            let newest = store.snapshot().state_counters().next_frame_id - 1;
            store.commit(Batch { deletes: vec![newest], ..batch(Vec::new()) }, &|_, _| {}).expect("deletes");
        }
        if n % 16 == 15 {
            events(&store, vec![action(&format!("after {n}"))]).expect("acts");
            store.maintain(20_000).expect("maintains");
        }
    }
    store.settle(20_000).expect("settles");
    (path, store)
}

fn compact(store: &Store) -> mv2::Result<mv2::store::CompactResult> {
    store.compact(30_000, &|_, _| true)
}

fn assert_sound(store: &Store) {
    let report = store.verify(true, &|_, _| {}).expect("verifies");
    assert_eq!(report.damages.iter().map(|d| d.message.as_str()).collect::<Vec<_>>(), [""; 0]);
    assert!(report.unfinished.is_none());
}

/// What a state says: frames with their texts, and what each arm finds.
fn told(store: &Store, snapshot: &Arc<Snapshot>) -> Vec<String> {
    let mut told = told_words(store, snapshot);
    if snapshot.state_counters().next_frame_id > 0 {
        told.push(found(store, snapshot, "what was said", Mode::Vector));
    }
    told
}

/// The same without vectors.
fn told_words(store: &Store, snapshot: &Arc<Snapshot>) -> Vec<String> {
    let mut told = Vec::new();
    for id in 0..snapshot.state_counters().next_frame_id {
        let frame = store.get(snapshot, id).expect("reads");
        told.push(format!("{id} {} {:?} {}", frame.uri, frame.status, frame.text()));
    }
    told.extend(["topic3", "harbour", "note17"].map(|query| found(store, snapshot, query, Mode::Lexical)));
    told
}

fn found(store: &Store, snapshot: &Arc<Snapshot>, query: &str, mode: Mode) -> String {
    let response = store.find(snapshot, &everything(query, mode)).expect("finds");
    let mut ids: Vec<u64> = response.candidates.iter().map(|c| c.passage.frame_id).collect();
    ids.sort_unstable();
    format!("{query} {mode:?} {ids:?}")
}

fn history(store: &Store, step: usize) -> Vec<Vec<String>> {
    let newest = store.snapshot().commit.commit_no;
    (0..=newest).step_by(step).map(|commit| told(store, &store.snapshot_at(commit).expect("the past"))).collect()
}

#[test]
fn nothing_that_was_committed_changes_and_the_file_is_smaller() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 400);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    let before = history(&store, 37);
    let events_before = store.session_events(&SESSION, 0, 1000).expect("reads");
    let commits: Vec<u64> = (0..=store.snapshot().commit.commit_no).collect();
    let chain = store.chain_hashes(&commits).expect("reads");
    let size = store.snapshot().file_len();

    let done = compact(&store).expect("compacts");
    let after = std::fs::metadata(&path).expect("there").len();
    assert_eq!((done.before_bytes, done.after_bytes), (size, after));
    assert!(after < size * 8 / 10, "{after} of {size} bytes are left");
    assert!(done.dropped_segments > 10);
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(folder.root()).expect("a folder").count(), 1, "nothing is left beside the file");
    assert_eq!(store.stats().expect("counts").size_bytes, after);

    for store in [&store, &Store::open(&path, options(8)).expect("opens")] {
        assert_sound(store);
        assert_eq!(history(store, 37), before);
        assert_eq!(store.session_events(&SESSION, 0, 1000).expect("reads"), events_before);
        assert_eq!(store.chain_hashes(&commits).expect("reads"), chain);
    }
    put(&store, vec![text("written after the compaction")]).expect("puts");
    assert_eq!(find(&store, "compaction", Mode::Lexical).expect("finds").len(), 1);
    let reopened = Store::open(&path, options(9)).expect("opens");
    assert_sound(&reopened);
    assert_eq!(find(&reopened, "compaction", Mode::Lexical).expect("finds").len(), 1);
}

#[test]
fn a_second_compaction_and_an_erasure_go_on_from_the_first() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 200);
    let before = history(&store, 31);
    compact(&store).expect("compacts");
    for n in 0..200 {
        put(&store, vec![text(&format!("later{n} by the river"))]).expect("puts");
        if n % 16 == 15 {
            store.maintain(31_000).expect("maintains");
        }
    }
    let (offset, _) = store.session_events(&SESSION, 0, 1).expect("reads")[0];
    store.erase(&EraseRequest { events: vec![(offset, b"less".to_vec())], cache_keys: Vec::new(), now_ms: 32_000 }).expect("erases");
    assert_sound(&Store::open(&path, options(7)).expect("opens"));
    let size = std::fs::metadata(&path).expect("there").len();
    let done = compact(&store).expect("compacts again");
    assert!(done.after_bytes < size && done.dropped_segments > 0);
    let reopened = Store::open(&path, options(8)).expect("opens");
    assert_sound(&reopened);
    assert_eq!(history(&reopened, 31)[..before.len()], before);
    assert_eq!(reopened.session_events(&SESSION, 0, 1).expect("reads")[0].1.payload, b"less");
    let found = find(&reopened, "later150", Mode::Lexical).expect("finds")[0];
    assert!(reopened.get(&reopened.snapshot(), found).expect("reads").text().starts_with("later150 "));
    let again = compact(&reopened).expect("nothing to do");
    assert_eq!((again.dropped_segments, again.before_bytes), (0, again.after_bytes));
}

#[test]
fn whoever_has_the_file_open_reads_on_and_follows() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 200);
    let reader = Store::open(&path, Options { read_only: true, ..options(5) }).expect("opens");
    let writer = Store::open(&path, options(6)).expect("opens");
    let old = reader.snapshot();
    let before = told(&reader, &old);
    compact(&store).expect("compacts");
    assert_eq!(told(&reader, &old), before, "a snapshot from before reads on");
    put(&writer, vec![text("through a handle from before")]).expect("follows and puts");
    assert_eq!(reader.refresh().expect("follows").commit.commit_no, writer.snapshot().commit.commit_no);
    assert_eq!(find(&reader, "handle", Mode::Lexical).expect("finds").len(), 1);
    assert_eq!(told(&reader, &reader.snapshot_at(old.commit.commit_no).expect("the past")), before);
    assert_sound(&reader);
}

#[test]
fn every_beginning_of_a_compacted_file_that_ends_at_a_commit_is_a_memory() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 150);
    let newest = store.snapshot().commit.commit_no;
    let frames: Vec<Vec<String>> = (0..=newest)
        .map(|commit| {
            told(&store, &store.snapshot_at(commit).expect("the past")).into_iter().filter(|line| !line.contains("Vector")).collect()
        })
        .collect();
    compact(&store).expect("compacts");
    put(&store, vec![text("one more")]).expect("puts");
    let bytes = Arc::new(std::fs::read(&path).expect("reads"));
    let mut opened = 0;
    for len in (4096..=bytes.len()).step_by(64) {
        let Ok(cut) = SharedBytes::open(&bytes, len) else { continue };
        let commit = cut.snapshot().commit.commit_no;
        opened += 1;
        if cut.findings().0 == 0 && commit % 13 == 0 && commit <= newest {
            let now = told_words(&cut, &cut.snapshot());
            assert_eq!(now, frames[commit as usize], "the first {len} bytes");
            if commit > 2 {
                // Fewer may be found than once were: vectors of what was dropped are gone with the rest.
                found(&cut, &cut.snapshot(), "what was said", Mode::Vector);
            }
        }
    }
    assert!(opened > 200);
}

#[test]
fn one_flipped_bit_of_the_map_is_found_and_does_no_harm_and_two_are_refused() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 60);
    compact(&store).expect("compacts");
    let frames = store.snapshot().state_counters().next_frame_id;
    let good = std::fs::read(&path).expect("reads");
    assert_eq!(&good[4096..4104], b"MV2GAPS\n");
    let count = u64::from_le_bytes(good[4104..4112].try_into().expect("eight bytes")) as usize;
    let copy = (64 + count * 16).next_multiple_of(4096);
    let is_zero = |at: usize| (at - 4096) % copy >= 64 + count * 16;
    for bit in (4096 * 8..(4096 + 2 * copy) * 8).filter(|bit| !is_zero(bit / 8) || bit % 61 == 0) {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let store = open_bytes(bytes).expect("the other copy speaks");
        assert_eq!(store.snapshot().state_counters().next_frame_id, frames);
        assert!(!store.verify_quick(&|_, _| {}).expect("verifies").is_ok(), "bit {bit}");
    }
    for gone in [4096..4096 + copy, 4096 + copy..4096 + 2 * copy] {
        let mut bytes = good.clone();
        bytes[gone].fill(0xee);
        assert_eq!(open_bytes(bytes).expect("a whole copy is gone").snapshot().state_counters().next_frame_id, frames);
    }
    let mut bytes = good.clone();
    (bytes[4096 + 20], bytes[4096 + copy + 20]) = (0xff, 0xff);
    assert_eq!(open_bytes(bytes).err().expect("both heads").code, Code::Corrupt);
    let mut bytes = good;
    (bytes[4096 + 64], bytes[4096 + copy + 64]) = (0xff, 0xff);
    assert_eq!(open_bytes(bytes).err().expect("both copies of the entries").code, Code::Corrupt);
}

#[test]
fn a_stopped_or_refused_compaction_leaves_the_file_whole() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 100);
    for stop_after in [0, 1, 2] {
        let calls = std::cell::Cell::new(0);
        let progress = |_, _| {
            calls.set(calls.get() + 1);
            calls.get() <= stop_after
        };
        let stopped = store.compact(30_000, &progress);
        assert_eq!(stopped.expect_err("stopped").code, Code::Aborted, "after {stop_after} calls");
        assert_eq!(std::fs::read_dir(folder.root()).expect("a folder").count(), 1);
        assert_sound(&Store::open(&path, options(8)).expect("opens"));
    }
    let read_only = Store::open(&path, Options { read_only: true, ..options(5) }).expect("opens");
    assert_eq!(compact(&read_only).expect_err("read only").code, Code::ReadOnly);
    assert_eq!(compact(&open_bytes(empty()).expect("opens")).expect_err("no file").code, Code::InvalidInput);
    let mut damaged = std::fs::read(&path).expect("reads");
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0xee);
    std::fs::write(folder.path("d.mv2"), &damaged).expect("writes");
    if let Ok(store) = Store::open(&folder.path("d.mv2"), options(5)) {
        assert_eq!(compact(&store).expect_err("damaged").code, Code::Corrupt);
        assert_eq!(std::fs::read(folder.path("d.mv2")).expect("reads"), damaged);
    }
}

#[test]
fn what_an_interrupted_replacement_left_is_removed_by_the_next_writer() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 20);
    let left = folder.path("k.mv2.replace.tmp");
    std::fs::write(&left, b"half").expect("writes");
    drop(store);
    let store = Store::open(&path, options(8)).expect("opens");
    assert!(left.exists(), "a reader removes nothing");
    put(&store, vec![text("more")]).expect("puts");
    assert!(!left.exists());
}

#[test]
fn a_file_without_anything_to_drop_stays_as_it_is() {
    let folder = Folder::new("compact");
    let path: PathBuf = folder.path("k.mv2");
    let store = Store::create(Path::new(&path), &create_options(), options(3)).expect("creates");
    let before = std::fs::read(&path).expect("reads");
    let done = compact(&store).expect("nothing to do");
    assert_eq!((done.dropped_segments, done.before_bytes, done.after_bytes), (0, before.len() as u64, before.len() as u64));
    assert_eq!(std::fs::read(&path).expect("reads"), before);
}

#[test]
fn a_repair_renews_a_damaged_copy_of_the_map() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 100);
    compact(&store).expect("compacts");
    drop(store);
    let mut bytes = std::fs::read(&path).expect("reads");
    bytes[4096 + 70] ^= 1;
    std::fs::write(&path, &bytes).expect("writes");
    let store = Store::open(&path, options(8)).expect("the other copy speaks");
    assert!(!store.verify(false, &|_, _| {}).expect("verifies").is_ok());
    let report = store.repair(40_000, &|_, _| {}).expect("repairs");
    assert!(!report.has_loss() && report.commit_no.is_none(), "{report:?}");
    assert_sound(&Store::open(&path, options(9)).expect("opens"));
    bytes[4096 + 70] ^= 1;
    assert_eq!(std::fs::read(&path).expect("reads"), bytes, "as it was before the damage");
}

#[test]
fn a_map_that_takes_away_what_has_to_be_there_is_found() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 100);
    let (snapshot, bytes) = (store.snapshot(), std::fs::read(&path).expect("reads"));
    let without = |gap: std::ops::Range<u64>| {
        let map = GapMap::new(snapshot.commit.commit_no, [gap.clone()]).encode(&snapshot.header.file_salt);
        let file = [&bytes[..4096], &map, &bytes[4096..gap.start as usize], &bytes[gap.end as usize..]].concat();
        let report = open_bytes(file).expect("opens").verify_quick(&|_, _| {}).expect("verifies");
        report.damages.into_iter().map(|d| d.message).collect::<Vec<_>>()
    };
    let payload = |offset: u64| {
        let record = snapshot.record(offset).expect("a record");
        record.payload_offset()..record.end()
    };
    let block = payload(store.block_of(&snapshot, 5).expect("a block"));
    assert_eq!(without(block), ["the payload of a record was dropped that a compaction has to keep"]);
    let live = snapshot.state.segments_of(SegmentClass::Text).next().expect("a segment").offset;
    assert_eq!(without(payload(live)), ["a segment that is in use was dropped"]);
    let part = payload(live).start..payload(live).end - 64;
    assert!(without(part)[0].contains("is not the payload of this record"));
}

#[test]
fn without_room_for_the_copy_nothing_is_begun() {
    let folder = Folder::new("compact");
    let (path, _) = grown(&folder, 10);
    assert!(check_space(&path, 1).is_ok());
    let error = check_space(&path, u64::MAX).expect_err("so much is nowhere free");
    assert_eq!(error.code, Code::NoSpace);
    assert!(error.message.contains("are free"), "{}", error.message);
}

/// Text of a deleted frame is in no segment that a compaction merges; the past is searched with it all the same.
#[test]
fn the_past_finds_what_was_deleted_since_and_merged_away() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 200);
    let past = store.snapshot();
    let live: Vec<u64> = (0..past.state_counters().next_frame_id)
        .filter(|id| store.get(&past, *id).is_ok_and(|frame| frame.status == FrameStatus::Active))
        .collect();
    let before = told(&store, &past);
    store.commit(Batch { deletes: live[..20].to_vec(), ..batch(Vec::new()) }, &|_, _| {}).expect("deletes");
    compact(&store).expect("compacts");
    let reopened = Store::open(&path, options(8)).expect("opens");
    assert_eq!(told(&reopened, &reopened.snapshot_at(past.commit.commit_no).expect("the past")), before);
    assert_ne!(told(&reopened, &reopened.snapshot()), before);
}

#[test]
fn what_others_commit_while_a_copy_is_made_is_in_it() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 150);
    let other = Store::open(&path, options(6)).expect("opens");
    let puts = std::cell::Cell::new(0);
    let put_once = |_, _| {
        if puts.replace(1) == 0 {
            put(&other, vec![named("mv2://meanwhile", "put while a copy was made")]).expect("puts");
        }
        true
    };
    assert!(store.compact(30_000, &put_once).expect("compacts").dropped_segments > 0);
    let reopened = Store::open(&path, options(8)).expect("opens");
    assert_eq!(reopened.get_by_uri(&reopened.snapshot(), "mv2://meanwhile").expect("is there").text(), "put while a copy was made");
    assert_sound(&reopened);
}

#[test]
fn a_file_that_another_replaces_meanwhile_is_compacted_as_it_is_then() {
    let folder = Folder::new("compact");
    let (path, store) = grown(&folder, 150);
    let other = Store::open(&path, options(6)).expect("opens");
    let (offset, _) = store.session_events(&SESSION, 0, 1).expect("reads")[0];
    let erased = std::cell::Cell::new(false);
    let erase_once = |_, _| {
        if !erased.replace(true) {
            let request = EraseRequest { events: vec![(offset, b"less".to_vec())], cache_keys: Vec::new(), now_ms: 29_000 };
            other.erase(&request).expect("erases");
        }
        true
    };
    assert!(store.compact(30_000, &erase_once).expect("compacts").dropped_segments > 0);
    let bytes = std::fs::read(&path).expect("reads");
    assert!(!bytes.windows(9).any(|w| w == b"the first"), "what was erased meanwhile does not come back");
    let reopened = Store::open(&path, options(8)).expect("opens");
    assert_eq!(reopened.session_events(&SESSION, 0, 1).expect("reads")[0].1.payload, b"less");
    assert_sound(&reopened);
}
