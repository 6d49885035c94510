//! A file that is to take the place of another: written without a name beside it, whole and synced before it gets one.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::FileStorage;
use super::file::link_unnamed;
use crate::error::{Code, Error, Result};

/// Nothing is left of it when it is dropped before it took the place.
pub struct Replacement {
    file: Arc<File>,
    /// The name that it has for the moment before it takes the place, or where the file system has no unnamed files.
    named: bool,
    temporary: PathBuf,
    target: PathBuf,
}

/// Where a replacement of `path`, which may be a symbolic link, has a name for a moment; a crash in it leaves the file there.
pub fn temporary_of(path: &Path) -> Result<(PathBuf, PathBuf)> {
    let target = std::fs::canonicalize(path).map_err(|e| Error::io("open", e).in_file(path))?;
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(".replace.tmp");
    Ok((target.with_file_name(name), target))
}

/// Removes what a replacement that was interrupted left behind. The caller holds the writer lock of the file at `path`.
pub fn remove_leftover(path: &Path) -> Result<()> {
    let (temporary, _) = temporary_of(path)?;
    match std::fs::remove_file(&temporary) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", e).in_file(&temporary)),
        _ => Ok(()),
    }
}

impl Replacement {
    /// An empty file without a name, with the mode and, where allowed, the owner of the file at `path`. `None` where the file system has no
    /// unnamed files.
    pub fn unnamed(path: &Path) -> Result<Option<Replacement>> {
        let (temporary, target) = temporary_of(path)?;
        let folder = target.parent().unwrap_or(Path::new("."));
        // Nobody but the owner can open the copy until it has the right mode.
        match OpenOptions::new().read(true).write(true).mode(0o600).custom_flags(libc::O_TMPFILE | libc::O_CLOEXEC).open(folder) {
            Ok(file) => Replacement::of(file, false, temporary, target).map(Some),
            Err(e) if matches!(e.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR | libc::ENOENT | libc::EINVAL)) => Ok(None),
            Err(e) => Err(Error::io("create", e).in_file(&target)),
        }
    }

    /// As [`Replacement::unnamed`], else with the name `<path>.replace.tmp`. The caller holds the writer lock of the file at `path`, so no
    /// one else writes under that name.
    pub fn begin(path: &Path) -> Result<Replacement> {
        if let Some(unnamed) = Replacement::unnamed(path)? {
            return Ok(unnamed);
        }
        remove_leftover(path)?;
        let (temporary, target) = temporary_of(path)?;
        // create_new never follows a symbolic link that lies in wait.
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&temporary);
        Replacement::of(file.map_err(|e| Error::io("create", e).in_file(&temporary))?, true, temporary, target)
    }

    fn of(file: File, named: bool, temporary: PathBuf, target: PathBuf) -> Result<Replacement> {
        let replacement = Replacement { file: Arc::new(file), named, temporary, target };
        let old = std::fs::metadata(&replacement.target).map_err(|e| replacement.fail("stat", e))?;
        // Only a privileged process may give a file away; the mode is what counts then.
        let _ = std::os::unix::fs::fchown(&*replacement.file, Some(old.uid()), Some(old.gid()));
        replacement.file.set_permissions(old.permissions()).map_err(|e| replacement.fail("set the mode of", e))?;
        Ok(replacement)
    }

    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        (&*self.file).write_all(bytes).map_err(|e| self.fail("write", e))
    }

    /// What was written, synced, as storage.
    pub fn synced(&self) -> Result<Arc<FileStorage>> {
        self.file.sync_all().map_err(|e| self.fail("sync", e))?;
        Ok(Arc::new(FileStorage::from_file(self.file.clone(), &self.target)))
    }

    /// Gives the file the name, in the place of the old one, and syncs the folder. The caller holds the writer lock of the old file.
    pub fn take_place(mut self) -> Result<FileStorage> {
        if !self.named {
            if let Err(e) = link_unnamed(&self.file, &self.temporary) {
                if e.kind() != std::io::ErrorKind::AlreadyExists {
                    return Err(self.fail("name", e));
                }
                // One that was interrupted between its two steps.
                remove_leftover(&self.target)?;
                link_unnamed(&self.file, &self.temporary).map_err(|e| self.fail("name", e))?;
            }
            self.named = true;
        }
        std::fs::rename(&self.temporary, &self.target).map_err(|e| self.fail("rename", e))?;
        self.named = false;
        let folder = self.target.parent().unwrap_or(Path::new("."));
        File::open(folder).and_then(|f| f.sync_all()).map_err(|e| Error::io("sync the folder", e).in_file(folder))?;
        Ok(FileStorage::from_file(self.file.clone(), &self.target))
    }

    fn fail(&self, operation: &str, e: std::io::Error) -> Error {
        Error::io(operation, e).in_file(&self.target)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if self.named {
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

/// Fails with `NoSpace` when the file system of `path` has less than `needed` bytes to give.
pub fn check_space(path: &Path, needed: u64) -> Result<()> {
    let file = File::open(path).map_err(|e| Error::io("open", e).in_file(path))?;
    let available = available_bytes(&file).map_err(|e| Error::io("ask for the free space of", e).in_file(path))?;
    if available >= needed {
        return Ok(());
    }
    let message = format!("a copy of up to {needed} bytes has to lie beside the file for a while; {available} are free");
    Err(Error::new(Code::NoSpace, message).in_file(path).hint("free some space; nothing was changed"))
}

fn available_bytes(file: &File) -> std::io::Result<u64> {
    use std::os::fd::AsRawFd;
    // SAFETY: statvfs is plain data, for which all-zero is a valid value.
    let mut room: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: the descriptor is open for as long as `file` lives, and the pointer is to a local that outlives the call.
    let done = unsafe { libc::fstatvfs(file.as_raw_fd(), &mut room) };
    if done == 0 { Ok(room.f_bavail.saturating_mul(room.f_frsize)) } else { Err(std::io::Error::last_os_error()) }
}
