//! Frames blocks: some frames' contents and what is said about them, compressed together.

use super::MAX_SAFE;
use super::bytes::{Put, Reader};
use super::record::{Payload, RecordHeader, RecordType, compress, decompress};
use crate::error::{Error, Result};

const HEAD_LEN: usize = 16;
const ENTRY_LEN: usize = 64;
const TEXT: u32 = 1;
const NONE: u64 = u64::MAX;

pub const MAX_CONTENT_BYTES: usize = 1 << 30;
pub const MAX_FRAMES_PER_BLOCK: u32 = 65_536;
pub const MAX_URI_BYTES: usize = 64 << 10;
pub const MAX_TITLE_BYTES: usize = 64 << 10;
pub const MAX_TAGS: usize = 1024;
pub const MAX_TAG_BYTES: usize = 1024;
pub const MAX_METADATA_BYTES: usize = 1 << 20;
const MAX_BODY_BYTES: u64 = (1 << 30) + (16 << 20);

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

/// Encodes frames that got the ids from `first_frame_id` on.
pub fn encode(first_frame_id: u64, frames: &[&NewFrame]) -> Result<Payload> {
    let mut head = Vec::with_capacity(HEAD_LEN + frames.len() * ENTRY_LEN);
    head.put_u64(first_frame_id);
    head.put_u32(frames.len() as u32);
    head.put_u32(0);
    let mut body = Vec::new();
    for frame in frames {
        let body_offset = body.len() as u32;
        body.put_string(&frame.uri);
        body.put_string(&frame.title);
        body.put_string(&frame.mime_type);
        body.put_varint(frame.tags.len() as u64);
        for tag in &frame.tags {
            body.put_string(tag);
        }
        body.put_bytes(&frame.metadata);
        let attributes_len = body.len() as u32 - body_offset;
        body.extend_from_slice(&frame.content);
        head.extend_from_slice(&frame.content_hash);
        head.put_i64(frame.timestamp_ms);
        head.put_u64(frame.supersedes.unwrap_or(NONE));
        head.put_u32(body_offset);
        head.put_u32(attributes_len);
        head.put_u32(frame.content.len() as u32);
        head.put_u32(if frame.is_text { TEXT } else { 0 });
    }
    let raw_len = body.len() as u64;
    let (stored, codec) = compress(&body)?;
    head.extend_from_slice(&stored);
    Ok(Payload { kind: RecordType::Frames, bytes: head, codec, raw_len, checked: None })
}

/// The head of a block: which frames it holds. The payload's hash was checked by the caller.
pub struct BlockHead {
    pub first_frame_id: u64,
    pub entries: Vec<Entry>,
    body_start: usize,
}

impl BlockHead {
    pub fn decode(payload: &[u8], offset: u64) -> Result<BlockHead> {
        let mut reader = Reader::new(payload, "frames block");
        let (first_frame_id, count, _reserved) = (reader.u64()?, reader.u32()?, reader.u32()?);
        let table_len = count as usize * ENTRY_LEN;
        if count == 0 || count > MAX_FRAMES_PER_BLOCK || first_frame_id >= MAX_SAFE || table_len > reader.remaining() {
            return Err(Error::corrupt(
                offset,
                format!("a frames block of {count} frames from {first_frame_id} in {} bytes", payload.len()),
            ));
        }
        let mut entries = Vec::with_capacity(count as usize);
        for _ in 0..count {
            let (content_hash, timestamp_ms, supersedes) = (reader.array()?, reader.i64()?, reader.u64()?);
            let (body_offset, attributes_len, content_len, flags) = (reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?);
            let supersedes = (supersedes != NONE).then_some(supersedes);
            entries.push(Entry {
                content_hash,
                timestamp_ms,
                supersedes,
                is_text: flags & TEXT != 0,
                content_len,
                body_offset,
                attributes_len,
            });
        }
        Ok(BlockHead { first_frame_id, entries, body_start: HEAD_LEN + table_len })
    }

    pub fn entry(&self, frame_id: u64) -> Option<&Entry> {
        let slot = frame_id.checked_sub(self.first_frame_id)?;
        self.entries.get(usize::try_from(slot).ok()?)
    }

    /// The uncompressed body.
    pub fn body(&self, payload: &[u8], header: &RecordHeader) -> Result<Vec<u8>> {
        let stored = payload.get(self.body_start..).unwrap_or_default();
        decompress(stored, header.codec, header.raw_len, MAX_BODY_BYTES, header.self_offset)
    }
}

impl Entry {
    /// This frame's attributes and content in the uncompressed body of its block.
    pub fn read<'a>(&self, body: &'a [u8], offset: u64) -> Result<(Attributes<'a>, &'a [u8])> {
        let start = self.body_offset as usize;
        let middle = start.checked_add(self.attributes_len as usize);
        let end = middle.and_then(|m| m.checked_add(self.content_len as usize)).filter(|e| *e <= body.len());
        let (Some(middle), Some(end)) = (middle, end) else {
            return Err(Error::corrupt(offset, format!("a frame at {start} of a body of {} bytes", body.len())));
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
    use super::*;
    use crate::format::record::hash_payload;

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
        let payload = encode(7, &frames.iter().collect::<Vec<_>>()).expect("encodes");
        let head = BlockHead::decode(&payload.bytes, 0).expect("decodes");
        let body = head.body(&payload.bytes, &header(&payload)).expect("decompresses");
        let (attributes, content) = head.entry(7).expect("first").read(&body, 0).expect("reads");
        assert_eq!((content, attributes.tags.as_slice()), ("Grüße 你好".as_bytes(), ["a", "b"].as_slice()));
        let second = head.entry(8).expect("second");
        let (attributes, content) = second.read(&body, 0).expect("reads");
        assert_eq!((attributes.uri, attributes.title, content.len(), second.supersedes), ("mv2://x", "T", 5000, Some(3)));
        assert!(head.entry(9).is_none() && head.entry(6).is_none());
        assert_eq!(header(&payload).payload_hash, hash_payload(&payload.bytes));
    }

    #[test]
    fn no_flipped_byte_of_a_block_panics() {
        let frames = vec![NewFrame { content: b"some text".repeat(20), is_text: true, uri: "mv2://u".into(), ..NewFrame::default() }];
        let payload = encode(0, &frames.iter().collect::<Vec<_>>()).expect("encodes");
        let header = header(&payload);
        for at in 0..payload.bytes.len() {
            let mut bytes = payload.bytes.clone();
            bytes[at] ^= 0xff;
            if let Ok(head) = BlockHead::decode(&bytes, 0) {
                if let Ok(body) = head.body(&bytes, &header) {
                    let _ = head.entries.iter().map(|e| e.read(&body, 0).is_ok()).count();
                }
            }
        }
    }
}
