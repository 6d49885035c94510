mod hostile;
mod search;
mod segment;

use super::{VectorSegment, build_segment};
use crate::index::{Passage, Scored};
use crate::storage::Slice;

/// splitmix64: the same vectors on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E3779B97F4A7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58476D1CE4E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D049BB133111EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Between −1 and 1.
    pub fn value(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    }

    pub fn vector(&mut self, dim: usize) -> Vec<f32> {
        loop {
            let vector: Vec<f32> = (0..dim).map(|_| self.value()).collect();
            if vector.iter().any(|&value| value != 0.0) {
                return vector;
            }
        }
    }

    pub fn around(&mut self, center: &[f32], spread: f32) -> Vec<f32> {
        center.iter().map(|&value| value + spread * self.value()).collect()
    }
}

/// `count` passages, three to a frame, frame ids in steps of two.
pub fn passages(count: usize) -> Vec<Passage> {
    (0..count).map(|row| Passage { frame_id: row as u64 / 3 * 2, start: row as u32 % 3 * 100, len: 90 }).collect()
}

pub fn segment(dim: usize, passages: &[Passage], rows: &[Vec<f32>]) -> VectorSegment {
    VectorSegment::open(Slice::from_vec(build_segment(dim, passages, &rows.concat()).expect("valid"))).expect("opens")
}

/// The same by plain f64 arithmetic over everything.
pub fn brute_force(passages: &[Passage], rows: &[Vec<f32>], query: &[f32], limit: usize, accept: &dyn Fn(u64) -> bool) -> Vec<Scored> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let mut all: Vec<Scored> = passages
        .iter()
        .zip(rows)
        .filter(|(passage, _)| accept(passage.frame_id))
        .map(|(&passage, row)| {
            let cosine = dot(query, row) / (dot(query, query).sqrt() * dot(row, row).sqrt());
            Scored { passage, score: cosine.clamp(-1.0, 1.0) as f32 + 0.0 }
        })
        .collect();
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.passage.cmp(&b.passage)));
    let mut seen = std::collections::HashSet::new();
    all.retain(|scored| seen.insert(scored.passage.frame_id));
    all.truncate(limit);
    all
}
