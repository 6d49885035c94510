//! Disks that fail: what is not on the disk is never acknowledged, reads go on, and the file opens right.

mod common;

use std::sync::Arc;

use common::history::{Attempt, Recorder};
use common::model::{Model, compare};
use common::{batch, open_on, text};
use mv2::Code;
use mv2::storage::simulated::{Fault, Operation, crash_states};

const TURNS: usize = 14;

/// Runs the script until its n-th operation fails. `None`: it has fewer operations.
fn until_fault(n: usize, fault: Fault) -> Option<(Recorder, mv2::Error)> {
    let mut recorder = Recorder::new(21);
    recorder.storage.fail_at(n, fault);
    for turn in 0..TURNS {
        let next = recorder.mixed(turn);
        if let Err(error) = recorder.commit(next) {
            return Some((recorder, error));
        }
    }
    None
}

/// The operations of the script when none fails.
fn script() -> Vec<Operation> {
    let mut recorder = Recorder::new(21);
    for turn in 0..TURNS {
        let next = recorder.mixed(turn);
        recorder.commit(next).expect("commits");
    }
    recorder.storage.operations()
}

/// The commit that failed, and the acknowledged content before it.
fn failed(recorder: &Recorder) -> (&Attempt, &Arc<Model>) {
    let attempt = recorder.attempts.last().expect("an attempt");
    assert_eq!((attempt.durable_at, attempt.commit_no), (None, recorder.model.commit_no() + 1));
    (attempt, &recorder.model)
}

#[test]
fn a_failed_write_or_sync_poisons_the_writer() {
    let mut faults = 0;
    for fault in [Fault::Error, Fault::Short] {
        for n in 0.. {
            let Some((recorder, error)) = until_fault(n, fault) else { break };
            faults += 1;
            let what = format!("{fault:?} at operation {n}");
            assert_eq!(error.code, Code::Io, "{what}: {error}");
            let (attempt, acknowledged) = failed(&recorder);
            compare(&recorder.store, acknowledged).unwrap_or_else(|e| panic!("{what}: reads go on: {e}"));
            let operations = recorder.storage.operation_count();
            let refused = recorder.store.commit(batch(vec![text("more")]), &|_, _| {}).expect_err("poisoned");
            assert_eq!(refused.code, Code::Poisoned, "{what}");
            assert!(refused.hint.is_some_and(|h| h.contains("open the file again")));
            assert_eq!(recorder.storage.operation_count(), operations, "{what}: nothing more is written, no sync is tried again");

            // Another handle finds what was acknowledged, and of the commit that failed all or nothing. Then it writes.
            let store = open_on(recorder.storage.clone(), 500).expect("opens");
            let found = if store.snapshot().commit.commit_no == attempt.commit_no { &attempt.model } else { acknowledged };
            compare(&store, found).unwrap_or_else(|e| panic!("{what}: reopened: {e}"));
            let next = batch(vec![text("dragon after the fault")]);
            let model = found.after(&next);
            store.commit(next, &|_, _| {}).unwrap_or_else(|e| panic!("{what}: the next writer: {e}"));
            compare(&common::open_bytes(recorder.storage.to_vec()).expect("opens"), &model).unwrap_or_else(|e| panic!("{what}: {e}"));

            // And whatever part of the failed commit reached the disk, so does a machine that lost its power.
            crash_states(recorder.storage.base(), &recorder.storage.operations()[..operations], 8, 0..4, &mut |label, state| {
                let store = common::open_bytes(state.to_vec()).unwrap_or_else(|e| panic!("{what}, {label}: {e}"));
                let found = store.snapshot().commit.commit_no;
                assert!([acknowledged.commit_no(), attempt.commit_no].contains(&found), "{what}, {label}: commit {found}");
                assert!(store.findings().1.is_empty(), "{what}, {label}");
            });
        }
    }
    println!("{faults} faults");
    assert!(faults > 4 * TURNS - 8, "each write and sync failed in both ways");
}

#[test]
fn without_space_a_transaction_is_refused_and_the_same_handle_goes_on() {
    let (mut refused, mut poisoned) = (0, 0);
    let script = script();
    for n in 0.. {
        let Some((mut recorder, error)) = until_fault(n, Fault::NoSpace) else { break };
        assert_eq!(error.code, Code::NoSpace, "operation {n}: {error}");
        let (_, acknowledged) = failed(&recorder);
        compare(&recorder.store, acknowledged).unwrap_or_else(|e| panic!("operation {n}: {e}"));
        let next = batch(vec![text("bridge when there is space again")]);
        if matches!(script[n], Operation::Sync) {
            poisoned += 1;
            // Space that ran out at the sync: nothing is known of the file, so this handle is done.
            assert_eq!(recorder.commit(next).expect_err("poisoned").code, Code::Poisoned, "operation {n}");
            continue;
        }
        refused += 1;
        let end = recorder.store.snapshot().commit.end;
        assert_eq!(recorder.storage.to_vec().len() as u64, end, "operation {n}: the half-written transaction is taken away");
        compare(&common::open_bytes(recorder.storage.to_vec()).expect("opens"), acknowledged).expect("the last commit is intact");
        recorder.commit(next).unwrap_or_else(|e| panic!("operation {n}: the same handle writes again: {e}"));
        compare(&common::open_bytes(recorder.storage.to_vec()).expect("opens"), &recorder.model)
            .unwrap_or_else(|e| panic!("operation {n}: {e}"));
    }
    println!("{refused} writes and {poisoned} syncs without space");
    assert!(refused >= TURNS - 2 && poisoned >= TURNS - 2);
}

#[test]
fn without_space_even_for_cutting_back_the_writer_is_poisoned() {
    let mut recorder = Recorder::new(22);
    let next = recorder.mixed(0);
    recorder.commit(next).expect("commits");
    recorder.storage.fail_at(0, Fault::NoSpace);
    recorder.storage.fail_then(0, Fault::Error);
    let next = recorder.mixed(1);
    assert_eq!(recorder.commit(next).expect_err("no space").code, Code::NoSpace);
    let next = recorder.mixed(3);
    assert_eq!(recorder.commit(next).expect_err("poisoned").code, Code::Poisoned);
    recorder.attempts.pop();
    recorder.new_writer();
    let next = recorder.mixed(3);
    recorder.commit(next).expect("the next writer cuts off the rest");
    compare(&common::open_bytes(recorder.storage.to_vec()).expect("opens"), &recorder.model).expect("as acknowledged");
}
