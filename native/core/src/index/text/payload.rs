//! The bytes of a text segment: a header, a table of component files, and the files. See format-spec/05-text-index.md.

use super::columns;
use crate::error::{Code, Error, Result};
use crate::storage::Slice;

use super::analyzer::ANALYZER;

const MAGIC: [u8; 8] = *b"MV2TEXT\0";
const LAYOUT_VERSION: u32 = 1;
/// What wrote the component files: they are read only by the same version.
pub const WRITER: &str = "tantivy 0.27.0";
/// File name extensions of tantivy's components, in the order in which they are laid out.
pub const COMPONENTS: [&str; 5] = ["term", "idx", "pos", "fast", "fieldnorm"];
/// Which of them holds the columns.
const FAST: usize = 3;

const HEADER_BYTES: usize = 128;
const ENTRY_BYTES: usize = 32;
const ALIGN: usize = 64;
const TABLE_END: usize = HEADER_BYTES + COMPONENTS.len() * ENTRY_BYTES;
const CHECKSUM_AT: usize = 100;

/// An opened segment; the component files are still unread.
pub struct Payload {
    /// Passages, not frames.
    pub documents: u32,
    pub first_frame: u64,
    pub last_frame: u64,
    /// In the order of `COMPONENTS`.
    pub files: Vec<Slice>,
}

/// Lays out a segment. `lens` are those of its files in the order of `COMPONENTS`; `fill` is given the number of each and the place for its bytes.
pub fn pack(
    documents: u32,
    first_frame: u64,
    last_frame: u64,
    lens: [usize; COMPONENTS.len()],
    mut fill: impl FnMut(usize, &mut [u8]) -> Result<()>,
) -> Result<Vec<u8>> {
    let mut total = TABLE_END;
    let places = lens.map(|len| {
        let place = total.next_multiple_of(ALIGN);
        total = place + len;
        place
    });
    let mut out = vec![0u8; total];
    for (index, (place, len)) in places.into_iter().zip(lens).enumerate() {
        fill(index, &mut out[place..place + len])?;
    }
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &MAGIC);
    put(8, &LAYOUT_VERSION.to_le_bytes());
    put(12, &documents.to_le_bytes());
    put(16, &first_frame.to_le_bytes());
    put(24, &last_frame.to_le_bytes());
    put(32, WRITER.as_bytes());
    put(64, ANALYZER.as_bytes());
    put(96, &(COMPONENTS.len() as u32).to_le_bytes());
    put(104, &(total as u64).to_le_bytes());
    for (index, len) in lens.iter().enumerate() {
        let entry = HEADER_BYTES + index * ENTRY_BYTES;
        put(entry, COMPONENTS[index].as_bytes());
        put(entry + 16, &(places[index] as u64).to_le_bytes());
        put(entry + 24, &(*len as u64).to_le_bytes());
    }
    let checksum = crc32c::crc32c(&out[..TABLE_END]);
    out[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&checksum.to_le_bytes());
    Ok(out)
}

/// Whether a segment is one that this build reads, by its header and table alone. `Corrupt`, or `Unsupported` for what another version wrote.
pub fn check_head(slice: &Slice) -> Result<()> {
    Payload::open(slice).map(|_| ())
}

impl Payload {
    /// Reads and checks the header and the table; touches nothing else.
    pub fn open(slice: &Slice) -> Result<Payload> {
        let bytes = slice.get(0..TABLE_END.min(slice.len()))?;
        if bytes.len() < TABLE_END || bytes[..8] != MAGIC {
            return Err(damaged("it does not begin with a text segment's header"));
        }
        let version = u32_at(bytes, 8);
        if version != LAYOUT_VERSION {
            // Before the checksum: another layout may have another one.
            let message = format!("text segment of layout {version}; this build reads {LAYOUT_VERSION}");
            return Err(Error::new(Code::Unsupported, message).hint("rebuild the text index from the frames"));
        }
        let name = |at: usize| String::from_utf8_lossy(&bytes[at..at + 32]).trim_end_matches('\0').to_string();
        let mut unsummed = bytes.to_vec();
        unsummed[CHECKSUM_AT..CHECKSUM_AT + 4].fill(0);
        if crc32c::crc32c(&unsummed).to_le_bytes() != bytes[CHECKSUM_AT..CHECKSUM_AT + 4] {
            return Err(damaged("the checksum of its header does not hold"));
        }
        let (writer, analyzer) = (name(32), name(64));
        if writer != WRITER || analyzer != ANALYZER {
            let message = format!("text segment of {writer}, {analyzer}; this build reads {WRITER}, {ANALYZER}");
            return Err(Error::new(Code::Unsupported, message).hint("rebuild the text index from the frames"));
        }
        if u32_at(bytes, 96) as usize != COMPONENTS.len() || u64_at(bytes, 104) != slice.len() as u64 {
            return Err(damaged("its table or length is not the one it declares"));
        }
        let mut files = Vec::with_capacity(COMPONENTS.len());
        for (index, component) in COMPONENTS.iter().enumerate() {
            let entry = HEADER_BYTES + index * ENTRY_BYTES;
            if bytes[entry..entry + 16].strip_prefix(component.as_bytes()).is_none_or(|rest| rest.iter().any(|&b| b != 0)) {
                return Err(damaged("its components are not in order"));
            }
            let (offset, len) = (u64_at(bytes, entry + 16), u64_at(bytes, entry + 24));
            let end = offset.checked_add(len).ok_or_else(|| damaged("a component reaches past its end"))?;
            if offset % ALIGN as u64 != 0 || offset < TABLE_END as u64 || end > slice.len() as u64 {
                return Err(damaged("a component lies outside of it"));
            }
            files.push(slice.sub(offset as usize..end as usize)?);
        }
        columns::check(&files[FAST])?;
        let payload = Payload { documents: u32_at(bytes, 12), first_frame: u64_at(bytes, 16), last_frame: u64_at(bytes, 24), files };
        if payload.documents == 0 || payload.documents > i32::MAX as u32 || payload.first_frame > payload.last_frame {
            return Err(damaged("its frame range is empty"));
        }
        Ok(payload)
    }
}

pub(super) fn damaged(what: &str) -> Error {
    Error::new(Code::Corrupt, format!("text segment can't be read: {what}")).hint("rebuild the text index from the frames")
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}
