//! Record headers: what lies where, and the checks that keep stray bytes from passing for a record.

use super::bytes::{Put, Reader};
use super::{ALIGN, MAX_SAFE, align_up, contexts};
use crate::error::{Code, Error, Result};

pub const RECORD_HEADER_LEN: u64 = 128;
pub const MARKER: [u8; 4] = [0xa7, b'M', b'2', b'R'];

const CRITICAL: u8 = 0x80;
const DERIVED: u8 = 0x01;
const BLOCK_CHECKS: u8 = 0x02;

/// Record types of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RecordType {
    Commit = 0x01,
    Toc = 0x02,
    /// Holds nothing; its place could not be used.
    Filler = 0x0f,
    Frames = 0x10,
    Dictionary = 0x11,
    Text = 0x20,
    Vectors = 0x21,
    Run = 0x22,
    Event = 0x30,
    Answer = 0x31,
    Erasure = 0x32,
}

impl RecordType {
    pub fn from_u8(value: u8) -> Option<RecordType> {
        use RecordType::*;
        [Commit, Toc, Filler, Frames, Dictionary, Text, Vectors, Run, Event, Answer, Erasure].into_iter().find(|t| *t as u8 == value)
    }

    fn flags(self) -> u8 {
        match self {
            RecordType::Commit | RecordType::Frames | RecordType::Dictionary => CRITICAL,
            RecordType::Toc => DERIVED,
            RecordType::Text | RecordType::Run => DERIVED | BLOCK_CHECKS,
            // Vectors of the caller can't be computed again, so the segment is not derived.
            RecordType::Vectors => BLOCK_CHECKS,
            RecordType::Event | RecordType::Answer | RecordType::Erasure | RecordType::Filler => 0,
        }
    }
}

/// A record header whose checksum and place held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordHeader {
    pub kind: u8,
    pub flags: u8,
    pub payload_len: u64,
    pub raw_len: u64,
    pub self_offset: u64,
    pub epoch: u64,
    pub codec: u8,
    pub payload_hash: [u8; 32],
    pub checked_len: u64,
    pub checks_crc32c: u32,
}

/// How the body of a payload is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Codec {
    Stored = 0,
    Zstd = 1,
    /// Bodies of frames blocks alone: chunks, each compressed by itself with a dictionary.
    Chunks = 2,
}

/// A payload ready to be written, with what its header says of it.
pub struct Payload {
    pub kind: RecordType,
    pub bytes: Vec<u8>,
    pub codec: Codec,
    pub raw_len: u64,
    /// With block checks: the length that they cover, and their checksum.
    pub checked: Option<(u64, u32)>,
}

impl Payload {
    /// A payload whose body is stored as it is.
    pub fn stored(kind: RecordType, bytes: Vec<u8>) -> Payload {
        let raw_len = bytes.len() as u64;
        Payload { kind, bytes, codec: Codec::Stored, raw_len, checked: None }
    }

    /// The payload of a record that is written again.
    pub fn again(kind: RecordType, bytes: &[u8], record: &RecordHeader) -> Payload {
        let codec = match record.codec {
            1 => Codec::Zstd,
            2 => Codec::Chunks,
            _ => Codec::Stored,
        };
        let checked = record.has_block_checks().then_some((record.checked_len, record.checks_crc32c));
        Payload { kind, bytes: bytes.to_vec(), codec, raw_len: record.raw_len, checked }
    }

    /// A segment with the table of its block checks behind it.
    pub fn checked(kind: RecordType, mut bytes: Vec<u8>) -> Payload {
        let raw_len = bytes.len() as u64;
        let mut table = Vec::new();
        for crc in crate::storage::BlockChecks::compute(&bytes) {
            table.put_u32(crc);
        }
        let checks_crc32c = crc32c::crc32c(&table);
        bytes.extend_from_slice(&table);
        Payload { kind, bytes, codec: Codec::Stored, raw_len, checked: Some((raw_len, checks_crc32c)) }
    }

    /// Length in the file, header and padding included.
    pub fn record_len(&self) -> u64 {
        align_up(RECORD_HEADER_LEN + self.bytes.len() as u64)
    }

    /// The 128 header bytes for this payload at `offset`.
    pub fn header(&self, offset: u64, epoch: u64, file_salt: &[u8; 16]) -> Vec<u8> {
        let (checked_len, checks_crc32c) = self.checked.unwrap_or((0, 0));
        RecordHeader {
            kind: self.kind as u8,
            flags: self.kind.flags(),
            payload_len: self.bytes.len() as u64,
            raw_len: self.raw_len,
            self_offset: offset,
            epoch,
            codec: self.codec as u8,
            payload_hash: hash_payload(&self.bytes),
            checked_len,
            checks_crc32c,
        }
        .encode(file_salt)
    }
}

/// BLAKE3 of a stored payload.
pub fn hash_payload(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

impl RecordHeader {
    pub fn encode(&self, file_salt: &[u8; 16]) -> Vec<u8> {
        let mut out = Vec::with_capacity(RECORD_HEADER_LEN as usize);
        out.extend_from_slice(&MARKER);
        out.push(self.kind);
        out.push(self.flags);
        out.put_u16(RECORD_HEADER_LEN as u16);
        out.put_u64(self.payload_len);
        out.put_u64(self.raw_len);
        out.put_u64(self.self_offset);
        out.put_u64(self.epoch);
        out.push(self.codec);
        out.pad_to(48);
        out.extend_from_slice(&self.payload_hash);
        out.put_u64(self.checked_len);
        out.put_u32(self.checks_crc32c);
        out.pad_to(124);
        let crc = salted_crc(file_salt, &out);
        out.put_u32(crc);
        out
    }

    /// Reads the header that should stand at `offset` of a file of `file_len` bytes.
    pub fn decode(bytes: &[u8], offset: u64, file_len: u64, file_salt: &[u8; 16]) -> Result<RecordHeader> {
        let mut reader = Reader::new(bytes, "record header");
        let head = reader.take(124).map_err(|e| e.at(offset))?;
        let expected = reader.u32().map_err(|e| e.at(offset))?;
        if !head.starts_with(&MARKER) {
            return Err(Error::corrupt(offset, "no record starts here"));
        }
        let got = salted_crc(file_salt, head);
        if got != expected {
            return Err(Error::corrupt(offset, format!("record header checksum is {got:08x}, expected {expected:08x}")));
        }
        let mut reader = Reader::new(&head[4..], "record header");
        let (kind, flags, header_len) = (reader.u8()?, reader.u8()?, reader.u16()?);
        let (payload_len, raw_len, self_offset, epoch) = (reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?);
        let codec = reader.u8()?;
        reader.take(7)?;
        let payload_hash = reader.array()?;
        let (checked_len, checks_crc32c) = (reader.u64()?, reader.u32()?);
        let end = payload_len.checked_add(RECORD_HEADER_LEN).and_then(|len| len.checked_add(offset)).filter(|end| *end <= file_len);
        if u64::from(header_len) != RECORD_HEADER_LEN
            || self_offset != offset
            || end.is_none()
            || offset % ALIGN != 0
            || raw_len >= MAX_SAFE
        {
            return Err(Error::corrupt(
                offset,
                format!("record header is of another place or length ({payload_len} bytes, made for byte {self_offset})"),
            ));
        }
        if flags & BLOCK_CHECKS != 0 {
            let table = checked_len.div_ceil(crate::storage::CHECK_BLOCK_BYTES as u64).checked_mul(4);
            if table.and_then(|t| t.checked_add(checked_len)) != Some(payload_len) {
                return Err(Error::corrupt(offset, "the block checks do not fit the payload"));
            }
        }
        if RecordType::from_u8(kind).is_none() && flags & CRITICAL != 0 {
            return Err(Error::new(Code::Unsupported, format!("a record of unknown critical type {kind:#04x}"))
                .at(offset)
                .hint("update memvid"));
        }
        Ok(RecordHeader { kind, flags, payload_len, raw_len, self_offset, epoch, codec, payload_hash, checked_len, checks_crc32c })
    }

    /// The header that a commit record of this length, place, writer and hash has: no Merkle root covers it, so nothing else may be in it.
    pub fn as_plain(&self) -> RecordHeader {
        let (flags, raw_len) = (RecordType::Commit.flags(), self.payload_len);
        RecordHeader {
            kind: RecordType::Commit as u8,
            flags,
            raw_len,
            codec: Codec::Stored as u8,
            checked_len: 0,
            checks_crc32c: 0,
            ..self.clone()
        }
    }

    pub fn payload_offset(&self) -> u64 {
        self.self_offset + RECORD_HEADER_LEN
    }

    /// Offset of the first byte after the record and its padding.
    pub fn end(&self) -> u64 {
        align_up(self.payload_offset() + self.payload_len)
    }

    pub fn is_derived(&self) -> bool {
        self.flags & DERIVED != 0
    }

    pub fn has_block_checks(&self) -> bool {
        self.flags & BLOCK_CHECKS != 0
    }

    /// Fails when the record is of another type.
    pub fn expect(self, kind: RecordType) -> Result<RecordHeader> {
        if self.kind == kind as u8 {
            return Ok(self);
        }
        Err(Error::corrupt(self.self_offset, format!("a record of type {:#04x} where {:#04x} is expected", self.kind, kind as u8)))
    }
}

fn salted_crc(file_salt: &[u8; 16], bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(file_salt), bytes)
}

/// The knee of zstd's curve for text.
pub const LEVEL: i32 = 3;

/// Compresses a body where that makes it smaller.
pub fn compress(body: &[u8]) -> Result<(Vec<u8>, Codec)> {
    let packed = contexts::compress(body).map_err(|e| Error::io("compress", e))?;
    Ok(if packed.len() < body.len() { (packed, Codec::Zstd) } else { (body.to_vec(), Codec::Stored) })
}

/// A body may be at most this many times its stored length: real text stays far below, a decompression bomb does not.
pub const MAX_RATIO: u64 = 10_000;

/// The body as it was before [`compress`]. Stops at the declared length; a longer or shorter result is an error.
pub fn decompress(stored: &[u8], codec: u8, raw_len: u64, max_len: u64, offset: u64) -> Result<Vec<u8>> {
    if codec == Codec::Stored as u8 {
        if raw_len != stored.len() as u64 {
            return Err(Error::corrupt(offset, format!("a stored body of {} bytes says it has {raw_len}", stored.len())));
        }
        return Ok(stored.to_vec());
    }
    if codec != Codec::Zstd as u8 {
        return Err(Error::new(Code::Unsupported, format!("codec {codec}, this program knows 0 and 1")).at(offset).hint("update memvid"));
    }
    if raw_len > max_len || raw_len > (stored.len() as u64 + 64).saturating_mul(MAX_RATIO) {
        return Err(Error::corrupt(offset, format!("{} stored bytes claim to hold {raw_len}", stored.len())));
    }
    let out = contexts::decompress(stored, raw_len as usize, None);
    let out = out.map_err(|e| Error::corrupt(offset, format!("the body does not decompress: {e}")))?;
    if out.len() as u64 != raw_len {
        return Err(Error::corrupt(offset, format!("the body has {} bytes, expected {raw_len}", out.len())));
    }
    Ok(out)
}
