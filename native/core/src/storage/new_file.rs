//! A file in the making, which gets its name only when it is whole.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::FileStorage;
use super::file::link_unnamed;
use crate::error::{Code, Error, Result};

/// Where the file system can, the file has no name until then, so that a crash leaves nothing behind. Dropped before it has its name, it is gone.
pub struct NewFile {
    file: Arc<File>,
    /// For file systems without unnamed files: a name beside the target.
    temporary: Option<PathBuf>,
    path: PathBuf,
}

impl NewFile {
    /// `AlreadyExists` when there is a file of this name: none is ever replaced.
    pub fn begin(path: &Path) -> Result<NewFile> {
        if std::fs::symlink_metadata(path).is_ok() {
            return Err(exists(path));
        }
        let folder = folder_of(path);
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(0o644);
        let (file, temporary) = match options.clone().custom_flags(libc::O_TMPFILE | libc::O_CLOEXEC).open(folder) {
            Ok(file) => (file, None),
            Err(e)
                if matches!(e.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR | libc::ENOENT | libc::EINVAL)) && folder.is_dir() =>
            {
                let mut name = path.file_name().unwrap_or_default().to_os_string();
                name.push(format!(".{}.tmp", std::process::id()));
                let temporary = path.with_file_name(name);
                // create_new never follows a symbolic link that lies in wait under the temporary name.
                let file = options.create_new(true).open(&temporary).map_err(|e| Error::io("create", e).in_file(path))?;
                (file, Some(temporary))
            }
            Err(e) => return Err(Error::io("write", e).in_file(path)),
        };
        Ok(NewFile { file: Arc::new(file), temporary, path: path.to_path_buf() })
    }

    /// The file's bytes. Nobody else can reach them yet.
    pub fn storage(&self) -> FileStorage {
        FileStorage::unshared(self.file.clone(), &self.path)
    }

    /// Syncs the file, gives it its name, and syncs the folder.
    pub fn take_name(self) -> Result<FileStorage> {
        let fail = |operation: &str, e: std::io::Error| match e.kind() {
            ErrorKind::AlreadyExists => exists(&self.path),
            _ => Error::io(operation, e).in_file(&self.path),
        };
        self.file.sync_all().map_err(|e| fail("write", e))?;
        match &self.temporary {
            None => link_unnamed(&self.file, &self.path),
            Some(temporary) => std::fs::hard_link(temporary, &self.path),
        }
        .map_err(|e| fail("create", e))?;
        File::open(folder_of(&self.path)).and_then(|f| f.sync_all()).map_err(|e| fail("sync the folder", e))?;
        Ok(FileStorage::from_file(self.file.clone(), &self.path))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = std::fs::remove_file(temporary);
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn exists(path: &Path) -> Error {
    Error::new(Code::AlreadyExists, "a file of this name exists").in_file(path).hint("open it, or choose another name")
}
