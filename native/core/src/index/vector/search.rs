//! The exact search: scan the codes, bound every score, rescore what may belong to the result.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::kernel::Kernel;
use super::layout::{MAX_DIM, corrupt};
use super::probe::{self, Effort};
use super::quantize::Query;
use super::reader::VectorSegment;
use super::rescore::{Rescoring, best_frames};
use super::scan::{Part, Scan};
use super::top_frames::TopFrames;
use super::writer::check_vector;
use crate::error::{Code, Error, Result};
use crate::helpers::together;
use crate::index::Scored;
use crate::processors::processors;

/// Bytes of codes from which on a second thread helps. Measured (medians of 300 by `vector_bench`, 384 components), one thread and two: 2 MB 0.08
/// and 0.08 ms, 4 MB 0.14 and 0.11, 15 MB 0.73 and 0.45, 38 MB 1.75 and 1.09.
const TWO_THREADS_BYTES: usize = 4 << 20;

/// Codes that a thread takes at a time.
const CHUNK_BYTES: usize = 512 << 10;

/// Rows in the nearest lists that a scan of all rows begins with: most of the result is among them, so that few rows after them look as if they
/// might be. Measured on 100,000 static embeddings, 100 frames, one thread and two: 1.75 and 1.28 ms without, 1.60 and 1.20 with.
const BEGIN_ROWS: usize = 4_096;

/// More than all roundings of the f32 arithmetic on bounds and of the reported score together: a handful of operations on
/// values of magnitude below 2, each off by at most 2⁻²⁴ of the result.
const ROUNDING: f32 = 2e-6;

/// What a search did, for benchmarks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SearchStats {
    pub rows_scanned: usize,
    pub rows_rescored: usize,
    /// Threads that the rows were offered to.
    pub threads: usize,
}

/// The `limit_frames` frames nearest to `query` by cosine, each with its best passage: score descending, ties by frame id,
/// then start. Only frames that `accept` agrees to; it is asked for few of them.
///
/// `effort` says whether all rows are looked at or, in large indexes, those that a graph leads to or that are in the lists nearest to the query.
///
/// **Exact** among the rows looked at. For a row with unit vector u, codes v̂ = u + e, and the unit query q with codes q̂, the scan computes v̂·q̂, and
/// by Cauchy–Schwarz |v̂·q̂ − u·q| ≤ ‖e‖·‖q‖ + ‖v̂‖·‖q̂ − q‖, where ‖e‖ is stored with the row, ‖q‖ = 1 and
/// ‖v̂‖ ≤ 1 + ‖e‖. Let τ be the k-th best lower bound over distinct frames. k frames score at least τ, so a row whose upper
/// bound is below τ is not in the result; every other row is rescored with the vectors as they were given. With all rows recall is
/// 1.000 by construction. The scores depend on query and vector alone, never on processor, threads or segments.
///
/// `InvalidInput` for a query that is zero, not finite, empty or longer than 4096; `VectorMismatch` when its dimension is
/// not that of a segment; `Corrupt` when bytes that were needed are damaged.
pub fn search(
    segments: &[VectorSegment],
    query: &[f32],
    limit_frames: usize,
    effort: Effort,
    accept: &(dyn Fn(u64) -> bool + Sync),
) -> Result<Vec<Scored>> {
    let search = Search::new(segments, query, limit_frames, effort, accept)?;
    let (_, found) = together(search.threads, &|| search.work(), || ());
    Ok(search.finish(found)?.0)
}

/// [`search`] with the kernel and the number of threads given; the results do not depend on either.
pub fn search_with(
    segments: &[VectorSegment],
    query: &[f32],
    limit_frames: usize,
    effort: Effort,
    accept: &(dyn Fn(u64) -> bool + Sync),
    kernel: Kernel,
    threads: usize,
) -> Result<(Vec<Scored>, SearchStats)> {
    let mut search = Search::new(segments, query, limit_frames, effort, accept)?;
    (search.ask.kernel, search.threads) = (kernel, threads);
    let (_, found) = together(threads, &|| search.work(), || ());
    search.finish(found)
}

/// A search whose work threads can share: each calls [`work`](Search::work), then one calls [`finish`](Search::finish).
pub struct Search<'a> {
    ask: Ask<'a>,
    effort: Effort,
    threads: usize,
    /// By the thread that comes first.
    begun: OnceLock<Result<Begun>>,
    /// The chunk that is taken next.
    next: AtomicUsize,
    rescoring: Rescoring,
}

/// What is searched for, and where.
pub(super) struct Ask<'a> {
    pub segments: &'a [VectorSegment],
    pub query: Query<'a>,
    pub kernel: Kernel,
    pub accept: &'a (dyn Fn(u64) -> bool + Sync),
    pub limit_frames: usize,
}

/// What one thread does before others can help.
struct Begun {
    /// Of the rows nearest by their lists, and of the segments with a graph: most of the result. That thread goes on with it.
    scan: Mutex<Option<Scan>>,
    /// What the others then know.
    floor: TopFrames,
    /// The rows that are left.
    chunks: Vec<Part>,
}

/// What a thread did for a search.
pub struct Share {
    scored: Vec<Scored>,
    rows_scanned: usize,
}

impl<'a> Search<'a> {
    /// Arguments and errors are those of [`search`].
    pub fn new(
        segments: &'a [VectorSegment],
        query: &'a [f32],
        limit_frames: usize,
        effort: Effort,
        accept: &'a (dyn Fn(u64) -> bool + Sync),
    ) -> Result<Search<'a>> {
        check_query(segments, query)?;
        // For no frames none needs to be looked at.
        let segments = if limit_frames == 0 { &[] } else { segments };
        let stride = segments.first().map_or(query.len(), VectorSegment::stride);
        let total = segments.iter().filter(|segment| !(effort.walks() && segment.has_graph())).map(VectorSegment::len).sum();
        let threads = if effort.budget(total).unwrap_or(total) * stride >= TWO_THREADS_BYTES { processors().min(2) } else { 1 };
        let ask = Ask { segments, query: Query::new(query, stride), kernel: Kernel::best(), accept, limit_frames };
        let rescoring = Rescoring::new(limit_frames);
        Ok(Search { ask, effort, threads, begun: OnceLock::new(), next: AtomicUsize::new(0), rescoring })
    }

    /// How many threads pay where nothing else is to be done meanwhile.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Begins where nobody did, looks at rows until none is left that nobody has taken, and rescores likewise.
    pub fn work(&self) -> Result<Share> {
        // An error of the beginning is passed on by `finish`.
        let Ok(Begun { scan, floor, chunks }) = self.begun.get_or_init(|| self.begin()) else {
            return Ok(Share { scored: Vec::new(), rows_scanned: 0 });
        };
        let mut own = scan.lock().unwrap_or_else(PoisonError::into_inner).take();
        while let Some(chunk) = chunks.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            own.get_or_insert_with(|| Scan::from(floor.clone())).part(&self.ask, chunk)?;
        }
        let rows_scanned = own.as_ref().map_or(0, |scan| scan.rows_scored);
        let scored = self.rescoring.share(&self.ask, own.map(Scan::into_candidates).unwrap_or_default())?;
        Ok(Share { scored, rows_scanned })
    }

    /// The result, of what every thread did.
    pub fn finish(self, shares: Vec<Result<Share>>) -> Result<(Vec<Scored>, SearchStats)> {
        let begun = self.begun.into_inner().unwrap_or_else(|| Err(corrupt("a search that nobody began".into())))?;
        let shares = shares.into_iter().collect::<Result<Vec<Share>>>()?;
        let rows_scanned = shares.iter().map(|share| share.rows_scanned).sum();
        let scored: Vec<Scored> = shares.into_iter().flat_map(|share| share.scored).collect();
        let stats = SearchStats { rows_scanned, rows_rescored: scored.len(), threads: self.threads.min(begun.chunks.len()) };
        Ok((best_frames(scored, self.ask.limit_frames), stats))
    }

    fn begin(&self) -> Result<Begun> {
        let (ask, effort) = (&self.ask, self.effort);
        let segments = ask.segments;
        let mut scan = Scan::from(TopFrames::new(ask.limit_frames));
        let (walked, scanned): (Vec<usize>, Vec<usize>) =
            (0..segments.len()).partition(|&segment| effort.walks() && segments[segment].has_graph());
        let total = scanned.iter().map(|&segment| segments[segment].len()).sum();
        let parts = match effort.budget(total) {
            None => {
                let listed: Vec<usize> = scanned.iter().copied().filter(|&segment| segments[segment].list_count() > 0).collect();
                // Only the order of the scan depends on the lists: damaged ones are no reason to find less.
                let mut near =
                    probe::nearest_lists(segments, &listed, &ask.query, ask.kernel, BEGIN_ROWS.min(total / 8)).unwrap_or_default();
                near.retain(|part| part.slots.end <= segments[part.segment].len());
                scan.best_first(ask, &near)?;
                probe::others(segments, &scanned, &near)
            }
            Some(budget) => {
                let mut parts = probe::nearest_lists(segments, &scanned, &ask.query, ask.kernel, budget)?;
                let (most, mut rows) = (BEGIN_ROWS.min(budget / 8), 0);
                let is_near = |part: &mut Part| {
                    let is_near = segments[part.segment].list_count() > 0 && rows < most;
                    rows += if is_near { part.slots.len() } else { 0 };
                    is_near
                };
                let near: Vec<Part> = parts.extract_if(.., is_near).collect();
                scan.best_first(ask, &near)?;
                parts
            }
        };
        for segment in walked {
            scan.walk(ask, segment, effort.width(ask.limit_frames))?;
        }
        let rows: usize = parts.iter().map(|part| part.slots.len()).sum();
        let chunk_rows = (CHUNK_BYTES / ask.query.codes.len()).min(rows.div_ceil(self.threads.max(1))).max(1);
        Ok(Begun { floor: scan.floor.clone(), scan: Mutex::new(Some(scan)), chunks: chunks(parts, chunk_rows) })
    }
}

impl Ask<'_> {
    /// How far a score by codes can be off.
    pub fn error(&self, residual: f32) -> f32 {
        residual + (1.0 + residual) * self.query.residual + ROUNDING
    }

    /// Whether a row can't be in the result. Not so of a bound that is NaN, which only damaged bytes give: it must not hide its row.
    pub fn is_below(&self, score: f32, residual: f32, threshold: f32) -> bool {
        score + self.error(residual) < threshold
    }
}

pub(super) fn check_query(segments: &[VectorSegment], query: &[f32]) -> Result<()> {
    if query.is_empty() || query.len() > MAX_DIM {
        return Err(Error::invalid(format!("a query vector of {} components; a vector has 1 to {MAX_DIM}", query.len())));
    }
    check_vector(query).map_err(|problem| Error::invalid(format!("the query vector {problem}")))?;
    match segments.iter().find(|segment| segment.dim() != query.len()) {
        None => Ok(()),
        Some(segment) => {
            let message = format!("the query has {} dimensions, the vectors of this file have {}", query.len(), segment.dim());
            Err(Error::new(Code::VectorMismatch, message).hint("query with the embedder that made the file's vectors"))
        }
    }
}

/// Cuts the parts into pieces of at most `rows` rows.
fn chunks(parts: Vec<Part>, rows: usize) -> Vec<Part> {
    let mut chunks = Vec::new();
    for Part { segment, slots } in parts {
        let starts = slots.clone().step_by(rows);
        chunks.extend(starts.map(|start| Part { segment, slots: start..slots.end.min(start + rows) }));
    }
    chunks
}
