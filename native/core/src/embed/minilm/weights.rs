//! The numbers of the model, laid out for the kernel.

use super::kernel::{COLUMNS, Instructions};
use super::onnx::{self, Tensor};
use crate::error::Result;

pub(super) const HIDDEN: usize = 384;
pub(super) const INNER: usize = 1536;
pub(super) const LAYERS: usize = 6;
const WORDS: usize = 30_522;
const POSITIONS: usize = 512;

/// Rows of i8 with one scale each, read where they lie.
pub(super) struct Table {
    codes: Vec<i8>,
    scales: Vec<f32>,
}

impl Table {
    #[inline(always)]
    pub(super) fn add_row(&self, row: usize, sum: &mut [f32]) {
        let scale = self.scales[row];
        for (sum, &code) in sum.iter_mut().zip(&self.codes[row * HIDDEN..(row + 1) * HIDDEN]) {
            *sum += scale * f32::from(code);
        }
    }
}

/// A weight matrix with its bias: y = x · W + b, W = codes · scale of the column.
pub(super) struct Linear {
    pub(super) depth: usize,
    pub(super) columns: usize,
    /// Panels of 16 columns: (panel, k / 2, column, 2).
    pub(super) panels: Vec<i16>,
    /// The same as (panel, k / 4, column, 4), for processors that multiply bytes; empty on others.
    pub(super) bytes: Vec<i8>,
    /// Of the codes of each column.
    pub(super) column_sums: Vec<i32>,
    pub(super) scales: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

pub(super) struct Layer {
    /// Queries, keys and values side by side.
    pub(super) attention: Linear,
    pub(super) attention_out: Linear,
    pub(super) attention_norm: Norm,
    pub(super) inner: Linear,
    pub(super) out: Linear,
    pub(super) out_norm: Norm,
}

pub(super) struct Weights {
    pub(super) words: Table,
    pub(super) positions: Table,
    /// Of the only segment that a single text has.
    pub(super) segment: Vec<f32>,
    pub(super) norm: Norm,
    pub(super) layers: Vec<Layer>,
}

impl Weights {
    /// Takes the tensors out of the bytes of the model. `Corrupt` when one is missing or of another shape.
    pub(super) fn read(model: &[u8]) -> Result<Weights> {
        let tensors = onnx::tensors(model)?;
        let named = |name: &str| onnx::named(&tensors, name);
        let norm = |prefix: &str| -> Result<Norm> {
            let vector = |part: &str| named(&format!("inner.{prefix}LayerNorm.{part}"))?.floats(&[HIDDEN]);
            Ok(Norm { weight: vector("weight")?, bias: vector("bias")? })
        };
        let table = |name: &str, rows: usize| -> Result<Table> {
            let codes = named(&format!("inner.embeddings.{name}.weight_q"))?.bytes(&[rows, HIDDEN])?;
            let scales = named(&format!("inner.embeddings.{name}.weight_scale"))?.floats(&[rows, 1])?;
            Ok(Table { codes, scales })
        };
        // The matrices have no names but numbers, and stand in the order in which they are used: six to a layer.
        let mut matrices = tensors.iter().filter_map(|tensor| tensor.name.strip_prefix("val_")?.strip_suffix("_q"));
        let mut matrix = |depth: usize, columns: usize, bias: &str| -> Result<(Vec<i8>, Vec<f32>, Vec<f32>)> {
            let number = matrices.next().ok_or_else(|| onnx::bad("a matrix is missing"))?;
            let codes = named(&format!("val_{number}_q"))?.bytes(&[depth, columns])?;
            let scales = named(&format!("val_{number}_scale"))?.floats(&[1, columns])?;
            Ok((codes, scales, named(bias)?.floats(&[columns])?))
        };
        let mut layers = Vec::with_capacity(LAYERS);
        for index in 0..LAYERS {
            let layer = format!("encoder.layer.{index}.");
            let mut linear = |depth: usize, columns: usize, names: &[&str]| -> Result<Linear> {
                let parts = names.iter().map(|name| matrix(depth, columns, &format!("inner.{layer}{name}.bias")));
                Ok(Linear::new(depth, columns, &parts.collect::<Result<Vec<_>>>()?))
            };
            layers.push(Layer {
                attention: linear(HIDDEN, HIDDEN, &["attention.self.query", "attention.self.key", "attention.self.value"])?,
                attention_out: linear(HIDDEN, HIDDEN, &["attention.output.dense"])?,
                inner: linear(HIDDEN, INNER, &["intermediate.dense"])?,
                out: linear(INNER, HIDDEN, &["output.dense"])?,
                attention_norm: norm(&format!("{layer}attention.output."))?,
                out_norm: norm(&format!("{layer}output."))?,
            });
        }
        let segments: &Tensor<'_> = named("inner.embeddings.token_type_embeddings.weight")?;
        Ok(Weights {
            words: table("word_embeddings", WORDS)?,
            positions: table("position_embeddings", POSITIONS)?,
            segment: segments.floats(&[2, HIDDEN])?[..HIDDEN].to_vec(),
            norm: norm("embeddings.")?,
            layers,
        })
    }
}

impl Linear {
    /// Joins matrices of `depth` rows and `columns` columns side by side. Both are multiples of 16.
    fn new(depth: usize, columns: usize, parts: &[(Vec<i8>, Vec<f32>, Vec<f32>)]) -> Linear {
        let len = depth * columns * parts.len();
        let (mut panels, mut column_sums) = (vec![0i16; len], vec![0i32; columns * parts.len()]);
        let mut bytes = vec![0i8; if Instructions::take_bytes() { len } else { 0 }];
        let codes = parts.iter().flat_map(|(codes, ..)| (0..columns).step_by(COLUMNS).map(move |first| (codes, first)));
        for (index, (codes, first)) in codes.enumerate() {
            let place = index * depth * COLUMNS;
            for (k, row) in codes.chunks_exact(columns).enumerate() {
                for (column, &code) in row[first..first + COLUMNS].iter().enumerate() {
                    panels[place + (k / 2 * COLUMNS + column) * 2 + k % 2] = i16::from(code);
                    if let Some(byte) = bytes.get_mut(place + (k / 4 * COLUMNS + column) * 4 + k % 4) {
                        *byte = code;
                    }
                    column_sums[index * COLUMNS + column] += i32::from(code);
                }
            }
        }
        let joined = |pick: fn(&(Vec<i8>, Vec<f32>, Vec<f32>)) -> &Vec<f32>| parts.iter().flat_map(pick).copied().collect();
        Linear {
            depth,
            columns: columns * parts.len(),
            panels,
            bytes,
            column_sums,
            scales: joined(|part| &part.1),
            bias: joined(|part| &part.2),
        }
    }
}
