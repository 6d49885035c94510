//! Time and recall of vector search, over all rows and by lists.
//!
//! `cargo run --release -p mv2 --example vector_bench [-- rows dim queries]`: clustered vectors, by default 100,000 × 384 and 200 queries.
//! A graph is measured, too, with walks of several widths.
//! `… -- texts FILE [queries]`: real embeddings, each line of a file by the embedded table; each hundredth line is a query instead.

use std::time::Instant;

use mv2::embed::StaticEmbedder;
use mv2::index::Passage;
use mv2::index::vector::{Effort, Kernel, Merge, SearchStats, VectorSegment, build_segment, search_with};
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

struct Corpus {
    dim: usize,
    values: Vec<f32>,
    questions: Vec<Vec<f32>>,
}

fn clustered(rows: usize, dim: usize, queries: usize) -> Corpus {
    let mut random = Random(7);
    let centers: Vec<Vec<f32>> = (0..CLUSTERS).map(|_| random.around(&vec![0.0; dim], 1.0)).collect();
    let near = |random: &mut Random| {
        let center = random.next() as usize % CLUSTERS;
        random.around(&centers[center], 0.7)
    };
    let mut values = Vec::with_capacity(rows * dim);
    (0..rows).for_each(|_| values.extend(near(&mut random)));
    let questions = (0..queries).map(|_| near(&mut random)).collect();
    Corpus { dim, values, questions }
}

fn embedded(path: &str, queries: usize) -> Corpus {
    let text = std::fs::read_to_string(path).expect("a file of lines");
    let embedder = StaticEmbedder::embedded();
    let mut corpus = Corpus { dim: mv2::embed::DIM, values: Vec::new(), questions: Vec::new() };
    for (line, vector) in text.lines().enumerate().filter_map(|(line, text)| Some((line, embedder.embed(text)?))) {
        if line % 100 == 99 && corpus.questions.len() < queries {
            corpus.questions.push(vector);
        } else {
            corpus.values.extend(vector);
        }
    }
    corpus
}

fn main() -> mv2::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: usize| arguments.get(at).map_or(default, |argument| argument.parse().expect("a number"));
    let Corpus { dim, values, questions } = match arguments.first().map(String::as_str) {
        Some("texts") => embedded(&arguments[1], number(2, 200)),
        _ => clustered(number(0, 100_000), number(1, 384), number(2, 200)),
    };
    let rows = values.len() / dim;
    let passages: Vec<Passage> = (0..rows as u64).map(|frame_id| Passage { frame_id, start: 0, len: 1 }).collect();
    let start = Instant::now();
    let plain = Slice::from_vec(build_segment(dim, &passages, &values)?);
    let seconds = start.elapsed().as_secs_f64();
    let segment = VectorSegment::open(plain.clone())?;
    println!("{rows} vectors of {dim} components built in {seconds:.1} s, {} lists", segment.list_count());
    let start = Instant::now();
    let merge = Merge::plan_with(&[plain], &[], true, &|_, _| true)?.expect("rows");
    let graph = VectorSegment::open(Slice::from_vec(merge.write_to(Vec::with_capacity(merge.size_bytes()))?))?;
    println!("with a graph: {:.1} s", start.elapsed().as_secs_f64());

    let expected: Vec<Vec<u64>> = questions.iter().map(|query| brute_force(&values, query)).collect();
    println!("{:<32}{:>9}{:>9}{:>9}{:>10}{:>10}{:>8}", "", "best ms", "p50 ms", "p99 ms", "scanned", "rescored", "recall");
    let (segments, walked) = ([segment], [graph]);
    let best = Kernel::best();
    let mut runs: Vec<(Effort, Kernel, usize)> =
        Kernel::supported().into_iter().flat_map(|kernel| [1, 2].map(|threads| (Effort::Exact, kernel, threads))).collect();
    runs.extend([32, 16, 12, 8].map(|part| (Effort::Rows(rows / part), best, 1)));
    runs.extend([1, 2].map(|threads| (Effort::Measured, best, threads)));
    let walks = [16, 32, 64, 96, 128, 192, 256, 512].map(|width| (Effort::Walk(width), best, 1));
    runs.extend(walks.into_iter().filter(|_| walked[0].has_graph()));
    for (effort, kernel, threads) in runs {
        let segments = if matches!(effort, Effort::Walk(_)) { &walked } else { &segments };
        let mut times = Vec::new();
        let (mut scanned, mut rescored, mut found) = (0, 0, 0);
        for (query, expected) in questions.iter().zip(&expected) {
            let start = Instant::now();
            let (hits, SearchStats { rows_scanned, rows_rescored, .. }) =
                search_with(segments, query, TOP, effort, &|_| true, kernel, threads)?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
            scanned += rows_scanned;
            rescored += rows_rescored;
            found += hits.iter().filter(|hit| expected.contains(&hit.passage.frame_id)).count();
        }
        times.sort_unstable_by(f64::total_cmp);
        let count = questions.len() as f64;
        println!(
            "{:<32}{:>9.3}{:>9.3}{:>9.3}{:>10.0}{:>10.1}{:>8.3}",
            format!("{effort:?} {kernel:?} × {threads}"),
            times[0],
            times[times.len() / 2],
            times[times.len() * 99 / 100],
            scanned as f64 / count,
            rescored as f64 / count,
            found as f64 / (count * TOP.min(rows) as f64)
        );
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
