//! Looks at the directory of a segment's columns before tantivy does.
//!
//! Its reader believes a count of column ranges and makes room for as many, so a forged one takes all memory (found by the fuzz target `text`).
//! A segment of ours has a handful of columns: one block, not compressed, without an index of blocks. Anything else is refused.
//!
//! From the end of the component: footer of tantivy (its length u32, its magic u32 at the very end), then of the columns (length of the
//! directory u64, rows u32, version 8 bytes), before it the directory, which ends with the offset of its index u64, its number of terms u64 and
//! its version u32.

use super::payload::damaged;
use crate::error::Result;
use crate::storage::Slice;

const FILE_FOOTER: usize = 8;
const COLUMNS_FOOTER: usize = 20;
const DIRECTORY_FOOTER: usize = 20;
/// Of the index of blocks: where its store begins, 0 when there is but one block.
const INDEX_FOOTER: usize = 8;
const DIRECTORY_VERSION: u32 = 3;
/// More than the directory of our columns ever has.
const MOST_BYTES: usize = 64 << 10;

/// `Corrupt` when the directory of the columns is not one that this program writes.
pub fn check(fast: &Slice) -> Result<()> {
    directory(fast)?.and_then(|bytes| holds(&bytes)).ok_or_else(|| damaged("the directory of its columns is none of this program"))
}

/// The directory's bytes; `None` when the lengths around it lead nowhere.
fn directory(fast: &Slice) -> Result<Option<Vec<u8>>> {
    let place = |end: Option<usize>, len: usize| end.and_then(|end| Some(end.checked_sub(len)?..end));
    let Some(footer) = place(Some(fast.len()), FILE_FOOTER) else { return Ok(None) };
    let footer_len = u32_at(fast.get(footer.clone())?, 0) as usize;
    let Some(columns) = place(footer.start.checked_sub(footer_len), COLUMNS_FOOTER) else { return Ok(None) };
    let directory_len = usize::try_from(u64_at(fast.get(columns.clone())?, 0)).ok().filter(|len| *len <= MOST_BYTES);
    let Some(directory) = directory_len.and_then(|len| place(Some(columns.start), len)) else { return Ok(None) };
    fast.get(directory).map(|bytes| Some(bytes.to_vec()))
}

fn holds(directory: &[u8]) -> Option<()> {
    let (rest, footer) = directory.split_at_checked(directory.len().checked_sub(DIRECTORY_FOOTER)?)?;
    let index_offset = usize::try_from(u64_at(footer, 0)).ok()?;
    let (mut blocks, index) = rest.split_at_checked(index_offset)?;
    let store = index.get(index.len().checked_sub(INDEX_FOOTER)?..)?;
    (u32_at(footer, 16) == DIRECTORY_VERSION && u64_at(store, 0) == 0).then_some(())?;
    while let Some((len, after)) = blocks.split_first_chunk::<4>() {
        let len = u32::from_le_bytes(*len) as usize;
        if len <= 1 {
            break;
        }
        let (block, after) = after.split_at_checked(len)?;
        let (is_compressed, content) = block.split_first()?;
        // Each range takes a byte at least.
        (*is_compressed == 0 && count(content)? <= content.len() as u64).then_some(())?;
        blocks = after;
    }
    Some(())
}

/// The number that a block begins with, seven bits a byte.
fn count(content: &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (at, byte) in content.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}
