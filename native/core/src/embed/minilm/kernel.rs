//! Integer products of 12 rows with 16 columns: the inner loop of the forward pass.
//!
//! All kernels give the same integers, so that a text has the same vector on every machine. Both sides are i16 and the sums
//! i32; whoever quantises keeps them from overflowing (see `quantize`).

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Rows and columns of a tile.
pub(super) const ROWS: usize = 12;
pub(super) const COLUMNS: usize = 16;

pub(super) type Sums = [[i32; COLUMNS]; ROWS];

/// What a processor can do, asked for once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instructions {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
}

impl Instructions {
    /// All that this processor has, slowest first.
    pub(super) fn supported() -> Vec<Instructions> {
        #[allow(unused_mut)]
        let mut all = vec![Instructions::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                all.push(Instructions::Avx2);
            }
            let vnni = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni");
            if all.len() == 2 && vnni && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vl") {
                all.push(Instructions::Avx512Vnni);
            }
        }
        all
    }

    /// Whether one of them multiplies bytes.
    pub(super) fn take_bytes() -> bool {
        #[cfg(target_arch = "x86_64")]
        return Instructions::supported().contains(&Instructions::Avx512Vnni);
        #[cfg(not(target_arch = "x86_64"))]
        return false;
    }
}

/// Products of rows and columns. `rows` holds [`ROWS`] rows of `depth` values one after the other; `panel` holds [`COLUMNS`]
/// columns, two values of each column side by side: (k, column, 2). `depth` is even.
pub(super) trait Tile: Copy {
    /// Whether products of bytes are quicker than those of i16. The sums are the same.
    const TAKES_BYTES: bool;

    fn multiply(self, rows: &[i16], panel: &[i16], depth: usize, sums: &mut Sums);

    /// As `multiply`, of bytes: `rows` unsigned, `panel` as (k / 4, column, 4). `depth` is a multiple of four.
    #[inline(always)]
    fn multiply_bytes(self, rows: &[u8], panel: &[i8], depth: usize, sums: &mut Sums) {
        for (row, sums) in rows.chunks_exact(depth).zip(sums.iter_mut()) {
            *sums = [0; COLUMNS];
            for (codes, columns) in row.chunks_exact(4).zip(panel.chunks_exact(4 * COLUMNS)) {
                for (sum, column) in sums.iter_mut().zip(columns.chunks_exact(4)) {
                    *sum += codes.iter().zip(column).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>();
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct PortableTile;

impl Tile for PortableTile {
    const TAKES_BYTES: bool = false;

    #[inline(always)]
    fn multiply(self, rows: &[i16], panel: &[i16], depth: usize, sums: &mut Sums) {
        for (row, sums) in rows.chunks_exact(depth).zip(sums.iter_mut()) {
            *sums = [0; COLUMNS];
            for (pair, columns) in row.chunks_exact(2).zip(panel.chunks_exact(2 * COLUMNS)) {
                let (a, b) = (i32::from(pair[0]), i32::from(pair[1]));
                for (sum, column) in sums.iter_mut().zip(columns.chunks_exact(2)) {
                    let products = a.wrapping_mul(i32::from(column[0])).wrapping_add(b.wrapping_mul(i32::from(column[1])));
                    *sum = sum.wrapping_add(products);
                }
            }
        }
    }
}

/// Only made inside of functions that are compiled for AVX2, which are called after the processor was asked for it.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Avx2Tile(());

#[cfg(target_arch = "x86_64")]
impl Avx2Tile {
    #[target_feature(enable = "avx2")]
    pub(super) fn new() -> Avx2Tile {
        Avx2Tile(())
    }
}

#[cfg(target_arch = "x86_64")]
impl Tile for Avx2Tile {
    const TAKES_BYTES: bool = false;

    #[inline(always)]
    fn multiply(self, rows: &[i16], panel: &[i16], depth: usize, sums: &mut Sums) {
        const HALF: usize = ROWS / 2;
        let (first, second) = sums.split_at_mut(HALF);
        for (rows, sums) in rows.chunks_exact(HALF * depth).zip([first, second]) {
            // SAFETY: an `Avx2Tile` proves that the processor has AVX2.
            unsafe { multiply_avx2::<HALF>(rows, panel, depth, sums) };
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn multiply_avx2<const N: usize>(rows: &[i16], panel: &[i16], depth: usize, sums: &mut [[i32; COLUMNS]]) {
    assert!(rows.len() >= N * depth && panel.len() >= COLUMNS * depth && sums.len() >= N && depth.is_multiple_of(2));
    let mut totals = [[_mm256_setzero_si256(); 2]; N];
    let (mut row, mut column) = (rows.as_ptr(), panel.as_ptr());
    for _ in 0..depth / 2 {
        // SAFETY: step s of depth / 2 reads columns 32 s … 32 s + 31 of `panel` and values 2 s, 2 s + 1 of each of N rows, which
        // the lengths above cover. Loads need no alignment.
        unsafe {
            let columns = [_mm256_loadu_si256(column.cast()), _mm256_loadu_si256(column.add(16).cast())];
            for (index, total) in totals.iter_mut().enumerate() {
                let pair = _mm256_set1_epi32(row.add(index * depth).cast::<i32>().read_unaligned());
                total[0] = _mm256_add_epi32(total[0], _mm256_madd_epi16(pair, columns[0]));
                total[1] = _mm256_add_epi32(total[1], _mm256_madd_epi16(pair, columns[1]));
            }
            row = row.add(2);
            column = column.add(2 * COLUMNS);
        }
    }
    for (total, sums) in totals.iter().zip(sums) {
        // SAFETY: `sums` is 16 × i32, the 2 × 32 bytes written.
        unsafe {
            _mm256_storeu_si256(sums.as_mut_ptr().cast(), total[0]);
            _mm256_storeu_si256(sums.as_mut_ptr().add(8).cast(), total[1]);
        }
    }
}

/// Only made inside of functions that are compiled for AVX-512 VNNI, which are called after the processor was asked for it.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct VnniTile(());

#[cfg(target_arch = "x86_64")]
impl VnniTile {
    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn new() -> VnniTile {
        VnniTile(())
    }
}

#[cfg(target_arch = "x86_64")]
impl Tile for VnniTile {
    const TAKES_BYTES: bool = true;

    #[inline(always)]
    fn multiply(self, rows: &[i16], panel: &[i16], depth: usize, sums: &mut Sums) {
        // SAFETY: a `VnniTile` proves that the processor has AVX-512F and VNNI.
        unsafe { multiply_vnni(rows, panel, depth, sums) };
    }

    #[inline(always)]
    fn multiply_bytes(self, rows: &[u8], panel: &[i8], depth: usize, sums: &mut Sums) {
        // SAFETY: as in `multiply`.
        unsafe { multiply_bytes_vnni(rows, panel, depth, sums) };
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vnni")]
fn multiply_vnni(rows: &[i16], panel: &[i16], depth: usize, sums: &mut Sums) {
    assert!(rows.len() >= ROWS * depth && panel.len() >= COLUMNS * depth && depth.is_multiple_of(2));
    let mut totals = [_mm512_setzero_si512(); ROWS];
    let (mut row, mut column) = (rows.as_ptr(), panel.as_ptr());
    for _ in 0..depth / 2 {
        // SAFETY: as in `multiply_avx2`, with 12 rows.
        unsafe {
            let columns = _mm512_loadu_si512(column.cast());
            for (index, total) in totals.iter_mut().enumerate() {
                let pair = _mm512_set1_epi32(row.add(index * depth).cast::<i32>().read_unaligned());
                *total = _mm512_dpwssd_epi32(*total, pair, columns);
            }
            row = row.add(2);
            column = column.add(2 * COLUMNS);
        }
    }
    for (total, sums) in totals.iter().zip(sums.iter_mut()) {
        // SAFETY: `sums` is 16 × i32, the 64 bytes written.
        unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), *total) };
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vnni")]
fn multiply_bytes_vnni(rows: &[u8], panel: &[i8], depth: usize, sums: &mut Sums) {
    assert!(rows.len() >= ROWS * depth && panel.len() >= COLUMNS * depth && depth.is_multiple_of(4));
    let mut totals = [_mm512_setzero_si512(); ROWS];
    let (mut row, mut column) = (rows.as_ptr(), panel.as_ptr());
    for _ in 0..depth / 4 {
        // SAFETY: step s of depth / 4 reads bytes 64 s … 64 s + 63 of `panel` and bytes 4 s … 4 s + 3 of each of 12 rows, which the lengths
        // above cover. Loads need no alignment.
        unsafe {
            let columns = _mm512_loadu_si512(column.cast());
            for (index, total) in totals.iter_mut().enumerate() {
                let codes = _mm512_set1_epi32(row.add(index * depth).cast::<i32>().read_unaligned());
                *total = _mm512_dpbusd_epi32(*total, codes, columns);
            }
            row = row.add(4);
            column = column.add(4 * COLUMNS);
        }
    }
    for (total, sums) in totals.iter().zip(sums.iter_mut()) {
        // SAFETY: `sums` is 16 × i32, the 64 bytes written.
        unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), *total) };
    }
}

/// Runs `work` compiled for the instructions that `chosen` names, with their tile.
macro_rules! dispatch {
    ($chosen:expr, $work:ident ( $($argument:ident : $type:ty),* ) -> $result:ty) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn avx2($($argument: $type),*) -> $result { $work(Avx2Tile::new(), $($argument),*) }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
        fn vnni($($argument: $type),*) -> $result { $work(VnniTile::new(), $($argument),*) }
        match $chosen {
            Instructions::Portable => $work(PortableTile, $($argument),*),
            // SAFETY: `Instructions::supported` asked the processor.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { avx2($($argument),*) },
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512Vnni => unsafe { vnni($($argument),*) },
        }
    }};
}

use super::forward::{Input, run};

/// The forward pass, compiled for these instructions.
pub(super) fn forward(instructions: Instructions, input: Input<'_>) -> Vec<f32> {
    dispatch!(instructions, run(input: Input<'_>) -> Vec<f32>)
}
