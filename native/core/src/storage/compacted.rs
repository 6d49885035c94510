//! A file that a compaction made: offsets are those of the log, and this translates them to where the bytes lie.

use std::ops::DerefMut;
use std::sync::Arc;

use super::{Backing, Storage, WriterLock};
use crate::error::{Error, Result};
use crate::format::gaps::GapMap;

pub struct CompactedStorage {
    file: Arc<dyn Storage>,
    map: Arc<GapMap>,
}

/// The storage to read a file's log through: itself, or a translation where it begins with a gap map.
pub fn log_of(file: Arc<dyn Storage>, file_salt: &[u8; 16]) -> Result<Arc<dyn Storage>> {
    if file.gap_map().is_some() {
        return Ok(file);
    }
    Ok(match GapMap::find(file.len()?, file_salt, &|at, bytes| file.read_at(at, bytes))? {
        Some(map) => Arc::new(CompactedStorage { file, map: Arc::new(map) }),
        None => file,
    })
}

impl CompactedStorage {
    fn place(&self, offset: u64, len: usize) -> Result<u64> {
        let place = self.map.place(offset..offset.saturating_add(len as u64));
        place.ok_or_else(|| Error::corrupt(offset, "bytes that a compaction dropped"))
    }
}

impl Storage for CompactedStorage {
    fn len(&self) -> Result<u64> {
        Ok(self.map.log_len(self.file.len()?))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        self.file.read_at(self.place(offset, buffer.len())?, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_at(self.place(offset, bytes.len())?, bytes)
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.file.set_len(self.map.file_len(len))
    }

    fn sync(&self) -> Result<()> {
        self.file.sync()
    }

    fn map(&self, len: u64) -> Result<Backing> {
        self.file.map(self.map.file_len(len))
    }

    fn map_private(&self, offset: u64, len: usize) -> Result<Box<dyn DerefMut<Target = [u8]> + Send>> {
        self.file.map_private(self.place(offset, len)?, len)
    }

    fn relax(&self) {
        self.file.relax();
    }

    fn lock(&self) -> Option<&WriterLock> {
        self.file.lock()
    }

    fn gap_map(&self) -> Option<&Arc<GapMap>> {
        Some(&self.map)
    }
}
