//! The exact search: scan the codes, bound every score, rescore what may belong to the result.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::exact;
use super::kernel::Kernel;
use super::layout::{MAX_DIM, corrupt};
use super::probe::{self, Effort};
use super::quantize::Query;
use super::reader::{Rows, VectorSegment};
use super::top_frames::TopFrames;
use super::walk::Walk;
use super::writer::check_vector;
use crate::error::{Code, Error, Result};
use crate::helpers::together;
use crate::index::Scored;
use crate::processors::processors;

/// Bytes of codes from which on a second thread pays for its start. Measured (best of 500 by `vector_bench`), one thread and
/// two: 15 MB 0.45 and 0.61 ms, 23 MB 0.95 and 1.05 ms, 38 MB 2.0 and 1.4 ms.
const TWO_THREADS_BYTES: usize = 24 << 20;

/// Rows whose dot products are computed at a time; their codes are then bounded while still in the cache.
const BLOCK_ROWS: usize = 64;

/// Codes that a thread takes at a time.
const CHUNK_BYTES: usize = 512 << 10;

/// Rows in the nearest lists that a scan of all rows begins with: most of the result is among them, so that few rows after them look as if they
/// might be. Measured on 100,000 static embeddings, 100 frames, one thread and two: 1.75 and 1.28 ms without, 1.60 and 1.20 with.
const BEGIN_ROWS: usize = 4_096;

/// Rows in the nearest lists that a walk of a graph starts from. Measured: with eight times as many a walk finds no more.
const WALK_FROM_ROWS: usize = 512;

/// Candidates between the one whose vector is compared and the one whose is asked for from memory.
const PREFETCHED: usize = 4;

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
    search_beside(segments, query, limit_frames, effort, accept, || ()).0
}

/// [`search`], and meanwhile `beside`, which runs on this thread: where the index is large enough for two, the other one begins to search.
pub fn search_beside<B>(
    segments: &[VectorSegment],
    query: &[f32],
    limit_frames: usize,
    effort: Effort,
    accept: &(dyn Fn(u64) -> bool + Sync),
    beside: impl FnOnce() -> B,
) -> (Result<Vec<Scored>>, B) {
    let total = segments.iter().filter(|segment| !(effort.walks() && segment.has_graph())).map(VectorSegment::len).sum();
    let rows = effort.budget(total).unwrap_or(total);
    let code_bytes = rows * segments.first().map_or(0, VectorSegment::stride);
    let threads = if code_bytes >= TWO_THREADS_BYTES { processors().min(2) } else { 1 };
    let ask = Ask { segments, query, limit_frames, effort, accept };
    let (found, beside) = search_all(&ask, Kernel::best(), threads, beside);
    (found.map(|(hits, _)| hits), beside)
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
    search_all(&Ask { segments, query, limit_frames, effort, accept }, kernel, threads, || ()).0
}

/// What is searched for, and where.
struct Ask<'a> {
    segments: &'a [VectorSegment],
    query: &'a [f32],
    limit_frames: usize,
    effort: Effort,
    accept: &'a (dyn Fn(u64) -> bool + Sync),
}

fn search_all<B>(ask: &Ask<'_>, kernel: Kernel, threads: usize, beside: impl FnOnce() -> B) -> (Result<(Vec<Scored>, SearchStats)>, B) {
    let Ask { segments, query, limit_frames, effort, accept } = *ask;
    if let Err(error) = check_query(segments, query) {
        return (Err(error), beside());
    }
    let Some(first) = segments.first().filter(|_| limit_frames > 0) else {
        return (Ok((Vec::new(), SearchStats::default())), beside());
    };
    let query = Query::new(query, first.stride());
    let new_scan =
        |floor: TopFrames| Scan { segments, query: &query, kernel, accept, limit_frames, floor, candidates: Vec::new(), rows_scored: 0 };
    // Whoever comes first begins; each takes the next chunk until none is left.
    let begun: OnceLock<Result<Begun<'_>>> = OnceLock::new();
    let next = AtomicUsize::new(0);
    let work = || {
        let begun = begun.get_or_init(|| begin(new_scan(TopFrames::new(limit_frames)), effort, threads));
        let Ok(Begun { scan, chunks, .. }) = begun else { return Ok(None) };
        let mut own: Option<Scan<'_>> = None;
        while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
            own.get_or_insert_with(|| new_scan(scan.floor.clone())).part(chunk)?;
        }
        Ok(own)
    };
    let (beside, scans) = together(threads, &work, beside);
    let finish = || {
        let Begun { scan, walked, chunks } = begun.into_inner().unwrap_or_else(|| Err(corrupt("a search that nobody began".into())))?;
        let scans = scans.into_iter().collect::<Result<Vec<Option<Scan<'_>>>>>()?;
        let all: Vec<Scan<'_>> = scans.into_iter().flatten().chain([scan]).chain(walked).collect();
        let mut stats = SearchStats {
            rows_scanned: all.iter().map(|scan| scan.rows_scored).sum(),
            threads: threads.min(chunks.len()),
            rows_rescored: 0,
        };
        let mut floor = TopFrames::new(limit_frames);
        all.iter().flat_map(|scan| scan.floor.iter()).for_each(|(frame_id, score)| floor.offer(frame_id, score));
        let threshold = floor.threshold();
        let mut candidates: Vec<Candidate> =
            all.into_iter().flat_map(|scan| scan.candidates).filter(|candidate| candidate.upper >= threshold).collect();
        // Best prospects first: once the k-th exact score is above all that is left, the rest need not be read.
        candidates.sort_unstable_by(|a, b| b.upper.total_cmp(&a.upper));
        let results = rescore(segments, &query, &candidates, limit_frames, &mut stats)?;
        Ok((results, stats))
    };
    (finish(), beside)
}

/// What one thread does before others can help.
struct Begun<'a> {
    /// Of the rows nearest by their lists, where all rows are searched: most of the result.
    scan: Scan<'a>,
    /// Of the segments with a graph.
    walked: Option<Scan<'a>>,
    /// The rows that are left.
    chunks: Vec<Part>,
}

fn begin(mut scan: Scan<'_>, effort: Effort, threads: usize) -> Result<Begun<'_>> {
    let (segments, query, kernel) = (scan.segments, scan.query, scan.kernel);
    let (walked, scanned): (Vec<usize>, Vec<usize>) =
        (0..segments.len()).partition(|&segment| effort.walks() && segments[segment].has_graph());
    let total = scanned.iter().map(|&segment| segments[segment].len()).sum();
    let parts = match effort.budget(total) {
        None => {
            let listed: Vec<usize> = scanned.iter().copied().filter(|&segment| segments[segment].list_count() > 0).collect();
            // Only the order of the scan depends on the lists: damaged ones are no reason to find less.
            let mut near = probe::nearest_lists(segments, &listed, query, kernel, BEGIN_ROWS.min(total / 8)).unwrap_or_default();
            near.retain(|part| part.slots.end <= segments[part.segment].len());
            scan.best_first(&near)?;
            probe::others(segments, &scanned, &near)
        }
        Some(budget) => probe::nearest_lists(segments, &scanned, query, kernel, budget)?,
    };
    let mut walk = None;
    for segment in walked {
        let walk = walk.get_or_insert_with(|| scan.anew());
        walk.walk(segment, effort.width(scan.limit_frames))?;
    }
    let rows: usize = parts.iter().map(|part| part.slots.len()).sum();
    let chunk_rows = (CHUNK_BYTES / query.codes.len()).min(rows.div_ceil(threads.max(1))).max(1);
    Ok(Begun { scan, walked: walk, chunks: chunks(parts, chunk_rows) })
}

/// Some rows of one segment, by where their codes lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub segment: usize,
    pub slots: Range<usize>,
}

/// A row that may belong to the result.
struct Candidate {
    upper: f32,
    segment: usize,
    row: usize,
}

/// What one thread knows.
struct Scan<'a> {
    segments: &'a [VectorSegment],
    query: &'a Query<'a>,
    kernel: Kernel,
    accept: &'a (dyn Fn(u64) -> bool + Sync),
    limit_frames: usize,
    /// Best lower bounds of distinct frames.
    floor: TopFrames,
    candidates: Vec<Candidate>,
    rows_scored: usize,
}

/// What a scan reads of a part.
struct OpenPart<'a> {
    segment: usize,
    codes: &'a [i8],
    scales: &'a [f32],
    residuals: &'a [f32],
    rows: Rows<'a>,
}

impl<'a> Scan<'a> {
    /// The same search, of which nothing is known yet.
    fn anew(&self) -> Scan<'a> {
        Scan { floor: TopFrames::new(self.limit_frames), candidates: Vec::new(), rows_scored: 0, ..*self }
    }

    /// The rows of one segment that its graph leads to. Wider where too few of these are wanted, and all of them where that does not help.
    fn walk(&mut self, segment: usize, mut width: usize) -> Result<()> {
        let (segments, limit_frames) = (self.segments, self.limit_frames);
        let open = &segments[segment];
        let starts = probe::nearest_lists(segments, &[segment], self.query, self.kernel, WALK_FROM_ROWS)?;
        let mut walk = Walk::default();
        let score = |codes: &[i8], scale: f32| {
            let mut dot = [0i32];
            self.kernel.dot_rows(&self.query.codes, codes, &mut dot);
            dot[0] as f32 * (scale * self.query.step)
        };
        loop {
            walk.start(open.len(), width);
            for Part { slots, .. } in &starts {
                let (codes, (scales, _)) = (open.codes(slots.clone())?, open.bounds(slots)?);
                self.rows_scored += slots.len();
                for ((codes, &scale), slot) in codes.chunks_exact(open.stride()).zip(scales).zip(slots.start as u32..) {
                    walk.offer(slot, score(codes, scale));
                }
            }
            self.rows_scored += walk.run(open, &score)?;
            let mut frames = TopFrames::new(limit_frames);
            let mut found = Vec::with_capacity(width);
            let reached = walk.found();
            for &(score, slot) in &reached {
                let slots = slot as usize..slot as usize + 1;
                let (row, frame_id) = open.rows_of(&slots)?.at(0)?;
                if (self.accept)(frame_id) {
                    frames.offer(frame_id, score);
                    found.push((row, frame_id, score, open.bounds(&slots)?.1[0]));
                }
            }
            if frames.is_full() || reached.len() < width {
                found.into_iter().for_each(|(row, frame_id, score, residual)| self.consider(segment, row, frame_id, score, residual));
                return Ok(());
            }
            width *= 2;
            if width >= open.len() / 8 {
                return self.part(&Part { segment, slots: 0..open.len() });
            }
        }
    }

    /// Takes in a row that is wanted.
    fn consider(&mut self, segment: usize, row: usize, frame_id: u64, score: f32, residual: f32) {
        let error = self.error(residual);
        let upper = if (score + error).is_nan() { f32::INFINITY } else { score + error };
        self.candidates.push(Candidate { upper, segment, row });
        self.floor.offer(frame_id, score - error);
    }

    /// How far a score by codes can be off.
    fn error(&self, residual: f32) -> f32 {
        residual + (1.0 + residual) * self.query.residual + ROUNDING
    }

    /// All that the rows of a part add to what is known.
    fn part(&mut self, part: &Part) -> Result<()> {
        let open = self.open(part)?;
        let stride = self.segments[part.segment].stride();
        let (mut dots, mut scores) = ([0i32; BLOCK_ROWS], [0f32; BLOCK_ROWS]);
        let mut last_accepted = None;
        for (block, codes) in open.codes.chunks(BLOCK_ROWS * stride).enumerate() {
            let (start, count) = (block * BLOCK_ROWS, codes.len() / stride);
            self.kernel.dot_rows(&self.query.codes, codes, &mut dots[..count]);
            let (scales, residuals) = (&open.scales[start..start + count], &open.residuals[start..start + count]);
            // Nearly all blocks have no row of interest: that much is found out without a branch for each row.
            let threshold = self.floor.threshold();
            let mut is_any = false;
            for (((score, &dot), &scale), &residual) in scores.iter_mut().zip(&dots).zip(scales).zip(residuals) {
                *score = dot as f32 * (scale * self.query.step);
                is_any |= !self.is_below(*score, residual, threshold);
            }
            if is_any {
                for (offset, &score) in scores[..count].iter().enumerate() {
                    self.take(&open, start + offset, score, &mut last_accepted)?;
                }
            }
        }
        Ok(())
    }

    /// As [`part`](Self::part) for each, but the rows with the best scores come first: few of the others then look as if they might be.
    fn best_first(&mut self, parts: &[Part]) -> Result<()> {
        let mut scored: Vec<(f32, u32, u32)> = Vec::new();
        let mut opened = Vec::with_capacity(parts.len());
        let mut dots = Vec::new();
        for (number, part) in (0u32..).zip(parts) {
            let open = self.open(part)?;
            dots.resize(open.scales.len(), 0);
            self.kernel.dot_rows(&self.query.codes, open.codes, &mut dots);
            let score = |(&dot, &scale): (&i32, &f32)| dot as f32 * (scale * self.query.step);
            scored.extend(dots.iter().zip(open.scales).map(score).zip(0u32..).map(|(score, at)| (score, number, at)));
            opened.push(open);
        }
        if self.limit_frames < scored.len() {
            scored.select_nth_unstable_by(self.limit_frames, |a, b| b.0.total_cmp(&a.0));
        }
        for (score, number, at) in scored {
            self.take(&opened[number as usize], at as usize, score, &mut None)?;
        }
        Ok(())
    }

    fn open(&mut self, part: &Part) -> Result<OpenPart<'a>> {
        let segment = &self.segments[part.segment];
        let (scales, residuals) = segment.bounds(&part.slots)?;
        self.rows_scored += part.slots.len();
        Ok(OpenPart {
            segment: part.segment,
            codes: segment.codes(part.slots.clone())?,
            scales,
            residuals,
            rows: segment.rows_of(&part.slots)?,
        })
    }

    /// Whether a row can't be in the result. Not so of a bound that is NaN, which only damaged bytes give: it must not hide its row.
    fn is_below(&self, score: f32, residual: f32, threshold: f32) -> bool {
        score + self.error(residual) < threshold
    }

    /// Takes in a row if it may be in the result and is wanted. `last_accepted`: a frame that was asked about before.
    fn take(&mut self, open: &OpenPart<'_>, at: usize, score: f32, last_accepted: &mut Option<u64>) -> Result<()> {
        let residual = open.residuals[at];
        if self.is_below(score, residual, self.floor.threshold()) {
            return Ok(());
        }
        let (row, frame_id) = open.rows.at(at)?;
        if *last_accepted != Some(frame_id) {
            if !(self.accept)(frame_id) {
                return Ok(());
            }
            *last_accepted = Some(frame_id);
        }
        self.consider(open.segment, row, frame_id, score, residual);
        Ok(())
    }
}

fn rescore(
    segments: &[VectorSegment],
    query: &Query<'_>,
    candidates: &[Candidate],
    limit_frames: usize,
    stats: &mut SearchStats,
) -> Result<Vec<Scored>> {
    let mut top = TopFrames::new(limit_frames);
    let mut best: HashMap<u64, Scored> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if candidate.upper < top.threshold() {
            break;
        }
        if let Some(soon) = candidates.get(index + PREFETCHED) {
            segments[soon.segment].prefetch_row(soon.row);
            segments[soon.segment].prefetch_passage(soon.row);
        }
        let segment = &segments[candidate.segment];
        let passage = segment.passage(candidate.row)?;
        let Some(score) = exact::cosine(query.values, query.norm, &segment.row(candidate.row)?) else {
            return Err(corrupt(format!("the vector of frame {} is zero or not finite", passage.frame_id)));
        };
        // A score outside of its bounds would mean that the bounds of other rows can't be trusted either.
        if score > candidate.upper {
            return Err(corrupt(format!("the codes of frame {} are not those of its vector", passage.frame_id)));
        }
        stats.rows_rescored += 1;
        top.offer(passage.frame_id, score);
        let scored = Scored { passage, score };
        best.entry(passage.frame_id).and_modify(|best| *best = *best_first(best, &scored)).or_insert(scored);
    }
    let mut results: Vec<Scored> = best.into_values().collect();
    results.sort_unstable_by(rank);
    results.truncate(limit_frames);
    Ok(results)
}

/// Score descending, then frame id and start ascending.
fn rank(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then_with(|| a.passage.cmp(&b.passage))
}

fn best_first<'a>(a: &'a Scored, b: &'a Scored) -> &'a Scored {
    if rank(b, a).is_lt() { b } else { a }
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
