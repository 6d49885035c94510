//! Walks a graph towards a query: looks at the neighbours of the nearest row found so far until nothing nearer turns up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::NO_NEIGHBOUR;
use super::layout::corrupt;
use crate::error::Result;
use crate::storage::prefetch;

/// A graph of rows, in memory or in a segment.
pub(super) trait Nodes: Sync {
    fn count(&self) -> usize;
    fn codes(&self, slot: u32) -> Result<&[i8]>;
    fn scale(&self, slot: u32) -> Result<f32>;
    /// Its neighbours, and then free places.
    fn neighbours(&self, slot: u32) -> Result<&[u32]>;
}

/// A row by its score, so that greater is nearer, and of equals the lower slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u64);

impl Key {
    /// `score` is not NaN.
    fn new(score: f32, slot: u32) -> Key {
        // The bits of positive floats ascend with them, those of negative ones descend.
        let bits = score.to_bits();
        let ordered = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
        Key(u64::from(ordered) << 32 | u64::from(!slot))
    }

    fn slot(self) -> u32 {
        !(self.0 as u32)
    }

    fn score(self) -> f32 {
        let ordered = (self.0 >> 32) as u32;
        f32::from_bits(if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered })
    }
}

/// The state of a walk, to be used for one after the other.
#[derive(Default)]
pub(super) struct Walk {
    width: usize,
    /// One bit a slot: it was offered, or is not wanted.
    seen: Vec<u64>,
    /// Slots whose bits are set.
    touched: Vec<u32>,
    /// The best so far, worst on top.
    best: BinaryHeap<Reverse<Key>>,
    /// Rows whose neighbours were not looked at, best on top.
    open: BinaryHeap<Key>,
    fresh: Vec<u32>,
}

impl Walk {
    /// Forgets the walk before. This one is in a graph of `count` rows and keeps the `width` best.
    pub fn start(&mut self, count: usize, width: usize) {
        self.touched.iter().for_each(|&slot| self.seen[slot as usize / 64] = 0);
        self.touched.clear();
        self.seen.resize(count.div_ceil(64), 0);
        self.best.clear();
        self.open.clear();
        self.width = width.max(1);
    }

    /// Whether this is the first time that `slot`, which exists, is met.
    fn is_new(&mut self, slot: u32) -> bool {
        let (word, bit) = (&mut self.seen[slot as usize / 64], 1 << (slot % 64));
        let is_new = *word & bit == 0;
        if is_new {
            *word |= bit;
            self.touched.push(slot);
        }
        is_new
    }

    /// Leaves `slot`, which exists, out of the walk.
    pub fn skip(&mut self, slot: u32) {
        self.is_new(slot);
    }

    /// Takes in a slot, which exists, to walk on from.
    pub fn offer(&mut self, slot: u32, score: f32) {
        if self.is_new(slot) {
            self.insert(slot, score);
        }
    }

    fn insert(&mut self, slot: u32, score: f32) {
        // Only damaged bytes give a NaN.
        if score.is_nan() {
            return;
        }
        let key = Key::new(score, slot);
        if self.best.len() < self.width {
            self.best.push(Reverse(key));
        } else {
            match self.best.peek_mut() {
                Some(mut worst) if worst.0 < key => worst.0 = key,
                _ => return,
            }
        }
        self.open.push(key);
    }

    /// Walks from what was offered. `score` is asked with the codes and the scale of a row. Returns how many rows were scored.
    pub fn run<N: Nodes>(&mut self, nodes: &N, score: &impl Fn(&[i8], f32) -> f32) -> Result<usize> {
        let mut scored = 0;
        let mut fresh = std::mem::take(&mut self.fresh);
        while let Some(next) = self.open.pop() {
            let is_full = self.best.len() == self.width;
            if is_full && self.best.peek().is_some_and(|worst| next < worst.0) {
                break;
            }
            let slot = next.slot();
            fresh.clear();
            for &near in nodes.neighbours(slot)?.iter().take_while(|&&near| near != NO_NEIGHBOUR) {
                if near as usize >= nodes.count() {
                    return Err(corrupt(format!("slot {slot} has the neighbour {near} of {}", nodes.count())));
                }
                if self.is_new(near) {
                    prefetch(nodes.codes(near)?);
                    fresh.push(near);
                }
            }
            scored += fresh.len();
            // Likely the next to be looked at: its neighbours come from memory while these are scored.
            if let Some(next) = self.open.peek() {
                prefetch(nodes.neighbours(next.slot())?);
            }
            for &near in &fresh {
                self.insert(near, score(nodes.codes(near)?, nodes.scale(near)?));
            }
        }
        self.fresh = fresh;
        Ok(scored)
    }

    /// What was found, best first.
    pub fn found(&self) -> Vec<(f32, u32)> {
        let mut keys: Vec<Key> = self.best.iter().map(|key| key.0).collect();
        keys.sort_unstable_by(|a, b| b.cmp(a));
        keys.into_iter().map(|key| (key.score(), key.slot())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows on a line, of one component, each knowing the next and the one before.
    struct Line(Vec<[i8; 64]>, Vec<[u32; 2]>);

    impl Nodes for Line {
        fn count(&self) -> usize {
            self.0.len()
        }
        fn codes(&self, slot: u32) -> Result<&[i8]> {
            Ok(&self.0[slot as usize])
        }
        fn scale(&self, _slot: u32) -> Result<f32> {
            Ok(1.0)
        }
        fn neighbours(&self, slot: u32) -> Result<&[u32]> {
            Ok(&self.1[slot as usize])
        }
    }

    #[test]
    fn a_walk_goes_to_where_nothing_is_nearer() {
        let places = (0..100u32).map(|at| {
            if at == 0 {
                [1, NO_NEIGHBOUR]
            } else if at == 99 {
                [98, NO_NEIGHBOUR]
            } else {
                [at - 1, at + 1]
            }
        });
        let line = Line((0..100).map(|at| [at as i8; 64]).collect(), places.collect());
        let near = |wanted: i8| move |codes: &[i8], _: f32| -f32::from((codes[0] - wanted).abs());
        let mut walk = Walk::default();
        for wanted in [0, 3, 70, 99] {
            walk.start(100, 4);
            walk.offer(50, near(wanted)(&line.0[50], 1.0));
            let scored = walk.run(&line, &near(wanted)).expect("walks");
            let found: Vec<u32> = walk.found().into_iter().map(|(_, slot)| slot).collect();
            let mut expected: Vec<u32> = (0..100).collect();
            expected.sort_by_key(|&slot| ((slot as i32 - i32::from(wanted)).abs(), slot));
            assert_eq!(found, expected[..4]);
            assert!(scored <= 55, "{scored} rows were looked at");
        }
        // What is skipped is not found, and what is offered is not offered again.
        walk.start(100, 2);
        walk.skip(71);
        walk.offer(69, -1.0);
        walk.run(&line, &near(70)).expect("walks");
        assert_eq!(walk.found().into_iter().map(|(_, slot)| slot).collect::<Vec<_>>(), [70, 69]);
    }

    #[test]
    fn a_neighbour_that_does_not_exist_is_damage() {
        let line = Line(vec![[1; 64]; 2], vec![[1, NO_NEIGHBOUR], [2, NO_NEIGHBOUR]]);
        let mut walk = Walk::default();
        walk.start(2, 4);
        walk.offer(0, 1.0);
        assert_eq!(walk.run(&line, &|_, _| 1.0).expect_err("no slot 2").code, crate::error::Code::Corrupt);
        // A score that is no number is no reason to go anywhere.
        walk.start(2, 4);
        walk.offer(0, f32::NAN);
        assert_eq!(walk.run(&line, &|_, _| f32::NAN).expect("stays"), 0);
    }
}
