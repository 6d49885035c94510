//! Dot products of one query with many rows of codes: the inner loop of the scan.
//!
//! All kernels give the same integers. With AVX2 the scan of a large segment waits for memory, so that AVX-512 VNNI gains
//! nothing (measured on 38 MB of codes: 1.96 ms and 1.95 ms on a Xeon; 1.6 and 2.5 on a Zen 4, which takes two cycles for 512 bits). There is no kernel for ARM: NEON is part of every aarch64
//! target, and the compiler vectorises the portable loop with it.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
use std::sync::OnceLock;

/// A way to compute dot products. Only obtained from [`Kernel::best`] and [`Kernel::supported`], so that holding one proves
/// that this processor has the instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel(Instructions);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Instructions {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Kernel {
    /// The fastest kernel of this processor.
    pub fn best() -> Kernel {
        static BEST: OnceLock<Kernel> = OnceLock::new();
        *BEST.get_or_init(|| Kernel::supported().pop().unwrap_or(Kernel(Instructions::Portable)))
    }

    /// All kernels that this processor can run, slowest first.
    pub fn supported() -> Vec<Kernel> {
        #[allow(unused_mut)]
        let mut kernels = vec![Kernel(Instructions::Portable)];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            kernels.push(Kernel(Instructions::Avx2));
        }
        kernels
    }

    /// `dots[i]` becomes query · row `i` of `rows`, whose rows are as long as `query`, a multiple of 64. The caller has made
    /// the query so that no sum leaves i32 (`quantize::Query`).
    pub(super) fn dot_rows(self, query: &[i16], rows: &[i8], dots: &mut [i32]) {
        match self.0 {
            Instructions::Portable => dot_rows_portable(query, rows, dots),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a Kernel of this kind is only made after the processor was asked for its instructions.
            Instructions::Avx2 => unsafe { dot_rows_avx2(query, rows, dots) },
        }
    }

    /// The product of two rows of codes, of equal length, a multiple of 64.
    pub(super) fn dot_codes(self, a: &[i8], b: &[i8]) -> i32 {
        match self.0 {
            Instructions::Portable => dot_codes_portable(a, b),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Instructions::Avx2 => unsafe { dot_codes_avx2(a, b) },
        }
    }
}

fn dot_codes_portable(a: &[i8], b: &[i8]) -> i32 {
    // At most 4096 products of magnitude 2¹⁴: far from the ends of i32.
    a.iter().zip(b).fold(0i32, |sum, (&a, &b)| sum.wrapping_add(i32::from(a) * i32::from(b)))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_codes_avx2(a: &[i8], b: &[i8]) -> i32 {
    let mut sums = [_mm256_setzero_si256(); 2];
    for (a, b) in a.chunks_exact(32).zip(b.chunks_exact(32)) {
        for half in 0..2 {
            let (a, b) = (&a[half * 16..half * 16 + 16], &b[half * 16..half * 16 + 16]);
            // SAFETY: the slices have 16 items each, which are the bytes read; the loads need no alignment.
            let (a, b) = unsafe { (_mm_loadu_si128(a.as_ptr().cast()), _mm_loadu_si128(b.as_ptr().cast())) };
            sums[half] = _mm256_add_epi32(sums[half], _mm256_madd_epi16(_mm256_cvtepi8_epi16(a), _mm256_cvtepi8_epi16(b)));
        }
    }
    let sum = _mm256_add_epi32(sums[0], sums[1]);
    let sum = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
    let sum = _mm_add_epi32(sum, _mm_unpackhi_epi64(sum, sum));
    let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<1>(sum));
    _mm_cvtsi128_si32(sum)
}

fn dot_rows_portable(query: &[i16], rows: &[i8], dots: &mut [i32]) {
    for (row, dot) in rows.chunks_exact(query.len()).zip(dots) {
        // Wrapping, because the checks of plain `+` and `*` would keep the compiler from using SIMD.
        *dot = row.iter().zip(query).fold(0i32, |sum, (&code, &value)| sum.wrapping_add(i32::from(code).wrapping_mul(i32::from(value))));
    }
}

/// 16 codes a step, widened to i16, multiplied and added in pairs to i32.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_rows_avx2(query: &[i16], rows: &[i8], dots: &mut [i32]) {
    for (row, dot) in rows.chunks_exact(query.len()).zip(dots) {
        let mut sums = [_mm256_setzero_si256(); 2];
        for (codes, values) in row.chunks_exact(32).zip(query.chunks_exact(32)) {
            for half in 0..2 {
                let (codes, values) = (&codes[half * 16..half * 16 + 16], &values[half * 16..half * 16 + 16]);
                // SAFETY: the slices have 16 items each, which are the 16 and 32 bytes read; the loads need no alignment.
                let (codes, values) = unsafe { (_mm_loadu_si128(codes.as_ptr().cast()), _mm256_loadu_si256(values.as_ptr().cast())) };
                sums[half] = _mm256_add_epi32(sums[half], _mm256_madd_epi16(_mm256_cvtepi8_epi16(codes), values));
            }
        }
        let sum = _mm256_add_epi32(sums[0], sums[1]);
        let sum = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
        let sum = _mm_add_epi32(sum, _mm_unpackhi_epi64(sum, sum));
        let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<1>(sum));
        *dot = _mm_cvtsi128_si32(sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kernels_give_the_same_integers() {
        // Extremes first: a segment from outside can hold −128, which no writer of ours makes.
        let mut state = 9u64;
        let mut next = move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as i32
        };
        for stride in [64usize, 128, 192, 384, 1024, 4096] {
            let query_max = (16_000_000 / stride as i32).min(32767);
            for extreme in [true, false] {
                let query: Vec<i16> = (0..stride).map(|_| if extreme { -query_max as i16 } else { (next() % query_max) as i16 }).collect();
                let rows: Vec<i8> = (0..5 * stride).map(|_| if extreme { -128 } else { next() as i8 }).collect();
                let expected: Vec<i32> = rows
                    .chunks(stride)
                    .map(|row| row.iter().zip(&query).map(|(&a, &b)| i64::from(a) * i64::from(b)).sum::<i64>())
                    .map(|dot| i32::try_from(dot).expect("within i32"))
                    .collect();
                for kernel in Kernel::supported() {
                    // One byte in, so that rows are not aligned.
                    let mut shifted = vec![1i8];
                    shifted.extend_from_slice(&rows);
                    let mut dots = vec![0; 5];
                    kernel.dot_rows(&query, &shifted[1..], &mut dots);
                    assert_eq!(dots, expected, "{kernel:?}, stride {stride}");
                    let (one, other) = rows.split_at(stride);
                    let product: i32 = one.iter().zip(other).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum();
                    assert_eq!(kernel.dot_codes(one, &other[..stride]), product, "{kernel:?}, stride {stride}");
                }
            }
        }
    }
}
