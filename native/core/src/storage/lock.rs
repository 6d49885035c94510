//! The writer lock: open-file-description locks on bytes of the file far beyond its data.
//!
//! They belong to the open file, not to the process, so two handles of one process exclude each other too; the system drops them
//! when the process ends, however it ends. Nothing is written, and no second file is needed to name the holder: its pid and the
//! time are encoded in *which* bytes it has locked besides.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::error::{Code, Error, LockHolder, Result};

const WRITER_BYTE: i64 = 1 << 62;
const PID_BASE: i64 = (1 << 62) + (1 << 32);
const PID_RANGE: i64 = 1 << 32;
const SINCE_BASE: i64 = 1 << 61;
const SINCE_RANGE: i64 = 1 << 40;

pub struct WriterLock {
    file: Arc<File>,
    path: PathBuf,
    /// Device and inode, which an open file keeps.
    identity: OnceLock<(u64, u64)>,
}

/// Holds the lock until dropped.
pub struct LockGuard {
    file: Arc<File>,
}

impl WriterLock {
    pub fn new(file: Arc<File>, path: &Path) -> WriterLock {
        WriterLock { file, path: path.to_path_buf(), identity: OnceLock::new() }
    }

    /// Takes the lock, waiting up to `timeout`. `now_unix_s` is what others will be told of when it was taken.
    pub fn acquire(&self, timeout: Duration, now_unix_s: u64) -> Result<LockGuard> {
        let started = Instant::now();
        let mut pause = Duration::from_micros(200);
        while !self.try_lock(WRITER_BYTE)? {
            let left = timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(self.locked(started.elapsed()));
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        let guard = LockGuard { file: self.file.clone() };
        let pid = i64::from(std::process::id());
        // These two only inform, so a failure to take them is no failure of the lock.
        let _ = self.try_lock(PID_BASE + pid);
        let _ = self.try_lock(SINCE_BASE + (now_unix_s as i64).clamp(0, SINCE_RANGE - 1));
        Ok(guard)
    }

    /// Whether the path still names the file that this lock is on: after a compaction or a restore it names another, and the lock protects nothing.
    pub fn is_current(&self) -> bool {
        let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
        let Ok(theirs) = std::fs::metadata(&self.path).map(identity) else { return false };
        match self.identity.get() {
            Some(ours) => *ours == theirs,
            None => self.file.metadata().map(identity).is_ok_and(|ours| *self.identity.get_or_init(|| ours) == theirs),
        }
    }

    fn try_lock(&self, byte: i64) -> Result<bool> {
        match set_lock(&self.file, libc::F_WRLCK, byte, 1) {
            Ok(()) => Ok(true),
            Err(e) if matches!(e.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
            Err(e) => Err(Error::io("lock", e).in_file(&self.path)),
        }
    }

    fn locked(&self, waited: Duration) -> Error {
        let pid = first_locked(&self.file, PID_BASE, PID_RANGE);
        let since = first_locked(&self.file, SINCE_BASE, SINCE_RANGE);
        let who = match pid {
            Some(pid) => format!("process {pid}"),
            None => "another process".to_string(),
        };
        let message = format!("{who} is writing; waited {} ms", waited.as_millis());
        let mut error = Error::new(Code::Locked, message).in_file(&self.path).hint("try again, or wait longer with --wait");
        error.holder = pid.map(|pid| LockHolder { pid: pid as u32, since_unix_s: since.unwrap_or(0) as u64 });
        error
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        // One call releases every range; the kernel would do the same when the file is closed.
        let _ = set_lock(&self.file, libc::F_UNLCK, SINCE_BASE, i64::MAX - SINCE_BASE);
    }
}

fn range(kind: libc::c_int, start: i64, len: i64) -> libc::flock {
    // SAFETY: flock is plain data, for which all-zero is a valid value; OFD locks demand l_pid = 0.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    lock.l_start = start;
    lock.l_len = len;
    lock
}

fn set_lock(file: &File, kind: libc::c_int, start: i64, len: i64) -> io::Result<()> {
    let mut lock = range(kind, start, len);
    // SAFETY: the descriptor is open for as long as `file` lives, and the pointer is to a local that outlives the call.
    let done = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &mut lock) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Distance from `base` of the first byte that someone else holds within the range.
fn first_locked(file: &File, base: i64, len: i64) -> Option<i64> {
    let mut lock = range(libc::F_WRLCK, base, len);
    // SAFETY: as in `set_lock`; the kernel writes the conflicting lock into the local.
    let done = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &mut lock) };
    (done == 0 && i32::from(lock.l_type) != libc::F_UNLCK && lock.l_start >= base).then(|| lock.l_start - base)
}
