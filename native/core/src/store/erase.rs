//! Erasing what events and cached answers say: a verified copy without it takes the place of the file (format-spec/07, "Erasure").

use std::collections::BTreeSet;
use std::sync::Arc;

use super::answers::answers_of;
use super::sessions::read_event;
use super::snapshot::Snapshot;
use super::write::{Layout, Place, Syncs, Writer};
use super::{Options, Store, View, recover};
use crate::error::{Code, Error, Result};
use crate::format::erasure::Erasure;
use crate::format::record::RecordType;
use crate::format::toc::Op;
use crate::storage::{Replacement, Storage};

/// What to erase.
#[derive(Debug, Clone, Default)]
pub struct EraseRequest {
    /// Offsets of events, each with the payload that it has from now on.
    pub events: Vec<(u64, Vec<u8>)>,
    /// Keys whose cached answers are erased, old ones too.
    pub cache_keys: Vec<[u8; 32]>,
    pub now_ms: i64,
}

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EraseResult {
    pub commit_no: u64,
    pub answers: usize,
}

impl Store {
    /// Puts a copy without these payloads in the place of the file. Until the copy is verified and synced, the file stays as it was.
    pub fn erase(&self, request: &EraseRequest) -> Result<EraseResult> {
        let path = self.path.clone().ok_or_else(|| Error::invalid("only a file can have something erased"))?;
        let mut writer = self.writer();
        let begun = self.begin(&mut writer, request.now_ms).map_err(|e| self.name(e))?;
        let base = &begun.base;
        let plan = plan(base, request).map_err(|e| self.name(e))?;
        let place = Place {
            commit_no: base.commit.commit_no + 1,
            prev_commit_offset: base.commit.offset,
            prev_chain_hash: base.commit.chain_hash,
            start: base.commit.end,
            // The copy is synced as a whole before it is a memory at all.
            durable_commit_no: base.commit.commit_no,
            toc_offset: begun.prev.toc_offset,
        };
        let mut layout = Layout::new(place.start, self.options.epoch, self.header.file_salt);
        let mut ops = Vec::new();
        for (erasure, also) in &plan {
            let offset = layout.push(&erasure.encode()?);
            ops.push(Op::Erased { target: erasure.target, offset });
            ops.extend(also.map(|target| Op::Erased { target, offset }));
        }
        let time_ms = request.now_ms.max(base.commit.time_ms);
        let sealed = layout.seal(&place, &ops, time_ms, &self.options.writer, Syncs { before: false, after: true });
        let targets = ops.iter().filter_map(|op| if let Op::Erased { target, .. } = op { Some(*target) } else { None }).collect();
        let replacement = write_copy(&path, base, &targets, &sealed.bytes)?;
        let copy = replacement.storage().ok_or_else(|| Error::invalid("a replacement that was not written"))?;
        self.check_copy(copy.clone(), sealed.point.commit_no)?;
        let _new_lock =
            copy.lock().map(|lock| lock.acquire(self.options.lock_timeout, (request.now_ms / 1000).max(0) as u64)).transpose()?;
        let placed: Arc<dyn Storage> = Arc::new(replacement.take_place()?);
        let recovered = recover::recover(placed.as_ref(), &self.header, &Arc::default(), 0)?;
        *writer = Writer::new(sealed.point.commit_no);
        self.set_storage(placed);
        self.set_view(View::new(recovered));
        let answers = plan.iter().filter(|(erasure, _)| erasure.event.is_none()).count();
        Ok(EraseResult { commit_no: sealed.point.commit_no, answers })
    }

    /// The copy must be a memory without damage that ends at the new commit.
    fn check_copy(&self, copy: Arc<dyn Storage>, commit_no: u64) -> Result<()> {
        let copied = Store::with_storage(copy, None, Options { read_only: true, ..self.options.clone() })?;
        let report = copied.verify(false, &|_, _| {})?;
        let damage = report.damages.first().or(report.unfinished.as_ref());
        match damage {
            None if copied.snapshot().commit.commit_no == commit_no => Ok(()),
            found => {
                let why = found.map_or_else(|| "it ends at another commit".to_string(), |d| format!("byte {}: {}", d.offset, d.message));
                Err(self
                    .name(Error::new(Code::Corrupt, format!("the copy without what is erased does not check ({why}), so it was not used"))))
            }
        }
    }
}

/// The erasures to write, each with the earlier erasure record that it makes void.
fn plan(base: &Snapshot, request: &EraseRequest) -> Result<Vec<(Erasure, Option<u64>)>> {
    let mut plan = Vec::new();
    for (target, payload) in &request.events {
        let mut event = read_event(base, *target)?;
        event.payload.clone_from(payload);
        plan.push((Erasure { target: *target, event: Some(event) }, base.state.erased.get(target).copied()));
    }
    let mut answers = BTreeSet::new();
    for key in &request.cache_keys {
        answers.extend(answers_of(base, key)?);
    }
    for target in answers {
        base.record(target)?.expect(RecordType::Answer)?;
        plan.push((Erasure { target, event: None }, None));
    }
    if plan.is_empty() {
        return Err(Error::invalid("nothing to erase was named"));
    }
    Ok(plan)
}

/// The committed bytes with zeros for the targets' payloads, and the new transaction behind them.
fn write_copy(path: &std::path::Path, base: &Snapshot, targets: &BTreeSet<u64>, transaction: &[u8]) -> Result<Replacement> {
    let mut gaps = Vec::with_capacity(targets.len());
    for target in targets {
        let record = base.record(*target)?;
        gaps.push(record.payload_offset()..record.payload_offset() + record.payload_len);
    }
    let longest = gaps.iter().map(|gap| gap.end - gap.start).max().unwrap_or(0);
    let zeros = vec![0; longest as usize];
    let mut parts = Vec::with_capacity(gaps.len() * 2 + 2);
    let mut at = 0;
    for gap in gaps {
        parts.push(base.bytes(at..gap.start)?);
        parts.push(&zeros[..(gap.end - gap.start) as usize]);
        at = gap.end;
    }
    parts.push(base.bytes(at..base.commit.end)?);
    parts.push(transaction);
    Replacement::write(path, &parts)
}
