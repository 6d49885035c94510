//! Frames out of a block that does not check as a whole: each that matches its own content hash is whole.

use crate::error::Result;
use crate::format::dictionary::Dictionaries;
use crate::format::frames::{BlockHead, Entry, NewFrame};
use crate::format::record::{Codec, MARKER, RECORD_HEADER_LEN, RecordHeader, hash_payload};
use crate::store::snapshot::Snapshot;

/// What could be read of a frames block at `offset`, which ends before `end`.
pub struct Block<'a> {
    payload: &'a [u8],
    header: RecordHeader,
    pub head: BlockHead,
    dictionaries: &'a dyn Dictionaries,
}

impl<'a> Block<'a> {
    /// Tries the header as it is, and what it may have been, until a frame is found whole. `None`: nothing can be read.
    pub fn read(snapshot: &'a Snapshot, offset: u64, end: u64) -> Option<Block<'a>> {
        let end = snapshot.whole_until(offset, end);
        let payload = snapshot.bytes(offset + RECORD_HEADER_LEN..end).ok()?;
        let head = || BlockHead::decode(payload, offset).ok();
        let header_of = |codec: Codec, payload_len: usize, raw_len: u64| RecordHeader {
            kind: crate::format::record::RecordType::Frames as u8,
            flags: 0,
            payload_len: payload_len as u64,
            raw_len,
            self_offset: offset,
            epoch: 0,
            codec: codec as u8,
            payload_hash: [0; 32],
            checked_len: 0,
            checks_crc32c: 0,
        };
        let mended = || mended_header(snapshot.bytes(offset..end).ok()?, offset, snapshot.commit.end, &snapshot.header.file_salt);
        if let Some(header) = snapshot.record(offset).ok().or_else(mended) {
            let payload = payload.get(..header.payload_len as usize)?;
            return Some(Block { payload, header, head: head()?, dictionaries: snapshot });
        }
        let raw_len = head()?.body_len();
        for codec in [Codec::Chunks, Codec::Zstd, Codec::Stored] {
            let Some(len) = head()?.payload_len(payload, codec) else { continue };
            let block = Block { payload: &payload[..len], header: header_of(codec, len, raw_len), head: head()?, dictionaries: snapshot };
            if block.head.entries.iter().any(|entry| block.frame(entry).is_some()) {
                return Some(block);
            }
        }
        None
    }

    /// The same block, known to begin with this frame.
    pub fn from(mut self, first_frame_id: u64) -> Block<'a> {
        self.head.first_frame_id = first_frame_id;
        self
    }

    /// The frame of an entry, when its content has the hash that the entry says.
    pub fn frame(&self, entry: &Entry) -> Option<NewFrame> {
        let (attributes, content) = self.attributes_and(entry, |attributes, content| (attributes, content)).ok()?;
        (hash_payload(&content) == entry.content_hash).then_some(NewFrame { content, content_hash: entry.content_hash, ..attributes })
    }

    /// The URI of an entry as far as it can be read; nothing proves it.
    pub fn uri(&self, entry: &Entry) -> Option<String> {
        self.attributes_and(entry, |attributes, _| attributes.uri).ok()
    }

    fn attributes_and<T>(&self, entry: &Entry, take: impl FnOnce(NewFrame, Vec<u8>) -> T) -> Result<T> {
        let part = self.head.body(self.payload, &self.header, Some(entry), self.dictionaries)?;
        let (attributes, content) = entry.read(&part, self.header.self_offset)?;
        let frame = NewFrame {
            is_text: entry.is_text,
            uri: attributes.uri.to_string(),
            title: attributes.title.to_string(),
            mime_type: attributes.mime_type.to_string(),
            tags: attributes.tags.iter().map(|tag| tag.to_string()).collect(),
            metadata: attributes.metadata.to_vec(),
            timestamp_ms: entry.timestamp_ms,
            supersedes: entry.supersedes,
            ..NewFrame::default()
        };
        Ok(take(frame, content.to_vec()))
    }
}

/// Blocks whose record header can't be read, and which no commit names: places in `range` that look like the head of a block of frames
/// that `is_wanted`, and hold at least one of them.
pub fn stray_blocks(snapshot: &Snapshot, range: std::ops::Range<u64>, is_wanted: &dyn Fn(u64) -> bool) -> Vec<u64> {
    let mut found = Vec::new();
    let mut at = range.start;
    while at + RECORD_HEADER_LEN < range.end {
        let end = snapshot.whole_until(at, range.end);
        let head = snapshot.bytes(at + RECORD_HEADER_LEN..end).ok().and_then(|bytes| BlockHead::decode(bytes, at).ok());
        let is_block = head.is_some_and(|head| is_wanted(head.first_frame_id));
        if is_block && Block::read(snapshot, at, range.end).is_some_and(|block| block.head.entries.iter().any(|e| block.frame(e).is_some()))
        {
            found.push(at);
        }
        at = snapshot.next_place(at);
    }
    found
}

/// The header at the beginning of `bytes` with one bit put right, when that makes its checksum hold.
pub fn mended_header(bytes: &[u8], offset: u64, file_len: u64, file_salt: &[u8; 16]) -> Option<RecordHeader> {
    let mut bytes: [u8; RECORD_HEADER_LEN as usize] = bytes.get(..RECORD_HEADER_LEN as usize)?.try_into().ok()?;
    // Most places are no header at all, and need no thousand checksums.
    let alike = bytes.iter().zip(MARKER).filter(|(got, wanted)| *got == wanted).count();
    if alike < MARKER.len() - 1 {
        return None;
    }
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(header) = RecordHeader::decode(&bytes, offset, file_len, file_salt) {
            return Some(header);
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    None
}
