//! The scan: scores by codes, with a bound of each.

use std::ops::Range;

use super::probe;
use super::reader::Rows;
use super::search::Ask;
use super::top_frames::TopFrames;
use super::walk::Walk;
use crate::error::Result;

/// Rows whose dot products are computed at a time; their codes are then bounded while still in the cache.
const BLOCK_ROWS: usize = 64;

/// Rows in the nearest lists that a walk of a graph starts from. Measured: with eight times as many a walk finds no more.
const WALK_FROM_ROWS: usize = 512;

/// Some rows of one segment, by where their codes lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub segment: usize,
    pub slots: Range<usize>,
}

/// A row that may belong to the result.
pub(super) struct Candidate {
    pub upper: f32,
    pub segment: usize,
    pub row: usize,
}

/// What one thread knows.
pub(super) struct Scan {
    /// Best lower bounds of distinct frames.
    pub floor: TopFrames,
    candidates: Vec<Candidate>,
    pub rows_scored: usize,
}

/// What a scan reads of a part.
struct OpenPart<'a> {
    segment: usize,
    codes: &'a [i8],
    scales: &'a [f32],
    residuals: &'a [f32],
    rows: Rows<'a>,
}

impl Scan {
    /// Knows that the frames of `floor` score at least so.
    pub fn from(floor: TopFrames) -> Scan {
        Scan { floor, candidates: Vec::new(), rows_scored: 0 }
    }

    /// The rows that may belong to the result by all that is known here, the best prospects first.
    pub fn into_candidates(self) -> Vec<Candidate> {
        let threshold = self.floor.threshold();
        let mut candidates = self.candidates;
        candidates.retain(|candidate| candidate.upper >= threshold);
        candidates.sort_unstable_by(|a, b| b.upper.total_cmp(&a.upper));
        candidates
    }

    /// The rows of one segment that its graph leads to. Wider where too few of these are wanted, and all of them where that does not help.
    pub fn walk(&mut self, ask: &Ask<'_>, segment: usize, mut width: usize) -> Result<()> {
        let open = &ask.segments[segment];
        let starts = probe::nearest_lists(ask.segments, &[segment], &ask.query, ask.kernel, WALK_FROM_ROWS)?;
        let mut walk = Walk::default();
        let score = |codes: &[i8], scale: f32| {
            let mut dot = [0i32];
            ask.kernel.dot_rows(&ask.query.codes, codes, &mut dot);
            dot[0] as f32 * (scale * ask.query.step)
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
            let mut frames = TopFrames::new(ask.limit_frames);
            let mut found = Vec::with_capacity(width);
            let reached = walk.found();
            for &(score, slot) in &reached {
                let slots = slot as usize..slot as usize + 1;
                let (row, frame_id) = open.rows_of(&slots)?.at(0)?;
                if (ask.accept)(frame_id) {
                    frames.offer(frame_id, score);
                    found.push((row, frame_id, score, open.bounds(&slots)?.1[0]));
                }
            }
            if frames.is_full() || reached.len() < width {
                found.into_iter().for_each(|(row, frame_id, score, residual)| self.consider(ask, segment, row, frame_id, score, residual));
                return Ok(());
            }
            width *= 2;
            if width >= open.len() / 8 {
                return self.part(ask, &Part { segment, slots: 0..open.len() });
            }
        }
    }

    /// Takes in a row that is wanted.
    fn consider(&mut self, ask: &Ask<'_>, segment: usize, row: usize, frame_id: u64, score: f32, residual: f32) {
        let error = ask.error(residual);
        let upper = if (score + error).is_nan() { f32::INFINITY } else { score + error };
        self.candidates.push(Candidate { upper, segment, row });
        self.floor.offer(frame_id, score - error);
    }

    /// All that the rows of a part add to what is known.
    pub fn part(&mut self, ask: &Ask<'_>, part: &Part) -> Result<()> {
        let open = self.open(ask, part)?;
        let stride = ask.segments[part.segment].stride();
        let (mut dots, mut scores) = ([0i32; BLOCK_ROWS], [0f32; BLOCK_ROWS]);
        let mut last_accepted = None;
        for (block, codes) in open.codes.chunks(BLOCK_ROWS * stride).enumerate() {
            let (start, count) = (block * BLOCK_ROWS, codes.len() / stride);
            ask.kernel.dot_rows(&ask.query.codes, codes, &mut dots[..count]);
            let (scales, residuals) = (&open.scales[start..start + count], &open.residuals[start..start + count]);
            // Nearly all blocks have no row of interest: that much is found out without a branch for each row.
            let threshold = self.floor.threshold();
            let mut is_any = false;
            for (((score, &dot), &scale), &residual) in scores.iter_mut().zip(&dots).zip(scales).zip(residuals) {
                *score = dot as f32 * (scale * ask.query.step);
                is_any |= !ask.is_below(*score, residual, threshold);
            }
            if is_any {
                for (offset, &score) in scores[..count].iter().enumerate() {
                    self.take(ask, &open, start + offset, score, &mut last_accepted)?;
                }
            }
        }
        Ok(())
    }

    /// As [`part`](Self::part) for each, but the rows with the best scores come first: few of the others then look as if they might be.
    pub fn best_first(&mut self, ask: &Ask<'_>, parts: &[Part]) -> Result<()> {
        let mut scored: Vec<(f32, u32, u32)> = Vec::new();
        let mut opened = Vec::with_capacity(parts.len());
        let mut dots = Vec::new();
        for (number, part) in (0u32..).zip(parts) {
            let open = self.open(ask, part)?;
            dots.resize(open.scales.len(), 0);
            ask.kernel.dot_rows(&ask.query.codes, open.codes, &mut dots);
            let score = |(&dot, &scale): (&i32, &f32)| dot as f32 * (scale * ask.query.step);
            scored.extend(dots.iter().zip(open.scales).map(score).zip(0u32..).map(|(score, at)| (score, number, at)));
            opened.push(open);
        }
        if ask.limit_frames < scored.len() {
            scored.select_nth_unstable_by(ask.limit_frames, |a, b| b.0.total_cmp(&a.0));
        }
        for (score, number, at) in scored {
            self.take(ask, &opened[number as usize], at as usize, score, &mut None)?;
        }
        Ok(())
    }

    fn open<'a>(&mut self, ask: &Ask<'a>, part: &Part) -> Result<OpenPart<'a>> {
        let segment = &ask.segments[part.segment];
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

    /// Takes in a row if it may be in the result and is wanted. `last_accepted`: a frame that was asked about before.
    fn take(&mut self, ask: &Ask<'_>, open: &OpenPart<'_>, at: usize, score: f32, last_accepted: &mut Option<u64>) -> Result<()> {
        let residual = open.residuals[at];
        if ask.is_below(score, residual, self.floor.threshold()) {
            return Ok(());
        }
        let (row, frame_id) = open.rows.at(at)?;
        if *last_accepted != Some(frame_id) {
            if !(ask.accept)(frame_id) {
                return Ok(());
            }
            *last_accepted = Some(frame_id);
        }
        self.consider(ask, open.segment, row, frame_id, score, residual);
        Ok(())
    }
}
