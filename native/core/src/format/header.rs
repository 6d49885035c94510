//! The first 4096 bytes of a file.

use super::bytes::{Put, Reader};
use crate::error::{Code, Error, Result};

pub const HEADER_LEN: u64 = 4096;
pub const MAGIC: [u8; 8] = [0x89, b'M', b'V', b'2', 0x0d, 0x0a, 0x1a, 0x0a];
pub const FORMAT_MAJOR: u16 = 1;
pub const FORMAT_MINOR: u16 = 0;
const CREATED_BY_LEN: usize = 64;
const CRC_OFFSET: usize = HEADER_LEN as usize - 4;

/// Feature bits that this version knows. A bit outside of these in `incompat` refuses the file, in `ro_compat` makes it read-only.
pub const KNOWN_RO_COMPAT: u64 = 0;
pub const KNOWN_INCOMPAT: u64 = 0;

/// A header whose checks all held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub format_minor: u16,
    pub compat: u64,
    pub ro_compat: u64,
    pub incompat: u64,
    pub file_uuid: [u8; 16],
    pub file_salt: [u8; 16],
    pub created_by: String,
    pub created_ms: i64,
}

impl Header {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_LEN as usize);
        out.extend_from_slice(&MAGIC);
        out.put_u16(FORMAT_MAJOR);
        out.put_u16(self.format_minor);
        out.put_u32(HEADER_LEN as u32);
        out.put_u64(self.compat);
        out.put_u64(self.ro_compat);
        out.put_u64(self.incompat);
        out.extend_from_slice(&self.file_uuid);
        out.extend_from_slice(&self.file_salt);
        let mut created_by = self.created_by.clone();
        while created_by.len() > CREATED_BY_LEN {
            created_by.pop();
        }
        out.extend_from_slice(created_by.as_bytes());
        out.pad_to(136);
        out.push(1); // BLAKE3-256
        out.push(super::ALIGN.trailing_zeros() as u8);
        out.pad_to(144);
        out.put_i64(self.created_ms);
        out.pad_to(CRC_OFFSET);
        let crc = crc32c::crc32c(&out);
        out.put_u32(crc);
        out
    }

    /// Checks magic, length, checksum and versions, in this order, so that each kind of wrong file gets its own error.
    pub fn decode(bytes: &[u8]) -> Result<Header> {
        if bytes.is_empty() {
            return Err(Error::new(Code::NotMv2, "the file is empty").hint("create a memory with `memvid create`"));
        }
        if !bytes.starts_with(&MAGIC) {
            return Err(not_mv2(bytes));
        }
        if bytes.len() < HEADER_LEN as usize {
            return Err(Error::new(Code::Truncated, format!("{} bytes, a header has {HEADER_LEN}", bytes.len()))
                .hint("restore the file from a copy: nothing was committed to it"));
        }
        let expected = u32::from_le_bytes([bytes[CRC_OFFSET], bytes[CRC_OFFSET + 1], bytes[CRC_OFFSET + 2], bytes[CRC_OFFSET + 3]]);
        let got = crc32c::crc32c(&bytes[..CRC_OFFSET]);
        if got != expected {
            return Err(Error::corrupt(0, format!("header checksum is {got:08x}, expected {expected:08x}"))
                .hint("`memvid salvage` recovers the frames into a new file"));
        }
        let mut reader = Reader::new(&bytes[8..CRC_OFFSET], "header");
        let (major, format_minor) = (reader.u16()?, reader.u16()?);
        if major != FORMAT_MAJOR {
            return Err(Error::new(
                Code::Unsupported,
                format!("format version {major}.{format_minor}, this program reads {FORMAT_MAJOR}.x"),
            )
            .hint("update memvid"));
        }
        let header_len = reader.u32()?;
        let (compat, ro_compat, incompat) = (reader.u64()?, reader.u64()?, reader.u64()?);
        check_incompat(incompat)?;
        let (file_uuid, file_salt) = (reader.array()?, reader.array()?);
        let created_by = reader.take(CREATED_BY_LEN)?;
        let (hash_alg, align_log2) = (reader.u8()?, reader.u8()?);
        if header_len as u64 != HEADER_LEN || hash_alg != 1 || u32::from(align_log2) != super::ALIGN.trailing_zeros() {
            return Err(Error::new(
                Code::Unsupported,
                format!("header of {header_len} bytes, hash {hash_alg}, alignment 2^{align_log2}; this program knows 4096, 1, 2^6"),
            )
            .hint("update memvid"));
        }
        reader.take(6)?;
        let created_ms = reader.i64()?;
        let created_by = String::from_utf8_lossy(created_by).trim_end_matches('\0').to_string();
        Ok(Header { format_minor, compat, ro_compat, incompat, file_uuid, file_salt, created_by, created_ms })
    }

    /// Whether a feature that this version does not know forbids writing.
    pub fn is_read_only(&self) -> bool {
        is_read_only(self.ro_compat)
    }
}

/// Whether a `ro_compat` word, of the header or of a commit, has bits that this version does not know.
pub fn is_read_only(ro_compat: u64) -> bool {
    ro_compat & !KNOWN_RO_COMPAT != 0
}

/// Refuses unknown `incompat` bits, in the header and in commits alike.
pub fn check_incompat(incompat: u64) -> Result<()> {
    let unknown = incompat & !KNOWN_INCOMPAT;
    if unknown == 0 {
        return Ok(());
    }
    Err(Error::new(
        Code::Unsupported,
        format!("the file needs features {unknown:#x}, which this program (format {FORMAT_MAJOR}.{FORMAT_MINOR}) lacks"),
    )
    .hint("update memvid"))
}

/// Other files, by their first bytes, to say what was passed instead.
const LOOKALIKES: [(&[u8], &str); 9] = [
    (b"PK\x03\x04", "a zip archive (or docx, xlsx, epub)"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a PNG picture"),
    (b"{", "JSON text"),
    (b"MV2E", "an encrypted memvid v2 file"),
];

fn not_mv2(bytes: &[u8]) -> Error {
    if bytes.starts_with(b"MV2\0") {
        return Error::new(Code::NotMv2, "a memvid v2 file").hint("use `memvid import` to bring its frames into a new file");
    }
    let looks_like = LOOKALIKES.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name);
    match looks_like {
        Some(name) => Error::new(Code::NotMv2, format!("not an .mv2 file: it looks like {name}")),
        None if bytes.len() < MAGIC.len() && MAGIC.starts_with(bytes) => {
            Error::new(Code::Truncated, format!("{} bytes, a header has {HEADER_LEN}", bytes.len()))
        }
        None => Error::new(Code::NotMv2, "not an .mv2 file: its first bytes are of no known kind"),
    }
    .hint("put it into a memory with `memvid put`")
}
