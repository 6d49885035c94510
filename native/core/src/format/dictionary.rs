//! Dictionaries of the file's own text, and bodies compressed with one in chunks, so that one small frame is read by itself.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use zstd::bulk::Compressor;
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::bytes::{Put, Reader};
use super::frames::BodyPart;
use super::record::{LEVEL, MAX_RATIO, Payload, RecordHeader, RecordType, compress, decompress};
use super::{ALIGN, contexts};
use crate::error::{Error, Result};

/// Length of the text that a dictionary is made of.
pub const DICTIONARY_BYTES: usize = 256 << 10;
const MAX_DICTIONARY_BYTES: u64 = 1 << 20;

/// Where a dictionary and its copy lie. All frames that need it are lost with it, so there are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DictionaryPlace {
    pub offset: u64,
    pub copy_offset: u64,
}

/// Text that compressed chunks refer to.
pub struct Dictionary {
    place: DictionaryPlace,
    content: Vec<u8>,
    decoder: DecoderDictionary<'static>,
    encoder: OnceLock<EncoderDictionary<'static>>,
}

/// Finds a dictionary by what a body says of it; `before` is where the body's own record lies.
pub trait Dictionaries {
    fn find(&self, place: DictionaryPlace, before: u64) -> Result<Arc<Dictionary>>;
}

impl Dictionary {
    pub fn new(place: DictionaryPlace, content: Vec<u8>) -> Result<Dictionary> {
        let decoder = DecoderDictionary::copy(&content);
        Ok(Dictionary { place, content, decoder, encoder: OnceLock::new() })
    }

    /// The content of a dictionary out of texts. It begins with a zero, as zstd would take some first bytes for a format of its own.
    pub fn content_of<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut content = vec![0];
        for text in texts {
            let room = DICTIONARY_BYTES - content.len();
            content.extend_from_slice(&text[..text.len().min(room)]);
        }
        content
    }

    pub fn payload(content: &[u8]) -> Result<Payload> {
        let (bytes, codec) = compress(content)?;
        Ok(Payload { kind: RecordType::Dictionary, bytes, codec, raw_len: content.len() as u64, checked: None })
    }

    /// Reads the payload of a dictionary record whose hash was checked.
    pub fn decode(payload: &[u8], header: &RecordHeader, place: DictionaryPlace) -> Result<Dictionary> {
        let content = decompress(payload, header.codec, header.raw_len, MAX_DICTIONARY_BYTES, header.self_offset)?;
        if content.first() != Some(&0) {
            return Err(Error::corrupt(header.self_offset, "a dictionary that does not begin with a zero"));
        }
        Dictionary::new(place, content)
    }

    /// The chunks of a body, with their table before them.
    pub fn compress_chunks(&self, body: &[u8], chunks: &[Range<usize>]) -> Result<Vec<u8>> {
        let encoder = self.encoder.get_or_init(|| EncoderDictionary::copy(&self.content, LEVEL));
        let failed = |e| Error::io("compress", e);
        let mut compressor = Compressor::with_prepared_dictionary(encoder).map_err(failed)?;
        let mut table = Vec::new();
        table.put_varint(self.place.offset / ALIGN);
        table.put_varint(self.place.copy_offset / ALIGN);
        table.put_varint(chunks.len() as u64);
        let mut stored = Vec::with_capacity(body.len() / 2);
        for chunk in chunks {
            let packed = compressor.compress(&body[chunk.clone()]).map_err(failed)?;
            table.put_varint(chunk.len() as u64);
            table.put_varint(packed.len() as u64);
            stored.extend_from_slice(&packed);
        }
        table.extend_from_slice(&stored);
        Ok(table)
    }
}

/// A stored body of codec 2, its table read.
pub struct Chunks<'a> {
    pub dictionary: DictionaryPlace,
    /// Where each chunk begins in the body, its length there, and its stored bytes.
    chunks: Vec<(usize, usize, &'a [u8])>,
    offset: u64,
}

impl<'a> Chunks<'a> {
    pub fn read(stored: &'a [u8], header: &RecordHeader, max_len: u64) -> Result<Chunks<'a>> {
        let offset = header.self_offset;
        let broken = || Error::corrupt(offset, "the chunks of a body do not fit it");
        let mut reader = Reader::new(stored, "chunks");
        let place = |n: u64| n.checked_mul(ALIGN).ok_or_else(broken);
        let dictionary = DictionaryPlace { offset: place(reader.varint()?)?, copy_offset: place(reader.varint()?)? };
        let count = reader.varint()?;
        // Each takes two bytes in the table.
        if count > reader.remaining() as u64 / 2 || header.raw_len > max_len {
            return Err(broken());
        }
        let mut lengths = Vec::with_capacity(count as usize);
        for _ in 0..count {
            lengths.push((reader.varint()?, reader.varint()?));
        }
        let (mut chunks, mut start) = (Vec::with_capacity(lengths.len()), 0u64);
        for (raw_len, stored_len) in lengths {
            let bytes = reader.take(usize::try_from(stored_len).map_err(|_| broken())?)?;
            if raw_len > (stored_len + 64).saturating_mul(MAX_RATIO) {
                return Err(broken());
            }
            let end = start.checked_add(raw_len).filter(|end| *end <= header.raw_len).ok_or_else(broken)?;
            chunks.push((start as usize, raw_len as usize, bytes));
            start = end;
        }
        if start != header.raw_len || !reader.is_empty() {
            return Err(broken());
        }
        Ok(Chunks { dictionary, chunks, offset })
    }

    /// Length of the stored body that begins these bytes, as its own table says.
    pub fn stored_len(bytes: &[u8]) -> Option<usize> {
        let mut reader = Reader::new(bytes, "chunks");
        let (_, _, count) = (reader.varint().ok()?, reader.varint().ok()?, reader.varint().ok()?);
        let mut len = 0u64;
        for _ in 0..count {
            reader.varint().ok()?;
            len = len.checked_add(reader.varint().ok()?)?;
        }
        usize::try_from(len).ok()?.checked_add(bytes.len() - reader.remaining())
    }

    /// The chunk that holds a byte of the body.
    pub fn one(&self, at: usize, dictionary: &Dictionary) -> Result<BodyPart> {
        let index = self.chunks.partition_point(|(start, _, _)| *start <= at).saturating_sub(1);
        let (start, raw_len, bytes) = self.chunks.get(index).ok_or_else(|| Error::corrupt(self.offset, "a body without chunks"))?;
        Ok(BodyPart { start: *start, bytes: self.decompress(dictionary, bytes, *raw_len)? })
    }

    pub fn all(&self, dictionary: &Dictionary) -> Result<BodyPart> {
        let mut all = Vec::new();
        for (_, raw_len, bytes) in &self.chunks {
            all.extend(self.decompress(dictionary, bytes, *raw_len)?);
        }
        Ok(BodyPart { start: 0, bytes: all })
    }

    fn decompress(&self, dictionary: &Dictionary, bytes: &[u8], raw_len: usize) -> Result<Vec<u8>> {
        let out = contexts::decompress(bytes, raw_len, Some(&dictionary.decoder));
        let out = out.map_err(|e| Error::corrupt(self.offset, format!("a chunk of the body does not decompress: {e}")))?;
        if out.len() == raw_len {
            Ok(out)
        } else {
            Err(Error::corrupt(self.offset, format!("a chunk of {} bytes, not {raw_len}", out.len())))
        }
    }
}

#[cfg(test)]
pub struct NoDictionaries;

#[cfg(test)]
impl Dictionaries for NoDictionaries {
    fn find(&self, _place: DictionaryPlace, before: u64) -> Result<Arc<Dictionary>> {
        Err(Error::corrupt(before, "no dictionary"))
    }
}

#[cfg(test)]
impl Dictionaries for Arc<Dictionary> {
    fn find(&self, place: DictionaryPlace, before: u64) -> Result<Arc<Dictionary>> {
        let is_it = place == self.place && place.offset < before && place.copy_offset < before;
        if is_it { Ok(self.clone()) } else { Err(Error::corrupt(before, "another dictionary")) }
    }
}
