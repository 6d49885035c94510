//! A read-only tantivy directory over the segments of a file. Nothing is copied, and only touched blocks are verified.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stable_deref_trait::StableDeref;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{DirectoryLock, FileHandle, Lock, OwnedBytes, WatchCallback, WatchHandle, WritePtr};
use tantivy::{Directory, HasLen};

use super::payload::{COMPONENTS, Payload};
use super::schema::TEMPLATE;
use crate::storage::Slice;

/// The segments in order, each under the id that its place gives it.
#[derive(Clone)]
pub struct SegmentDirectory {
    files: Arc<HashMap<PathBuf, Slice>>,
    meta: Arc<Vec<u8>>,
}

impl SegmentDirectory {
    pub fn new(payloads: &[Payload]) -> SegmentDirectory {
        let mut files = HashMap::with_capacity(payloads.len() * (COMPONENTS.len() + 1));
        let store = Slice::from_vec(TEMPLATE.empty_store.to_vec());
        for (ordinal, payload) in payloads.iter().enumerate() {
            let id = segment_id(ordinal);
            for (component, file) in COMPONENTS.iter().zip(&payload.files) {
                files.insert(PathBuf::from(format!("{id}.{component}")), file.clone());
            }
            files.insert(PathBuf::from(format!("{id}.store")), store.clone());
        }
        let meta = TEMPLATE.meta(payloads.iter().enumerate().map(|(ordinal, payload)| (segment_id(ordinal), payload.documents)));
        SegmentDirectory { files: Arc::new(files), meta: Arc::new(meta) }
    }
}

/// Ids exist only in memory, so that the place is enough. tantivy keeps the order of its metadata file.
fn segment_id(ordinal: usize) -> String {
    format!("{:032x}", ordinal + 1)
}

impl fmt::Debug for SegmentDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SegmentDirectory({} files)", self.files.len())
    }
}

fn read_only(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::ReadOnlyFilesystem, format!("segments are read-only: {}", path.display()))
}

impl Directory for SegmentDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let file = self.files.get(path).ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_path_buf()))?;
        Ok(Arc::new(SliceFile(file.clone())))
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(path == Path::new("meta.json") || self.files.contains_key(path))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if path == Path::new("meta.json") { Ok(self.meta.to_vec()) } else { Err(OpenReadError::FileDoesNotExist(path.to_path_buf())) }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError { io_error: Arc::new(read_only(path)), filepath: path.to_path_buf() })
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(read_only(path), path.to_path_buf()))
    }

    fn atomic_write(&self, path: &Path, _data: &[u8]) -> io::Result<()> {
        Err(read_only(path))
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    /// Immutable files need no lock.
    fn acquire_lock(&self, _lock: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    /// Immutable files never change.
    fn watch(&self, _callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

struct SliceFile(Slice);

impl fmt::Debug for SliceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SliceFile({} bytes)", self.0.len())
    }
}

impl HasLen for SliceFile {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl FileHandle for SliceFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let run = self.0.sub(range).and_then(|slice| slice.all().map(|_| ()).map(|()| VerifiedRun(slice)));
        run.map(OwnedBytes::new).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// A slice whose blocks were verified when it was made.
struct VerifiedRun(Slice);

impl Deref for VerifiedRun {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // Verified blocks stay verified, so that the empty run is never taken.
        self.0.all().unwrap_or(&[])
    }
}

// SAFETY: the bytes lie in the slice's backing, which is shared, immutable and kept alive by the slice; moving the slice
// moves only the pointer to it.
unsafe impl StableDeref for VerifiedRun {}
