//! How finely the vectors of a segment are kept.

use bytemuck::cast_slice;
use half::f16;

use super::exact;
use super::quantize::{RowCodes, quantize_row};

/// How finely vectors are kept. Searches are exact over what is kept, whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Precision {
    /// As they were given, to the bit.
    #[default]
    F32,
    /// Each component rounded to the nearest IEEE 754 binary16, ties to even: half of the bytes.
    F16,
    /// The codes that searches scan, and a scale: a vector takes one byte a component, and loses about a hundredth of its direction.
    I8,
}

impl Precision {
    pub const ALL: [Precision; 3] = [Precision::F32, Precision::F16, Precision::I8];

    pub fn as_str(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::F16 => "f16",
            Precision::I8 => "i8",
        }
    }

    pub fn parse(name: &str) -> Option<Precision> {
        Precision::ALL.into_iter().find(|precision| precision.as_str() == name)
    }

    /// As it stands in a file.
    pub fn number(self) -> u8 {
        self as u8
    }

    pub fn from_number(number: u64) -> Option<Precision> {
        Precision::ALL.into_iter().find(|precision| u64::from(precision.number()) == number)
    }

    /// Bytes of a component beside its code.
    pub(super) fn item_bytes(self) -> usize {
        match self {
            Precision::F32 => size_of::<f32>(),
            Precision::F16 => size_of::<f16>(),
            Precision::I8 => 0,
        }
    }

    /// Rounds `row`, which has a cosine, to what is kept of it. Returns what a code of 1 is worth, which is 0 but for [`Precision::I8`].
    /// What comes out may have no cosine any more: components can leave the range of a format, or vanish in it.
    pub(super) fn round(self, row: &mut [f32]) -> f32 {
        match self {
            Precision::F32 => 0.0,
            Precision::F16 => {
                row.iter_mut().for_each(|value| *value = f16::from_f32(*value).to_f32());
                0.0
            }
            Precision::I8 => {
                let mut codes = vec![0i8; row.len()];
                let RowCodes { scale, .. } = quantize_row(row, &mut codes);
                let step = (exact::norm(row) * f64::from(scale)) as f32;
                decode_i8(&codes, step, row);
                step
            }
        }
    }

    /// The bytes of a rounded row that stand beside its codes.
    pub(super) fn encode(self, row: &[f32], out: &mut Vec<u8>) {
        out.clear();
        match self {
            Precision::F32 => out.extend_from_slice(cast_slice(row)),
            Precision::F16 => row.iter().for_each(|&value| out.extend_from_slice(&f16::from_f32(value).to_le_bytes())),
            Precision::I8 => {}
        }
    }
}

/// The vector of `codes` in units of `step`.
pub(super) fn decode_i8(codes: &[i8], step: f32, row: &mut [f32]) {
    row.iter_mut().zip(codes).for_each(|(value, &code)| *value = step * f32::from(code));
}

/// The vector that these halves stand for, exactly.
pub(super) fn decode_f16(halves: &[f16]) -> Vec<f32> {
    halves.iter().map(|half| half.to_f32()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::vector::tests::Random;

    #[test]
    fn what_is_kept_rounds_to_itself_and_has_the_codes_it_came_from() {
        let mut random = Random(50);
        for dim in [1, 3, 64, 257] {
            for size in [1e-30f32, 1e-3, 1.0, 1e4, 1e30] {
                let row: Vec<f32> = random.vector(dim).iter().map(|value| value * size).collect();
                let mut codes = vec![0i8; dim];
                quantize_row(&row, &mut codes);
                let mut kept = row.clone();
                Precision::I8.round(&mut kept);
                let mut again = vec![0i8; dim];
                let RowCodes { residual, .. } = quantize_row(&kept, &mut again);
                assert_eq!(again, codes, "{dim} components of size {size}");
                assert!(residual < 1e-5, "{residual}");
                let cosine = exact::cosine(&row, exact::norm(&row), &kept).expect("has one");
                assert!(cosine > 0.9999, "{cosine} with {dim} components");
                let size_kept = exact::norm(&kept) / exact::norm(&row);
                assert!((size_kept - 1.0).abs() < 0.01, "{size_kept}");
            }
        }
        for value in [0.1f32, -3.7, 65504.0, 1e-7] {
            let mut kept = [value];
            Precision::F16.round(&mut kept);
            let once = kept;
            Precision::F16.round(&mut kept);
            assert_eq!(kept, once);
            assert!((once[0] - value).abs() <= value.abs() * 4.9e-4 + 3e-8, "{value} became {}", once[0]);
        }
        assert_eq!(
            Precision::ALL.map(|p| (Precision::parse(p.as_str()), Precision::from_number(u64::from(p.number())))),
            [
                (Some(Precision::F32), Some(Precision::F32)),
                (Some(Precision::F16), Some(Precision::F16)),
                (Some(Precision::I8), Some(Precision::I8)),
            ]
        );
        assert_eq!((Precision::parse("f64"), Precision::from_number(3)), (None, None));
    }
}
