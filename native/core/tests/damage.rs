//! Damage in the middle of a file while later commits exist: nothing is cut off, nothing is missing without an error, nothing is wrong in
//! silence.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::budget::{Budget, assert_none, figures};
use common::history::{self, Recorder};
use common::model::{Model, read_frame};
use common::{batch, open_on, text};
use mv2::Code;
use mv2::storage::Storage;
use mv2::storage::simulated::{Random, SimulatedStorage};
use mv2::store::{Content, PutInput};

const CASES: u64 = 1_000;

struct Subject {
    bytes: Arc<Vec<u8>>,
    model: Arc<Model>,
    /// The file's bytes from the end of commit 0 to the beginning of the last transaction.
    middle: std::ops::Range<usize>,
}

impl Subject {
    fn new(mut recorder: Recorder) -> Subject {
        let start = recorder.store.snapshot_at(1).expect("the first commit").file_len() as usize;
        let end = recorder.store.snapshot().file_len() as usize;
        recorder.commit(batch(vec![text("the last of all")])).expect("commits");
        Subject { bytes: Arc::new(recorder.file()), model: recorder.model, middle: start..end }
    }
}

/// 10 MB of documents, bytes and sessions.
fn large(seed: u64) -> Recorder {
    let mut recorder = history::durable(seed);
    for n in 0..50 {
        let bytes = (0..2).map(|i| PutInput { content: Content::Bytes(Random::new(n * 2 + i).bytes(100 << 10)), ..text("") }).collect();
        recorder.commit(batch(bytes)).expect("commits");
        let texts = (0..70).map(|_| recorder.put(None, 40)).collect();
        recorder.commit(batch(texts)).expect("commits");
        recorder.maintain().expect("maintains");
    }
    recorder
}

/// Damages some bytes and says what was done. `None`: nothing changed.
fn damage(bytes: &mut [u8], random: &mut Random, middle: &std::ops::Range<usize>) -> Option<String> {
    let place = |random: &mut Random, len: usize| middle.start + random.below(middle.len().saturating_sub(len).max(1));
    let before = bytes.to_vec();
    let name = match random.below(4) {
        0 => {
            let at = place(random, 1);
            let bit = random.below(8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
        1 => {
            let at = place(random, 512);
            bytes[at..at + 512].fill(0);
            format!("512 bytes from {at} zeroed")
        }
        2 => {
            let (a, b) = (place(random, 4096), place(random, 4096));
            if a.abs_diff(b) < 4096 {
                return None;
            }
            let first = bytes[a..a + 4096].to_vec();
            bytes.copy_within(b..b + 4096, a);
            bytes[b..b + 4096].copy_from_slice(&first);
            format!("4096 bytes from {a} and from {b} swapped")
        }
        _ => {
            let len = 1 + random.below(4096);
            let at = place(random, len);
            bytes[at..at + len].copy_from_slice(&random.bytes(len));
            format!("{len} random bytes from {at}")
        }
    };
    (before != bytes).then_some(name)
}

/// Reads left and lost: of frames that the file holds.
fn one(subject: &Subject, seed: u64) -> Result<(u64, u64), String> {
    let mut random = Random::new(seed);
    let mut bytes = subject.bytes.as_ref().clone();
    let Some(what) = damage(&mut bytes, &mut random, &subject.middle) else { return Ok((0, 0)) };
    let fail = |message: String| Err(format!("{what}: {message}"));
    let storage = Arc::new(SimulatedStorage::new(bytes.clone()));
    let store = match open_on(storage.clone(), 900) {
        Ok(store) => store,
        Err(error) => return fail(format!("does not open: {error}")),
    };
    if store.snapshot().commit.commit_no != subject.model.commit_no() {
        return fail(format!("opens at commit {} of {}", store.snapshot().commit.commit_no, subject.model.commit_no()));
    }
    let report = store.verify(false, &|_, _| {}).map_err(|e| format!("{what}: verify: {e}"))?;
    if report.is_ok() {
        return fail("verify finds nothing".to_string());
    }
    let (mut read, mut lost) = (0, 0);
    for expected in &subject.model.frames {
        match read_frame(&store, expected.frame_id) {
            Ok(frame) if (&frame.content, &frame.uri, &frame.title) == (&expected.content, &expected.uri, &expected.title) => read += 1,
            Ok(frame) => return fail(format!("frame {} is {frame:?} in silence", expected.frame_id)),
            Err(error) if matches!(error.code, Code::Corrupt | Code::FrameNotFound) => lost += 1,
            Err(error) => return fail(format!("frame {}: {error}", expected.frame_id)),
        }
    }
    if lost > 0 && report.is_ok() {
        return fail(format!("{lost} frames are missing and nothing says so"));
    }
    let put = store.commit(batch(vec![text("written to a damaged file")]), &|_, _| {});
    let after = storage.to_vec();
    match put {
        Err(error) if error.code == Code::Corrupt && after == bytes => {}
        Ok(_) if after.len() > bytes.len() && after[..bytes.len()] == bytes[..] => {}
        other => {
            return fail(format!("a put gives {:?}; the file has {} of {} bytes", other.map(|r| r.commit_no), after.len(), bytes.len()));
        }
    }
    debug_assert_eq!(storage.len().ok(), Some(after.len() as u64));
    Ok((read, lost))
}

#[test]
fn damage_before_later_commits_is_told_and_cuts_nothing_off() {
    let budget = Budget::of(CASES);
    let mut subjects = vec![Subject::new(history::folded(4)), Subject::new(history::compacted(5)), Subject::new(history::durable(6))];
    if std::env::var_os("MV2_SOAK_SECONDS").is_some() {
        subjects.push(Subject::new(large(7)));
    }
    let (read, lost) = (AtomicU64::new(0), AtomicU64::new(0));
    let (cases, failures) = budget.run(|n, seed| {
        let (r, l) = one(&subjects[n as usize % subjects.len()], seed)?;
        read.fetch_add(r, Ordering::Relaxed);
        lost.fetch_add(l, Ordering::Relaxed);
        Ok(())
    });
    let (read, lost) = (read.into_inner(), lost.into_inner());
    figures("R3 R4", &format!("{cases} damages, {read} reads of frames right, {lost} told as lost, {} fail", failures.len()));
    assert_none(&failures);
    assert!(lost > 0, "no damage hit a frame");
}

/// The commit before the last one is gone as a whole, with its trailer: the last one was written after it had been synced, so it stands.
#[test]
fn a_commit_that_is_gone_does_not_take_the_next_one_along() {
    let recorder = history::durable(6);
    let snapshot = recorder.store.snapshot();
    let before = recorder.store.snapshot_at(snapshot.commit.commit_no - 1).expect("the past").commit;
    let mut bytes = recorder.file();
    bytes[before.offset as usize - 20..before.end as usize].fill(0);
    let store = common::open_bytes(bytes).expect("opens");
    assert_eq!(store.snapshot().commit.commit_no, snapshot.commit.commit_no);
    assert!(!store.findings().1.is_empty());
}

/// A commit record's own header is under no Merkle root: whatever is altered in it, with its checksum made right again, is found all the same.
#[test]
fn an_altered_header_of_a_commit_is_found() {
    let recorder = history::durable(6);
    let at = recorder.store.snapshot_at(9).expect("the past").commit.offset as usize;
    for place in [5, 16, 40, 44, 80, 88, 95, 120] {
        let mut bytes = recorder.file();
        bytes[at + place] ^= 1;
        let crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[56..72]), &bytes[at..at + 124]);
        bytes[at + 124..at + 128].copy_from_slice(&crc.to_le_bytes());
        let store = common::open_bytes(bytes).expect("opens");
        assert!(!store.verify_quick(&|_, _| {}).expect("verifies").is_ok(), "byte {place} of the header");
    }
}
