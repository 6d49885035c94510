//! Erasing what events and cached answers say: a verified copy without it takes the place of the file (format-spec/07, "Erasure").

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::answers::answers_of;
use super::sessions::read_event;
use super::snapshot::{CommitPoint, Snapshot};
use super::verify::Level;
use super::write::{Layout, Place, Syncs, Writer};
use super::{Options, Store, View, recover};
use crate::error::{Code, Error, Result};
use crate::format::erasure::Erasure;
use crate::format::header::HEADER_LEN;
use crate::format::record::RecordType;
use crate::format::toc::Op;
use crate::storage::{Replacement, Storage, log_of};

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
        let copy = replacement.synced()?;
        self.check_copy(copy, &sealed.point, None, &|_, _| {})?;
        self.take_place(replacement, request.now_ms)?;
        *writer = Writer::new(sealed.point.commit_no);
        let answers = plan.iter().filter(|(erasure, _)| erasure.event.is_none()).count();
        Ok(EraseResult { commit_no: sealed.point.commit_no, answers })
    }

    /// Puts a copy in the place of the file and goes on in it. The caller holds the writer lock of the file, and has checked the copy.
    pub(super) fn take_place(&self, copy: Replacement, now_ms: i64) -> Result<()> {
        // Whoever finds the new file under the name before this is done has to wait.
        let lock = copy.synced()?;
        let _new_lock = lock.lock().map(|l| l.acquire(self.options.lock_timeout, (now_ms / 1000).max(0) as u64)).transpose()?;
        let placed = log_of(Arc::new(copy.take_place()?), &self.header.file_salt)?;
        let recovered = recover::recover(placed.as_ref(), &self.header, &Arc::default(), 0)?;
        self.set_storage(placed);
        self.indexes.clear();
        self.set_view(View::new(recovered));
        Ok(())
    }

    /// The copy must be a memory without damage that ends at this commit. `from`: what was checked of it before, up to that commit.
    pub(super) fn check_copy(
        &self,
        copy: Arc<dyn Storage>,
        commit: &CommitPoint,
        from: Option<CommitPoint>,
        progress: &dyn Fn(u64, u64),
    ) -> Result<()> {
        let copied = Store::with_storage(copy, None, Options { read_only: true, ..self.options.clone() })?;
        let report = copied.verify_from(from, Level::Hashes, progress)?;
        let damage = report.damages.first().or(report.unfinished.as_ref());
        match damage {
            None if copied.snapshot().commit == *commit => Ok(()),
            found => {
                let why = found.map_or_else(|| "it ends at another commit".to_string(), |d| format!("byte {}: {}", d.offset, d.message));
                let message = format!("the copy that was to take the file's place does not check ({why}), so it was not used");
                Err(self.name(Error::new(Code::Corrupt, message)))
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
    let mut copy = Replacement::begin(path)?;
    copy.append(base.bytes(0..HEADER_LEN)?)?;
    if let Some(gaps) = &base.gaps {
        copy.append(&gaps.encode(&base.header.file_salt))?;
    }
    let mut at = HEADER_LEN;
    for target in targets {
        let record = base.record(*target)?;
        copy_log(&mut copy, base, at..record.payload_offset())?;
        copy.append(&vec![0; record.payload_len as usize])?;
        at = record.payload_offset() + record.payload_len;
    }
    copy_log(&mut copy, base, at..base.commit.end)?;
    copy.append(transaction)?;
    Ok(copy)
}

/// Appends a range of the log, without what a compaction dropped from it.
pub fn copy_log(copy: &mut Replacement, base: &Snapshot, range: Range<u64>) -> Result<()> {
    let mut at = range.start;
    let gaps = base.gaps.as_ref().map_or(&[][..], |gaps| gaps.gaps());
    for gap in gaps.iter().skip_while(|gap| gap.end <= range.start).take_while(|gap| gap.start < range.end) {
        copy.append(base.bytes(at..gap.start)?)?;
        at = gap.end;
    }
    copy.append(base.bytes(at.min(range.end)..range.end)?)
}
