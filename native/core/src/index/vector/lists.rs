//! Sorts the rows of a large segment into lists of near ones, so that a search can leave most of them out.
//!
//! Two levels of k-means over the codes: groups first, then lists within each group, so that a row is compared with a few hundred
//! centroids instead of thousands. Integer products and sums in the order of the rows: the same lists on every machine.

use super::graph;
use super::kernel::Kernel;
use super::quantize::quantize_row;
use crate::error::Result;

/// Segments from this many rows on have lists. Measured: below it a search of all rows is as fast.
pub(super) const LISTED_ROWS: usize = 16_384;
/// Rows of a list, about. Smaller ones find more for the same rows scanned, until comparing with the centroids costs more.
const LIST_ROWS: usize = 256;
/// Rows that k-means looks at, for each list and for each group.
const SAMPLE_PER_LIST: usize = 24;
const SAMPLE_PER_GROUP: usize = 256;
const ROUNDS: usize = 6;
/// Groups whose lists a row is compared with.
const GROUPS_TRIED: usize = 6;
/// Rows that a thread takes at a time.
const CHUNK_ROWS: usize = 4096;

/// How many lists a segment of `count` rows has; 0: it has none.
pub(super) fn list_count(count: usize) -> usize {
    if count < LISTED_ROWS { 0 } else { count / LIST_ROWS }
}

/// Codes of a row, as they lie in memory or in a segment.
pub(super) type CodesOf<'a> = dyn Fn(usize) -> Result<&'a [i8]> + Sync + 'a;

/// Unit vectors as codes with a scale each.
pub(super) struct Centroids {
    pub stride: usize,
    pub codes: Vec<i8>,
    pub scales: Vec<f32>,
}

/// Which rows are in which list.
pub(super) struct Lists {
    pub centroids: Centroids,
    /// Where each list ends in `order`.
    pub ends: Vec<u32>,
    /// Rows by list, ascending within each.
    pub order: Vec<u32>,
    /// The neighbours of each slot, `DEGREE` places each; empty without a graph.
    pub neighbours: Vec<u32>,
}

impl Lists {
    /// Sorts `count` rows of `stride` codes into `lists` lists. `lists` is at least 1 and `count` below 2³².
    pub fn build(count: usize, stride: usize, lists: usize, codes: &CodesOf<'_>) -> Result<Lists> {
        let groups = (lists as f64).sqrt().ceil() as usize;
        let sample = strided(count, SAMPLE_PER_LIST * lists);
        let few: Vec<u32> = strided(sample.len(), SAMPLE_PER_GROUP * groups).iter().map(|&at| sample[at as usize]).collect();
        let coarse = train(&few, groups, stride, codes)?;
        // The sample's rows by group, and as many lists to each group as its share of the rows.
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); coarse.len()];
        for (&row, group) in sample.iter().zip(nearest_of_all(&sample, &coarse, codes)?) {
            members[group as usize].push(row);
        }
        let mut fine = Centroids { stride, codes: Vec::new(), scales: Vec::new() };
        let mut group_ends = Vec::with_capacity(coarse.len());
        let (mut seen, mut made) = (0, 0);
        for rows in &members {
            seen += rows.len();
            let wanted = (lists * seen / sample.len().max(1)).saturating_sub(made).min(rows.len());
            made += wanted;
            fine.append(train(rows, wanted, stride, codes)?);
            group_ends.push(fine.len() as u32);
        }
        let all: Vec<u32> = (0..count as u32).collect();
        let nearest = assign(&all, &|row, scratch| nearest_in_groups(codes(row as usize)?, &coarse, &fine, &group_ends, scratch))?;
        Ok(Lists::sorted(fine, &nearest))
    }

    /// Adds a graph of the rows, whose codes and scales are asked for by row.
    pub fn connect(&mut self, codes: &CodesOf<'_>, scale: &dyn Fn(usize) -> f32, progress: &graph::Progress<'_>) -> Result<()> {
        let stride = self.centroids.stride;
        let mut by_slot = Vec::with_capacity(self.order.len() * stride);
        for &row in &self.order {
            by_slot.extend_from_slice(codes(row as usize)?);
        }
        let scales: Vec<f32> = self.order.iter().map(|&row| scale(row as usize)).collect();
        let rows = graph::Rows { stride, codes: &by_slot, scales: &scales };
        self.neighbours = graph::build(&rows, &self.centroids, &self.ends, progress)?;
        Ok(())
    }

    /// Places for neighbours of each row.
    pub fn degree(&self) -> usize {
        self.neighbours.len() / self.order.len().max(1)
    }

    fn sorted(centroids: Centroids, nearest: &[u32]) -> Lists {
        let mut ends = vec![0u32; centroids.len()];
        nearest.iter().for_each(|&list| ends[list as usize] += 1);
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        let mut order = vec![0u32; nearest.len()];
        let mut free = ends.clone();
        for (row, &list) in nearest.iter().enumerate().rev() {
            free[list as usize] -= 1;
            order[free[list as usize] as usize] = row as u32;
        }
        Lists { centroids, ends, order, neighbours: Vec::new() }
    }
}

impl Centroids {
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    fn append(&mut self, other: Centroids) {
        self.codes.extend(other.codes);
        self.scales.extend(other.scales);
    }

    /// Appends the direction of `sum`; false when it has none.
    fn push_direction(&mut self, sum: &[f32]) -> bool {
        if sum.iter().all(|&value| value == 0.0) {
            return false;
        }
        let start = self.codes.len();
        self.codes.resize(start + self.stride, 0);
        self.scales.push(quantize_row(sum, &mut self.codes[start..]).scale);
        true
    }

    /// Of the centroids in `range` the nearest to a row of codes, the first of equals.
    fn nearest(&self, range: std::ops::Range<usize>, row: &[i16], dots: &mut Vec<i32>) -> Option<(f32, u32)> {
        dots.resize(range.len(), 0);
        Kernel::best().dot_rows(row, &self.codes[range.start * self.stride..range.end * self.stride], dots);
        let scored =
            dots.iter().zip(&self.scales[range.clone()]).zip(range.start as u32..).map(|((&dot, &scale), at)| (dot as f32 * scale, at));
        scored.reduce(|best, next| if next.0 > best.0 { next } else { best })
    }
}

/// At most `wanted` of `0..count`, at equal distances.
fn strided(count: usize, wanted: usize) -> Vec<u32> {
    let wanted = wanted.min(count);
    (0..wanted).map(|at| (at as u64 * count as u64 / wanted as u64) as u32).collect()
}

/// k-means on the sphere: `wanted` directions among `rows`; fewer when rows have no direction together.
fn train(rows: &[u32], wanted: usize, stride: usize, codes: &CodesOf<'_>) -> Result<Centroids> {
    let mut centroids = Centroids { stride, codes: Vec::new(), scales: Vec::new() };
    let mut sum = vec![0f32; stride];
    for at in strided(rows.len(), wanted) {
        sum.iter_mut().zip(codes(rows[at as usize] as usize)?).for_each(|(sum, &code)| *sum = f32::from(code));
        centroids.push_direction(&sum);
    }
    for _ in 0..ROUNDS {
        if centroids.len() < 2 {
            break;
        }
        let nearest = nearest_of_all(rows, &centroids, codes)?;
        let mut sums = vec![0f32; centroids.len() * stride];
        for (&row, list) in rows.iter().zip(nearest) {
            let sum = &mut sums[list as usize * stride..][..stride];
            // Rows differ in scale by little; unscaled, their integers add up exactly.
            sum.iter_mut().zip(codes(row as usize)?).for_each(|(sum, &code)| *sum += f32::from(code));
        }
        let mut next = Centroids { stride, codes: Vec::with_capacity(centroids.codes.len()), scales: Vec::new() };
        for (list, sum) in sums.chunks_exact(stride).enumerate() {
            if !next.push_direction(sum) {
                // A list that lost all rows stays where it was.
                next.codes.extend_from_slice(&centroids.codes[list * stride..][..stride]);
                next.scales.push(centroids.scales[list]);
            }
        }
        centroids = next;
    }
    Ok(centroids)
}

#[derive(Default)]
struct Scratch {
    row: Vec<i16>,
    dots: Vec<i32>,
    groups: Vec<(f32, u32)>,
}

fn widen(codes: &[i8], row: &mut Vec<i16>) {
    row.clear();
    row.extend(codes.iter().map(|&code| i16::from(code)));
}

fn nearest_of_all(rows: &[u32], centroids: &Centroids, codes: &CodesOf<'_>) -> Result<Vec<u32>> {
    assign(rows, &|row, scratch| {
        widen(codes(row as usize)?, &mut scratch.row);
        Ok(centroids.nearest(0..centroids.len(), &scratch.row, &mut scratch.dots).map_or(0, |(_, list)| list))
    })
}

fn nearest_in_groups(codes: &[i8], coarse: &Centroids, fine: &Centroids, ends: &[u32], scratch: &mut Scratch) -> Result<u32> {
    let Scratch { row, dots, groups } = scratch;
    widen(codes, row);
    dots.resize(coarse.len(), 0);
    Kernel::best().dot_rows(row, &coarse.codes, dots);
    groups.clear();
    groups.extend(dots.iter().zip(&coarse.scales).zip(0..).map(|((&dot, &scale), group)| (dot as f32 * scale, group)));
    groups.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut best: Option<(f32, u32)> = None;
    for &(_, group) in groups.iter().take(GROUPS_TRIED) {
        let start = if group == 0 { 0 } else { ends[group as usize - 1] };
        let found = fine.nearest(start as usize..ends[group as usize] as usize, row, dots);
        best = match (best, found) {
            (Some(best), Some(found)) if found.0 <= best.0 => Some(best),
            (best, found) => found.or(best),
        };
    }
    // Only when no tried group has a list.
    Ok(best.or_else(|| fine.nearest(0..fine.len(), row, dots)).map_or(0, |(_, list)| list))
}

/// `pick` for each row, on two threads where there are many.
fn assign(rows: &[u32], pick: &(dyn Fn(u32, &mut Scratch) -> Result<u32> + Sync)) -> Result<Vec<u32>> {
    let run = |rows: &[u32]| -> Result<Vec<u32>> {
        let mut scratch = Scratch::default();
        rows.iter().map(|&row| pick(row, &mut scratch)).collect()
    };
    if rows.len() < 2 * CHUNK_ROWS {
        return run(rows);
    }
    let (first, second) = rows.split_at(rows.len() / 2);
    std::thread::scope(|scope| {
        let Ok(other) = std::thread::Builder::new().spawn_scoped(scope, || run(second)) else { return run(rows) };
        let mut all = run(first)?;
        all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        Ok(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::vector::tests::Random;

    #[test]
    fn every_row_is_in_the_list_of_its_cluster() {
        let (dim, stride, clusters, count) = (20, 64, 12, 3000);
        let mut random = Random(40);
        let centers: Vec<Vec<f32>> = (0..clusters).map(|_| random.vector(dim)).collect();
        let mut codes = vec![0i8; count * stride];
        for (row, codes) in codes.chunks_exact_mut(stride).enumerate() {
            quantize_row(&random.around(&centers[row % clusters], 0.05), &mut codes[..dim]);
        }
        let of = |row: usize| Ok(&codes[row * stride..][..stride]);
        let lists = Lists::build(count, stride, 48, &of).expect("builds");
        let mut rows = lists.order.clone();
        rows.sort_unstable();
        assert!(rows.iter().copied().eq(0..count as u32), "each row once");
        assert_eq!(lists.ends.last(), Some(&(count as u32)));
        assert!(lists.ends.len() > 40 && lists.ends.len() <= 48, "{}", lists.ends.len());
        let mut start = 0;
        for &end in &lists.ends {
            let members = &lists.order[start as usize..end as usize];
            assert!(members.is_sorted());
            assert!(members.windows(2).all(|pair| pair[0] as usize % clusters == pair[1] as usize % clusters), "a list mixes clusters");
            start = end;
        }
        assert!(Lists::build(count, stride, 48, &of).expect("builds").order == lists.order);
    }

    #[test]
    fn rows_that_are_all_alike_make_one_list() {
        let codes = [127i8; 64];
        let lists = Lists::build(500, 64, 4, &|_| Ok(&codes[..])).expect("builds");
        assert_eq!(lists.order.len(), 500);
        assert_eq!(lists.ends.last(), Some(&500));
    }
}
