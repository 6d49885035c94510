//! A file that is to take the place of another: written beside it, whole and synced before it gets the name.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::FileStorage;
use crate::error::{Error, Result};

/// Removed when it is dropped before it took the place.
pub struct Replacement {
    storage: Option<Arc<FileStorage>>,
    temporary: PathBuf,
    target: PathBuf,
}

impl Replacement {
    /// Writes `<path>.erase.tmp` with these parts as its content, with the mode and, where allowed, the owner of the file at `path`, which is
    /// followed where it is a symbolic link. The caller holds the writer lock of that file, so no one else writes here: what an erasure that
    /// was interrupted left behind is removed.
    pub fn write(path: &Path, parts: &[&[u8]]) -> Result<Replacement> {
        let target = std::fs::canonicalize(path).map_err(|e| Error::io("open", e).in_file(path))?;
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        name.push(".erase.tmp");
        let temporary = target.with_file_name(name);
        let fail = |operation: &str, e| Error::io(operation, e).in_file(&temporary);
        let old = std::fs::metadata(&target).map_err(|e| fail("stat", e))?;
        match std::fs::remove_file(&temporary) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(fail("remove", e)),
            _ => {}
        }
        // create_new never follows a symbolic link that lies in wait; nobody but the owner can open the copy until it has the right mode.
        let mut file =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&temporary).map_err(|e| fail("create", e))?;
        let mut replacement = Replacement { storage: None, temporary: temporary.clone(), target };
        for part in parts {
            file.write_all(part).map_err(|e| fail("write", e))?;
        }
        // Only a privileged process may give a file away; the mode is what counts then.
        let _ = std::os::unix::fs::fchown(&file, Some(old.uid()), Some(old.gid()));
        file.set_permissions(old.permissions()).and_then(|()| file.sync_all()).map_err(|e| fail("sync", e))?;
        replacement.storage = Some(Arc::new(FileStorage::from_file(Arc::new(file), &temporary)));
        Ok(replacement)
    }

    /// The new file under its temporary name.
    pub fn storage(&self) -> Option<Arc<FileStorage>> {
        self.storage.clone()
    }

    /// Gives the new file the name, in the place of the old one, and syncs the folder.
    pub fn take_place(mut self) -> Result<FileStorage> {
        let Some(storage) = self.storage.take() else { return Err(Error::invalid("a replacement that was not written")) };
        if let Err(e) = std::fs::rename(&self.temporary, &self.target) {
            self.storage = Some(storage);
            return Err(Error::io("rename", e).in_file(&self.target));
        }
        let placed = FileStorage::from_file(storage.file(), &self.target);
        let folder = self.target.parent().unwrap_or(Path::new("."));
        File::open(folder).and_then(|f| f.sync_all()).map_err(|e| Error::io("sync the folder", e).in_file(folder))?;
        // It has its name: nothing is left to remove.
        self.temporary = PathBuf::new();
        Ok(placed)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}
