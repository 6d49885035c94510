//! Random operations against a plain map as oracle, with faults, crashes, other writers and compactions mixed in.

mod common;

use std::sync::Arc;

use common::budget::{Budget, assert_none, figures};
use common::folder::Folder;
use common::history::{Attempt, Recorder};
use common::model::{Model, compare};
use common::{batch, open_bytes, options};
use mv2::format::event::EventType;
use mv2::storage::simulated::{Fault, Random, crash_states};
use mv2::store::{Batch, Durability, EventInput, Store};

/// Steps of one round; each is compared with the oracle.
const STEPS: usize = 60;

struct Round {
    recorder: Recorder,
    random: Random,
    turn: usize,
    done: Vec<String>,
}

impl Round {
    fn new(seed: u64) -> Round {
        Round { recorder: Recorder::new(seed), random: Random::new(seed ^ 0x5eed), turn: 0, done: Vec::new() }
    }

    /// The next batch of the script, as durable as chance has it.
    fn next(&mut self) -> Batch {
        let durability = if self.random.below(4) == 0 { Durability::None } else { Durability::Durable };
        loop {
            let next = Batch { durability, ..self.recorder.mixed(self.turn) };
            self.turn += 1;
            if next.events.iter().all(|event| fits(&self.recorder.model, event)) {
                return next;
            }
        }
    }

    fn step(&mut self) -> Result<(), String> {
        let choice = self.random.below(100);
        let name = match choice {
            0..60 => "commit",
            60..71 => "maintain",
            71..75 => "optimize",
            75..81 => "another writer",
            81..87 => "a writer that fails",
            87..92 => "no space",
            92..97 => "a power cut",
            _ => "compact",
        };
        self.done.push(format!("{name} (turn {})", self.turn));
        match name {
            "commit" => {
                let next = self.next();
                self.recorder.commit(next).map(|_| ()).map_err(|e| e.to_string())?;
            }
            "optimize" => self.recorder.optimize().map_err(|e| e.to_string())?,
            "maintain" => self.recorder.maintain().map(|_| ()).map_err(|e| e.to_string())?,
            "another writer" => self.recorder.new_writer(),
            "a writer that fails" => {
                let fault = if self.random.below(2) == 0 { Fault::Error } else { Fault::Short };
                let at = self.random.below(2);
                let lost = Batch { durability: Durability::Durable, ..batch(vec![self.recorder.put(None, 30)]) };
                self.recorder.torn(at, fault, lost);
            }
            "no space" => {
                self.recorder.storage.fail_at(0, Fault::NoSpace);
                let lost = batch(vec![self.recorder.put(None, 30)]);
                match self.recorder.commit(lost) {
                    Err(error) if error.code == mv2::Code::NoSpace => {
                        self.recorder.attempts.pop();
                    }
                    other => return Err(format!("without space: {other:?}")),
                }
            }
            "a power cut" => self.power_cut()?,
            _ => self.compact()?,
        }
        compare(&self.recorder.store, &self.recorder.model)
    }

    /// Goes on from one of the states that the disk may show now.
    fn power_cut(&mut self) -> Result<(), String> {
        let operations = self.recorder.storage.operations();
        let seed = self.random.below(1 << 30) as u64;
        let mut state = Vec::new();
        crash_states(self.recorder.storage.base(), &operations, 0, seed..seed + 1, &mut |_, bytes| state = bytes.to_vec());
        let store = open_bytes(state.clone()).map_err(|e| format!("after a power cut: {e}"))?;
        let found = store.snapshot().commit.commit_no;
        let last = self.recorder.attempts.iter().rposition(|a| a.durable_at.is_some()).unwrap_or(0);
        let allowed = &self.recorder.attempts[last..];
        let mut problem = format!("commit {found}, acknowledged {}", allowed[0].commit_no);
        for attempt in allowed.iter().filter(|a| a.commit_no == found) {
            match compare(&store, &attempt.model) {
                Ok(()) => {
                    self.recorder = Recorder::on(state, attempt.model.clone(), self.random.below(1 << 30) as u64);
                    return Ok(());
                }
                Err(message) => problem = message,
            }
        }
        // Nothing synced it, and a writer went on above it: it may be there in part, and must be told.
        let damages = store.verify(true, &|_, _| {}).map_err(|e| e.to_string())?.damages;
        let past = store.snapshot_at(allowed[0].commit_no).map_err(|e| format!("{problem}; the acknowledged commit: {e}"))?;
        let end = past.commit.end;
        if allowed.len() > 2 && !damages.is_empty() && damages.iter().all(|d| d.offset >= end) {
            state.truncate(past.file_len() as usize);
            self.recorder = Recorder::on(state, allowed[0].model.clone(), 7);
            return Ok(());
        }
        Err(format!("after a power cut (seed {seed}): {problem}"))
    }

    /// Compacts a file with the same bytes, and goes on in what came of it.
    fn compact(&mut self) -> Result<(), String> {
        let folder = Folder::new("operations");
        let path = folder.path("k.mv2");
        std::fs::write(&path, self.recorder.storage.to_vec()).map_err(|e| e.to_string())?;
        let store = Store::open(&path, options(77)).map_err(|e| e.to_string())?;
        let before = store.snapshot().commit.commit_no;
        if before != self.recorder.model.commit_no() {
            return Err(format!("commit {before} before a compaction, expected {}", self.recorder.model.commit_no()));
        }
        store.compact(20_000, &|_, _| true).map_err(|e| format!("compact: {e}"))?;
        let mut model: Model = self.recorder.model.as_ref().clone();
        for _ in before..store.snapshot().commit.commit_no {
            model = model.after_maintenance();
        }
        let bytes = std::fs::read(&path).map_err(|e| e.to_string())?;
        self.recorder = Recorder::on(bytes, Arc::new(model), self.random.below(1 << 30) as u64);
        Ok(())
    }
}

/// Whether the script's event still has its place: a power cut may have taken the start or the end of a session.
fn fits(model: &Model, event: &EventInput) -> bool {
    let EventInput::Session { kind, session: Some(id), .. } = event else { return true };
    let session = model.sessions.iter().find(|s| s.id == *id);
    match kind {
        EventType::Start => model.sessions.iter().all(|s| !s.is_active && s.id != *id),
        EventType::End => session.is_some_and(|s| s.is_active),
        EventType::Delete | EventType::Replay | EventType::Signature => session.is_some_and(|s| !s.is_active),
        EventType::Action => true,
    }
}

fn one(seed: u64) -> Result<(), String> {
    let mut round = Round::new(seed);
    for step in 0..STEPS {
        round.step().map_err(|message| format!("step {step}: {message}\n  after: {}", round.done.join(", ")))?;
    }
    Ok(())
}

#[test]
fn the_store_and_a_plain_map_agree_after_every_operation() {
    let budget = Budget::seconds(60);
    let (rounds, failures) = budget.run(|_, seed| one(seed));
    figures("R11", &format!("{} operations, {} rounds fail", rounds * STEPS as u64, failures.len()));
    assert_none(&failures);
}

/// The oracle itself: a store that lacks a frame, or has another text, does not agree.
#[test]
fn a_store_that_differs_is_noticed() {
    let mut round = Round::new(1);
    for _ in 0..8 {
        let next = round.next();
        round.recorder.commit(next).expect("commits");
    }
    let mut other = round.recorder.model.as_ref().clone();
    other.frames[0].content[0] ^= 1;
    assert!(compare(&round.recorder.store, &other).is_err());
    let last: Attempt = round.recorder.attempts.pop().expect("an attempt");
    assert!(compare(&round.recorder.store, &last.model).is_ok());
    assert!(compare(&round.recorder.store, &round.recorder.attempts.last().expect("one before").model).is_err());
}
