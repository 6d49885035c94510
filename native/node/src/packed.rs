//! Many puts in two buffers, because each string and object that crosses by itself costs more than all else about it.
//!
//! For each put `numbers` holds eleven: 1 for text or 0 · byte lengths of content, media type, title, URI and metadata · timestamp · frame that it
//! supersedes · values of its vector · number of passage vectors · number of tags; then the byte length of each tag, and the values of each
//! passage vector. −1 (NaN for the timestamp) stands for what is absent. `bytes` holds the parts in this order, vectors as f32.

use mv2::store::{Content, PutInput};
use mv2::{Error, Result};
use napi::bindgen_prelude::{Buffer, Float64Array};
use napi_derive::napi;

use crate::input::{EmbedderInput, whole};

#[napi(object)]
pub struct PackedPuts {
    pub numbers: Float64Array,
    pub bytes: Buffer,
    /// The embedder that the puts are for, as in `Batch`.
    pub embedder: Option<EmbedderInput>,
    /// Timestamp of puts without one.
    pub now_ms: f64,
}

struct Parts<'a> {
    numbers: std::slice::Iter<'a, f64>,
    bytes: &'a [u8],
}

/// Reads puts from both buffers.
pub fn unpack(numbers: &[f64], bytes: &[u8], now_ms: f64) -> Result<Vec<PutInput>> {
    let mut parts = Parts { numbers: numbers.iter(), bytes };
    let mut puts = Vec::new();
    while !parts.numbers.as_slice().is_empty() {
        puts.push(parts.put(now_ms)?);
    }
    if parts.bytes.is_empty() { Ok(puts) } else { Err(malformed()) }
}

fn malformed() -> Error {
    Error::invalid("packed puts: lengths and bytes do not agree")
}

impl<'a> Parts<'a> {
    fn put(&mut self, now_ms: f64) -> Result<PutInput> {
        let is_text = self.number()? != 0.0;
        let [content, mime_type, title, uri, metadata] = [self.length()?, self.length()?, self.length()?, self.length()?, self.length()?];
        let (timestamp, supersedes) = (self.number()?, self.number()?);
        let [vector, passages, tags] = [self.length()?, self.length()?, self.length()?];
        let tags: Vec<usize> = (0..tags.unwrap_or(0)).map(|_| self.length().map(Option::unwrap_or_default)).collect::<Result<_>>()?;
        let passages = match passages {
            Some(count) => Some((0..count).map(|_| self.length().map(Option::unwrap_or_default)).collect::<Result<Vec<_>>>()?),
            None => None,
        };
        let content = self.take(content.unwrap_or(0))?.to_vec();
        Ok(PutInput {
            content: if is_text { Content::Text(text(content)?) } else { Content::Bytes(content) },
            mime_type: self.text(mime_type)?,
            title: self.text(title)?,
            uri: self.text(uri)?,
            metadata: self.take(metadata.unwrap_or(0))?.to_vec(),
            tags: tags.into_iter().map(|len| text(self.take(len)?.to_vec())).collect::<Result<_>>()?,
            timestamp_ms: if timestamp.is_nan() { now_ms as i64 } else { timestamp as i64 },
            supersedes: if supersedes < 0.0 { None } else { Some(whole("supersedes", supersedes)?) },
            vector: vector.map(|len| self.floats(len)).transpose()?,
            passage_vectors: passages.map(|all| all.into_iter().map(|len| self.floats(len)).collect()).transpose()?,
        })
    }

    fn number(&mut self) -> Result<f64> {
        self.numbers.next().copied().ok_or_else(malformed)
    }

    /// A length or a count; None where it is absent.
    fn length(&mut self) -> Result<Option<usize>> {
        let number = self.number()?;
        if number < 0.0 { Ok(None) } else { whole("a length", number).map(|len| Some(len as usize)) }
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (part, rest) = self.bytes.split_at_checked(len).ok_or_else(malformed)?;
        self.bytes = rest;
        Ok(part)
    }

    fn text(&mut self, len: Option<usize>) -> Result<Option<String>> {
        len.map(|len| text(self.take(len)?.to_vec())).transpose()
    }

    fn floats(&mut self, len: usize) -> Result<Vec<f32>> {
        let bytes = self.take(len.saturating_mul(4))?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect())
    }
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Error::invalid("packed puts: a text is not UTF-8"))
}
