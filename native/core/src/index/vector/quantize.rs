//! Vectors as small integers, with a proven bound on what that loses.

use super::exact;

/// Largest code of a row. −128 is not used, so that codes are symmetric.
const ROW_CODE_MAX: f64 = 127.0;
/// Largest code of a query.
const QUERY_CODE_MAX: f64 = 32767.0;
/// Sum of the magnitudes of a query's codes before rounding. Rounding adds at most half a unit for each of 4096
/// components, and a stored code is at least −128: no partial sum of a dot product then leaves the range of i32.
const QUERY_CODE_SUM_MAX: f64 = 16_000_000.0;
const _: () = assert!((QUERY_CODE_SUM_MAX as i64 + super::MAX_DIM as i64 / 2) * 128 < i32::MAX as i64);

/// What the codes of a row mean: the unit vector u of the row is `scale × codes`, off by `residual` in length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RowCodes {
    pub scale: f32,
    /// ‖scale × codes − u‖, rounded up.
    pub residual: f32,
}

/// Writes the codes of `row` (finite, not zero) into `codes`, which is as long.
pub(super) fn quantize_row(row: &[f32], codes: &mut [i8]) -> RowCodes {
    let norm = exact::norm(row);
    let largest = row.iter().fold(0f64, |largest, &value| largest.max(f64::from(value).abs())) / norm;
    let scale = (largest / ROW_CODE_MAX) as f32;
    let mut square = 0f64;
    for (code, &value) in codes.iter_mut().zip(row) {
        let unit = f64::from(value) / norm;
        let rounded = (unit / f64::from(scale)).round().clamp(-ROW_CODE_MAX, ROW_CODE_MAX);
        let error = rounded * f64::from(scale) - unit;
        square += error * error;
        *code = rounded as i8;
    }
    RowCodes { scale, residual: (square.sqrt() as f32).next_up() }
}

/// A query ready to be scanned for.
pub(super) struct Query<'a> {
    /// As given.
    pub values: &'a [f32],
    pub norm: f64,
    /// The unit vector of the query in units of `step`, padded with zeros to the stride of the rows.
    pub codes: Vec<i16>,
    pub step: f32,
    /// ‖step × codes − unit vector‖, rounded up.
    pub residual: f32,
}

impl Query<'_> {
    /// `values` are finite and not all zero.
    ///
    /// Queries get 16 bits: they are read from the first-level cache, so this costs no bandwidth, and it makes their share
    /// of the error negligible.
    pub fn new(values: &[f32], stride: usize) -> Query<'_> {
        let norm = exact::norm(values);
        let magnitudes = || values.iter().map(|&value| f64::from(value).abs() / norm);
        let step = (magnitudes().fold(0f64, f64::max) / QUERY_CODE_MAX).max(magnitudes().sum::<f64>() / QUERY_CODE_SUM_MAX) as f32;
        let mut codes = vec![0i16; stride];
        let mut square = 0f64;
        for (code, &value) in codes.iter_mut().zip(values) {
            let unit = f64::from(value) / norm;
            let rounded = (unit / f64::from(step)).round().clamp(-QUERY_CODE_MAX, QUERY_CODE_MAX);
            let error = rounded * f64::from(step) - unit;
            square += error * error;
            *code = rounded as i16;
        }
        Query { values, norm, codes, step, residual: (square.sqrt() as f32).next_up() }
    }
}
