//! Storage in memory, for tests and for files that never touch a disk.

use std::sync::{Mutex, PoisonError};

use super::Storage;
use crate::error::{Code, Error, Result};

#[derive(Default)]
pub struct MemoryStorage {
    bytes: Mutex<Vec<u8>>,
}

impl MemoryStorage {
    pub fn new(bytes: Vec<u8>) -> Self {
        MemoryStorage { bytes: Mutex::new(bytes) }
    }

    pub fn to_vec(&self) -> Vec<u8> {
        self.bytes().clone()
    }

    fn bytes(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryStorage {
    fn len(&self) -> Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let bytes = self.bytes();
        let end = offset.checked_add(buffer.len() as u64).filter(|end| *end <= bytes.len() as u64);
        let Some(end) = end else {
            return Err(Error::new(Code::Truncated, format!("{} bytes wanted, the file has {}", buffer.len(), bytes.len())).at(offset));
        };
        buffer.copy_from_slice(&bytes[offset as usize..end as usize]);
        Ok(())
    }

    fn write_at(&self, offset: u64, new: &[u8]) -> Result<()> {
        let mut bytes = self.bytes();
        let end = offset as usize + new.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[offset as usize..end].copy_from_slice(new);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.bytes().resize(len as usize, 0);
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }
}
