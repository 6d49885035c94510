//! The only way to the bytes of a file: one small trait, with a real, an in-memory and a simulated implementation.

mod compacted;
mod file;
mod lock;
mod memory;
mod new_file;
mod prefetch;
mod replace;
pub mod simulated;
mod slice;

pub use compacted::log_of;
pub use file::{FileStorage, read_whole};
pub use lock::{LockGuard, WriterLock};
pub use memory::MemoryStorage;
pub use new_file::NewFile;
pub(crate) use prefetch::prefetch;
pub use replace::{Replacement, check_space, remove_leftover};
pub use slice::{Backing, BlockChecks, CHECK_BLOCK_BYTES, Slice};

use std::ops::DerefMut;
use std::sync::Arc;

use crate::error::Result;
use crate::format::gaps::GapMap;

/// What the engine needs of a file. Offsets are explicit: there is no cursor to share.
pub trait Storage: Send + Sync {
    fn len(&self) -> Result<u64>;
    /// Fills `buffer` from `offset`; an error when the file ends before.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()>;
    /// Writes all of `bytes` at `offset`, extending the file.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()>;
    fn set_len(&self, len: u64) -> Result<()>;
    /// Returns when everything written before survives a power cut.
    fn sync(&self) -> Result<()>;

    /// The first `len` bytes to read in place. They must not change as long as the backing lives, which holds for committed bytes.
    fn map(&self, len: u64) -> Result<Backing> {
        let mut bytes = vec![0; len as usize];
        self.read_at(0, &mut bytes)?;
        Ok(Arc::new(bytes))
    }

    /// A copy-on-write view of committed bytes: whoever writes to it changes neither the file nor what others read.
    fn map_private(&self, offset: u64, len: usize) -> Result<Box<dyn DerefMut<Target = [u8]> + Send>> {
        let mut bytes = vec![0; len];
        self.read_at(offset, &mut bytes)?;
        Ok(Box::new(bytes))
    }

    /// Lets go of mapped pages that nobody reads just now; what is read again comes back from the system's own cache. For after long work on much
    /// of a file, which would else count as this process's memory for as long as it runs.
    fn relax(&self) {}

    /// The lock that a writer takes for each transaction. Storage that no other process sees needs none.
    fn lock(&self) -> Option<&WriterLock> {
        None
    }

    /// What a compaction dropped. Offsets are those of the log all the same; only a backing is as the file is.
    fn gap_map(&self) -> Option<&Arc<GapMap>> {
        None
    }
}
