//! Frames blocks: some frames' contents and what is said about them, compressed together.

use super::MAX_SAFE;
use super::bytes::{Put, Reader};
use super::dictionary::{Chunks, Dictionaries, Dictionary};
use super::record::{Codec, Payload, RecordHeader, RecordType, compress, decompress};
use crate::error::{Error, Result};

const HEAD_LEN: usize = 16;
const HASH_LEN: usize = 32;
const TEXT: u64 = 1;

pub const MAX_CONTENT_BYTES: usize = 1 << 30;
pub const MAX_FRAMES_PER_BLOCK: u32 = 65_536;
pub const MAX_URI_BYTES: usize = 64 << 10;
pub const MAX_TITLE_BYTES: usize = 64 << 10;
pub const MAX_TAGS: usize = 1024;
pub const MAX_TAG_BYTES: usize = 1024;
pub const MAX_METADATA_BYTES: usize = 1 << 20;
const MAX_BODY_BYTES: u64 = (1 << 30) + (16 << 20);
/// A chunk of a body that is compressed with a dictionary ends with the frame that brings it to this length.
const CHUNK_BYTES: usize = 8 << 10;

/// A frame as it is put.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewFrame {
    pub content: Vec<u8>,
    pub is_text: bool,
    /// Empty: made from the id.
    pub uri: String,
    pub title: String,
    pub mime_type: String,
    pub tags: Vec<String>,
    /// A MessagePack map, opaque here; empty: none.
    pub metadata: Vec<u8>,
    pub timestamp_ms: i64,
    pub supersedes: Option<u64>,
    pub content_hash: [u8; 32],
}

/// The entry of a frame, outside of the compressed body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub content_hash: [u8; 32],
    pub timestamp_ms: i64,
    pub supersedes: Option<u64>,
    pub is_text: bool,
    pub content_len: u32,
    body_offset: u32,
    attributes_len: u32,
}

/// What a frame's attributes say, borrowed from the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes<'a> {
    /// Empty: see [`default_uri`].
    pub uri: &'a str,
    pub title: &'a str,
    pub mime_type: &'a str,
    pub tags: Vec<&'a str>,
    pub metadata: &'a [u8],
}

/// The URI of a frame that was put without one.
pub fn default_uri(frame_id: u64) -> String {
    format!("mv2://frames/{frame_id}")
}

/// The id that a URI of that form names.
pub fn default_uri_id(uri: &str) -> Option<u64> {
    let id = uri.strip_prefix("mv2://frames/")?.parse().ok()?;
    (default_uri(id) == uri).then_some(id)
}

/// The attributes and contents of a block's frames, compressed: the part of a block that does not depend on their ids.
pub struct Body {
    stored: Vec<u8>,
    codec: Codec,
    raw_len: u64,
    /// Length of each frame's attributes.
    attributes: Vec<u32>,
}

impl Body {
    pub fn encode(frames: &[&NewFrame], dictionary: Option<&Dictionary>) -> Result<Body> {
        let mut body = Vec::with_capacity(frames.iter().map(|frame| frame.content.len() + 64).sum());
        let mut attributes = Vec::with_capacity(frames.len());
        let (mut chunks, mut chunk_start) = (Vec::new(), 0);
        for frame in frames {
            let start = body.len();
            body.put_string(&frame.uri);
            body.put_string(&frame.title);
            body.put_string(&frame.mime_type);
            body.put_varint(frame.tags.len() as u64);
            for tag in &frame.tags {
                body.put_string(tag);
            }
            body.put_bytes(&frame.metadata);
            attributes.push((body.len() - start) as u32);
            body.extend_from_slice(&frame.content);
            if body.len() - chunk_start >= CHUNK_BYTES {
                chunks.push(chunk_start..body.len());
                chunk_start = body.len();
            }
        }
        if chunk_start < body.len() {
            chunks.push(chunk_start..body.len());
        }
        let (stored, codec) = match dictionary {
            Some(dictionary) => (dictionary.compress_chunks(&body, &chunks)?, Codec::Chunks),
            None => compress(&body)?,
        };
        Ok(Body { stored, codec, raw_len: body.len() as u64, attributes })
    }

    pub fn frame_count(&self) -> usize {
        self.attributes.len()
    }

    /// The block of these frames, the same as were encoded, which got the ids from `first_frame_id` on.
    pub fn with_head(self, first_frame_id: u64, frames: &[&NewFrame]) -> Payload {
        let mut entries = Vec::with_capacity(frames.len() * 8);
        let mut time_ms = 0i64;
        for (frame, attributes_len) in frames.iter().zip(self.attributes) {
            entries.put_varint(zigzag(frame.timestamp_ms.wrapping_sub(time_ms)));
            entries.put_varint(frame.supersedes.map_or(0, |id| id + 1));
            entries.put_varint(u64::from(attributes_len));
            entries.put_varint(frame.content.len() as u64);
            entries.put_varint(if frame.is_text { TEXT } else { 0 });
            time_ms = frame.timestamp_ms;
        }
        let mut bytes = Vec::with_capacity(HEAD_LEN + frames.len() * HASH_LEN + entries.len() + self.stored.len());
        bytes.put_u64(first_frame_id);
        bytes.put_u32(frames.len() as u32);
        bytes.put_u32(entries.len() as u32);
        for frame in frames {
            bytes.extend_from_slice(&frame.content_hash);
        }
        bytes.extend_from_slice(&entries);
        bytes.extend_from_slice(&self.stored);
        Payload { kind: RecordType::Frames, bytes, codec: self.codec, raw_len: self.raw_len, checked: None }
    }
}

/// Signed numbers near zero as small unsigned ones.
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// The head of a block: which frames it holds. The payload's hash was checked by the caller.
pub struct BlockHead {
    pub first_frame_id: u64,
    pub entries: Vec<Entry>,
    body_start: usize,
}

/// Uncompressed bytes of a body: all of it, or the chunk that was asked for.
pub struct BodyPart {
    /// Where they begin in the whole body.
    pub start: usize,
    pub bytes: Vec<u8>,
}

impl BodyPart {
    pub fn holds(&self, entry: &Entry) -> bool {
        let end = entry.body_offset as usize + entry.attributes_len as usize + entry.content_len as usize;
        self.start <= entry.body_offset as usize && end <= self.start + self.bytes.len()
    }
}

impl BlockHead {
    pub fn decode(payload: &[u8], offset: u64) -> Result<BlockHead> {
        let mut reader = Reader::new(payload, "frames block");
        let (first_frame_id, count, entries_len) = (reader.u64()?, reader.u32()?, reader.u32()?);
        let table_len = count as usize * HASH_LEN + entries_len as usize;
        if count == 0 || count > MAX_FRAMES_PER_BLOCK || first_frame_id >= MAX_SAFE || table_len > reader.remaining() {
            return Err(Error::corrupt(
                offset,
                format!("a frames block of {count} frames from {first_frame_id} in {} bytes", payload.len()),
            ));
        }
        let hashes = reader.take(count as usize * HASH_LEN)?;
        let mut reader = Reader::new(reader.take(entries_len as usize)?, "frames block");
        let mut entries = Vec::with_capacity(count as usize);
        let (mut timestamp_ms, mut body_offset) = (0i64, 0u64);
        for content_hash in hashes.as_chunks::<HASH_LEN>().0 {
            timestamp_ms = timestamp_ms.wrapping_add(unzigzag(reader.varint()?));
            let supersedes = reader.varint()?.checked_sub(1);
            let (attributes_len, content_len, flags) = (reader.varint()?, reader.varint()?, reader.varint()?);
            let end =
                attributes_len.checked_add(content_len).and_then(|len| len.checked_add(body_offset)).filter(|end| *end <= MAX_BODY_BYTES);
            let end = end.ok_or_else(|| Error::corrupt(offset, format!("frames of more than {MAX_BODY_BYTES} bytes in a block")))?;
            entries.push(Entry {
                content_hash: *content_hash,
                timestamp_ms,
                supersedes,
                is_text: flags & TEXT != 0,
                content_len: content_len as u32,
                body_offset: body_offset as u32,
                attributes_len: attributes_len as u32,
            });
            body_offset = end;
        }
        Ok(BlockHead { first_frame_id, entries, body_start: HEAD_LEN + table_len })
    }

    /// The content hashes of a block's frames, one after the other, without reading anything else of it. `Corrupt` unless the block holds
    /// `count` frames from `first_frame_id` on.
    pub fn hashes<'a>(payload: &'a [u8], header: &RecordHeader, first_frame_id: u64, count: u64) -> Result<&'a [u8]> {
        let mut reader = Reader::new(payload, "frames block");
        let (first, frames, _) = (reader.u64()?, reader.u32()?, reader.u32()?);
        if (first, u64::from(frames)) != (first_frame_id, count) {
            let message = format!("a block of {frames} frames from {first} where {count} from {first_frame_id} are expected");
            return Err(Error::corrupt(header.self_offset, message));
        }
        reader.take(frames as usize * HASH_LEN)
    }

    pub fn entry(&self, frame_id: u64) -> Option<&Entry> {
        let slot = frame_id.checked_sub(self.first_frame_id)?;
        self.entries.get(usize::try_from(slot).ok()?)
    }

    /// Length of the body before compression.
    pub fn body_len(&self) -> u64 {
        self.entries.last().map_or(0, |e| u64::from(e.body_offset) + u64::from(e.attributes_len) + u64::from(e.content_len))
    }

    /// Length of a payload of which no record header tells it, when its body is stored in this way.
    pub fn payload_len(&self, bytes: &[u8], codec: Codec) -> Option<usize> {
        let stored = bytes.get(self.body_start..)?;
        let len = match codec {
            Codec::Stored => usize::try_from(self.body_len()).ok(),
            Codec::Zstd => zstd::zstd_safe::find_frame_compressed_size(stored).ok(),
            Codec::Chunks => Chunks::stored_len(stored),
        };
        self.body_start.checked_add(len?).filter(|len| *len <= bytes.len())
    }

    /// The body as it is stored.
    pub fn stored<'a>(&self, payload: &'a [u8]) -> &'a [u8] {
        payload.get(self.body_start..).unwrap_or_default()
    }

    /// The whole uncompressed body, or the chunk with `entry` where it is compressed in chunks. `dictionaries` finds what it names.
    pub fn body(&self, payload: &[u8], header: &RecordHeader, entry: Option<&Entry>, dictionaries: &dyn Dictionaries) -> Result<BodyPart> {
        let stored = self.stored(payload);
        if header.codec != Codec::Chunks as u8 {
            let bytes = decompress(stored, header.codec, header.raw_len, MAX_BODY_BYTES, header.self_offset)?;
            return Ok(BodyPart { start: 0, bytes });
        }
        let chunks = Chunks::read(stored, header, MAX_BODY_BYTES)?;
        let dictionary = dictionaries.find(chunks.dictionary, header.self_offset)?;
        match entry {
            Some(entry) => chunks.one(entry.body_offset as usize, &dictionary),
            None => chunks.all(&dictionary),
        }
    }
}

impl Entry {
    /// This frame's attributes and content in a part of the uncompressed body of its block.
    pub fn read<'a>(&self, part: &'a BodyPart, offset: u64) -> Result<(Attributes<'a>, &'a [u8])> {
        let body = part.bytes.as_slice();
        let start = (self.body_offset as usize).checked_sub(part.start);
        let middle = start.and_then(|start| start.checked_add(self.attributes_len as usize));
        let end = middle.and_then(|m| m.checked_add(self.content_len as usize)).filter(|e| *e <= body.len());
        let (Some(start), Some(middle), Some(end)) = (start, middle, end) else {
            return Err(Error::corrupt(offset, format!("a frame at {} of a body of {} bytes", self.body_offset, body.len())));
        };
        let mut reader = Reader::new(&body[start..middle], "frame attributes");
        let (uri, title, mime_type) = (reader.string()?, reader.string()?, reader.string()?);
        let mut tags = Vec::new();
        for _ in 0..reader.length()? {
            tags.push(reader.string()?);
        }
        let metadata = reader.bytes()?;
        Ok((Attributes { uri, title, mime_type, tags, metadata }, &body[middle..end]))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::format::dictionary::{DictionaryPlace, NoDictionaries};
    use crate::format::record::hash_payload;

    fn encode(first_frame_id: u64, frames: &[NewFrame]) -> Payload {
        let frames: Vec<&NewFrame> = frames.iter().collect();
        Body::encode(&frames, None).expect("encodes").with_head(first_frame_id, &frames)
    }

    fn header(payload: &Payload) -> RecordHeader {
        let bytes = payload.header(4096, 1, &[0; 16]);
        RecordHeader::decode(&bytes, 4096, 1 << 20, &[0; 16]).expect("own header")
    }

    #[test]
    fn frames_round_trip() {
        let frames = vec![
            NewFrame {
                content: "Grüße 你好".into(),
                is_text: true,
                tags: vec!["a".into(), "b".into()],
                timestamp_ms: -5,
                ..NewFrame::default()
            },
            NewFrame { content: vec![0; 5000], uri: "mv2://x".into(), title: "T".into(), supersedes: Some(3), ..NewFrame::default() },
        ];
        let payload = encode(7, &frames);
        let head = BlockHead::decode(&payload.bytes, 0).expect("decodes");
        let body = head.body(&payload.bytes, &header(&payload), None, &NoDictionaries).expect("decompresses");
        let (attributes, content) = head.entry(7).expect("first").read(&body, 0).expect("reads");
        assert_eq!((content, attributes.tags.as_slice()), ("Grüße 你好".as_bytes(), ["a", "b"].as_slice()));
        let second = head.entry(8).expect("second");
        let (attributes, content) = second.read(&body, 0).expect("reads");
        assert_eq!((attributes.uri, attributes.title, content.len(), second.supersedes), ("mv2://x", "T", 5000, Some(3)));
        assert!(head.entry(9).is_none() && head.entry(6).is_none());
        assert_eq!(header(&payload).payload_hash, hash_payload(&payload.bytes));
    }

    #[test]
    fn frames_of_a_dictionary_are_read_chunk_by_chunk() {
        let sentences: Vec<String> = (0..900).map(|n| format!("Note {n}: the harbour was quiet and lamp {} was lit. ", n * 7)).collect();
        let place = DictionaryPlace { offset: 4096, copy_offset: 8192 };
        let dictionary = Arc::new(Dictionary::new(place, sentences.concat().into_bytes()).expect("makes"));
        let frames: Vec<NewFrame> = (0..100)
            .map(|n| NewFrame { content: sentences[n * 5..n * 5 + 9].concat().into(), is_text: true, ..NewFrame::default() })
            .collect();
        let list: Vec<&NewFrame> = frames.iter().collect();
        let payload = Body::encode(&list, Some(&dictionary)).expect("encodes").with_head(3, &list);
        let plain = encode(3, &frames);
        assert!(payload.bytes.len() < plain.bytes.len(), "{} and {} bytes", payload.bytes.len(), plain.bytes.len());
        let (head, header) = (BlockHead::decode(&payload.bytes, 0).expect("decodes"), header(&payload));
        let header = RecordHeader { self_offset: 1 << 20, ..header };
        let whole = head.body(&payload.bytes, &header, None, &dictionary).expect("decompresses");
        for (entry, frame) in head.entries.iter().zip(&frames) {
            let part = head.body(&payload.bytes, &header, Some(entry), &dictionary).expect("decompresses");
            assert!(part.bytes.len() < 3 * CHUNK_BYTES);
            assert_eq!(entry.read(&part, 0).expect("reads").1, frame.content);
            assert_eq!(entry.read(&whole, 0).expect("reads").1, frame.content);
        }
        assert!(head.body(&payload.bytes, &header, None, &NoDictionaries).is_err());
        let before = RecordHeader { self_offset: 4096, ..header.clone() };
        assert!(head.body(&payload.bytes, &before, None, &dictionary).is_err(), "a dictionary lies before what it is for");
        for at in 0..payload.bytes.len() {
            let mut bytes = payload.bytes.clone();
            bytes[at] ^= 0xff;
            if let Ok(head) = BlockHead::decode(&bytes, 0) {
                let parts = head.entries.iter().step_by(9).map(|e| head.body(&bytes, &header, Some(e), &dictionary));
                let _ = parts.map(|part| part.is_ok()).count();
            }
        }
    }

    #[test]
    fn no_flipped_byte_of_a_block_panics() {
        let frames = vec![NewFrame { content: b"some text".repeat(20), is_text: true, uri: "mv2://u".into(), ..NewFrame::default() }];
        let payload = encode(0, &frames);
        let header = header(&payload);
        for at in 0..payload.bytes.len() {
            let mut bytes = payload.bytes.clone();
            bytes[at] ^= 0xff;
            if let Ok(head) = BlockHead::decode(&bytes, 0) {
                if let Ok(body) = head.body(&bytes, &header, None, &NoDictionaries) {
                    let _ = head.entries.iter().map(|e| e.read(&body, 0).is_ok()).count();
                }
            }
        }
    }
}
