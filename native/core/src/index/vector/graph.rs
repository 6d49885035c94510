//! A graph in which each row knows rows near it: a search walks it from row to nearer row and looks at a few thousand of a million.
//!
//! Built from the lists, which give each row its first candidates, and then made better by walking what was built: each row is searched
//! for as a query would be. Which neighbours are kept is the rule of DiskANN's RobustPrune (Subramanya et al., "DiskANN", NeurIPS 2019): one that is
//! nearer to a kept neighbour than to the row itself is reached through that one. Unlike there, a pass reads one graph and writes
//! another, so that the result depends on neither threads nor timing.

use std::sync::atomic::{AtomicU64, Ordering};

use super::kernel::Kernel;
use super::lists::Centroids;
use super::walk::{Nodes, Walk};
use crate::error::{Code, Error, Result};
use crate::processors::processors;
use crate::storage::prefetch;

/// A place without a neighbour.
pub(super) const NO_NEIGHBOUR: u32 = u32::MAX;
/// Places for neighbours of a row. Measured on 100,000 static embeddings and real queries: with 32 a search takes a fifth longer for the same
/// recall, and the graph is built in two fifths of the time.
pub(super) const DEGREE: usize = 64;
/// How much nearer to a kept neighbour than to the row a candidate must be to be left out, in 1 − cosine. Above 1, so that a few long edges stay.
const ALPHA: f32 = 1.2;
/// Rows in the lists near a row that it is compared with first.
const FIRST_ROWS: usize = 2_048;
/// Candidates that a row chooses its neighbours from.
const CANDIDATES: usize = 160;
/// Passes over all rows.
const PASSES: u64 = 4;
/// Slots that a thread takes at a time.
const CHUNK: usize = 1_024;

/// Is told how much is done and how much there is to do; `false` stops the work.
pub type Progress<'a> = dyn Fn(u64, u64) -> bool + Sync + 'a;

/// Told that a thread begins with so many slots; `false`: it must not.
type Step<'a> = dyn Fn(usize) -> bool + Sync + 'a;

/// Rows in the order of their lists, in memory.
pub(super) struct Rows<'a> {
    pub stride: usize,
    pub codes: &'a [i8],
    pub scales: &'a [f32],
}

impl Rows<'_> {
    fn codes(&self, slot: u32) -> &[i8] {
        &self.codes[slot as usize * self.stride..][..self.stride]
    }

    /// The cosine of two rows, as their codes have it.
    fn cosine(&self, a: u32, b: u32) -> f32 {
        let dot = Kernel::best().dot_codes(self.codes(a), self.codes(b));
        dot as f32 * self.scales[a as usize] * self.scales[b as usize]
    }
}

/// Rows with the neighbours they have so far.
struct Built<'a> {
    rows: &'a Rows<'a>,
    places: &'a [u32],
}

impl Nodes for Built<'_> {
    fn count(&self) -> usize {
        self.rows.scales.len()
    }

    fn codes(&self, slot: u32) -> Result<&[i8]> {
        Ok(self.rows.codes(slot))
    }

    fn scale(&self, slot: u32) -> Result<f32> {
        Ok(self.rows.scales[slot as usize])
    }

    fn neighbours(&self, slot: u32) -> Result<&[u32]> {
        Ok(&self.places[slot as usize * DEGREE..][..DEGREE])
    }
}

/// The neighbours of all rows, [`DEGREE`] places a slot. `ends` and `centroids` are those of the lists that the slots are in.
/// `Aborted` when `progress` says so.
pub(super) fn build(rows: &Rows<'_>, centroids: &Centroids, ends: &[u32], progress: &Progress<'_>) -> Result<Vec<u32>> {
    let done = AtomicU64::new(0);
    let all = PASSES * rows.scales.len() as u64;
    let step = |slots: usize| progress(done.fetch_add(slots as u64, Ordering::Relaxed), all);
    let near = near_lists(centroids, ends);
    let first = for_each_slot(rows.scales.len(), &step, &|slot, scratch: &mut Scratch, places| {
        let list = ends.partition_point(|&end| end <= slot);
        scratch.candidates.clear();
        for &(start, end) in &near[list] {
            for other in (start..end).filter(|&other| other != slot) {
                scratch.candidates.push((rows.cosine(slot, other), other));
            }
        }
        scratch.choose(rows, places);
        Ok(())
    })?;
    let first = both_ways(rows, &first, &step)?;
    let nodes = Built { rows, places: &first };
    let second = for_each_slot(rows.scales.len(), &step, &|slot, scratch: &mut Scratch, places| {
        let Scratch { walk, candidates, .. } = scratch;
        let (kernel, codes, scale) = (Kernel::best(), rows.codes(slot), rows.scales[slot as usize]);
        walk.start(nodes.count(), CANDIDATES);
        walk.skip(slot);
        for &seed in nodes.neighbours(slot)?.iter().take_while(|&&seed| seed != NO_NEIGHBOUR) {
            walk.offer(seed, rows.cosine(slot, seed));
        }
        walk.run(&nodes, &|codes_of_other, scale_of_other| kernel.dot_codes(codes, codes_of_other) as f32 * scale * scale_of_other)?;
        candidates.clear();
        candidates.extend(walk.found());
        scratch.choose(rows, places);
        Ok(())
    })?;
    both_ways(rows, &second, &step)
}

/// For each list the slots of the lists nearest to it, itself first, until they hold [`FIRST_ROWS`].
fn near_lists(centroids: &Centroids, ends: &[u32]) -> Vec<Vec<(u32, u32)>> {
    let kernel = Kernel::best();
    let row = |list: usize| &centroids.codes[list * centroids.stride..][..centroids.stride];
    let slots = |list: usize| (if list == 0 { 0 } else { ends[list - 1] }, ends[list]);
    (0..ends.len())
        .map(|list| {
            let score = |other: usize| kernel.dot_codes(row(list), row(other)) as f32 * centroids.scales[other];
            let mut order: Vec<(f32, usize)> = (0..ends.len()).filter(|&other| other != list).map(|other| (score(other), other)).collect();
            order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let mut rows = 0;
            let wanted = [list].into_iter().chain(order.into_iter().map(|(_, other)| other)).map(slots).take_while(|(start, end)| {
                let is_wanted = rows < FIRST_ROWS;
                rows += (end - start) as usize;
                is_wanted
            });
            wanted.collect()
        })
        .collect()
}

/// The graph in which each edge of `places` is offered to the row at its other end, too.
fn both_ways(rows: &Rows<'_>, places: &[u32], step: &Step<'_>) -> Result<Vec<u32>> {
    let count = rows.scales.len();
    let edges = || places.chunks_exact(DEGREE).zip(0u32..).flat_map(|(places, from)| neighbours(places).map(move |to| (from, to)));
    // Where the sources of each row's edges begin, sources ascending.
    let mut starts = vec![0u32; count + 1];
    edges().for_each(|(_, to)| starts[to as usize + 1] += 1);
    (0..count).for_each(|slot| starts[slot + 1] += starts[slot]);
    let mut free = starts.clone();
    let mut sources = vec![0u32; starts[count] as usize];
    for (from, to) in edges() {
        sources[free[to as usize] as usize] = from;
        free[to as usize] += 1;
    }
    for_each_slot(count, step, &|slot, scratch: &mut Scratch, out| {
        let own = &places[slot as usize * DEGREE..][..DEGREE];
        let sources = &sources[starts[slot as usize] as usize..starts[slot as usize + 1] as usize];
        let all = neighbours(own).chain(sources.iter().copied().filter(|source| !own.contains(source)));
        scratch.candidates.clear();
        scratch.candidates.extend(all.map(|other| (rows.cosine(slot, other), other)));
        scratch.choose(rows, out);
        Ok(())
    })
}

fn neighbours(places: &[u32]) -> impl Iterator<Item = u32> + '_ {
    places.iter().copied().take_while(|&place| place != NO_NEIGHBOUR)
}

#[derive(Default)]
struct Scratch {
    walk: Walk,
    candidates: Vec<(f32, u32)>,
}

impl Scratch {
    /// Fills the places with the neighbours that the rule keeps, nearest first.
    fn choose(&mut self, rows: &Rows<'_>, places: &mut [u32]) {
        let before = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if self.candidates.len() > CANDIDATES {
            self.candidates.select_nth_unstable_by(CANDIDATES, before);
            self.candidates.truncate(CANDIDATES);
        }
        self.candidates.sort_unstable_by(before);
        self.candidates.iter().for_each(|&(_, slot)| prefetch(rows.codes(slot)));
        let mut count = 0;
        for &(cosine, candidate) in &self.candidates {
            if count == places.len() {
                break;
            }
            let is_reached = |&kept: &u32| ALPHA * (1.0 - rows.cosine(candidate, kept)) <= 1.0 - cosine;
            if !places[..count].iter().any(is_reached) {
                places[count] = candidate;
                count += 1;
            }
        }
        places[count..].fill(NO_NEIGHBOUR);
    }
}

/// Fills the places of each slot, on all processors.
fn for_each_slot(count: usize, step: &Step<'_>, fill: &(dyn Fn(u32, &mut Scratch, &mut [u32]) -> Result<()> + Sync)) -> Result<Vec<u32>> {
    let mut places = vec![NO_NEIGHBOUR; count * DEGREE];
    let chunks = std::sync::Mutex::new(places.chunks_mut(CHUNK * DEGREE).enumerate());
    let work = || -> Result<()> {
        let mut scratch = Scratch::default();
        loop {
            let next = chunks.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
            let Some((chunk, places)) = next else { return Ok(()) };
            if !step(places.len() / DEGREE) {
                return Err(
                    Error::new(Code::Aborted, "the optimization was stopped").hint("the file is as it was; optimize it again at any time")
                );
            }
            for (slot, places) in (chunk * CHUNK..).zip(places.chunks_mut(DEGREE)) {
                fill(slot as u32, &mut scratch, places)?;
            }
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..processors().min(8)).map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let own = work();
        others
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .fold(own, |all, one| all.and(one))
    })?;
    Ok(places)
}
