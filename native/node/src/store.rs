//! The class that JavaScript holds.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mv2::Error;
use mv2::index::vector::Precision;
use mv2::store::{CreateOptions, Durability, Options, Store};
use napi::bindgen_prelude::{AsyncTask, Buffer, Either, Either3, Float32Array, Float64Array, FnArgs, Int8Array, Uint16Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;

use crate::error::thrown;
use crate::found::{Found, found, found_recorded};
use crate::input::{
    Batch, EmbedderInput, EraseRequest, FindRequest, Recording, Rest, SpanInput, StoreOptions, TimelineOptions, exclusive_end, fixed, whole,
};
use crate::job::{Job, caught, job, job_with_env};
use crate::output::{self, *};
use crate::packed::{PackedPuts, unpack};
use crate::upkeep::{self, CompactResult, OptimizeResult, RepairReport, StopFlag, VerifyReport};

/// Told how much is done of how much, on the JavaScript thread.
pub type Progress = ThreadsafeFunction<FnArgs<(f64, f64)>, (), FnArgs<(f64, f64)>, napi::Status, false, true>;

/// An open file. Every promise rejects with an Error whose `code` is one of the engine's codes; `close` releases the file.
#[napi]
pub struct NativeStore {
    store: Arc<Store>,
    prepared: Prepared,
}

/// Puts that were prepared and not committed yet, under the numbers that JavaScript knows them by.
type Prepared = Arc<Mutex<HashMap<u32, mv2::store::PreparedPuts>>>;

fn lock(prepared: &Prepared) -> MutexGuard<'_, HashMap<u32, mv2::store::PreparedPuts>> {
    prepared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn random<const N: usize>() -> mv2::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| mv2::Error::new(mv2::Code::Io, format!("no random numbers: {e}")))?;
    Ok(bytes)
}

pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

pub fn engine_options(options: &StoreOptions) -> mv2::Result<Options> {
    let default = Options::default();
    Ok(Options {
        writer: options.writer.clone().unwrap_or(default.writer),
        read_only: options.read_only.unwrap_or(false),
        lock_timeout: options.lock_timeout_ms.map_or(default.lock_timeout, |ms| Duration::from_millis(ms.into())),
        epoch: u64::from_le_bytes(random()?),
        models: options.models.clone().map(PathBuf::from),
    })
}

fn wrap(store: Store) -> NativeStore {
    NativeStore { store: Arc::new(store), prepared: Prepared::default() }
}

pub fn tell(progress: Option<Progress>) -> impl Fn(f64, f64) + Send + Sync {
    move |done, total| {
        if let Some(progress) = &progress {
            progress.call((done, total).into(), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

pub fn as_of(store: &Store, commit: Option<f64>) -> mv2::Result<Arc<mv2::store::Snapshot>> {
    match commit {
        Some(commit) => store.snapshot_at(whole("commit", commit)?),
        None => Ok(store.snapshot()),
    }
}

/// Commits a batch, and says how it was brought to the disk.
fn committed(
    store: &mv2::store::Store,
    batch: mv2::store::Batch,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> mv2::Result<(mv2::store::BatchResult, &'static str)> {
    let durability = if batch.durability == Durability::Durable { "durable" } else { "none" };
    Ok((store.commit(batch, progress)?, durability))
}

fn precision(name: Option<&str>) -> mv2::Result<Precision> {
    let Some(name) = name else { return Ok(Precision::F32) };
    Precision::parse(name).ok_or_else(|| Error::invalid(format!("vectorPrecision is {name}; it must be f32, f16 or i8")))
}

/// A typed array over the memory of `rows`.
fn vector_view(rows: mv2::store::VectorRows) -> VectorView {
    let mv2::store::VectorRows { dim, row_count, precision, stride, frame_ids, steps, mut bytes } = rows;
    let len = row_count * stride;
    let start = bytes.as_mut_ptr();
    let release = move || drop(bytes);
    // SAFETY: `vector_rows` gives memory aligned for its items, of at least `len` of them, which nothing else writes to; the owner moves
    // into the finalizer and is dropped when JavaScript lets go of the array.
    let data = unsafe {
        match precision {
            Precision::F32 => Either3::A(Float32Array::with_external_data(start.cast(), len, move |_, _| release())),
            Precision::F16 => Either3::B(Uint16Array::with_external_data(start.cast(), len, move |_, _| release())),
            Precision::I8 => Either3::C(Int8Array::with_external_data(start.cast(), len, move |_, _| release())),
        }
    };
    let frame_ids = Float64Array::new(frame_ids.into_iter().map(|id| id as f64).collect());
    let steps = (precision == Precision::I8).then(|| Float32Array::new(steps));
    VectorView { dim: dim as u32, precision: precision.as_str().to_string(), stride: stride as u32, frame_ids, steps, data }
}

#[napi]
impl NativeStore {
    /// Makes a new file; one of the same name is never replaced.
    #[napi(ts_return_type = "Promise<NativeStore>")]
    pub fn create(path: String, options: StoreOptions, now_ms: f64) -> AsyncTask<Job<Store, NativeStore>> {
        let run = move || {
            let create = CreateOptions {
                enable_vectors: options.enable_vec.unwrap_or(true),
                vector_dim: options.vector_dim,
                vector_precision: precision(options.vector_precision.as_deref())?,
                embedder: options.embedder.clone().map(EmbedderInput::into_engine),
                file_uuid: random()?,
                file_salt: random()?,
                now_ms: now_ms as i64,
            };
            Store::create(&PathBuf::from(path), &create, engine_options(&options)?)
        };
        job(run, wrap)
    }

    #[napi(ts_return_type = "Promise<NativeStore>")]
    pub fn open(path: String, options: StoreOptions) -> AsyncTask<Job<Store, NativeStore>> {
        job(move || Store::open(&PathBuf::from(path), engine_options(&options)?), wrap)
    }

    /// Follows commits that others made; returns the newest snapshot.
    #[napi]
    pub fn refresh(&self) -> Result<Snapshot, napi::Error<String>> {
        self.store.refresh().map(|s| output::snapshot(&s)).map_err(thrown)
    }

    /// Puts, deletes and records in one transaction.
    #[napi(ts_args_type = "batch: Batch, onProgress?: (done: number, total: number) => void", ts_return_type = "Promise<BatchResult>")]
    pub fn commit(
        &self,
        batch: Batch,
        on_progress: Option<Progress>,
    ) -> AsyncTask<Job<(mv2::store::BatchResult, &'static str), BatchResult>> {
        let store = self.store.clone();
        let batch = batch.into_engine();
        let run = move || {
            let progress = tell(on_progress);
            committed(&store, batch?, &|done, total| progress(done as f64, total as f64))
        };
        job(run, |(result, durability)| output::batch_result(result, durability))
    }

    /// As `commit`, on the calling thread.
    #[napi]
    pub fn commit_blocking(&self, batch: Batch) -> napi::Result<BatchResult, String> {
        let run = || committed(&self.store, batch.into_engine()?, &|_, _| {});
        let (result, durability) = caught(run).map_err(thrown)?;
        Ok(output::batch_result(result, durability))
    }

    /// Validates, hashes, embeds and compresses puts beside whatever is being committed; resolves to a number for `commitPrepared`.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn prepare(&self, puts: PackedPuts) -> AsyncTask<Job<u32, u32>> {
        let (store, prepared) = (self.store.clone(), self.prepared.clone());
        let PackedPuts { numbers, bytes, embedder, now_ms } = puts;
        let (numbers, bytes): (Vec<f64>, Vec<u8>) = (numbers.to_vec(), bytes.into());
        let run = move || {
            let puts = unpack(&numbers, &bytes, now_ms)?;
            drop(bytes);
            let ready = store.prepare(puts, embedder.map(EmbedderInput::into_engine).as_ref(), &|_, _| {})?;
            let mut all = lock(&prepared);
            let number = all.keys().max().map_or(0, |last| last.wrapping_add(1));
            all.insert(number, ready);
            Ok(number)
        };
        job(run, |number| number)
    }

    /// One transaction of prepared puts.
    #[napi(ts_return_type = "Promise<BulkResult>")]
    pub fn commit_prepared(&self, number: u32, rest: Rest) -> AsyncTask<Job<mv2::store::BatchResult, BulkResult>> {
        let store = self.store.clone();
        let puts = lock(&self.prepared).remove(&number);
        let rest = rest.into_engine();
        let run = move || {
            let puts = puts.ok_or_else(|| mv2::Error::invalid(format!("no puts were prepared under the number {number}")))?;
            store.commit_prepared(puts, rest?)
        };
        job(run, |result| BulkResult {
            commit: result.commit_no as f64,
            first_frame: result.frames.first().map_or(0.0, |f| f.frame_id as f64),
            count: result.frames.len() as u32,
            content_hashes: result.frames.iter().flat_map(|f| f.content_hash).collect::<Vec<u8>>().into(),
        })
    }

    /// Forgets prepared puts.
    #[napi]
    pub fn discard(&self, number: u32) {
        lock(&self.prepared).remove(&number);
    }

    #[napi(ts_return_type = "Promise<FindResponse>")]
    pub fn find(&self, request: FindRequest) -> AsyncTask<Job<Found, FindResponse>> {
        let (store, started) = (self.store.clone(), Instant::now());
        job(move || found(&store, request, started), output::find_response)
    }

    /// As `find`, on the calling thread.
    #[napi]
    pub fn find_blocking(&self, request: FindRequest) -> napi::Result<FindResponse, String> {
        let started = Instant::now();
        caught(|| found(&self.store, request, started)).map(output::find_response).map_err(thrown)
    }

    /// As `find`, and then the commit of an action that says so, on the same thread.
    #[napi(ts_return_type = "Promise<FindResponse>")]
    pub fn find_recorded(&self, request: FindRequest, recording: Recording) -> AsyncTask<Job<Found, FindResponse>> {
        let (store, started) = (self.store.clone(), Instant::now());
        let recording = recording.into_engine();
        job(move || found_recorded(&store, request, recording?, started), output::find_response)
    }

    /// By id or URI. Frames that were superseded or deleted are found as long as the file holds them.
    #[napi(ts_return_type = "Promise<Frame>")]
    pub fn get(&self, id_or_uri: Either<f64, String>, as_of: Option<f64>) -> AsyncTask<Job<mv2::store::Frame, Frame>> {
        let store = self.store.clone();
        let run = move || {
            let snapshot = self::as_of(&store, as_of)?;
            match id_or_uri {
                Either::A(id) => store.get(&snapshot, whole("frame id", id)?),
                Either::B(uri) => store.get_by_uri(&snapshot, &uri),
            }
        };
        job(run, output::frame)
    }

    /// The text of spans, whatever became of their frames since, each with the hash of the whole content as re-read and re-hashed now.
    #[napi(ts_return_type = "Promise<Array<SpanText>>")]
    pub fn read_spans(&self, spans: Vec<SpanInput>) -> AsyncTask<Job<Vec<mv2::Result<mv2::store::SpanText>>, Vec<SpanText>>> {
        let store = self.store.clone();
        let run = move || {
            let spans = spans.iter().map(|s| Ok((whole("frame id", s.frame_id)?, s.start, s.length))).collect::<mv2::Result<Vec<_>>>()?;
            Ok(store.read_spans(&store.snapshot(), &spans))
        };
        job(run, |spans| spans.into_iter().map(output::span_text).collect())
    }

    /// Live frames, newest first, or oldest first with `reverse`.
    #[napi(ts_return_type = "Promise<Array<FrameSummary>>")]
    pub fn timeline(&self, options: TimelineOptions) -> AsyncTask<Job<Vec<mv2::store::FrameSummary>, Vec<FrameSummary>>> {
        let store = self.store.clone();
        let run = move || {
            let snapshot = as_of(&store, options.as_of)?;
            let request = mv2::store::TimelineRequest {
                limit: options.limit as usize,
                offset: options.offset as usize,
                after_ms: options.after_ms.map(|t| t as i64),
                before_ms: options.before_ms.map(exclusive_end),
                oldest_first: options.reverse.unwrap_or(false),
            };
            store.timeline(&snapshot, &request)
        };
        job(run, |frames| frames.into_iter().map(output::frame_summary).collect())
    }

    /// Rows of the file's vectors, one view a segment; frames that ended since are among them.
    #[napi(ts_return_type = "Promise<Array<VectorView>>")]
    pub fn vectors(&self) -> AsyncTask<Job<Vec<mv2::store::VectorRows>, Vec<VectorView>>> {
        let store = self.store.clone();
        job_with_env(move || store.vector_rows(&store.snapshot()), |_, views| Ok(views.into_iter().map(vector_view).collect()))
    }

    /// The snapshot of a commit of this file's history.
    #[napi(ts_return_type = "Promise<Snapshot>")]
    pub fn snapshot_at(&self, commit: f64) -> AsyncTask<Job<Arc<mv2::store::Snapshot>, Snapshot>> {
        let store = self.store.clone();
        job(move || store.snapshot_at(whole("commit", commit)?), |s| output::snapshot(&s))
    }

    /// The chain hash of each of these commits; null where the file's history has no such commit.
    #[napi(ts_return_type = "Promise<Array<Buffer | null>>")]
    pub fn chain_hashes(&self, commits: Vec<f64>) -> AsyncTask<Job<Vec<Option<[u8; 32]>>, Vec<Option<Buffer>>>> {
        let store = self.store.clone();
        let run = move || store.chain_hashes(&commits.iter().map(|c| whole("commit", *c)).collect::<mv2::Result<Vec<_>>>()?);
        job(run, |hashes| hashes.into_iter().map(|hash| hash.map(|h| output::bytes(&h))).collect())
    }

    /// Newest commit at or before a time.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn commit_at_time(&self, time_ms: f64) -> AsyncTask<Job<u64, f64>> {
        let store = self.store.clone();
        job(move || store.commit_at_time(time_ms as i64), |commit| commit as f64)
    }

    /// Name of the embedder that makes the file's vectors; null while there is none.
    #[napi]
    pub fn embedder(&self) -> Option<String> {
        self.store.embedder()
    }

    #[napi]
    pub fn active_session(&self) -> Option<Buffer> {
        self.store.active_session().map(|id| output::bytes(&id))
    }

    /// Sessions that were not deleted, newest first.
    #[napi(ts_return_type = "Promise<Array<SessionSummary>>")]
    pub fn sessions(&self) -> AsyncTask<Job<Vec<mv2::store::SessionSummary>, Vec<SessionSummary>>> {
        let store = self.store.clone();
        job(move || store.sessions(), |sessions| sessions.into_iter().map(output::session_summary).collect())
    }

    /// A session's actions, `limit` of them from number `offset` on.
    #[napi(ts_return_type = "Promise<Array<SessionEvent>>")]
    pub fn session_events(
        &self,
        session: Buffer,
        offset: u32,
        limit: u32,
    ) -> AsyncTask<Job<Vec<(u64, mv2::format::event::Event)>, Vec<SessionEvent>>> {
        let store = self.store.clone();
        let session: Vec<u8> = session.into();
        let run = move || store.session_events(&fixed("session", &session)?, offset as usize, limit as usize);
        job(run, |events| events.into_iter().map(output::session_event).collect())
    }

    /// Replays saved for a session, newest first.
    #[napi(ts_return_type = "Promise<Array<SessionEvent>>")]
    pub fn replays(&self, session: Buffer) -> AsyncTask<Job<Vec<(u64, mv2::format::event::Event)>, Vec<SessionEvent>>> {
        let store = self.store.clone();
        let session: Vec<u8> = session.into();
        let run = move || store.replays(&fixed("session", &session)?);
        job(run, |events| events.into_iter().map(output::session_event).collect())
    }

    /// Signatures of a session, newest first.
    #[napi(ts_return_type = "Promise<Array<SessionEvent>>")]
    pub fn signatures(&self, session: Buffer) -> AsyncTask<Job<Vec<(u64, mv2::format::event::Event)>, Vec<SessionEvent>>> {
        let store = self.store.clone();
        let session: Vec<u8> = session.into();
        let run = move || store.signatures(&fixed("session", &session)?);
        job(run, |events| events.into_iter().map(output::session_event).collect())
    }

    #[napi(ts_return_type = "Promise<CachedAnswer | null>")]
    pub fn cache_get(&self, key: Buffer) -> AsyncTask<Job<Option<(u64, mv2::format::event::Answer)>, Option<CachedAnswer>>> {
        let store = self.store.clone();
        let key: Vec<u8> = key.into();
        let run = move || store.cached_answer(&fixed("key", &key)?);
        job(run, |found| found.map(output::cached_answer))
    }

    /// The newest cached answer of every key since the cache was last cleared, oldest first.
    #[napi(ts_return_type = "Promise<CachedAnswers>")]
    pub fn cache_list(&self) -> AsyncTask<Job<(Vec<(u64, mv2::format::event::Answer)>, usize), CachedAnswers>> {
        let store = self.store.clone();
        job(
            move || store.cached_answers(),
            |(found, damaged)| CachedAnswers { answers: found.into_iter().map(output::cached_answer).collect(), damaged: damaged as u32 },
        )
    }

    /// Takes what these events and cached answers say out of the file: a verified copy without it takes the file's place.
    #[napi(ts_return_type = "Promise<EraseResult>")]
    pub fn erase(&self, request: EraseRequest) -> AsyncTask<Job<mv2::store::EraseResult, EraseResult>> {
        let store = self.store.clone();
        let request = request.into_engine();
        job(move || store.erase(&request?), |done| EraseResult { commit: done.commit_no as f64, answers: done.answers as u32 })
    }

    #[napi(ts_return_type = "Promise<Stats>")]
    pub fn stats(&self) -> AsyncTask<Job<mv2::store::Stats, Stats>> {
        let store = self.store.clone();
        job(move || store.stats(), output::stats)
    }

    /// Checks structure (0), every hash (1), or what the records mean, too (2). Damage is listed, not thrown.
    #[napi(ts_args_type = "level: number, onProgress?: (done: number, total: number) => void", ts_return_type = "Promise<VerifyReport>")]
    pub fn verify(&self, level: u32, on_progress: Option<Progress>) -> AsyncTask<Job<mv2::store::VerifyReport, VerifyReport>> {
        let store = self.store.clone();
        let progress = tell(on_progress);
        let run = move || {
            let progress = |done, total| progress(done as f64, total as f64);
            if level == 0 { store.verify_quick(&progress) } else { store.verify(level > 1, &progress) }
        };
        job(run, upkeep::verify_report)
    }

    /// Merges the index and connects many vectors to a graph.
    #[napi(ts_args_type = "stop: StopFlag, onProgress?: (done: number, total: number) => void", ts_return_type = "Promise<OptimizeResult>")]
    pub fn optimize(&self, stop: &StopFlag, on_progress: Option<Progress>) -> AsyncTask<Job<mv2::store::OptimizeResult, OptimizeResult>> {
        let (store, progress, stop) = (self.store.clone(), tell(on_progress), stop.0.clone());
        let go_on = move |done, total| {
            progress(done as f64, total as f64);
            !stop.load(std::sync::atomic::Ordering::Relaxed)
        };
        job(move || store.optimize(now_ms(), &go_on), upkeep::optimize_result)
    }

    /// Puts a copy without retired segments in the place of the file.
    #[napi(ts_args_type = "stop: StopFlag, onProgress?: (done: number, total: number) => void", ts_return_type = "Promise<CompactResult>")]
    pub fn compact(&self, stop: &StopFlag, on_progress: Option<Progress>) -> AsyncTask<Job<mv2::store::CompactResult, CompactResult>> {
        let store = self.store.clone();
        let (progress, stop) = (tell(on_progress), stop.0.clone());
        let go_on = move |done, total| {
            progress(done as f64, total as f64);
            !stop.load(Ordering::Relaxed)
        };
        job(move || store.compact(now_ms(), &go_on), upkeep::compact_result)
    }

    /// Sets damage aside, makes anew what can be, and lists what is lost; `dry_run` only says what it would do.
    #[napi(ts_args_type = "dryRun: boolean, onProgress?: (done: number, total: number) => void", ts_return_type = "Promise<RepairReport>")]
    pub fn repair(&self, dry_run: bool, on_progress: Option<Progress>) -> AsyncTask<Job<mv2::store::RepairReport, RepairReport>> {
        let store = self.store.clone();
        let progress = tell(on_progress);
        let run = move || {
            let progress = |done, total| progress(done as f64, total as f64);
            if dry_run { store.repair_plan(&progress) } else { store.repair(now_ms(), &progress) }
        };
        job(run, upkeep::repair_report)
    }

    /// Seals and merges what is due, after puts; nothing to acknowledge. `settle`: at the end of a load. Resolves to whether anything was due.
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn maintain(&self, settle: bool) -> AsyncTask<Job<bool, bool>> {
        let store = self.store.clone();
        job(move || if settle { store.settle(now_ms()) } else { store.maintain(now_ms()) }, |done| done)
    }

    /// Whether `maintain(false)` would do anything; costs next to nothing.
    #[napi]
    pub fn is_maintenance_due(&self) -> bool {
        self.store.is_maintenance_due()
    }

    #[napi]
    pub fn close(&self) {
        self.store.close();
    }
}
