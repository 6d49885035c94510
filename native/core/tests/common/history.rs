//! Scripted histories: what a writer did, when each commit was acknowledged, and what the file should then hold.

use std::sync::Arc;

use mv2::format::event::EventType;
use mv2::storage::simulated::{Fault, Random, SimulatedStorage};
use mv2::store::{Batch, BatchResult, Content, Durability, EventInput, PutInput, Store};

use super::model::{Model, TOPICS, compare};
use super::{batch, empty, named, open_on, text};

/// A commit that was tried.
pub struct Attempt {
    pub commit_no: u64,
    /// Operations done before its first one.
    pub start: usize,
    /// Operations done when it was acknowledged as durable; `None`: it was not.
    pub durable_at: Option<usize>,
    /// The file's content with it.
    pub model: Arc<Model>,
}

/// A writer on simulated storage that keeps account of what it was promised.
pub struct Recorder {
    pub storage: Arc<SimulatedStorage>,
    pub store: Store,
    pub model: Arc<Model>,
    pub attempts: Vec<Attempt>,
    epoch: u64,
    random: Random,
}

impl Recorder {
    pub fn new(seed: u64) -> Recorder {
        let storage = Arc::new(SimulatedStorage::new(empty()));
        let store = open_on(storage.clone(), 100).expect("opens");
        let model = Arc::new(Model::new());
        let attempts = vec![Attempt { commit_no: 0, start: 0, durable_at: Some(0), model: model.clone() }];
        Recorder { storage, store, model, attempts, epoch: 100, random: Random::new(seed) }
    }

    /// A writer on a file that is there, which holds what `model` says.
    pub fn on(bytes: Vec<u8>, model: Arc<Model>, seed: u64) -> Recorder {
        let storage = Arc::new(SimulatedStorage::new(bytes));
        let epoch = 1_000 + seed;
        let store = open_on(storage.clone(), epoch).expect("opens");
        let attempts = vec![Attempt { commit_no: model.commit_no(), start: 0, durable_at: Some(0), model: model.clone() }];
        Recorder { storage, store, model, attempts, epoch, random: Random::new(seed) }
    }

    /// The file as it is when its writer is done: without what was written ahead.
    pub fn file(&self) -> Vec<u8> {
        let mut bytes = self.storage.to_vec();
        bytes.truncate(self.store.snapshot().file_len() as usize);
        bytes
    }

    /// Commits, and notes what was promised.
    pub fn commit(&mut self, batch: Batch) -> mv2::Result<BatchResult> {
        let next = Arc::new(self.model.after(&batch));
        let is_durable = batch.durability == Durability::Durable;
        let start = self.storage.operation_count();
        self.attempts.push(Attempt { commit_no: next.commit_no(), start, durable_at: None, model: next.clone() });
        let result = self.store.commit(batch, &|_, _| {})?;
        assert_eq!(result.commit_no, next.commit_no());
        self.acknowledged(next, is_durable);
        Ok(result)
    }

    /// Maintains, which is a commit of its own when something was due.
    pub fn maintain(&mut self) -> mv2::Result<bool> {
        let next = Arc::new(self.model.after_maintenance());
        let start = self.storage.operation_count();
        self.attempts.push(Attempt { commit_no: next.commit_no(), start, durable_at: None, model: next.clone() });
        let was_due = self.store.maintain(20_000)?;
        if was_due {
            self.acknowledged(next, true);
        } else {
            self.attempts.pop();
        }
        Ok(was_due)
    }

    /// Optimizes, which is as many commits as something was due in.
    pub fn optimize(&mut self) -> mv2::Result<()> {
        let start = self.storage.operation_count();
        self.store.optimize(20_000, &|_, _| true)?;
        while self.model.commit_no() < self.store.snapshot().commit.commit_no {
            let next = Arc::new(self.model.after_maintenance());
            self.attempts.push(Attempt { commit_no: next.commit_no(), start, durable_at: None, model: next.clone() });
            self.acknowledged(next, true);
        }
        Ok(())
    }

    fn acknowledged(&mut self, model: Arc<Model>, is_durable: bool) {
        if is_durable {
            let done = self.storage.operation_count();
            self.attempts.last_mut().expect("the attempt").durable_at = Some(done);
        }
        self.model = model;
    }

    /// Goes on as another writer, which finds what the one before left.
    pub fn new_writer(&mut self) {
        self.epoch += 1;
        self.store = open_on(self.storage.clone(), self.epoch).expect("opens");
        let found = self.store.snapshot().commit.commit_no;
        let attempt = self.attempts.iter().rev().find(|a| a.commit_no == found).expect("a commit that was tried");
        assert!(found >= self.model.commit_no(), "commit {found} where {} was acknowledged", self.model.commit_no());
        compare(&self.store, &attempt.model).expect("what the writer before left");
        self.model = attempt.model.clone();
    }

    /// A commit that dies at its n-th operation, and the next writer.
    pub fn torn(&mut self, n: usize, fault: Fault, batch: Batch) {
        self.storage.fail_at(n, fault);
        self.commit(batch).expect_err("injected");
        self.new_writer();
    }

    /// A text of the topics' words.
    pub fn words(&mut self, count: usize) -> String {
        let words: Vec<String> = (0..count)
            .map(|_| match self.random.below(3) {
                0 => TOPICS[self.random.below(TOPICS.len())].to_string(),
                _ => format!("w{}", self.random.below(500)),
            })
            .collect();
        words.join(" ")
    }

    pub fn put(&mut self, uri: Option<usize>, words: usize) -> PutInput {
        let content = self.words(words);
        let timestamp_ms = 1_000 + self.random.below(50) as i64;
        let base = uri.map_or_else(|| text(&content), |n| named(&format!("mv2://doc/{n}"), &content));
        PutInput { title: Some(self.words(2)), tags: vec!["tag".into()], metadata: vec![0x80], timestamp_ms, ..base }
    }

    /// Batches of every kind in turn: puts of one and of some, updates, deletes, bytes, sessions, cached answers.
    pub fn mixed(&mut self, turn: usize) -> Batch {
        let session = [(turn / 12) as u8 + 1; 16];
        let event = |kind, name: &str, with_frames| EventInput::Session {
            kind,
            session: Some(session),
            payload: format!("{name} {turn}").into_bytes(),
            with_frames,
        };
        let action = |with_frames| EventInput::Session {
            kind: EventType::Action,
            session: None,
            payload: format!("action {turn}").into_bytes(),
            with_frames,
        };
        let mut out = batch(Vec::new());
        match turn % 12 {
            0 => out.puts = vec![self.put(None, 20)],
            1 => out.puts = (0..4).map(|n| self.put(Some(turn / 12 * 2 + n), 30)).collect(),
            2 => out.events = vec![event(EventType::Start, "start", false)],
            3 => (out.puts, out.events) = (vec![self.put(Some(turn / 12), 15)], vec![action(true)]),
            4 => out.events = vec![EventInput::Answer { key: [turn as u8; 32], payload: self.words(40).into_bytes() }, action(false)],
            5 => out.puts = vec![PutInput { content: Content::Bytes(self.random.bytes(700)), ..self.put(None, 1) }],
            6 => (out.deletes, out.events) = (self.live().into_iter().take(1).collect(), vec![action(true)]),
            7 => out.puts = vec![self.put(Some(turn / 12 * 2 + 1), 200), self.put(Some(turn / 12 * 2 + 1), 10)],
            8 => out.events = vec![event(EventType::End, "end", false)],
            9 => {
                out.events = vec![
                    event(EventType::Replay, "replay", false),
                    EventInput::Answer { key: [9; 32], payload: self.words(5).into_bytes() },
                ]
            }
            10 => out.puts = self.live().into_iter().take(1).map(|id| PutInput { supersedes: Some(id), ..text("apple again") }).collect(),
            _ if turn % 24 == 23 => out.events = vec![event(EventType::Delete, "delete", false)],
            _ => out.puts = vec![self.put(None, 60)],
        }
        out
    }

    fn live(&self) -> Vec<u64> {
        self.model.timeline()
    }
}

/// Every kind of batch, each acknowledged as durable.
pub fn durable(seed: u64) -> Recorder {
    let mut r = Recorder::new(seed);
    for turn in 0..26 {
        let next = r.mixed(turn);
        r.commit(next).expect("commits");
    }
    r
}

/// Commits that are not synced among some that are, and another writer in between.
pub fn lazy(seed: u64) -> Recorder {
    let mut r = Recorder::new(seed);
    for turn in 0..24 {
        let durability = if turn % 5 == 4 { Durability::Durable } else { Durability::None };
        let next = Batch { durability, ..r.mixed(turn) };
        r.commit(next).expect("commits");
        if turn % 9 == 8 {
            r.new_writer();
        }
    }
    r
}

/// Writers that die in the middle of a commit; the next one cuts off what they left.
pub fn torn(seed: u64) -> Recorder {
    let mut r = Recorder::new(seed);
    for turn in 0..12 {
        let next = r.mixed(turn);
        if turn % 2 == 1 {
            let lost = batch(vec![r.put(None, 400)]);
            let (n, fault) = [(0, Fault::Short), (1, Fault::Error), (0, Fault::Error)][turn / 2 % 3];
            r.torn(n, fault, lost);
        }
        // What the last writer left may be there, whole; then this turn's batch comes on top of it.
        r.commit(next).expect("commits");
    }
    r
}

/// Enough commits for a fold, a bulk put with segments of its own, and some more.
pub fn folded(seed: u64) -> Recorder {
    let mut r = Recorder::new(seed);
    let bulk = (0..70).map(|n| r.put(Some(n), 8)).collect();
    r.commit(batch(bulk)).expect("commits");
    for turn in 0..66 {
        let action = EventInput::Session { kind: EventType::Action, session: None, payload: vec![turn as u8; 8], with_frames: false };
        let start = EventInput::Session { kind: EventType::Start, session: Some([7; 16]), payload: b"start".to_vec(), with_frames: false };
        let next = match turn {
            0 => Batch { events: vec![start], ..batch(Vec::new()) },
            _ if turn % 8 == 7 => batch(vec![r.put(Some(turn), 10)]),
            _ if turn % 8 == 3 => Batch { deletes: r.live().into_iter().take(1).collect(), ..batch(Vec::new()) },
            _ => Batch { events: vec![action], ..batch(Vec::new()) },
        };
        r.commit(next).expect("commits");
        r.maintain().expect("maintains");
    }
    assert!(r.model.commit_no() > 67, "a fold took place");
    for turn in 0..4 {
        let next = batch(vec![r.put(Some(turn * 20), 10)]);
        r.commit(next).expect("commits");
    }
    r
}

/// Commits after a compaction, which the log's offsets and the file's differ in.
pub fn compacted(seed: u64) -> Recorder {
    let mut before = Recorder::new(seed);
    for turn in 0..130 {
        let next = batch(vec![before.put(Some(turn % 9), 12)]);
        before.commit(next).expect("commits");
        before.maintain().expect("maintains");
    }
    let folder = super::folder::Folder::new("compacted");
    let path = folder.path("k.mv2");
    std::fs::write(&path, before.storage.to_vec()).expect("writes");
    let store = Store::open(&path, super::options(77)).expect("opens");
    let done = store.compact(20_000, &|_, _| true).expect("compacts");
    assert!(done.dropped_segments > 0);
    let mut model = before.model.as_ref().clone();
    for _ in before.model.commit_no()..store.snapshot().commit.commit_no {
        model = model.after_maintenance();
    }
    let mut r = Recorder::on(std::fs::read(&path).expect("reads"), Arc::new(model), seed);
    for turn in 0..14 {
        let next = r.mixed(turn);
        r.commit(next).expect("commits");
    }
    r
}

/// More than fits into one transaction without a sync in between.
pub fn large(seed: u64) -> Recorder {
    let mut r = Recorder::new(seed);
    let bytes = |r: &mut Recorder, len: usize| PutInput { content: Content::Bytes(r.random.bytes(len)), ..text("") };
    for (len, durability) in
        [(100, Durability::Durable), (5 << 20, Durability::None), (4 << 20, Durability::None), (9 << 20, Durability::Durable)]
    {
        let put = bytes(&mut r, len);
        let note = r.put(None, 20);
        r.commit(Batch { durability, ..batch(vec![put, note]) }).expect("commits");
    }
    r
}
