//! One text through the model: embeddings, six layers of attention and feed-forward, the mean of the tokens.
//!
//! The matrices are the model's own int8 codes. What meets them is rounded to codes of 8 bits with one scale for each token, but for the few
//! components that are largest in this text, which have codes of 16 bits and a scale of their own: a few components are ten times as large as
//! the rest, and one scale for all would leave the rest next to nothing (Dettmers et al., LLM.int8(), 2022). The products are sums of
//! integers, exact and the same on every machine.

use super::kernel::{COLUMNS, ROWS, Sums, Tile};
use super::math;
use super::weights::{HIDDEN, INNER, Layer, Linear, Weights};

const HEADS: usize = 12;
const HEAD: usize = HIDDEN / HEADS;
/// Most tokens of a text, the two that frame it included.
pub(super) const MAX_TOKENS: usize = 256;

/// Components of a row that get codes of 16 bits.
const OUTLIERS: usize = 16;
/// Largest codes of these, which are symmetric, and of the others, which begin at 0. Both meet codes of ±127.
const OUTLIER_MAX: i32 = 32_767;
const BYTE_MAX: i32 = 255;
const _: () = assert!(OUTLIERS as i64 * OUTLIER_MAX as i64 * 127 <= i32::MAX as i64);
const _: () = assert!(INNER as i64 * BYTE_MAX as i64 * 127 <= i32::MAX as i64);

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
    let mut scratch = Scratch::new(count, T::TAKES_BYTES);
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
    rows: Rows,
    projected: Vec<f32>,
    wide: Vec<f32>,
    mixed: Vec<f32>,
    head: HeadScratch,
}

/// Quantised rows, padded with zeros to a multiple of [`ROWS`].
struct Rows {
    /// As i16, or as bytes where the kernel takes these.
    codes: Vec<i16>,
    bytes: Vec<u8>,
    scales: Vec<f32>,
    /// The code that stands for 0 in each row.
    zeros: Vec<i32>,
    /// [`OUTLIERS`] of each row.
    outliers: Vec<i16>,
    outlier_scales: Vec<f32>,
    /// One row without its outliers.
    rest: Vec<f32>,
    /// The greatest magnitude of each component.
    greatest: Vec<f32>,
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
    fn new(count: usize, takes_bytes: bool) -> Scratch {
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
            rows: Rows {
                codes: vec![0; if takes_bytes { 0 } else { rows * INNER }],
                bytes: vec![0; if takes_bytes { rows * INNER } else { 0 }],
                scales: vec![0.0; rows],
                zeros: vec![0; rows],
                outliers: vec![0; rows * OUTLIERS],
                outlier_scales: vec![0.0; rows],
                rest: Vec::with_capacity(INNER),
                greatest: Vec::with_capacity(INNER),
            },
            projected: vec![0.0; count * HIDDEN],
            wide: vec![0.0; count * INNER],
            mixed: vec![0.0; count * HIDDEN],
            head,
        }
    }
}

#[inline(always)]
fn run_layer<T: Tile>(tile: T, layer: &Layer, count: usize, states: &mut [f32], scratch: &mut Scratch) {
    let Scratch { rows, projected, wide, mixed, head } = scratch;
    let attention = &mut wide[..count * 3 * HIDDEN];
    apply(tile, &layer.attention, states, rows, attention);
    for index in 0..HEADS {
        attend(tile, index, count, attention, head, mixed);
    }
    apply(tile, &layer.attention_out, mixed, rows, projected);
    add_and_normalize(states, projected, &layer.attention_norm.weight, &layer.attention_norm.bias);
    let wide = &mut wide[..count * INNER];
    apply(tile, &layer.inner, states, rows, wide);
    // Loops, no closures: these would be compiled without the instructions of the tile.
    for value in wide.iter_mut() {
        *value = math::gelu(*value);
    }
    apply(tile, &layer.out, wide, rows, projected);
    add_and_normalize(states, projected, &layer.out_norm.weight, &layer.out_norm.bias);
}

#[inline(always)]
fn add_and_normalize(states: &mut [f32], more: &[f32], weight: &[f32], bias: &[f32]) {
    for (state, more) in states.chunks_exact_mut(HIDDEN).zip(more.chunks_exact(HIDDEN)) {
        for (value, &more) in state.iter_mut().zip(more) {
            *value += more;
        }
        math::normalize(state, weight, bias);
    }
}

impl Rows {
    /// Codes of each row of `from`, `width` values wide, and what a code of 1 is worth in it. Returns which components are the outliers, ascending.
    #[inline(always)]
    fn quantize<T: Tile>(&mut self, from: &[f32], width: usize) -> [usize; OUTLIERS] {
        let outliers = largest_components(from, width, &mut self.greatest);
        let count = from.len() / width;
        for (index, row) in from.chunks_exact(width).enumerate() {
            let apart = outliers.map(|at| row[at]);
            self.outlier_scales[index] = quantize(&apart, OUTLIER_MAX, &mut self.outliers[index * OUTLIERS..(index + 1) * OUTLIERS]);
            self.rest.clear();
            self.rest.extend_from_slice(row);
            for at in outliers {
                self.rest[at] = 0.0;
            }
            let place = index * width..(index + 1) * width;
            (self.scales[index], self.zeros[index]) = if T::TAKES_BYTES {
                quantize_from_zero(&self.rest, &mut self.bytes[place], |code| code as u8)
            } else {
                quantize_from_zero(&self.rest, &mut self.codes[place], |code| code as i16)
            };
        }
        let padded = count.next_multiple_of(ROWS);
        self.outliers[count * OUTLIERS..padded * OUTLIERS].fill(0);
        if T::TAKES_BYTES {
            self.bytes[count * width..padded * width].fill(0);
        } else {
            self.codes[count * width..padded * width].fill(0);
        }
        outliers
    }
}

/// The components whose magnitude is greatest in any row; of equal ones the first.
#[inline(always)]
fn largest_components(from: &[f32], width: usize, greatest: &mut Vec<f32>) -> [usize; OUTLIERS] {
    greatest.clear();
    greatest.resize(width, 0.0);
    for row in from.chunks_exact(width) {
        for (greatest, &value) in greatest.iter_mut().zip(row) {
            *greatest = if value.abs() > *greatest { value.abs() } else { *greatest };
        }
    }
    let mut order: Vec<usize> = (0..width).collect();
    order.select_nth_unstable_by(OUTLIERS, |a, b| greatest[*b].total_cmp(&greatest[*a]).then(a.cmp(b)));
    let mut first = [0; OUTLIERS];
    first.copy_from_slice(&order[..OUTLIERS]);
    first.sort_unstable();
    first
}

/// Codes symmetric about zero, and what a code of 1 is worth.
#[inline(always)]
fn quantize(row: &[f32], max: i32, codes: &mut [i16]) -> f32 {
    let largest = math::largest_magnitude(row);
    let factor = if largest > 0.0 { max as f32 / largest } else { 0.0 };
    for (code, &value) in codes.iter_mut().zip(row) {
        *code = math::nearest(value * factor) as i16;
    }
    largest / max as f32
}

/// Codes from 0 to [`BYTE_MAX`] over the range of the row's values, what a step is worth, and the code of 0. What the feed-forward layer gives lies
/// almost all to one side of zero: half of symmetric codes would go unused.
#[inline(always)]
fn quantize_from_zero<C>(row: &[f32], codes: &mut [C], made: impl Fn(i32) -> C) -> (f32, i32) {
    let greatest = math::greatest_of(row, 0.0, |value| value);
    let least = math::greatest_of(row, 0.0, |value| -value);
    let range = greatest + least;
    let factor = if range > 0.0 { BYTE_MAX as f32 / range } else { 0.0 };
    let zero = math::nearest(least * factor);
    for (code, &value) in codes.iter_mut().zip(row) {
        *code = made(math::nearest(value * factor).wrapping_add(zero).clamp(0, BYTE_MAX));
    }
    (range / BYTE_MAX as f32, zero)
}

/// `to` = `from` · W + bias, row by row.
#[inline(always)]
fn apply<T: Tile>(tile: T, linear: &Linear, from: &[f32], rows: &mut Rows, to: &mut [f32]) {
    let Linear { depth, columns, panels, bytes, column_sums, .. } = linear;
    let outliers = rows.quantize::<T>(from, *depth);
    let count = from.len() / depth;
    let (mut sums, mut apart): (Sums, Sums) = ([[0; COLUMNS]; ROWS], [[0; COLUMNS]; ROWS]);
    for (index, panel) in panels.chunks_exact(depth * COLUMNS).enumerate() {
        let at = index * COLUMNS;
        let bytes = if T::TAKES_BYTES { &bytes[at * depth..(at + COLUMNS) * depth] } else { &[] };
        let (weights, bias, of_ones) = (columns_at(&linear.scales, at), columns_at(&linear.bias, at), columns_at(column_sums, at));
        let mut outlier_panel = [0; OUTLIERS * COLUMNS];
        for first in (0..count).step_by(ROWS) {
            let place = first * depth..(first + ROWS) * depth;
            if T::TAKES_BYTES {
                tile.multiply_bytes(&rows.bytes[place], bytes, *depth, &mut sums);
            } else {
                tile.multiply(&rows.codes[place], panel, *depth, &mut sums);
            }
            // Now that the panel is in the cache.
            if first == 0 && T::TAKES_BYTES {
                take_rows::<4, i8>(bytes, &outliers, &mut outlier_panel);
            } else if first == 0 {
                take_rows::<2, i16>(panel, &outliers, &mut outlier_panel);
            }
            tile.multiply(&rows.outliers[first * OUTLIERS..(first + ROWS) * OUTLIERS], &outlier_panel, OUTLIERS, &mut apart);
            for ((row, sums), apart) in (first..count.min(first + ROWS)).zip(&sums).zip(&apart) {
                let (scale, zero, outlier_scale) = (rows.scales[row], rows.zeros[row], rows.outlier_scales[row]);
                let Some(to) = to[row * columns + at..].first_chunk_mut::<COLUMNS>() else { continue };
                for column in 0..COLUMNS {
                    let whole = sums[column].wrapping_sub(of_ones[column].wrapping_mul(zero));
                    let product = whole as f32 * scale + apart[column] as f32 * outlier_scale;
                    to[column] = product * weights[column] + bias[column];
                }
            }
        }
    }
}

/// What belongs to a panel's columns, as an array: only loops of known length become vectors.
#[inline(always)]
fn columns_at<V: Copy + Default>(values: &[V], at: usize) -> [V; COLUMNS] {
    let mut own = [V::default(); COLUMNS];
    own.copy_from_slice(&values[at..at + COLUMNS]);
    own
}

/// The rows of a panel that outliers meet, as a panel of their own. `N` values of each column stand side by side in `panel`.
#[inline(always)]
fn take_rows<const N: usize, C: Copy + Into<i16>>(panel: &[C], outliers: &[usize; OUTLIERS], own: &mut [i16; OUTLIERS * COLUMNS]) {
    for (pair, own) in outliers.as_chunks::<2>().0.iter().zip(own.as_chunks_mut::<{ 2 * COLUMNS }>().0) {
        for (side, &k) in pair.iter().enumerate() {
            let line = &panel[k / N * N * COLUMNS..][..N * COLUMNS];
            for (own, codes) in own.as_chunks_mut::<2>().0.iter_mut().zip(line.as_chunks::<N>().0) {
                own[side] = codes[k % N].into();
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
            let key_scales = columns_at(key_scales, at);
            for ((scores, sums), &scale) in scores.chunks_exact_mut(columns).zip(&sums).zip(&query_scales[first..first + ROWS]) {
                let worth = key_scales.map(|key| scale * root * key);
                let own: [f32; COLUMNS] = std::array::from_fn(|column| sums[column] as f32 * worth[column]);
                scores[at..at + COLUMNS].copy_from_slice(&own);
            }
        }
        let mut totals = [0f32; ROWS];
        for ((scores, shares), total) in scores.chunks_exact(columns).zip(shares.chunks_exact_mut(columns)).zip(&mut totals) {
            *total = soften(&scores[..count], &mut shares[..count]) as f32;
        }
        for (half, values) in values.chunks_exact(columns * COLUMNS).enumerate() {
            tile.multiply(shares, values, columns, &mut sums);
            let at = half * COLUMNS;
            let value_scales = columns_at(value_scales.as_slice(), at);
            for ((row, sums), &total) in (first..count.min(first + ROWS)).zip(&sums).zip(&totals) {
                let Some(to) = mixed[row * HIDDEN + index * HEAD + at..].first_chunk_mut::<COLUMNS>() else { continue };
                for column in 0..COLUMNS {
                    to[column] = sums[column] as f32 * (value_scales[column] / total);
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
