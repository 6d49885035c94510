//! Laying out a transaction and bringing it to the disk: one write, one sync, and only then an acknowledgement.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::reserve::Reserve;
use super::snapshot::{CommitPoint, Snapshot};
use super::state::{CommitEntry, State};
use super::{Store, View};
use crate::error::{Code, Error, Result};
use crate::format::MAX_SAFE;
use crate::format::commit::{Commit, Hash, TRAILER_LEN, Trailer, merkle_root};
use crate::format::header::is_read_only;
use crate::format::record::{Payload, RECORD_HEADER_LEN, RecordType};
use crate::format::toc::{self, Op};
use crate::storage::{LockGuard, Storage, remove_leftover};

/// Bytes that may lie in the file without a sync; more are synced before the commit record, so that opening never checks more.
const PRESYNC_BYTES: usize = 2 << 20;

/// What the writing half of a handle remembers between transactions.
pub struct Writer {
    /// Why no further commit is accepted on this handle.
    poisoned: Option<String>,
    durable_commit_no: u64,
    /// Bytes written since the last sync.
    unsynced_bytes: usize,
    /// What an interrupted erasure or compaction left beside the file was looked for.
    tidied: bool,
    pub(super) reserve: Reserve,
    /// When the newest transaction began.
    pub(super) now_unix_s: u64,
}

impl Writer {
    pub fn new(durable_commit_no: u64) -> Writer {
        Writer { poisoned: None, durable_commit_no, unsynced_bytes: 0, tidied: false, reserve: Reserve::default(), now_unix_s: 0 }
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.poisoned.is_some()
    }

    /// No further commit is accepted on this handle.
    pub(super) fn poison(&mut self, error: &Error) {
        self.poisoned = Some(error.message.clone());
    }
}

/// Where a transaction goes, and what stands before it.
pub struct Place {
    pub commit_no: u64,
    pub prev_commit_offset: u64,
    pub prev_chain_hash: Hash,
    pub start: u64,
    pub durable_commit_no: u64,
    pub toc_offset: u64,
}

impl Place {
    /// Right behind a commit that is on the disk.
    pub fn after(commit: &CommitPoint, toc_offset: u64) -> Place {
        Place {
            commit_no: commit.commit_no + 1,
            prev_commit_offset: commit.offset,
            prev_chain_hash: commit.chain_hash,
            start: commit.end,
            durable_commit_no: commit.commit_no,
            toc_offset,
        }
    }
}

/// Records of a transaction in the making. Offsets are given as records are added, so that later records can point to earlier ones.
pub struct Layout {
    epoch: u64,
    file_salt: [u8; 16],
    next_offset: u64,
    bytes: Vec<u8>,
    headers: Vec<Vec<u8>>,
    toc_offset: Option<u64>,
}

/// Which syncs go with a transaction: of its records before the commit record is written, and of everything before the acknowledgement.
#[derive(Debug, Clone, Copy)]
pub struct Syncs {
    pub before: bool,
    pub after: bool,
}

/// A transaction ready to be written.
pub struct Sealed {
    pub bytes: Vec<u8>,
    /// Where the commit record begins within `bytes`.
    pub records_len: usize,
    pub point: CommitPoint,
}

impl Layout {
    pub fn new(start: u64, epoch: u64, file_salt: [u8; 16]) -> Layout {
        Layout { epoch, file_salt, next_offset: start, bytes: Vec::new(), headers: Vec::new(), toc_offset: None }
    }

    /// Adds a record and returns its offset.
    pub fn push(&mut self, payload: &Payload) -> u64 {
        let offset = self.next_offset;
        let header = payload.header(offset, self.epoch, &self.file_salt);
        self.bytes.extend_from_slice(&header);
        self.bytes.extend_from_slice(&payload.bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(crate::format::ALIGN as usize), 0);
        self.next_offset += payload.record_len();
        self.headers.push(header);
        if payload.kind == RecordType::Toc {
            self.toc_offset = Some(offset);
        }
        offset
    }

    /// Fills the log up to `offset` with a record that says nothing, so that the next record lies there. `false`: there is no room for one.
    pub fn fill_until(&mut self, offset: u64) -> bool {
        match offset.checked_sub(self.next_offset) {
            Some(0) => true,
            Some(room) if room >= RECORD_HEADER_LEN => {
                self.push(&Payload::stored(RecordType::Filler, vec![0; (room - RECORD_HEADER_LEN) as usize]));
                true
            }
            _ => false,
        }
    }

    /// Adds the commit record and the trailer.
    pub fn seal(mut self, place: &Place, ops: &[Op], time_ms: i64, writer: &str, syncs: Syncs) -> Sealed {
        let offset = self.next_offset;
        let toc_offset = self.toc_offset.unwrap_or(place.toc_offset);
        let commit = Commit {
            commit_no: place.commit_no,
            prev_commit_offset: place.prev_commit_offset,
            prev_chain_hash: place.prev_chain_hash,
            first_record_offset: place.start,
            record_count: self.headers.len() as u32,
            data_presynced: syncs.before,
            sync_follows: syncs.after,
            durable_commit_no: place.durable_commit_no,
            time_ms,
            toc_offset,
            ro_compat: 0,
            incompat: 0,
            merkle_root: merkle_root(&self.headers),
            writer: writer.to_string(),
            toc_delta: toc::encode(ops),
        };
        let (payload, chain_hash) = commit.encode();
        let records_len = self.bytes.len();
        let payload = Payload::stored(RecordType::Commit, payload);
        self.push(&payload);
        let commit_len = self.next_offset - offset;
        let trailer =
            Trailer { commit_offset: offset, commit_len, commit_no: place.commit_no, file_salt: self.file_salt, epoch: self.epoch };
        self.bytes.extend_from_slice(&trailer.encode());
        let end = self.next_offset + TRAILER_LEN;
        let point = CommitPoint { commit_no: place.commit_no, offset, end, chain_hash, time_ms };
        Sealed { bytes: self.bytes, records_len, point }
    }
}

/// A transaction being built under the writer lock.
pub struct Transaction<'a> {
    pub base: &'a Arc<Snapshot>,
    pub layout: Layout,
    pub ops: Vec<Op>,
    pub commit_no: u64,
    /// Starts a full table: inline entries were put into runs.
    pub folded: bool,
}

/// What has reached the file when a commit returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Synced: survives a power cut.
    Durable,
    /// Written: survives the end of the process, not a power cut.
    None,
}

/// What a writer knows once it has the lock.
pub struct Begun {
    pub base: Arc<Snapshot>,
    /// The newest commit.
    pub prev: Commit,
    pub storage: Arc<dyn Storage>,
    /// Nobody else has written since this handle did.
    pub(super) is_undisturbed: bool,
    _guard: Option<LockGuard>,
}

impl Store {
    /// Takes the writer lock, follows the commits that others made, and refuses what must not be written to.
    pub(super) fn begin(&self, writer: &mut Writer, now_ms: i64) -> Result<Begun> {
        let begun = self.begin_repair(writer, now_ms)?;
        if let Some(damage) = self.view().damages.first() {
            let message = format!("the file is damaged at byte {}: {}", damage.offset, damage.message);
            return Err(Error::new(Code::Corrupt, message).at(damage.offset).hint("read on, or repair it first with `memvid doctor`"));
        }
        Ok(begun)
    }

    /// As [`Store::begin`], of a file that may be damaged.
    pub(super) fn begin_repair(&self, writer: &mut Writer, now_ms: i64) -> Result<Begun> {
        self.check_open()?;
        if let Some(cause) = &writer.poisoned {
            let error =
                Error::new(Code::Poisoned, format!("an earlier write failed ({cause}), so nothing more is written through this handle"));
            return Err(error.hint("open the file again; what was acknowledged is in it"));
        }
        if self.options.read_only {
            return Err(
                Error::new(Code::ReadOnly, "the file is open for reading only").hint("check its permissions, or open it without readOnly")
            );
        }
        writer.now_unix_s = (now_ms / 1000).max(0) as u64;
        let (storage, guard, durable) = self.lock_current(writer.now_unix_s)?;
        if !writer.tidied {
            self.path.as_deref().map(remove_leftover).transpose()?;
            writer.tidied = true;
        }
        let known_end = self.view().snapshot.commit.end;
        let followed = self.follow_commits()?.or(durable);
        let view = self.view();
        if let Some(durable) = followed {
            writer.durable_commit_no = durable;
            // Whether the other writer synced its last commit is not known.
            writer.unsynced_bytes += view.snapshot.commit.end.saturating_sub(known_end) as usize;
        }
        let base = view.snapshot;
        let (prev, _, _) = base.commit_at(base.commit.offset)?;
        if is_read_only(prev.ro_compat) {
            let message = format!("the file has features {:#x}, which this program can read but not write", prev.ro_compat);
            return Err(Error::new(Code::ReadOnly, message).hint("update memvid"));
        }
        let is_undisturbed = followed.is_none() && view.torn_bytes == 0;
        Ok(Begun { base, prev, storage, is_undisturbed, _guard: guard })
    }

    /// Locks the file that has the name now: when another came in its place, that one is opened first. Gives what following it told.
    fn lock_current(&self, now_unix_s: u64) -> Result<(Arc<dyn Storage>, Option<LockGuard>, Option<u64>)> {
        let mut durable = None;
        loop {
            let storage = self.storage();
            let guard = storage.lock().map(|lock| lock.acquire(self.options.lock_timeout, now_unix_s)).transpose()?;
            if storage.lock().is_none_or(|lock| lock.is_current()) {
                return Ok((storage, guard, durable));
            }
            drop(guard);
            durable = Some(self.follow_replaced()?);
        }
    }

    /// Runs one transaction under the writer lock. `build` adds records and operations; when it adds none, nothing is written and the
    /// result is that of the newest commit.
    pub(super) fn transact<T>(
        &self,
        now_ms: i64,
        durability: Durability,
        build: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<(T, Arc<Snapshot>)> {
        let mut writer = self.writer();
        let begun = self.begin(&mut writer, now_ms)?;
        self.transact_on(&mut writer, &begun, &begun.base, now_ms, durability, build)
    }

    /// One transaction on top of `base`: the newest commit, with the state that it has or, after a repair, should have.
    pub(super) fn transact_on<T>(
        &self,
        writer: &mut Writer,
        begun: &Begun,
        base: &Arc<Snapshot>,
        now_ms: i64,
        durability: Durability,
        build: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<(T, Arc<Snapshot>)> {
        let Begun { prev, storage, .. } = begun;
        let storage = storage.as_ref();
        writer.reserve.keep(storage, base.commit.end, begun.is_undisturbed)?;
        let commit_no = base.commit.commit_no + 1;
        let layout = Layout::new(base.commit.end, self.options.epoch, self.header.file_salt);
        let mut transaction = Transaction { base, layout, ops: Vec::new(), commit_no, folded: false };
        let built = build(&mut transaction)?;
        if transaction.layout.headers.is_empty() && transaction.ops.is_empty() {
            return Ok((built, base.clone()));
        }
        let Transaction { layout, ops, folded, .. } = transaction;
        let place = Place {
            commit_no,
            prev_commit_offset: base.commit.offset,
            prev_chain_hash: base.commit.chain_hash,
            start: base.commit.end,
            durable_commit_no: writer.durable_commit_no,
            toc_offset: prev.toc_offset,
        };
        let time_ms = now_ms.max(base.commit.time_ms);
        let presync = writer.unsynced_bytes + layout.bytes.len() > PRESYNC_BYTES;
        let syncs = Syncs { before: presync, after: durability == Durability::Durable };
        let sealed = layout.seal(&place, &ops, time_ms, &self.options.writer, syncs);
        if sealed.point.end >= MAX_SAFE {
            return Err(Error::invalid("the file would pass 2^53 bytes"));
        }
        self.write_sealed(writer, storage, &sealed, presync, durability)?;
        let snapshot = self.advance(base, storage, &sealed, &ops, folded)?;
        Ok((built, snapshot))
    }

    /// Cuts off what follows the newest commit.
    pub(super) fn cut_tail(&self, begun: &Begun) -> Result<()> {
        begun.storage.set_len(begun.base.commit.end)?;
        begun.storage.sync()?;
        self.set_view(View { torn_bytes: 0, unfinished: None, ..self.view() });
        Ok(())
    }

    /// Steps 2 to 4 of "Writing a commit".
    fn write_sealed(
        &self,
        writer: &mut Writer,
        storage: &dyn Storage,
        sealed: &Sealed,
        presync: bool,
        durability: Durability,
    ) -> Result<()> {
        let start = sealed.point.end - sealed.bytes.len() as u64;
        let (records, commit) = sealed.bytes.split_at(if presync { sealed.records_len } else { 0 });
        // After a failed sync nothing is known about the file, whatever the error says.
        let sync_failed = Cell::new(false);
        let sync = || storage.sync().inspect_err(|_| sync_failed.set(true));
        let written: Result<()> = (|| {
            if presync {
                storage.write_at(start, records)?;
                sync()?;
            }
            storage.write_at(start + records.len() as u64, commit)?;
            if durability == Durability::Durable {
                sync()?;
            }
            Ok(())
        })();
        match written {
            Ok(()) => {
                writer.unsynced_bytes = match (durability, presync) {
                    (Durability::Durable, _) => 0,
                    (Durability::None, true) => commit.len(),
                    (Durability::None, false) => writer.unsynced_bytes + sealed.bytes.len(),
                };
                if durability == Durability::Durable {
                    writer.durable_commit_no = sealed.point.commit_no;
                    let is_due = writer.reserve.note(sealed.point.end, sealed.bytes.len() as u64);
                    self.reserve_due.store(is_due, Ordering::Release);
                }
                Ok(())
            }
            // Space may come back: take the half-written transaction away and stay usable.
            Err(error) if error.code == Code::NoSpace && !sync_failed.get() && storage.set_len(start).is_ok() => {
                Err(error.hint("free some space and try again; the last commit is intact"))
            }
            Err(error) => {
                writer.poison(&error);
                Err(error.hint("open the file again; what was acknowledged is in it"))
            }
        }
    }

    /// The view after a commit, without reading it back.
    fn advance(&self, base: &Snapshot, storage: &dyn Storage, sealed: &Sealed, ops: &[Op], folded: bool) -> Result<Arc<Snapshot>> {
        let mut state = State::clone(&base.state);
        if folded {
            state.clear_inline();
            state.commits_since_toc = 0;
        } else {
            state.commits_since_toc += 1;
        }
        ops.iter().for_each(|op| state.apply(op));
        let point = sealed.point;
        state.note_commit(CommitEntry { commit_no: point.commit_no, offset: point.offset, time_ms: point.time_ms });
        let backing = storage.map(point.end)?;
        let snapshot = Snapshot { commit: point, state: Arc::new(state), backing, ..base.clone() };
        let snapshot = Arc::new(snapshot);
        self.set_view(View { snapshot: snapshot.clone(), torn_bytes: 0, unfinished: None, damages: Arc::default() });
        Ok(snapshot)
    }
}
