//! A run of the file's bytes that verifies what is touched, the first time it is touched.

use std::ops::{Deref, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::prefetch;
use crate::error::{Error, Result};

/// Bytes covered by one checksum of a derived segment.
pub const CHECK_BLOCK_BYTES: usize = 64 * 1024;

/// Memory that a slice may point into: a mapping of the file, or a plain vector.
pub type Backing = Arc<dyn Deref<Target = [u8]> + Send + Sync>;

/// CRC32C of each 64 KiB block of a segment, and which of them were found right by this handle.
pub struct BlockChecks {
    crcs: Vec<u32>,
    /// One bit a block. Relaxed is enough: a lost update only means that a block is verified twice.
    seen: Vec<AtomicU64>,
}

impl BlockChecks {
    pub fn new(crcs: Vec<u32>) -> Self {
        let words = crcs.len().div_ceil(64);
        BlockChecks { crcs, seen: (0..words).map(|_| AtomicU64::new(0)).collect() }
    }

    /// The checksums of `bytes`, block by block, as stored next to a segment.
    pub fn compute(bytes: &[u8]) -> Vec<u32> {
        bytes.chunks(CHECK_BLOCK_BYTES).map(crc32c::crc32c).collect()
    }
}

/// An immutable run of bytes, cheap to clone and to cut.
#[derive(Clone)]
pub struct Slice {
    backing: Backing,
    range: Range<usize>,
    /// Where `checks` counts its blocks from, within `backing`.
    checks: Option<(Arc<BlockChecks>, Range<usize>)>,
    /// Offset of `backing[0]` in the file, for messages.
    file_offset: u64,
}

impl Slice {
    /// Bytes in memory, which need no verification.
    pub fn from_vec(bytes: Vec<u8>) -> Slice {
        let range = 0..bytes.len();
        Slice { backing: Arc::new(bytes), range, checks: None, file_offset: 0 }
    }

    /// A part of `backing`. With `checks`, each block of `range` is verified at its first use.
    /// Fails when `range` lies outside of `backing` or the number of checksums does not fit.
    pub fn new(backing: Backing, range: Range<usize>, checks: Option<Vec<u32>>) -> Result<Slice> {
        if range.start > range.end || range.end > backing.len() {
            return Err(Error::corrupt(range.start as u64, format!("segment of {} bytes reaches past the end of the file", range.len())));
        }
        let checks = match checks {
            Some(crcs) if crcs.len() != range.len().div_ceil(CHECK_BLOCK_BYTES) => {
                return Err(Error::corrupt(range.start as u64, format!("{} block checksums for {} bytes", crcs.len(), range.len())));
            }
            Some(crcs) => Some((Arc::new(BlockChecks::new(crcs)), range.clone())),
            None => None,
        };
        Ok(Slice { backing, range, checks, file_offset: 0 })
    }

    pub fn len(&self) -> usize {
        self.range.len()
    }

    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// A part of this slice that shares its checks.
    pub fn sub(&self, range: Range<usize>) -> Result<Slice> {
        let within = self.within(&range)?;
        Ok(Slice { range: within, ..self.clone() })
    }

    /// The bytes of `range`, verified.
    pub fn get(&self, range: Range<usize>) -> Result<&[u8]> {
        let within = self.within(&range)?;
        self.verify(&within)?;
        Ok(&self.backing[within])
    }

    /// Asks for bytes that are read soon. Neither checks them nor that they exist.
    pub fn prefetch(&self, range: Range<usize>) {
        if let Ok(within) = self.within(&range) {
            prefetch(&self.backing[within]);
        }
    }

    /// All bytes, verified.
    pub fn all(&self) -> Result<&[u8]> {
        self.get(0..self.len())
    }

    fn within(&self, range: &Range<usize>) -> Result<Range<usize>> {
        if range.start > range.end || range.end > self.len() {
            let at = self.file_offset + self.range.start as u64;
            return Err(Error::corrupt(at, format!("bytes {}..{} of a segment of {} bytes", range.start, range.end, self.len())));
        }
        Ok(self.range.start + range.start..self.range.start + range.end)
    }

    fn verify(&self, within: &Range<usize>) -> Result<()> {
        let Some((checks, whole)) = &self.checks else { return Ok(()) };
        if within.is_empty() {
            return Ok(());
        }
        let first = (within.start - whole.start) / CHECK_BLOCK_BYTES;
        let last = (within.end - 1 - whole.start) / CHECK_BLOCK_BYTES;
        for block in first..=last {
            let (word, bit) = (&checks.seen[block / 64], 1u64 << (block % 64));
            if word.load(Ordering::Relaxed) & bit != 0 {
                continue;
            }
            let start = whole.start + block * CHECK_BLOCK_BYTES;
            let end = (start + CHECK_BLOCK_BYTES).min(whole.end);
            let got = crc32c::crc32c(&self.backing[start..end]);
            let expected = checks.crcs[block];
            if got != expected {
                let at = self.file_offset + start as u64;
                return Err(Error::corrupt(at, format!("block checksum is {got:08x}, expected {expected:08x}"))
                    .hint("run `memvid verify`; derived segments can be rebuilt from the frames"));
            }
            word.fetch_or(bit, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_touched_blocks_are_verified() {
        let mut bytes = vec![7u8; 3 * CHECK_BLOCK_BYTES + 10];
        let crcs = BlockChecks::compute(&bytes);
        bytes[2 * CHECK_BLOCK_BYTES] ^= 1;
        let len = bytes.len();
        let slice = Slice::new(Arc::new(bytes), 0..len, Some(crcs)).expect("fits");
        assert!(slice.get(0..2 * CHECK_BLOCK_BYTES).is_ok());
        assert!(slice.get(2 * CHECK_BLOCK_BYTES - 1..2 * CHECK_BLOCK_BYTES + 1).is_err());
        assert!(slice.get(3 * CHECK_BLOCK_BYTES..len).is_ok());
        assert!(slice.get(0..len + 1).is_err());
        let cut = slice.sub(CHECK_BLOCK_BYTES..2 * CHECK_BLOCK_BYTES).expect("inside");
        assert!(cut.all().is_ok());
        assert!(cut.get(0..CHECK_BLOCK_BYTES + 1).is_err());
    }
}
