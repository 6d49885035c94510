//! The functions between the products, in f32 and in one fixed order, so that every machine gives the same bits. Written so that
//! the compiler vectorises them; Rust neither reorders nor fuses floating point.

/// Independent partial sums, of which value `i` goes to sum `i % LANES`.
const LANES: usize = 16;
/// Added and taken away again this rounds to the nearest integer, half to even, for magnitudes below 2²².
const ROUND: f32 = 12_582_912.0;

/// The nearest integer of a value of magnitude below 2²², half to even.
#[inline(always)]
pub(super) fn nearest(value: f32) -> i32 {
    ((value + ROUND).to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32)
}

#[inline(always)]
pub(super) fn lane_sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0f32; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += term(value);
        }
    }
    for (sum, &value) in sums.iter_mut().zip(rest) {
        *sum += term(value);
    }
    sums.iter().sum()
}

/// The greatest of what `measure` makes of the values, and of `least`. In lanes, as one chain of comparisons can't be vectorised.
#[inline(always)]
pub(super) fn greatest_of(values: &[f32], least: f32, measure: impl Fn(f32) -> f32) -> f32 {
    let greater = |a: f32, b: f32| if b > a { b } else { a };
    let mut greatest = [least; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (greatest, &value) in greatest.iter_mut().zip(chunk) {
            *greatest = greater(*greatest, measure(value));
        }
    }
    let rest = rest.iter().fold(least, |greatest, &value| greater(greatest, measure(value)));
    greatest.into_iter().fold(rest, greater)
}

#[inline(always)]
pub(super) fn largest_magnitude(values: &[f32]) -> f32 {
    greatest_of(values, 0.0, f32::abs)
}

/// e^x for x ≤ 0, within 2 units of the last place; below −87 what −87 gives, about 10⁻³⁸.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let x = if x < -87.0 { -87.0 } else { x };
    let turns = x * std::f32::consts::LOG2_E + ROUND;
    let whole = turns - ROUND;
    // ln 2 in two parts, so that x − whole · ln 2 keeps its last bits.
    let rest = x - whole * 0.693_359_4 - whole * -2.121_944_4e-4;
    // Taylor's polynomial is enough on ±½ ln 2: the first term left out is below 2⁻²⁵.
    let mut power = 1.0 / 5040.0f32;
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        power = power * rest + coefficient;
    }
    let exponent = (turns.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    power * f32::from_bits((exponent.wrapping_add(127) as u32) << 23)
}

/// x/2 · (1 + erf(x/√2)). erf by formula 7.1.26 of Abramowitz and Stegun, off by at most 1.5 · 10⁻⁷.
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    let scaled = x * std::f32::consts::FRAC_1_SQRT_2;
    let size = scaled.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let mut power = 1.061_405_4f32;
    for coefficient in [-1.453_152_1, 1.421_413_8, -0.284_496_74, 0.254_829_6, 0.0] {
        power = power * t + coefficient;
    }
    let erf = 1.0 - power * exp(-(size * size));
    let signed = if x < 0.0 { -erf } else { erf };
    0.5 * x * (1.0 + signed)
}

/// Layer normalisation in place, ε as in the model.
#[inline(always)]
pub(super) fn normalize(row: &mut [f32], weight: &[f32], bias: &[f32]) {
    let count = row.len() as f32;
    let mean = lane_sum(row, |value| value) / count;
    let variance = lane_sum(row, |value| (value - mean) * (value - mean)) / count;
    let factor = 1.0 / (variance + 1e-12).sqrt();
    for ((value, &weight), &bias) in row.iter_mut().zip(weight).zip(bias) {
        *value = (*value - mean) * factor * weight + bias;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_gelu_are_those_of_the_library() {
        let mut worst: f64 = 0.0;
        for step in 0..87_000 {
            let x = step as f32 * -0.001;
            let expected = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) - expected).abs() / expected);
        }
        assert!(worst < 4e-7, "exp is off by {worst}");
        assert!(exp(-200.0) < 1e-37 && exp(0.0) == 1.0);
        // Known values of the Gaussian error linear unit.
        for (x, expected) in [(0.0, 0.0), (1.0, 0.841_344_7), (-1.0, -0.158_655_3), (2.0, 1.954_499_7), (-3.0, -0.004_049_7), (9.0, 9.0)] {
            assert!((gelu(x) - expected).abs() < 1e-6, "gelu({x}) = {}", gelu(x));
        }
    }

    #[test]
    fn nearest_rounds_half_to_even() {
        for (value, expected) in [(0.4, 0), (0.5, 0), (1.5, 2), (-0.5, 0), (-1.5, -2), (-2.4, -2), (32766.6, 32767)] {
            assert_eq!(nearest(value), expected, "{value}");
        }
    }
}
