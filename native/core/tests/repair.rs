//! Salvage and repair: what is whole comes through, what is lost is named, and the damaged file is only read.

mod common;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::budget::{Budget, assert_none, figures};
use common::folder::Folder;
use common::forge::{block, forge, honest, one_frame};
use common::history::{self, Recorder};
use common::model::{Model, ModelFrame, read_frame};
use common::{find_request, open_bytes, open_on, options, put, text};
use mv2::Code;
use mv2::format::header::HEADER_LEN;
use mv2::format::toc::Op;
use mv2::storage::MemoryStorage;
use mv2::storage::simulated::Random;
use mv2::store::{Mode, SalvageReport, Store, salvage};

const CASES: u64 = 500;

/// A file, what it holds, and where the payload of each frames block lies.
struct Subject {
    bytes: Arc<Vec<u8>>,
    model: Arc<Model>,
    /// Of each frame: the place of its block's payload in the file.
    blocks: Vec<Range<usize>>,
}

impl Subject {
    fn new(recorder: Recorder) -> Subject {
        let bytes = recorder.file();
        let snapshot = recorder.store.snapshot();
        let place = |id: u64| {
            let offset = recorder.store.block_of(&snapshot, id).expect("a block");
            let record = snapshot.record(offset).expect("a record");
            let start = snapshot.gaps.as_ref().map_or(offset, |gaps| gaps.place(offset..record.end()).expect("in the file")) as usize;
            start + 128..start + 128 + record.payload_len as usize
        };
        let blocks = (0..recorder.model.frames.len() as u64).map(place).collect();
        Subject { bytes: Arc::new(bytes), model: recorder.model, blocks }
    }
}

/// One to ten holes of 1 to 3,000 bytes, each zeros or noise.
fn dig(bytes: &mut [u8], random: &mut Random) -> Vec<Range<usize>> {
    let mut holes = Vec::new();
    for _ in 0..1 + random.below(10) {
        let longest = if random.below(3) == 0 { 3_000 } else { 100 };
        let len = 1 + random.below(longest);
        let at = HEADER_LEN as usize + random.below(bytes.len() - HEADER_LEN as usize - len);
        let noise = if random.below(2) == 0 { vec![0; len] } else { random.bytes(len) };
        bytes[at..at + len].copy_from_slice(&noise);
        holes.push(at..at + len);
    }
    holes
}

fn same(found: &ModelFrame, expected: &ModelFrame) -> bool {
    (&found.content, &found.uri, &found.title, &found.tags, &found.metadata, found.is_text, found.timestamp_ms)
        == (&expected.content, &expected.uri, &expected.title, &expected.tags, &expected.metadata, expected.is_text, expected.timestamp_ms)
}

/// Every frame whose block was not touched is there; each other one is right or named as lost; the file is whole and can be written to.
fn check(store: &Store, subject: &Subject, holes: &[Range<usize>], lost: &BTreeSet<u64>) -> Result<(u64, u64), String> {
    let touched = |block: &Range<usize>| holes.iter().any(|hole| hole.start < block.end && block.start < hole.end);
    let count = store.snapshot().state_counters().next_frame_id;
    let (mut recovered, mut gone) = (0, 0);
    for (expected, block) in subject.model.frames.iter().zip(&subject.blocks) {
        let id = expected.frame_id;
        match read_frame(store, id) {
            Ok(found) if same(&found, expected) => recovered += 1,
            // Title, URI, tags and metadata have no hash of their own.
            Ok(found) if touched(block) && found.content == expected.content => recovered += 1,
            Ok(found) => {
                let equal = (found.content == expected.content, found.uri == expected.uri, found.title == expected.title);
                return Err(format!("frame {id} is not as it was: content, uri, title {equal:?}, touched {}", touched(block)));
            }
            Err(error) if !touched(block) => {
                return Err(format!("frame {id} in {block:?} was not touched, and: {error}; holes {holes:?}"));
            }
            Err(error) if error.code == Code::Corrupt && (lost.contains(&id) || id >= count) => gone += 1,
            Err(error) if error.code == Code::FrameNotFound && id >= count => gone += 1,
            Err(error) => return Err(format!("frame {id} is not named as lost: {error}")),
        }
    }
    let report = store.verify(true, &|_, _| {}).map_err(|e| format!("verify: {e}"))?;
    if !report.is_ok() || report.torn_bytes > 0 {
        return Err(format!("does not verify: {:?}, {} torn bytes", report.damages, report.torn_bytes));
    }
    for (query, mode) in [("apple", Mode::Lexical), ("bridge", Mode::Hybrid)] {
        store.find(&store.snapshot(), &find_request(query, mode)).map_err(|e| format!("find: {e}"))?;
    }
    store.sessions().map_err(|e| format!("sessions: {e}"))?;
    let id = put(store, vec![text("zebra after the repair")]).map_err(|e| format!("put: {e}"))?.frames[0].frame_id;
    let hits = store.find(&store.snapshot(), &find_request("zebra", Mode::Lexical)).map_err(|e| format!("find: {e}"))?.hits;
    if hits.len() != 1 || hits[0].candidate.passage.frame_id != id {
        return Err(format!("{} hits for what was put after the repair", hits.len()));
    }
    Ok((recovered, gone))
}

fn salvaged(bytes: &[u8], folder: &Folder, name: &str) -> Result<(SalvageReport, Store), String> {
    let (input, output) = (folder.path(&format!("{name}-in.mv2")), folder.path(&format!("{name}-out.mv2")));
    std::fs::write(&input, bytes).map_err(|e| e.to_string())?;
    let report = salvage(&input, &output, &options(41), 50_000, &|_, _| true).map_err(|e| format!("salvage: {e}"))?;
    if std::fs::read(&input).map_err(|e| e.to_string())? != bytes {
        return Err("the damaged file was changed".to_string());
    }
    let store = Store::open(&output, options(42)).map_err(|e| format!("does not open: {e}"))?;
    let _ = std::fs::remove_file(&input);
    Ok((report, store))
}

fn one(subject: &Subject, seed: u64, folder: &Folder) -> Result<(u64, u64), String> {
    let mut random = Random::new(seed);
    let mut bytes = subject.bytes.as_ref().clone();
    let holes = dig(&mut bytes, &mut random);
    let (report, store) = salvaged(&bytes, folder, &seed.to_string())?;
    let lost = report.repair.lost.iter().map(|l| l.frame_id).collect();
    let checked = check(&store, subject, &holes, &lost);
    let _ = store.path().map(std::fs::remove_file);
    checked
}

fn subjects() -> Vec<Subject> {
    vec![Subject::new(history::folded(4)), Subject::new(history::durable(6)), Subject::new(history::compacted(5))]
}

/// Runs cases and says what came of them.
fn run(budget: &Budget, row: &str, case: impl Fn(u64, u64) -> Result<(u64, u64), String> + Sync) {
    let (recovered, gone) = (AtomicU64::new(0), AtomicU64::new(0));
    let (cases, failures) = budget.run(|n, seed| {
        let (r, g) = case(n, seed)?;
        recovered.fetch_add(r, Ordering::Relaxed);
        gone.fetch_add(g, Ordering::Relaxed);
        Ok(())
    });
    let (recovered, gone) = (recovered.into_inner(), gone.into_inner());
    figures(row, &format!("{cases} files, {recovered} frames recovered, {gone} told as lost, {} fail", failures.len()));
    assert_none(&failures);
    assert!(recovered > gone && gone > 0);
}

#[test]
fn salvage_brings_every_frame_that_was_not_touched_into_a_new_file() {
    let budget = Budget::of(CASES);
    let (subjects, folder) = (subjects(), Folder::new("salvage"));
    run(&budget, "R16", |n, seed| one(&subjects[n as usize % subjects.len()], seed, &folder));
}

/// Seeds that failed in a soak once.
#[test]
fn files_that_once_came_out_wrong_come_out_right() {
    let (subjects, folder) = (subjects(), Folder::new("seeds"));
    for seed in [90194315659, 90194326384, 90194327440, 90194328979, 90194330965, 90194340803] {
        let n = (seed - (21 << 32)) as usize;
        one(&subjects[n % subjects.len()], seed, &folder).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    }
}

#[test]
fn a_repair_in_place_overwrites_nothing_and_ends_in_a_whole_file() {
    let budget = Budget::of(200);
    let subjects = subjects();
    run(&budget, "R16 in place", |n, seed| {
        let subject = &subjects[n as usize % subjects.len()];
        let mut random = Random::new(seed);
        let mut bytes = subject.bytes.as_ref().clone();
        let map = open_bytes(bytes.clone()).expect("opens").snapshot().gaps.as_ref().map_or(0, |gaps| gaps.area_len() as usize);
        // The map is renewed by a copy of the file, which only a file can have: `compact.rs` has a test of that.
        let holes = dig(&mut bytes[map..], &mut random).into_iter().map(|hole| hole.start + map..hole.end + map).collect::<Vec<_>>();
        let storage = Arc::new(mv2::storage::MemoryStorage::new(bytes.clone()));
        let Ok(store) = Store::with_storage(storage.clone(), None, options(43)) else { return Ok((0, 0)) };
        let end = store.snapshot().file_len() as usize;
        // What lies behind the last commit that checks is cut off, as by any writer; the frames in it are salvage's to find.
        let whole = store.snapshot().state_counters().next_frame_id;
        let planned = store.repair_plan(&|_, _| {}).map_err(|e| format!("plan: {e}"))?;
        if storage.to_vec() != bytes {
            return Err("the plan changed the file".to_string());
        }
        let report = store.repair(50_000, &|_, _| {}).map_err(|e| format!("repair: {e}"))?;
        if (&planned.lost, planned.set_aside_bytes, &planned.rescued) != (&report.lost, report.set_aside_bytes, &report.rescued) {
            return Err(format!("planned {planned:?}, did {report:?}"));
        }
        let after = storage.to_vec();
        if after[..end] != bytes[..end] {
            return Err("committed bytes were changed".to_string());
        }
        let store = open_bytes(after).map_err(|e| format!("does not open: {e}"))?;
        let mut lost: BTreeSet<u64> = report.lost.iter().map(|l| l.frame_id).collect();
        lost.extend(whole..subject.model.frames.len() as u64);
        let beyond: Vec<Range<usize>> = holes.iter().cloned().chain([end..bytes.len()]).collect();
        check(&store, subject, &beyond, &lost)
    });
}

#[test]
fn a_damaged_header_is_put_right_or_made_anew() {
    let (subject, folder) = (Subject::new(history::durable(9)), Folder::new("header"));
    for bit in [0, 8 * 9 + 1, 8 * 60, 8 * 2000 + 5, 8 * 4095 + 7] {
        let mut bytes = subject.bytes.as_ref().clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (report, store) = salvaged(&bytes, &folder, &format!("bit{bit}")).expect("salvages");
        assert!(report.header.expect("told").contains("put right"), "bit {bit}");
        assert!(!report.repair.has_loss() && report.repair.damages.is_empty(), "bit {bit}: {:?}", report.repair);
        check(&store, &subject, &[], &BTreeSet::new()).unwrap_or_else(|e| panic!("bit {bit}: {e}"));
    }
    let mut bytes = subject.bytes.as_ref().clone();
    bytes[..4096].fill(0x55);
    let (report, store) = salvaged(&bytes, &folder, "gone").expect("salvages");
    assert!(report.header.expect("told").contains("made anew"));
    let verified = store.verify(true, &|_, _| {}).expect("verifies");
    assert!(verified.is_ok() && verified.gaps == 1, "{verified:?}");
    assert!(report.repair.lost.is_empty());
    for expected in &subject.model.frames {
        assert!(same(&read_frame(&store, expected.frame_id).expect("reads"), expected));
    }
}

#[test]
fn bytes_that_were_taken_out_or_put_in_move_nothing_for_good() {
    let (subject, folder) = (Subject::new(history::durable(9)), Folder::new("moved"));
    let middle = subject.bytes.len() / 2;
    for (name, bytes) in [
        ("put in", [&subject.bytes[..middle], &[7; 1001], &subject.bytes[middle..]].concat()),
        ("taken out", [&subject.bytes[..middle], &subject.bytes[middle + 1003..]].concat()),
        ("front cut", subject.bytes[4096 + 640..].to_vec()),
    ] {
        let (report, store) = salvaged(&bytes, &folder, name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(report.moved_records > 10, "{name}: {report:?}");
        let read = subject.model.frames.iter().filter(|f| read_frame(&store, f.frame_id).is_ok_and(|found| same(&found, f))).count();
        assert!(read + 4 >= subject.model.frames.len(), "{name}: {read} of {} frames", subject.model.frames.len());
    }
}

#[test]
fn what_no_commit_holds_is_brought_back_with_its_sessions() {
    let (subject, folder) = (Subject::new(history::durable(12)), Folder::new("tail"));
    let mut whole = open_bytes(subject.bytes.as_ref().clone()).expect("opens");
    let sessions = whole.sessions().expect("reads");
    // The last commit record is gone, then every one is.
    let commits: Vec<usize> =
        (0..=whole.snapshot().commit.commit_no).map(|n| whole.snapshot_at(n).expect("the past").commit.offset as usize).collect();
    for (name, gone) in [("last", &commits[commits.len() - 1..]), ("all", &commits[..])] {
        let mut bytes = subject.bytes.as_ref().clone();
        gone.iter().for_each(|at| bytes[*at + 140] ^= 0xff);
        let (_, store) = salvaged(&bytes, &folder, name).unwrap_or_else(|e| panic!("{name}: {e}"));
        for expected in &subject.model.frames {
            let found = read_frame(&store, expected.frame_id).unwrap_or_else(|e| panic!("{name}: frame {}: {e}", expected.frame_id));
            assert!(same(&found, expected), "{name}: {found:?}");
        }
        let ids = |sessions: &[mv2::store::SessionSummary]| sessions.iter().map(|s| (s.session, s.action_count)).collect::<Vec<_>>();
        assert_eq!(ids(&store.sessions().expect("reads")), ids(&sessions), "{name}");
        whole = store;
    }
    assert!(whole.verify(true, &|_, _| {}).expect("verifies").is_ok());
}

#[test]
fn other_files_and_taken_names_are_refused_and_nothing_is_left() {
    let folder = Folder::new("refused");
    let output = folder.path("out.mv2");
    let refuse = |bytes: &[u8], output: &Path| {
        std::fs::write(folder.path("in"), bytes).expect("writes");
        let error = salvage(&folder.path("in"), output, &options(1), 0, &|_, _| true).expect_err("refused");
        std::fs::remove_file(folder.path("in")).expect("removes");
        error.code
    };
    assert_eq!(refuse(b"", &output), Code::NotMv2);
    assert_eq!(refuse(b"PK\x03\x04 a zip archive", &output), Code::NotMv2);
    assert_eq!(refuse(&common::empty()[..4096], &output), Code::Corrupt);
    let mut newer = common::empty();
    newer[8] = 2;
    let crc = crc32c::crc32c(&newer[..4092]);
    newer[4092..4096].copy_from_slice(&crc.to_le_bytes());
    assert_eq!(refuse(&newer, &output), Code::Unsupported);
    let subject = history::durable(3).file();
    std::fs::write(&output, b"mine").expect("writes");
    assert_eq!(refuse(&subject, &output), Code::AlreadyExists);
    assert_eq!(std::fs::read(&output).expect("reads"), b"mine");
    std::fs::remove_file(&output).expect("removes");
    std::fs::write(folder.path("in"), &subject).expect("writes");
    let stopped = salvage(&folder.path("in"), &output, &options(1), 0, &|_, _| false);
    assert_eq!(stopped.expect_err("stopped").code, Code::Aborted);
    let names: Vec<_> = std::fs::read_dir(folder.root()).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(names, ["in"]);
}

#[test]
fn a_clean_file_needs_no_repair_and_the_plan_writes_nothing() {
    let recorder = history::durable(2);
    let storage = Arc::new(mv2::storage::MemoryStorage::new(recorder.file()));
    let store = Store::with_storage(storage.clone(), None, options(5)).expect("opens");
    let before = storage.to_vec();
    let report = store.repair(50_000, &|_, _| {}).expect("nothing to do");
    assert!(report.commit_no.is_none() && !report.has_loss() && report.damages.is_empty());
    assert_eq!(storage.to_vec(), before);
}

/// A table may name frames that no file can have: nobody goes through them one by one.
#[test]
fn frames_that_cannot_be_are_not_listed_as_lost() {
    let far = Op::Block { first_frame_id: 1 << 52, offset: 4544, commit_no: 1, count: 1 << 20 };
    let storage = Arc::new(MemoryStorage::new(forge(&[(block("text"), honest)], |at| [one_frame(at), vec![far]].concat(), |_| {})));
    put(&open_on(storage.clone(), 3).expect("opens"), vec![text("another")]).expect("puts");
    let mut bytes = storage.to_vec();
    let at = bytes.windows(4).position(|w| w == b"text").expect("the content");
    bytes[at] ^= 1;
    let plan = open_bytes(bytes).expect("opens").repair_plan(&|_, _| {}).expect("plans");
    assert_eq!(plan.lost.iter().map(|lost| lost.frame_id).collect::<Vec<_>>(), [0]);
}
