//! Reads the tensors out of an ONNX file: as much of its Protocol Buffers encoding as that takes.

use crate::error::{Code, Error, Result};

/// Numbers of the fields, from `onnx.proto`.
const MODEL_GRAPH: u64 = 7;
const GRAPH_INITIALIZER: u64 = 5;
const TENSOR_DIMS: u64 = 1;
const TENSOR_TYPE: u64 = 2;
const TENSOR_NAME: u64 = 8;
const TENSOR_DATA: u64 = 9;
const FLOAT: u64 = 1;
const INT8: u64 = 3;

pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    kind: u64,
    dims: Vec<usize>,
    data: &'a [u8],
}

impl Tensor<'_> {
    /// The values of a tensor of f32 of this shape.
    pub(super) fn floats(&self, shape: &[usize]) -> Result<Vec<f32>> {
        self.check(FLOAT, shape, 4)?;
        Ok(self.data.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// The values of a tensor of i8 of this shape.
    pub(super) fn bytes(&self, shape: &[usize]) -> Result<Vec<i8>> {
        self.check(INT8, shape, 1)?;
        Ok(bytemuck::cast_slice(self.data).to_vec())
    }

    fn check(&self, kind: u64, shape: &[usize], item_bytes: usize) -> Result<()> {
        if self.kind == kind && self.dims == shape && self.data.len() == shape.iter().product::<usize>() * item_bytes {
            return Ok(());
        }
        Err(bad(&format!("{}: type {kind} of {shape:?} expected, type {} of {:?} found", self.name, self.kind, self.dims)))
    }
}

/// All initial values of the model's graph, in the order of the file.
pub(super) fn tensors(model: &[u8]) -> Result<Vec<Tensor<'_>>> {
    let mut tensors = Vec::new();
    for graph in fields(model)?.into_iter().filter_map(|field| field.bytes_of(MODEL_GRAPH)) {
        for tensor in fields(graph)?.into_iter().filter_map(|field| field.bytes_of(GRAPH_INITIALIZER)) {
            let mut read = Tensor { name: "", kind: 0, dims: Vec::new(), data: &[] };
            for field in fields(tensor)? {
                match field {
                    Field::Number(TENSOR_DIMS, value) => read.dims.push(value as usize),
                    Field::Bytes(TENSOR_DIMS, mut packed) => {
                        while !packed.is_empty() {
                            read.dims.push(varint(&mut packed)? as usize);
                        }
                    }
                    Field::Number(TENSOR_TYPE, value) => read.kind = value,
                    Field::Bytes(TENSOR_NAME, name) => read.name = std::str::from_utf8(name).map_err(|_| bad("a name is not UTF-8"))?,
                    Field::Bytes(TENSOR_DATA, data) => read.data = data,
                    _ => {}
                }
            }
            tensors.push(read);
        }
    }
    Ok(tensors)
}

pub(super) fn named<'t, 'a>(tensors: &'t [Tensor<'a>], name: &str) -> Result<&'t Tensor<'a>> {
    tensors.iter().find(|tensor| tensor.name == name).ok_or_else(|| bad(&format!("{name} is missing")))
}

pub(super) fn bad(message: &str) -> Error {
    Error::new(Code::Corrupt, format!("embedding model: {message}")).hint("install it anew with `memvid models install minilm --force`")
}

enum Field<'a> {
    Number(u64, u64),
    Bytes(u64, &'a [u8]),
}

impl<'a> Field<'a> {
    fn bytes_of(self, wanted: u64) -> Option<&'a [u8]> {
        match self {
            Field::Bytes(number, bytes) if number == wanted => Some(bytes),
            _ => None,
        }
    }
}

/// The fields of one message. Those of fixed width are left out: none is needed.
fn fields(mut message: &[u8]) -> Result<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message)?;
        match key & 7 {
            0 => fields.push(Field::Number(key >> 3, varint(&mut message)?)),
            1 => _ = take(&mut message, 8)?,
            2 => {
                let len = varint(&mut message)?;
                fields.push(Field::Bytes(key >> 3, take(&mut message, len)?));
            }
            5 => _ = take(&mut message, 4)?,
            kind => return Err(bad(&format!("field of wire type {kind}"))),
        }
    }
    Ok(fields)
}

fn take<'a>(bytes: &mut &'a [u8], len: u64) -> Result<&'a [u8]> {
    let split = usize::try_from(len).ok().and_then(|len| bytes.split_at_checked(len));
    let (taken, rest) = split.ok_or_else(|| bad("it ends in the middle of a field"))?;
    *bytes = rest;
    Ok(taken)
}

fn varint(bytes: &mut &[u8]) -> Result<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(bad("a number is longer than 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_tensor_and_refuses_a_broken_one() {
        let tensor = [&[0x08, 2, 0x08, 1, 0x10, 1, 0x42, 1, b'w', 0x4a, 8][..], &1.5f32.to_le_bytes(), &(-2.0f32).to_le_bytes()].concat();
        let graph = [&[0x2a, tensor.len() as u8][..], &tensor].concat();
        // A field that is not known, then the graph.
        let model = [&[0x08, 0x96, 0x01, 0x3a, graph.len() as u8][..], &graph].concat();
        let read = tensors(&model).expect("well formed");
        assert_eq!(named(&read, "w").and_then(|tensor| tensor.floats(&[2, 1])).expect("there"), [1.5, -2.0]);
        assert!(named(&read, "v").is_err() && read[0].floats(&[1, 2]).is_err() && read[0].bytes(&[2, 1]).is_err());
        for end in 1..model.len() {
            if let Ok(read) = tensors(&model[..end]) {
                assert!(read.is_empty(), "cut at {end}");
            }
        }
        assert!(tensors(&[0xff; 12]).is_err() && tensors(&[0x0b]).is_err());
    }
}
