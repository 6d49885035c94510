//! One text through the model: embeddings, six layers of attention and feed-forward, the mean of the tokens.
//!
//! The matrices are the model's own int8 codes, the activations i16 with one scale for each token: the products are sums of
//! integers, exact and the same on every machine, and what the rounding to i16 loses is far below what int8 has lost already.

use super::kernel::{COLUMNS, ROWS, Sums, Tile};
use super::math;
use super::weights::{HIDDEN, INNER, Layer, Linear, Weights};

const HEADS: usize = 12;
const HEAD: usize = HIDDEN / HEADS;
/// Most tokens of a text, the two that frame it included.
pub(super) const MAX_TOKENS: usize = 256;

/// Largest code of an activation that meets codes of ±127: i16, and no sum of `depth` products leaves i32.
const fn activation_max(depth: usize) -> i32 {
    let fits = i32::MAX / (127 * depth as i32);
    if fits < 32_767 { fits } else { 32_767 }
}

/// Largest codes of queries and keys (32 products) and of attention and values (up to `MAX_TOKENS` products).
const HEAD_MAX: i32 = 8_191;
const SHARE_MAX: i32 = 2_047;
const VALUE_MAX: i32 = 4_095;
const _: () = assert!(HEAD as i64 * (HEAD_MAX as i64).pow(2) <= i32::MAX as i64);
const _: () = assert!(MAX_TOKENS as i64 * SHARE_MAX as i64 * VALUE_MAX as i64 <= i32::MAX as i64);

#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) weights: &'a Weights,
    /// At most [`MAX_TOKENS`], each below the number of words.
    pub(super) tokens: &'a [u32],
}

/// The unit vector of a text.
#[inline(always)]
pub(super) fn run<T: Tile>(tile: T, input: Input<'_>) -> Vec<f32> {
    let Input { weights, tokens } = input;
    let count = tokens.len();
    let mut states = vec![0f32; count * HIDDEN];
    for ((position, &token), state) in tokens.iter().enumerate().zip(states.chunks_exact_mut(HIDDEN)) {
        state.copy_from_slice(&weights.segment);
        weights.words.add_row(token as usize, state);
        weights.positions.add_row(position, state);
        math::normalize(state, &weights.norm.weight, &weights.norm.bias);
    }
    let mut scratch = Scratch::new(count);
    for layer in &weights.layers {
        run_layer(tile, layer, count, &mut states, &mut scratch);
    }
    let mut mean = vec![0f32; HIDDEN];
    for state in states.chunks_exact(HIDDEN) {
        mean.iter_mut().zip(state).for_each(|(sum, &value)| *sum += value);
    }
    let norm = math::lane_sum(&mean, |value| value * value).sqrt();
    mean.iter_mut().for_each(|value| *value /= norm);
    mean
}

/// Memory that the layers share.
struct Scratch {
    /// Quantised rows, padded with zeros to a multiple of [`ROWS`].
    codes: Vec<i16>,
    scales: Vec<f32>,
    projected: Vec<f32>,
    wide: Vec<f32>,
    mixed: Vec<f32>,
    head: HeadScratch,
}

struct HeadScratch {
    queries: Vec<i16>,
    query_scales: Vec<f32>,
    keys: Vec<i16>,
    key_scales: Vec<f32>,
    values: Vec<i16>,
    value_scales: [f32; HEAD],
    /// For [`ROWS`] tokens: their scores against all, then the shares.
    scores: Vec<f32>,
    shares: Vec<i16>,
}

impl Scratch {
    fn new(count: usize) -> Scratch {
        let rows = count.next_multiple_of(ROWS);
        let columns = count.next_multiple_of(COLUMNS);
        let head = HeadScratch {
            queries: vec![0; rows * HEAD],
            query_scales: vec![0.0; rows],
            keys: vec![0; columns * HEAD],
            key_scales: vec![0.0; columns],
            values: vec![0; columns * HEAD],
            value_scales: [0.0; HEAD],
            scores: vec![0.0; ROWS * columns],
            shares: vec![0; ROWS * columns],
        };
        Scratch {
            codes: vec![0; rows * INNER],
            scales: vec![0.0; rows],
            projected: vec![0.0; count * HIDDEN],
            wide: vec![0.0; count * INNER],
            mixed: vec![0.0; count * HIDDEN],
            head,
        }
    }
}

#[inline(always)]
fn run_layer<T: Tile>(tile: T, layer: &Layer, count: usize, states: &mut [f32], scratch: &mut Scratch) {
    let Scratch { codes, scales, projected, wide, mixed, head } = scratch;
    let linear = |from: &[f32], linear: &Linear, codes: &mut [i16], scales: &mut [f32], to: &mut [f32]| {
        quantize_rows(from, linear.depth, activation_max(linear.depth), codes, scales);
        apply(tile, linear, count, codes, scales, to);
    };
    let attention = &mut wide[..count * 3 * HIDDEN];
    linear(states, &layer.attention, codes, scales, attention);
    for index in 0..HEADS {
        attend(tile, index, count, attention, head, mixed);
    }
    linear(mixed, &layer.attention_out, codes, scales, projected);
    add_and_normalize(states, projected, &layer.attention_norm.weight, &layer.attention_norm.bias);
    let wide = &mut wide[..count * INNER];
    linear(states, &layer.inner, codes, scales, wide);
    wide.iter_mut().for_each(|value| *value = math::gelu(*value));
    linear(wide, &layer.out, codes, scales, projected);
    add_and_normalize(states, projected, &layer.out_norm.weight, &layer.out_norm.bias);
}

#[inline(always)]
fn add_and_normalize(states: &mut [f32], more: &[f32], weight: &[f32], bias: &[f32]) {
    for (state, more) in states.chunks_exact_mut(HIDDEN).zip(more.chunks_exact(HIDDEN)) {
        state.iter_mut().zip(more).for_each(|(value, &more)| *value += more);
        math::normalize(state, weight, bias);
    }
}

/// Codes of each row of `from`, `width` values wide, and what a code of 1 is worth in it.
#[inline(always)]
fn quantize_rows(from: &[f32], width: usize, max: i32, codes: &mut [i16], scales: &mut [f32]) {
    for ((row, codes), scale) in from.chunks_exact(width).zip(codes.chunks_exact_mut(width)).zip(scales.iter_mut()) {
        *scale = quantize(row, max, codes);
    }
    let used = from.len() / width * width;
    let padded = codes.len().min((from.len() / width).next_multiple_of(ROWS) * width);
    codes[used..padded].fill(0);
}

#[inline(always)]
fn quantize(row: &[f32], max: i32, codes: &mut [i16]) -> f32 {
    let largest = math::largest_magnitude(row);
    let factor = if largest > 0.0 { max as f32 / largest } else { 0.0 };
    for (code, &value) in codes.iter_mut().zip(row) {
        *code = math::nearest(value * factor) as i16;
    }
    largest / max as f32
}

/// `to` = codes · W · scales + bias, row by row.
#[inline(always)]
fn apply<T: Tile>(tile: T, linear: &Linear, count: usize, codes: &[i16], scales: &[f32], to: &mut [f32]) {
    let Linear { depth, columns, panels, .. } = linear;
    let mut sums: Sums = [[0; COLUMNS]; ROWS];
    for (index, panel) in panels.chunks_exact(depth * COLUMNS).enumerate() {
        let at = index * COLUMNS;
        let (weights, bias) = (&linear.scales[at..at + COLUMNS], &linear.bias[at..at + COLUMNS]);
        for first in (0..count).step_by(ROWS) {
            tile.multiply(&codes[first * depth..(first + ROWS) * depth], panel, *depth, &mut sums);
            for (row, sums) in (first..count.min(first + ROWS)).zip(&sums) {
                let to = &mut to[row * columns + at..row * columns + at + COLUMNS];
                for (((to, &sum), &weight), &bias) in to.iter_mut().zip(sums).zip(weights).zip(bias) {
                    *to = sum as f32 * (scales[row] * weight) + bias;
                }
            }
        }
    }
}

/// One head: its part of `attention` (queries, keys, values side by side) into its part of `mixed`.
#[inline(always)]
fn attend<T: Tile>(tile: T, index: usize, count: usize, attention: &[f32], head: &mut HeadScratch, mixed: &mut [f32]) {
    let HeadScratch { queries, query_scales, keys, key_scales, values, value_scales, scores, shares } = head;
    let columns = count.next_multiple_of(COLUMNS);
    let part = |row: &[f32], which: usize| -> [f32; HEAD] {
        let mut part = [0.0; HEAD];
        part.copy_from_slice(&row[which * HIDDEN + index * HEAD..which * HIDDEN + (index + 1) * HEAD]);
        part
    };
    let mut largest = [0f32; HEAD];
    for (token, row) in attention.chunks_exact(3 * HIDDEN).enumerate() {
        query_scales[token] = quantize(&part(row, 0), HEAD_MAX, &mut queries[token * HEAD..(token + 1) * HEAD]);
        let mut key = [0i16; HEAD];
        key_scales[token] = quantize(&part(row, 1), HEAD_MAX, &mut key);
        let panel = &mut keys[token / COLUMNS * COLUMNS * HEAD..];
        for (pair, codes) in key.chunks_exact(2).enumerate() {
            let at = (pair * COLUMNS + token % COLUMNS) * 2;
            panel[at..at + 2].copy_from_slice(codes);
        }
        for (largest, value) in largest.iter_mut().zip(part(row, 2)) {
            *largest = if value.abs() > *largest { value.abs() } else { *largest };
        }
    }
    // Values: the tokens are the depth, the components of the head the columns, in two panels.
    let factors = largest.map(|largest| if largest > 0.0 { VALUE_MAX as f32 / largest } else { 0.0 });
    *value_scales = largest.map(|largest| largest / VALUE_MAX as f32);
    for (token, row) in attention.chunks_exact(3 * HIDDEN).enumerate() {
        for (column, (value, factor)) in part(row, 2).into_iter().zip(factors).enumerate() {
            let at = column / COLUMNS * columns * COLUMNS + (token / 2 * COLUMNS + column % COLUMNS) * 2 + token % 2;
            values[at] = math::nearest(value * factor) as i16;
        }
    }
    let mut sums: Sums = [[0; COLUMNS]; ROWS];
    let root = 1.0 / (HEAD as f32).sqrt();
    for first in (0..count).step_by(ROWS) {
        for (panel, keys) in keys.chunks_exact(COLUMNS * HEAD).enumerate() {
            tile.multiply(&queries[first * HEAD..(first + ROWS) * HEAD], keys, HEAD, &mut sums);
            let at = panel * COLUMNS;
            for ((scores, sums), &scale) in scores.chunks_exact_mut(columns).zip(&sums).zip(&query_scales[first..first + ROWS]) {
                for ((score, &sum), &key) in scores[at..at + COLUMNS].iter_mut().zip(sums).zip(&key_scales[at..at + COLUMNS]) {
                    *score = sum as f32 * (scale * root * key);
                }
            }
        }
        let mut totals = [0f32; ROWS];
        for ((scores, shares), total) in scores.chunks_exact(columns).zip(shares.chunks_exact_mut(columns)).zip(&mut totals) {
            *total = soften(&scores[..count], &mut shares[..count]) as f32;
        }
        for (half, values) in values.chunks_exact(columns * COLUMNS).enumerate() {
            tile.multiply(shares, values, columns, &mut sums);
            let at = half * COLUMNS;
            for ((row, sums), &total) in (first..count.min(first + ROWS)).zip(&sums).zip(&totals) {
                let to = &mut mixed[row * HIDDEN + index * HEAD + at..][..COLUMNS];
                for ((to, &sum), &scale) in to.iter_mut().zip(sums).zip(&value_scales[at..at + COLUMNS]) {
                    *to = sum as f32 * (scale / total);
                }
            }
        }
    }
}

/// Softmax: each score's share as an integer, the greatest as [`SHARE_MAX`]; returns their sum.
#[inline(always)]
fn soften(scores: &[f32], shares: &mut [i16]) -> i32 {
    let greatest = math::greatest_of(scores, f32::NEG_INFINITY, |score| score);
    let mut total = 0i32;
    for (share, &score) in shares.iter_mut().zip(scores) {
        let code = math::nearest(math::exp(score - greatest) * SHARE_MAX as f32);
        *share = code as i16;
        total = total.wrapping_add(code);
    }
    total
}
