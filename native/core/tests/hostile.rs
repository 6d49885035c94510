//! Files of about 1 MiB that were made to harm: each of a thousand gets an answer or a code, within a second and 64 MiB, and stays as it is.

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use common::budget::{Budget, assert_none, figures};
use common::folder::Folder;
use common::hostile::Target;
use common::{find_request, options};
use mv2::storage::simulated::Random;
use mv2::store::{Mode, Store, TimelineRequest};

const CASES: u64 = 1_000;
const MOST_TIME: Duration = Duration::from_secs(1);
const MOST_MEMORY: u64 = 64 << 20;

/// Golden files: together they hold every kind of record. The smaller ones are made longer by a document, so that all have about 1 MiB.
fn targets(folder: &Folder) -> Vec<Target> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/format/1.0");
    ["history", "loaded", "compacted", "session", "redacted", "repaired"]
        .iter()
        .map(|name| {
            let path = folder.path(&format!("{name}.mv2"));
            std::fs::copy(golden.join(format!("{name}.mv2")), &path).expect("copies");
            let missing = (1usize << 20).saturating_sub(std::fs::metadata(&path).expect("metadata").len() as usize);
            if missing > 0 {
                let store = Store::open(&path, options(8)).expect("opens");
                let content = mv2::store::Content::Bytes(Random::new(5).bytes(missing));
                let put = mv2::store::PutInput { content, ..common::text("") };
                common::put(&store, vec![put]).expect("puts");
            }
            Target::new(std::fs::read(&path).expect("reads"))
        })
        .collect()
}

/// Everything that reads. Which errors come is not the question here; that none is a panic is.
fn read_all(path: &Path) -> mv2::Result<usize> {
    let store = Store::open(path, options(5))?;
    let snapshot = store.snapshot();
    let mut answers = 0;
    let mut note = |is_ok: bool| answers += usize::from(is_ok);
    note(store.stats().is_ok());
    for (query, mode) in [("lamp 49", Mode::Lexical), ("mill", Mode::Hybrid), ("quarry", Mode::Vector), ("tag:harbour", Mode::Lexical)] {
        note(store.find(&snapshot, &find_request(query, mode)).is_ok());
    }
    (0..40).for_each(|id| note(store.get(&snapshot, id).is_ok()));
    note(store.get_by_uri(&snapshot, "mv2://reports/1").is_ok());
    note(store.timeline(&snapshot, &TimelineRequest { limit: 100, ..Default::default() }).is_ok());
    let sessions = store.sessions();
    note(sessions.is_ok());
    for session in sessions.unwrap_or_default().iter().take(4) {
        note(store.session_events(&session.session, 0, 100).is_ok());
    }
    note(store.cached_answers().is_ok());
    [0, 1, snapshot.commit.commit_no / 2].iter().for_each(|n| note(store.snapshot_at(*n).is_ok()));
    note(store.vector_rows(&snapshot).is_ok());
    note(store.verify(true, &|_, _| {}).is_ok());
    note(store.repair_plan(&|_, _| {}).is_ok());
    Ok(answers)
}

/// Kilobytes of a line of this process's status.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("reads");
    let line = status.lines().find(|l| l.starts_with(name)).expect("the line");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).expect("a number") * 1024
}

/// The most memory that `run` took above what was in use before it, allocations of C code included.
fn peak_of<T>(run: impl FnOnce() -> T) -> (T, u64) {
    // "5": the greatest resident size is counted anew.
    std::fs::write("/proc/self/clear_refs", "5").expect("clears");
    let before = status("VmRSS:");
    let result = run();
    (result, status("VmHWM:").saturating_sub(before))
}

fn state_of(path: &Path) -> (Vec<u8>, SystemTime) {
    (std::fs::read(path).expect("reads"), std::fs::metadata(path).expect("metadata").modified().expect("a time"))
}

fn one(path: &Path, target: &Target, seed: u64) -> Result<(bool, Duration, u64), String> {
    let (bytes, what) = target.mutate(&mut Random::new(seed));
    std::fs::write(path, &bytes).expect("writes");
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    std::fs::File::options().write(true).open(path).expect("opens").set_modified(old).expect("sets the time");
    let mut best = Duration::MAX;
    let (mut is_open, mut memory) = (false, 0);
    // A machine with other work may be slow once, not three times.
    for _ in 0..3 {
        let started = Instant::now();
        let (result, peak) = peak_of(|| std::panic::catch_unwind(|| read_all(path).is_ok()));
        is_open = result.map_err(|_| format!("{what}: a panic"))?;
        best = best.min(started.elapsed());
        memory = peak;
        if best <= MOST_TIME {
            break;
        }
    }
    if best > MOST_TIME || memory > MOST_MEMORY {
        return Err(format!("{what}: {} ms, {} KiB", best.as_millis(), memory >> 10));
    }
    if state_of(path) != (bytes, old) {
        return Err(format!("{what}: the file was changed"));
    }
    Ok((is_open, best, memory))
}

#[test]
fn each_of_a_thousand_hostile_files_gets_an_answer_in_time_and_memory() {
    let folder = Folder::new("hostile");
    let targets = targets(&folder);
    let path: PathBuf = folder.path("hostile.mv2");
    let budget = Budget::of(CASES);
    let (mut failures, mut opened, mut longest, mut most) = (Vec::new(), 0, Duration::ZERO, 0);
    let mut n = 0;
    // One after the other: memory is that of the process.
    while budget.has(n) {
        let seed = budget.seed_of(n);
        match one(&path, &targets[n as usize % targets.len()], seed) {
            Ok((is_open, time, memory)) => {
                opened += u64::from(is_open);
                (longest, most) = (longest.max(time), most.max(memory));
            }
            Err(error) => failures.push(format!("seed {seed}: {error}")),
        }
        n += 1;
    }
    let text = format!(
        "{n} hostile files, {opened} of them open, longest {} ms, most memory {} KiB, {} fail",
        longest.as_millis(),
        most >> 10,
        failures.len()
    );
    figures("hostile", &text);
    assert_none(&failures);
    assert!(opened > n / 10 && opened < n, "{opened} of {n} open: the mutations are too tame or too wild");
}
