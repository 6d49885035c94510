//! An open file. The only place that orders writes and syncs.
//!
//! `open` finds the last commit (`recover`), or walks a damaged file (`rebuild`); reads go through a [`Snapshot`]; a [`Batch`] becomes one
//! transaction (`put`, `write`); `maintain` folds, seals and merges what commits left behind.

mod actions;
mod answers;
mod batch;
mod compact;
mod erase;
mod find;
mod frames;
mod hybrid;
mod maintain;
mod optimize;
mod prepare;
mod rebuild;
mod recover;
mod repair;
mod reserve;
mod sessions;
mod snapshot;
mod state;
mod stats;
mod unsealed;
mod verify;
mod verify_derived;
mod write;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

pub use answers::CLEAR_KEY;
pub use batch::{Batch, BatchResult, Content, EventInput, EventResult, FrameReference, PutInput, Rest};
pub use compact::CompactResult;
pub use erase::{EraseRequest, EraseResult};
pub use find::{Candidate, FindRequest, FindResponse, Hit, Mode};
pub use frames::{Frame, FrameStatus, FrameSummary, SpanText, TimelineRequest};
pub use optimize::OptimizeResult;
pub use prepare::PreparedPuts;
pub use rebuild::Damage;
pub use repair::{LostFrame, RepairReport, SalvageReport, salvage};
pub use sessions::{SessionSummary, uuid};
pub use snapshot::{CommitPoint, Snapshot};
pub use stats::{Stats, VectorRows};
pub use verify::VerifyReport;
pub use write::Durability;

use crate::embed::EmbedderChoice;
use crate::error::{Code, Error, Result};
use crate::format::commit::{Hash, NONE};
use crate::format::header::{FORMAT_MINOR, Header};
use crate::format::toc::{Op, SegmentClass, VectorState};
use crate::index::vector::Precision;
use crate::storage::{FileStorage, MemoryStorage, Storage, log_of};
use recover::Recovered;
use snapshot::ReadCache;

/// How to open or create a file. Randomness comes from the caller.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of the program, written into the header and into commits.
    pub writer: String,
    pub read_only: bool,
    /// How long a commit waits for another writer.
    pub lock_timeout: Duration,
    /// Random, different for each handle.
    pub epoch: u64,
    /// Folder of installed embedding models.
    pub models: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            writer: format!("mv2 {}", env!("CARGO_PKG_VERSION")),
            read_only: false,
            lock_timeout: Duration::from_secs(5),
            epoch: 1,
            models: None,
        }
    }
}

/// What only a new file needs.
#[derive(Debug, Clone)]
pub struct CreateOptions {
    pub enable_vectors: bool,
    /// Dimension of vectors that the caller gives; `None`: the first frame decides.
    pub vector_dim: Option<u32>,
    /// What makes the vectors; `None`: the first frame decides.
    pub embedder: Option<EmbedderChoice>,
    /// How finely vectors are kept.
    pub vector_precision: Precision,
    pub file_uuid: [u8; 16],
    pub file_salt: [u8; 16],
    pub now_ms: i64,
}

/// An open file. All methods may be called from several threads.
pub struct Store {
    path: Option<PathBuf>,
    options: Options,
    header: Arc<Header>,
    storage: RwLock<Arc<dyn Storage>>,
    view: RwLock<View>,
    writer: Mutex<write::Writer>,
    indexes: find::IndexCache,
    closed: AtomicBool,
    /// The newest commits ask for zeros written ahead.
    reserve_due: AtomicBool,
}

/// The newest snapshot that this handle knows.
#[derive(Clone)]
struct View {
    snapshot: Arc<Snapshot>,
    torn_bytes: u64,
    unfinished: Option<Damage>,
    damages: Arc<Vec<Damage>>,
}

impl Store {
    /// Makes a new file; one of the same name is never replaced.
    pub fn create(path: &Path, create: &CreateOptions, options: Options) -> Result<Store> {
        let bytes = new_file(create, &options)?;
        let storage = FileStorage::create(path, &bytes)?;
        Store::with_storage(Arc::new(storage), Some(path.to_path_buf()), options)
    }

    /// Opens a file at its last valid commit. Read-only where the file can't be written to; the first write then says so.
    pub fn open(path: &Path, mut options: Options) -> Result<Store> {
        let storage = match FileStorage::open(path, !options.read_only) {
            Err(e) if matches!(e.code, Code::PermissionDenied | Code::ReadOnly) && !options.read_only => {
                options.read_only = true;
                FileStorage::open(path, false)?
            }
            other => other?,
        };
        Store::with_storage(Arc::new(storage), Some(path.to_path_buf()), options)
    }

    /// A store over any storage, which holds a file already.
    pub fn with_storage(storage: Arc<dyn Storage>, path: Option<PathBuf>, mut options: Options) -> Result<Store> {
        let name = |e: Error| match &path {
            Some(path) => e.in_file(path),
            None => e,
        };
        let header = Arc::new(recover::read_header(storage.as_ref()).map_err(name)?);
        options.read_only |= header.is_read_only();
        let storage = log_of(storage, &header.file_salt).map_err(name)?;
        let recovered = recover::recover(storage.as_ref(), &header, &Arc::new(ReadCache::default()), 0).map_err(name)?;
        let writer = write::Writer::new(recovered.durable_commit_no);
        let view = RwLock::new(View::new(recovered));
        let indexes = find::IndexCache::default();
        Ok(Store {
            path,
            options,
            header,
            storage: RwLock::new(storage),
            view,
            writer: Mutex::new(writer),
            indexes,
            closed: AtomicBool::new(false),
            reserve_due: AtomicBool::new(false),
        })
    }

    /// The newest snapshot that this handle knows; see [`Store::refresh`].
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.view().snapshot
    }

    /// Follows the commits that others made, and returns the newest snapshot.
    pub fn refresh(&self) -> Result<Arc<Snapshot>> {
        self.check_open()?;
        self.follow().map_err(|e| self.name(e))?;
        Ok(self.snapshot())
    }

    /// The snapshot as of a commit of this file's history.
    pub fn snapshot_at(&self, commit_no: u64) -> Result<Arc<Snapshot>> {
        self.check_open()?;
        recover::snapshot_at(&self.snapshot(), commit_no).map(Arc::new).map_err(|e| self.name(e))
    }

    /// The chain hash of each of these commits; `None` where this history has no such commit.
    pub fn chain_hashes(&self, commits: &[u64]) -> Result<Vec<Option<Hash>>> {
        self.reading(&self.snapshot(), |s| {
            let hash = |commit_no: &u64| match s.find_commit(*commit_no) {
                Ok(entry) => s.commit_at(entry.offset).map(|(commit, hash, _)| (commit.commit_no == *commit_no).then_some(hash)),
                Err(error) if error.code == Code::InvalidInput => Ok(None),
                Err(error) => Err(error),
            };
            commits.iter().map(hash).collect()
        })
    }

    /// The newest commit at or before a time.
    pub fn commit_at_time(&self, time_ms: i64) -> Result<u64> {
        self.check_open()?;
        let snapshot = self.snapshot();
        if snapshot.commit.time_ms <= time_ms {
            return Ok(snapshot.commit.commit_no);
        }
        let entries = snapshot.entries(crate::format::run::RunKind::Commit)?;
        let key = crate::format::run::time_key(time_ms);
        let before = entries.partition_point(|w| w[2] <= key);
        match entries.get(before.wrapping_sub(1)) {
            Some(words) => Ok(words[0]),
            None => Err(Error::invalid("the file did not exist at that time")),
        }
    }

    /// Name of the embedder that makes the file's vectors, as of the newest snapshot that this handle knows.
    pub fn embedder(&self) -> Option<String> {
        match &self.snapshot().state.vectors {
            VectorState::Embedded { name, .. } => Some(name.clone()),
            _ => None,
        }
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Bytes after the last valid commit, and damage before it, as found when the file was opened or followed.
    pub fn findings(&self) -> (u64, Arc<Vec<Damage>>) {
        let view = self.view();
        (view.torn_bytes, view.damages)
    }

    /// Further calls fail with `Closed`; the file and its mapping are let go. What was acknowledged is in the file already.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        // A commit that is under way on another thread ends first, and needs them; then they go with the handle.
        let Ok(mut writer) = self.writer.try_lock() else { return };
        self.return_reserve(&mut writer);
        let nothing = MemoryStorage::new(Vec::new());
        let view = self.view();
        let snapshot = Snapshot {
            backing: Arc::new(Vec::new()),
            cache: Arc::default(),
            state: Arc::default(),
            gaps: None,
            donor: None,
            ..view.snapshot.as_ref().clone()
        };
        self.set_view(View { snapshot: Arc::new(snapshot), ..view });
        *self.storage.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(nothing);
        self.indexes.clear();
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(self.name(Error::new(Code::Closed, "this memory was closed").hint("open it again")));
        }
        Ok(())
    }

    fn view(&self) -> View {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_view(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
    }

    /// Notes what follows the commit that ends at `known`, unless a newer one has come meanwhile.
    fn note_tail(&self, known: u64, torn_bytes: u64) {
        let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
        if view.snapshot.commit.end == known {
            view.torn_bytes = torn_bytes;
            view.unfinished = view.unfinished.take().filter(|_| torn_bytes != 0);
        }
    }

    fn storage(&self) -> Arc<dyn Storage> {
        self.storage.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_storage(&self, storage: Arc<dyn Storage>) {
        *self.storage.write().unwrap_or_else(PoisonError::into_inner) = storage;
    }

    fn writer(&self) -> MutexGuard<'_, write::Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }

    /// Moves the view to the last valid commit of the file. Returns the newest commit known to be durable, when there was something to follow.
    fn follow(&self) -> Result<Option<u64>> {
        if self.storage().lock().is_some_and(|lock| !lock.is_current()) {
            // Where the name is gone, or another memory has it, this handle reads on in what it has open.
            if let Ok(durable) = self.follow_replaced() {
                return Ok(Some(durable));
            }
        }
        self.follow_commits()
    }

    /// As [`Store::follow`], in the file that is open.
    fn follow_commits(&self) -> Result<Option<u64>> {
        let (storage, view) = (self.storage(), self.view());
        let known = view.snapshot.commit.end;
        let len = storage.len()?;
        if len == known || (len > known && reserve::is_blank(storage.as_ref(), known)) {
            // What was seen of a transaction that did not fit on the disk was cut off again.
            if view.torn_bytes != 0 {
                self.note_tail(known, 0);
            }
            return Ok(None);
        }
        if len < known {
            return Err(
                Error::corrupt(len, format!("the file was cut to {len} bytes; {known} were committed")).hint("restore it from a copy")
            );
        }
        let recovered = match recover::recover(storage.as_ref(), &self.header, &view.snapshot.cache, known) {
            // Nothing valid after the known commit: another writer is in the middle of a transaction, or died in one.
            Err(error) if error.code == Code::Corrupt => {
                self.note_tail(known, recover::torn_bytes(storage.as_ref(), known, len).unwrap_or(len - known));
                return Ok(None);
            }
            other => other?,
        };
        let durable = recovered.durable_commit_no;
        self.set_view(View::new(recovered));
        Ok(Some(durable))
    }

    /// Another file has taken this one's name, as an erasure does. Where it holds all that this handle knows of, it is opened in the place of
    /// the old one; any other is refused. Returns the newest commit known to be durable.
    fn follow_replaced(&self) -> Result<u64> {
        let replaced = || Error::new(Code::Io, "the file was replaced or removed since it was opened").hint("open it again");
        let path = self.path.as_deref().ok_or_else(replaced)?;
        let storage = FileStorage::open(path, !self.options.read_only).map_err(|_| replaced())?;
        let header = recover::read_header(&storage).map_err(|_| replaced())?;
        if header != *self.header {
            return Err(replaced());
        }
        let storage = log_of(Arc::new(storage), &self.header.file_salt)?;
        let recovered = recover::recover(storage.as_ref(), &self.header, &Arc::default(), 0)?;
        let known = self.view().snapshot.commit;
        let entry = recovered.snapshot.find_commit(known.commit_no).map_err(|_| replaced())?;
        if recovered.snapshot.commit_at(entry.offset)?.1 != known.chain_hash {
            return Err(replaced());
        }
        let durable = recovered.durable_commit_no;
        self.set_storage(storage);
        self.indexes.clear();
        self.set_view(View::new(recovered));
        Ok(durable)
    }

    /// Runs a read; when it meets a damaged table of the engine's own, walks the file once and tries again on what the walk found.
    fn reading<T>(&self, snapshot: &Arc<Snapshot>, read: impl Fn(&Arc<Snapshot>) -> Result<T>) -> Result<T> {
        self.check_open()?;
        let first = read(snapshot);
        let result = match first {
            Err(error) if error.code == Code::Corrupt && self.damaged_run(snapshot) => {
                let mut bare = snapshot.as_ref().clone();
                bare.state = Arc::default();
                let (state, damages) = rebuild::rebuild(&bare, error)?;
                bare.state = Arc::new(state);
                let rebuilt = Arc::new(bare);
                let view = self.view();
                if view.snapshot.commit == rebuilt.commit {
                    self.set_view(View { snapshot: rebuilt.clone(), damages: Arc::new(damages), ..view });
                }
                read(&rebuilt)
            }
            other => other,
        };
        result.map_err(|e| self.name(e))
    }

    fn damaged_run(&self, snapshot: &Snapshot) -> bool {
        let is_run = |class| matches!(class, SegmentClass::Run(_));
        let runs = snapshot.state.segments.iter().filter(|s| is_run(s.class));
        runs.into_iter()
            .any(|s| snapshot.slice(s.offset, crate::format::record::RecordType::Run).and_then(|slice| slice.all().map(|_| ())).is_err())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.return_reserve(&mut self.writer());
    }
}

impl View {
    fn new(recovered: Recovered) -> View {
        View {
            snapshot: Arc::new(recovered.snapshot),
            torn_bytes: recovered.torn_bytes,
            unfinished: recovered.unfinished,
            damages: Arc::new(recovered.damages),
        }
    }
}

/// The bytes of a new file: header and empty commit 0.
fn new_file(create: &CreateOptions, options: &Options) -> Result<Vec<u8>> {
    let header = Header {
        format_minor: FORMAT_MINOR,
        compat: 0,
        ro_compat: 0,
        incompat: 0,
        file_uuid: create.file_uuid,
        file_salt: create.file_salt,
        created_by: options.writer.clone(),
        created_ms: create.now_ms,
    };
    let vectors = match (create.enable_vectors, create.vector_dim, &create.embedder) {
        (false, _, None) => VectorState::None,
        (true, None, None) => VectorState::Undecided,
        (true, None, Some(embedder)) => embedder.state()?,
        (false, _, Some(_)) | (_, Some(_), Some(_)) => {
            return Err(Error::invalid("a file has no vectors, or the caller's, or an embedder's: choose one"));
        }
        (true, Some(dim), None) if (1..=crate::index::vector::MAX_DIM as u32).contains(&dim) => VectorState::Caller { dim },
        (true, Some(dim), None) => {
            return Err(Error::invalid(format!("vector dimension {dim}; it must be 1 to {}", crate::index::vector::MAX_DIM)));
        }
    };
    let mut bytes = header.encode();
    let start: Hash = *blake3::hash(&bytes).as_bytes();
    let place = write::Place {
        commit_no: 0,
        prev_commit_offset: 0,
        prev_chain_hash: start,
        start: bytes.len() as u64,
        durable_commit_no: NONE,
        toc_offset: 0,
    };
    let layout = write::Layout::new(place.start, options.epoch, create.file_salt);
    let mut ops = vec![Op::Vectors(vectors)];
    ops.extend((create.vector_precision != Precision::F32).then_some(Op::VectorPrecision(create.vector_precision)));
    let sealed = layout.seal(&place, &ops, create.now_ms, &options.writer, write::Syncs { before: false, after: true });
    bytes.extend_from_slice(&sealed.bytes);
    Ok(bytes)
}

/// Bytes of an empty file, for storages that are not made by [`Store::create`].
pub fn empty_file(create: &CreateOptions, options: &Options) -> Result<Vec<u8>> {
    new_file(create, options)
}
