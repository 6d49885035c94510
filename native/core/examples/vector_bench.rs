//! Time and recall of the exact vector search on clustered vectors.
//!
//! `cargo run --release -p mv2 --example vector_bench [-- rows dim queries]`, by default 100,000 × 384 and 200 queries.

use std::time::Instant;

use mv2::index::Passage;
use mv2::index::vector::{Kernel, SearchStats, VectorSegment, build_segment, search_with};
use mv2::storage::Slice;

const TOP: usize = 10;
const CLUSTERS: usize = 1000;

/// splitmix64, with normal deviates by the sum of twelve uniform ones.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E3779B97F4A7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58476D1CE4E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D049BB133111EB);
        z ^ (z >> 31)
    }

    fn normal(&mut self) -> f32 {
        (0..12).map(|_| (self.next() >> 40) as f32 / (1u32 << 24) as f32).sum::<f32>() - 6.0
    }

    fn around(&mut self, center: &[f32], spread: f32) -> Vec<f32> {
        center.iter().map(|&value| value + spread * self.normal()).collect()
    }
}

fn main() -> mv2::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>().expect("a number"));
    let (rows, dim, queries) = (arguments.next().unwrap_or(100_000), arguments.next().unwrap_or(384), arguments.next().unwrap_or(200));
    let mut random = Random(7);
    let centers: Vec<Vec<f32>> = (0..CLUSTERS).map(|_| random.around(&vec![0.0; dim], 1.0)).collect();
    let mut values = Vec::with_capacity(rows * dim);
    for _ in 0..rows {
        let center = random.next() as usize % CLUSTERS;
        values.extend(random.around(&centers[center], 0.7));
    }
    let questions: Vec<Vec<f32>> = (0..queries)
        .map(|_| {
            let center = random.next() as usize % CLUSTERS;
            random.around(&centers[center], 0.7)
        })
        .collect();
    let passages: Vec<Passage> = (0..rows as u64).map(|frame_id| Passage { frame_id, start: 0, len: 1 }).collect();

    let start = Instant::now();
    let segment = VectorSegment::open(Slice::from_vec(build_segment(dim, &passages, &values)?))?;
    println!("{rows} vectors of {dim} components built in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);

    let expected: Vec<Vec<u64>> = questions.iter().map(|query| brute_force(&values, query)).collect();
    println!("{:<28}{:>9}{:>9}{:>9}{:>10}{:>8}", "", "best ms", "p50 ms", "p99 ms", "rescored", "recall");
    let segments = [segment];
    for kernel in Kernel::supported() {
        for threads in [1, 2] {
            let mut times = Vec::new();
            let (mut rescored, mut found) = (0, 0);
            for (query, expected) in questions.iter().zip(&expected) {
                let start = Instant::now();
                let (hits, SearchStats { rows_rescored, .. }) = search_with(&segments, query, TOP, &|_| true, kernel, threads)?;
                times.push(start.elapsed().as_secs_f64() * 1e3);
                rescored += rows_rescored;
                found += hits.iter().filter(|hit| expected.contains(&hit.passage.frame_id)).count();
            }
            times.sort_unstable_by(f64::total_cmp);
            println!(
                "{:<28}{:>9.3}{:>9.3}{:>9.3}{:>10.1}{:>8.3}",
                format!("{kernel:?} × {threads}"),
                times[0],
                times[times.len() / 2],
                times[times.len() * 99 / 100],
                rescored as f64 / queries as f64,
                found as f64 / (queries * TOP.min(rows)) as f64
            );
        }
    }
    Ok(())
}

/// Ids of the nearest rows, by f64 arithmetic over everything.
fn brute_force(values: &[f32], query: &[f32]) -> Vec<u64> {
    let mut scored: Vec<(f64, u64)> = values
        .chunks_exact(query.len())
        .enumerate()
        .map(|(id, row)| {
            let dot: f64 = row.iter().zip(query).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            let square: f64 = row.iter().map(|&a| f64::from(a) * f64::from(a)).sum();
            (dot / square.sqrt(), id as u64)
        })
        .collect();
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(TOP).map(|(_, id)| id).collect()
}
