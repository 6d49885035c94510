//! Every state that a disk may show after a crash: nothing acknowledged is lost, nothing is there in part, and the next commit works.
//!
//! A failing state is named by seed, history and crash point, which is enough to make it again.

mod common;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::budget::{Budget, figures};
use common::history::{self, Attempt, Recorder};
use common::model::{Model, compare, read_frame};
use common::{batch, open_on, text};
use mv2::storage::MemoryStorage;
use mv2::storage::simulated::{Operation, Random, SimulatedStorage, apply, crash_states};
use mv2::store::Store;

/// Distinct states to look at in one round.
const STATES: usize = 10_000;

/// Seeds of random states in one round over all crash points.
const SEEDS_A_ROUND: u64 = 32;

/// Sectors at which one write is cut; longer writes are cut at as many places.
const MAX_CUTS: usize = 64;

/// What a writer did, ready to be cut at any operation.
struct History {
    name: &'static str,
    base: Vec<u8>,
    operations: Vec<Operation>,
    attempts: Vec<Attempt>,
    /// A writer ended between its write and its sync, and another one went on. Its commit, never acknowledged, is trusted by the ones behind
    /// it; after a power cut it may be there in part, which `verify` must then say.
    has_dead_writer: bool,
}

impl History {
    fn new(name: &'static str, recorder: Recorder) -> History {
        let (base, operations) = (recorder.storage.base().to_vec(), recorder.storage.operations());
        History { name, base, operations, attempts: recorder.attempts, has_dead_writer: name == "torn" }
    }

    /// The last commit that was acknowledged as durable before operation `k`, and those tried since: one of these must be found.
    fn expected(&self, k: usize) -> &[Attempt] {
        let last = self.attempts.iter().rposition(|a| a.durable_at.is_some_and(|at| at <= k)).unwrap_or(0);
        let tried = self.attempts.iter().rposition(|a| a.start < k).unwrap_or(0);
        &self.attempts[last..=tried.max(last)]
    }
}

/// What was found right already. A file's content depends only on the bytes up to its last commit, so these are compared once.
#[derive(Default)]
struct Checked {
    states: Mutex<HashSet<[u8; 32]>>,
    contents: Mutex<HashMap<[u8; 32], Arc<Model>>>,
}

impl Checked {
    /// Whether this state, with these expectations, was not seen before.
    fn is_new(&self, bytes: &[u8], expected: &[Attempt]) -> bool {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&expected[0].commit_no.to_le_bytes()).update(&expected.len().to_le_bytes()).update(bytes);
        self.states.lock().expect("lock").insert(*hasher.finalize().as_bytes())
    }

    /// Compares the content with the model, unless the same bytes were compared before.
    fn content(&self, store: &Store, bytes: &[u8], model: &Arc<Model>) -> Result<(), String> {
        let key = *blake3::hash(&bytes[..store.snapshot().file_len() as usize]).as_bytes();
        let known = self.contents.lock().expect("lock").get(&key).cloned();
        match known {
            Some(known) if Arc::ptr_eq(&known, model) || known == *model => Ok(()),
            Some(_) => Err("the same bytes were found to hold something else".to_string()),
            None => {
                compare(store, model)?;
                self.contents.lock().expect("lock").insert(key, model.clone());
                Ok(())
            }
        }
    }
}

/// A commit of a dead writer that is there in part, under another one that was not acknowledged either: what was acknowledged must be there,
/// and `verify` must name damage, all of it behind what was acknowledged.
fn is_told(state: &[u8], expected: &[Attempt]) -> Result<bool, String> {
    let store = common::open_bytes(state.to_vec()).map_err(|e| format!("does not open: {e}"))?;
    let acknowledged = &expected[0];
    if store.snapshot().commit.commit_no < acknowledged.commit_no + 2 {
        return Ok(false);
    }
    let past = store.snapshot_at(acknowledged.commit_no).map_err(|e| format!("the acknowledged commit: {e}"))?;
    let end = past.commit.end;
    let mut prefix = state.to_vec();
    prefix.truncate(past.file_len() as usize);
    compare(&common::open_bytes(prefix).map_err(|e| format!("the acknowledged part does not open: {e}"))?, &acknowledged.model)?;
    for frame in &acknowledged.model.frames {
        let found = read_frame(&store, frame.frame_id).map_err(|e| format!("an acknowledged frame: {e}"))?;
        if (&found.uri, &found.content) != (&frame.uri, &frame.content) {
            return Err(format!("frame {} is {found:?}", frame.frame_id));
        }
    }
    let damages = store.verify(true, &|_, _| {}).map_err(|e| format!("verify: {e}"))?.damages;
    Ok(!damages.is_empty() && damages.iter().all(|d| d.offset >= end))
}

/// Opens a state, checks it, commits to it, and opens it again. Returns the operations of that commit, for a second crash.
fn check(state: &[u8], expected: &[Attempt], checked: &Checked) -> Result<(Arc<SimulatedStorage>, Vec<Attempt>), String> {
    let storage = Arc::new(SimulatedStorage::new(state.to_vec()));
    let store = open_on(storage.clone(), 900).map_err(|e| format!("does not open: {e}"))?;
    let end = store.snapshot().file_len();
    let found = store.snapshot().commit.commit_no;
    let (torn_bytes, damages) = store.findings();
    let torn = common::torn_bytes(state, end as usize);
    if !damages.is_empty() || torn_bytes != torn {
        return Err(format!("{torn_bytes} torn bytes of {torn}, damages {damages:?}"));
    }
    // Two attempts may have the same number: one that failed, and the one that another writer made in its place.
    let mut problem = format!("commit {found} is there, expected {} to {}", expected[0].commit_no, expected[expected.len() - 1].commit_no);
    let mut matching = None;
    for attempt in expected.iter().filter(|a| a.commit_no == found) {
        match checked.content(&store, state, &attempt.model) {
            Ok(()) => matching = Some(attempt),
            Err(message) => problem = message,
        }
    }
    let Some(attempt) = matching else { return Err(problem) };

    let next = batch(vec![text("candle after the crash")]);
    let model = Arc::new(attempt.model.after(&next));
    store.commit(next, &|_, _| {}).map_err(|e| format!("the next commit fails: {e}"))?;
    let after = storage.to_vec();
    if after[..end as usize] != state[..end as usize] {
        return Err("the next commit changed committed bytes".to_string());
    }
    let reopened = common::open_bytes(after.clone()).map_err(|e| format!("does not open after the next commit: {e}"))?;
    if reopened.snapshot().commit.commit_no != found + 1 || reopened.findings().0 != 0 || !reopened.findings().1.is_empty() {
        return Err(format!("after the next commit: commit {}, {:?}", reopened.snapshot().commit.commit_no, reopened.findings()));
    }
    checked.content(&reopened, &after, &model).map_err(|e| format!("after the next commit: {e}"))?;
    let done = storage.operation_count();
    let before = Attempt { commit_no: found, start: 0, durable_at: Some(0), model: attempt.model.clone() };
    let tried = Attempt { commit_no: found + 1, start: 0, durable_at: Some(done), model };
    Ok((storage, vec![before, tried]))
}

#[test]
fn every_crash_keeps_what_was_acknowledged() {
    let rounds = Budget::of(1);
    let (mut states, mut second, mut failures) = (0, 0, Vec::new());
    let mut round = 0;
    while rounds.has(round) {
        let found = crash_round(rounds.seed + round * 16, STATES);
        states += found.0;
        second += found.1;
        failures.extend(found.2);
        round += 1;
    }
    figures("R1", &format!("{} crash states, {second} of them after a second crash, {} fail", states + second, failures.len()));
    assert!(
        failures.is_empty(),
        "{} states fail; the first:\n{}",
        failures.len(),
        failures.iter().take(12).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(states >= STATES, "only {states} distinct states");
}

/// Crash states of histories that a seed makes: how many distinct ones were looked at, how many more after a second crash, what failed.
fn crash_round(seed: u64, budget: usize) -> (usize, usize, Vec<String>) {
    let started = std::time::Instant::now();
    let histories = [
        History::new("durable", history::durable(seed)),
        History::new("lazy", history::lazy(seed + 1)),
        History::new("torn", history::torn(seed + 2)),
        History::new("folded", history::folded(seed + 3)),
        History::new("compacted", history::compacted(seed + 4)),
    ];
    let points: Vec<(usize, usize)> =
        histories.iter().enumerate().flat_map(|(h, history)| (0..=history.operations.len()).map(move |k| (h, k))).collect();
    println!("{} histories, {} crash points, recorded in {:?}", histories.len(), points.len(), started.elapsed());
    let checked = Checked::default();
    let (next, states, second, told) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let enough = AtomicBool::new(false);
    let failures = Mutex::new(Vec::new());
    let work = || {
        while !enough.load(Ordering::Relaxed) {
            let unit = next.fetch_add(1, Ordering::Relaxed);
            let (round, (h, k)) = ((unit / points.len()) as u64, points[unit % points.len()]);
            // Every crash point has its systematic states and one round of random ones; then rounds until there are enough.
            if round > 0 && states.load(Ordering::Relaxed) >= budget {
                enough.store(true, Ordering::Relaxed);
                break;
            }
            let history = &histories[h];
            let expected = history.expected(k);
            let seeds = round * SEEDS_A_ROUND..(round + 1) * SEEDS_A_ROUND;
            crash_states(&history.base, &history.operations[..k], if round == 0 { MAX_CUTS } else { 0 }, seeds, &mut |label, state| {
                if !checked.is_new(state, expected) {
                    return;
                }
                states.fetch_add(1, Ordering::Relaxed);
                let name = || format!("{} crash point {k}, {label}", history.name);
                match check(state, expected, &checked) {
                    Err(_) if history.has_dead_writer && is_told(state, expected) == Ok(true) => {
                        told.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(message) => failures.lock().expect("lock").push(format!("{}: {message}", name())),
                    // A second crash, while the next writer cuts off the torn end and commits.
                    Ok((storage, attempts)) if Random::new(unit as u64 ^ state.len() as u64).below(64) == 0 => {
                        let recovery = History {
                            name: "recovery",
                            base: state.to_vec(),
                            operations: storage.operations(),
                            attempts,
                            has_dead_writer: false,
                        };
                        for k in 0..=recovery.operations.len() {
                            crash_states(&recovery.base, &recovery.operations[..k], MAX_CUTS, 0..2, &mut |inner, state| {
                                if checked.is_new(state, recovery.expected(k)) {
                                    second.fetch_add(1, Ordering::Relaxed);
                                    if let Err(message) = check(state, recovery.expected(k), &checked) {
                                        failures
                                            .lock()
                                            .expect("lock")
                                            .push(format!("{}; then crash point {k}, {inner}: {message}", name()));
                                    }
                                }
                            });
                        }
                    }
                    Ok(_) => {}
                }
            });
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..common::threads() {
            scope.spawn(work);
        }
    });
    let (states, second) = (states.into_inner(), second.into_inner());
    println!("{} distinct crash states, {second} of them after a second crash, in {:?}", states + second, started.elapsed());
    println!("{} with a dead writer's commit in part, and said so", told.into_inner());
    let failures = failures.into_inner().expect("lock");
    (states, second, failures.into_iter().map(|failure| format!("seed {seed}, {failure}")).collect())
}

#[test]
fn a_crash_within_more_than_eight_mebibytes_is_told_apart_from_damage() {
    let history = History::new("large", history::large(5));
    let checked = Checked::default();
    let mut states = 0;
    for k in 0..=history.operations.len() {
        let expected = history.expected(k);
        let mut failed = None;
        crash_states(&history.base, &history.operations[..k], 2, 0..3, &mut |label, state| {
            states += 1;
            if let Err(message) = check(state, expected, &checked) {
                failed.get_or_insert(format!("crash point {k}, {label}: {message}"));
            }
        });
        assert_eq!(failed, None);
    }
    println!("{states} states");
}

#[test]
fn a_lost_acknowledgement_would_be_seen() {
    // The check itself: without the last commit's bytes, a state in which it was acknowledged must fail.
    let history = History::new("durable", history::durable(1));
    let whole = history.operations.len();
    let mut bytes = history.base.clone();
    history.operations[..whole - 2].iter().for_each(|o| apply(&mut bytes, o));
    assert!(check(&bytes, history.expected(whole), &Checked::default()).is_err());
    let storage = Arc::new(MemoryStorage::new(bytes));
    assert!(open_on(storage, 1).is_ok());
}
