//! A real file: positioned reads and writes, and one read-only mapping that outlives many commits.

use std::fs::{File, OpenOptions};
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::{FileExt, FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use memmap2::{Mmap, MmapOptions};

use super::new_file::NewFile;
use super::{Backing, Storage, WriterLock};
use crate::error::{Code, Error, Result};

/// A mapping is made larger than the file, so that the next commits are visible through it without a new one.
const MAP_SLACK_BYTES: u64 = 64 << 20;

pub struct FileStorage {
    file: Arc<File>,
    path: PathBuf,
    /// `None`: a file without a name, which no one else can open.
    lock: Option<WriterLock>,
    mapping: Mutex<Option<Arc<Mapping>>>,
}

struct Mapping(Mmap);

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// The bytes of a file that is no memory, such as a model.
pub fn read_whole(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::io("read", source).in_file(path))
}

impl FileStorage {
    /// Opens an existing regular file; a symbolic link is followed. Folders, FIFOs, sockets and devices are refused without waiting on them.
    pub fn open(path: &Path, writable: bool) -> Result<FileStorage> {
        let metadata = std::fs::metadata(path).map_err(|e| Error::io("open", e).in_file(path))?;
        let kind = metadata.file_type();
        if !kind.is_file() {
            let name = match () {
                _ if kind.is_dir() => "a folder",
                _ if kind.is_fifo() => "a FIFO",
                _ if kind.is_socket() => "a socket",
                _ => "a device",
            };
            return Err(Error::new(Code::NotAFile, format!("{name}, not a file")).in_file(path).hint("name an .mv2 file"));
        }
        // O_NONBLOCK: should the path have become a FIFO since the check, opening it must not hang.
        let file = OpenOptions::new()
            .read(true)
            .write(writable)
            .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC)
            .open(path)
            .map_err(|e| Error::io("open", e).in_file(path))?;
        Ok(FileStorage::from_file(Arc::new(file), path))
    }

    pub(super) fn from_file(file: Arc<File>, path: &Path) -> FileStorage {
        FileStorage { lock: Some(WriterLock::new(file.clone(), path)), file, path: path.to_path_buf(), mapping: Mutex::new(None) }
    }

    /// Makes a file with `content`, whole and synced, or none: it gets its name only when it is complete, and never replaces one.
    pub fn create(path: &Path, content: &[u8]) -> Result<FileStorage> {
        let file = NewFile::begin(path)?;
        file.storage().write_at(0, content)?;
        file.take_name()
    }

    /// A file that has no name yet; `path` is for messages.
    pub(super) fn unshared(file: Arc<File>, path: &Path) -> FileStorage {
        FileStorage { lock: None, ..FileStorage::from_file(file, path) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn error(&self, operation: &str, e: std::io::Error) -> Error {
        Error::io(operation, e).in_file(&self.path)
    }
}

/// Gives an unnamed file its name without replacing one.
pub(super) fn link_unnamed(file: &File, path: &Path) -> std::io::Result<()> {
    use std::ffi::CString;
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStrExt;
    let source = CString::new(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    let target = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: both strings are NUL-terminated and live across the call; linkat keeps no pointer.
    let done = unsafe { libc::linkat(libc::AT_FDCWD, source.as_ptr(), libc::AT_FDCWD, target.as_ptr(), libc::AT_SYMLINK_FOLLOW) };
    if done == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

impl Storage for FileStorage {
    fn len(&self) -> Result<u64> {
        Ok(self.file.metadata().map_err(|e| self.error("stat", e))?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        self.file.read_exact_at(buffer, offset).map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                Error::new(Code::Truncated, format!("{} bytes wanted, the file ends before", buffer.len())).at(offset).in_file(&self.path)
            }
            _ => self.error("read", e).at(offset),
        })
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, offset).map_err(|e| self.error("write", e).at(offset))
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.file.set_len(len).map_err(|e| self.error("cut", e))
    }

    fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(|e| self.error("sync", e))
    }

    fn map(&self, len: u64) -> Result<Backing> {
        let mut mapping = self.mapping.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mapping) = mapping.as_ref().filter(|m| m.len() as u64 >= len) {
            return Ok(mapping.clone());
        }
        let wanted = (len + len / 2 + MAP_SLACK_BYTES) as usize;
        // SAFETY: committed bytes are never written again and the file is never cut below a commit, so what a snapshot reads
        // does not change under it. Bytes past the end of the file are not touched: slices are bounded by the commit.
        let map = unsafe { MmapOptions::new().len(wanted).map(self.file.as_ref()) }.map_err(|e| self.error("map", e))?;
        let new = Arc::new(Mapping(map));
        *mapping = Some(new.clone());
        Ok(new)
    }

    fn map_private(&self, offset: u64, len: usize) -> Result<Box<dyn DerefMut<Target = [u8]> + Send>> {
        // SAFETY: the bytes are committed, so the file under the mapping does not change; writes go to private copies of its pages.
        let map = unsafe { MmapOptions::new().offset(offset).len(len).map_copy(self.file.as_ref()) };
        Ok(Box::new(map.map_err(|e| self.error("map", e))?))
    }

    fn relax(&self) {
        let mapping = self.mapping.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(mapping) = mapping {
            // SAFETY: the mapping is of a file, shared and never written through, so a page that is dropped reads the same when it comes back.
            let _ = unsafe { mapping.0.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
        }
        // What was freed on several threads stays with the allocator else: a load of a million documents held 250 MB of it.
        #[cfg(target_env = "gnu")]
        // SAFETY: it may be called at any time, and moves nothing that is in use.
        unsafe {
            libc::malloc_trim(0);
        }
    }

    fn lock(&self) -> Option<&WriterLock> {
        self.lock.as_ref()
    }
}
