//! The score that is reported, the same to the last bit on every machine.

/// Independent partial sums. Component `i` belongs to lane `i % LANES`, and lanes are added from the first to the last.
const LANES: usize = 8;

/// Length of a vector, in f64. Finite and above zero for every vector of finite components that are not all zero.
pub(super) fn norm(vector: &[f32]) -> f64 {
    dot_and_square(vector, vector).1.sqrt()
}

/// Cosine of `query` and `row`, of equal length, between −1 and 1; `None` when `row` is zero or not finite.
///
/// Deterministic across machines: the product of two f32 is exact in f64, so that it does not matter whether a compiler
/// fuses the multiplication with the addition, and the order of the additions is fixed by the lanes. Whatever SIMD the
/// compiler uses has to keep that order, since Rust does not reassociate floating point.
pub(super) fn cosine(query: &[f32], query_norm: f64, row: &[f32]) -> Option<f32> {
    let (dot, square) = dot_and_square(query, row);
    let cosine = dot / (query_norm * square.sqrt());
    // Adding zero makes −0 into 0, so that the two don't differ in order.
    cosine.is_finite().then(|| cosine.clamp(-1.0, 1.0) as f32 + 0.0)
}

/// (`query` · `row`, `row` · `row`)
fn dot_and_square(query: &[f32], row: &[f32]) -> (f64, f64) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor was asked for the instructions.
        return unsafe { dot_and_square_avx2(query, row) };
    }
    dot_and_square_in_lanes(query, row)
}

/// The same operations in the same order, for the compiler to make four of them at once of.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_and_square_avx2(query: &[f32], row: &[f32]) -> (f64, f64) {
    dot_and_square_in_lanes(query, row)
}

#[inline(always)]
fn dot_and_square_in_lanes(query: &[f32], row: &[f32]) -> (f64, f64) {
    let (mut dot, mut square) = ([0f64; LANES], [0f64; LANES]);
    // Of a length that the compiler knows: it makes one scalar loop of slices.
    let mut add = |query: &[f32; LANES], row: &[f32; LANES]| {
        let (query, row) = (query.map(f64::from), row.map(f64::from));
        for lane in 0..LANES {
            dot[lane] += query[lane] * row[lane];
        }
        for lane in 0..LANES {
            square[lane] += row[lane] * row[lane];
        }
    };
    let ((query_chunks, query_rest), (row_chunks, row_rest)) = (query.as_chunks::<LANES>(), row.as_chunks::<LANES>());
    for (query, row) in query_chunks.iter().zip(row_chunks) {
        add(query, row);
    }
    // Zeros add nothing: no sum is −0 from here on, nor before.
    let padded = |rest: &[f32]| std::array::from_fn(|lane| rest.get(lane).copied().unwrap_or(0.0));
    add(&padded(query_rest), &padded(row_rest));
    (dot.iter().sum(), square.iter().sum())
}
