//! Errors are data: a stable code, what was expected and found, where, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

pub type Result<T> = std::result::Result<T, Error>;

/// Stable codes. Callers switch on these, never on the text; a code is never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The bytes are of another kind of file.
    NotMv2,
    /// Shorter than the smallest valid file, or cut inside the header.
    Truncated,
    /// A checksum, hash or structural rule does not hold at a known offset.
    Corrupt,
    /// A newer format version or an unknown critical feature.
    Unsupported,
    /// Another writer holds the lock.
    Locked,
    /// The operating system refused a read, write or sync.
    Io,
    /// No space, quota or file size limit; the last commit is intact.
    NoSpace,
    /// The operating system denies access.
    PermissionDenied,
    /// A write on a handle or file that can only be read.
    ReadOnly,
    /// A sync failed earlier on this handle: no further commit is accepted on it.
    Poisoned,
    /// The file does not exist.
    NotFound,
    /// The file exists and was not to be replaced.
    AlreadyExists,
    /// The path is a folder, FIFO, socket or device.
    NotAFile,
    /// No frame with this id or URI.
    FrameNotFound,
    /// An argument that can't be used.
    InvalidInput,
    /// An embedding model that is not installed.
    ModelMissing,
    /// A vector of another dimension, or a query that vectors can't answer in this file.
    VectorMismatch,
    /// A session is active already.
    SessionActive,
    /// No session is active.
    NoActiveSession,
    /// The session has other actions than the caller knows of.
    SessionChanged,
    /// No session with this id.
    SessionNotFound,
    /// The handle was closed.
    Closed,
    /// Stopped on request; nothing was lost.
    Aborted,
}

impl Code {
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::NotMv2 => "NotMv2",
            Code::Truncated => "Truncated",
            Code::Corrupt => "Corrupt",
            Code::Unsupported => "Unsupported",
            Code::Locked => "Locked",
            Code::Io => "Io",
            Code::NoSpace => "NoSpace",
            Code::PermissionDenied => "PermissionDenied",
            Code::ReadOnly => "ReadOnly",
            Code::Poisoned => "Poisoned",
            Code::NotFound => "NotFound",
            Code::AlreadyExists => "AlreadyExists",
            Code::NotAFile => "NotAFile",
            Code::FrameNotFound => "FrameNotFound",
            Code::InvalidInput => "InvalidInput",
            Code::ModelMissing => "ModelMissing",
            Code::VectorMismatch => "VectorMismatch",
            Code::SessionActive => "SessionActive",
            Code::NoActiveSession => "NoActiveSession",
            Code::SessionChanged => "SessionChanged",
            Code::SessionNotFound => "SessionNotFound",
            Code::Closed => "Closed",
            Code::Aborted => "Aborted",
        }
    }
}

/// The process that holds the writer lock, as far as the lock itself tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockHolder {
    pub pid: u32,
    /// Seconds since 1970 when the lock was taken.
    pub since_unix_s: u64,
}

/// An error of the engine.
#[derive(Debug)]
pub struct Error {
    pub code: Code,
    /// What was expected and what was found, in one sentence.
    pub message: String,
    /// What the user can do, in one sentence.
    pub hint: Option<String>,
    pub path: Option<PathBuf>,
    /// Byte offset in the file that the message speaks of.
    pub offset: Option<u64>,
    /// For `Locked`.
    pub holder: Option<LockHolder>,
    pub source: Option<std::io::Error>,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error { code, message: message.into(), hint: None, path: None, offset: None, holder: None, source: None }
    }

    pub fn corrupt(offset: u64, message: impl Into<String>) -> Self {
        Error::new(Code::Corrupt, message).at(offset)
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Error::new(Code::InvalidInput, message)
    }

    /// Maps an operating-system error to its code, so that "disk full" and "denied" are told apart everywhere alike.
    pub fn io(operation: &str, source: std::io::Error) -> Self {
        use std::io::ErrorKind as K;
        let code = match (source.kind(), source.raw_os_error()) {
            (_, Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG)) => Code::NoSpace,
            (K::NotFound, _) => Code::NotFound,
            (K::AlreadyExists, _) => Code::AlreadyExists,
            (K::PermissionDenied, _) => Code::PermissionDenied,
            (K::ReadOnlyFilesystem, _) => Code::ReadOnly,
            _ => Code::Io,
        };
        let mut error = Error::new(code, format!("{operation}: {source}"));
        error.source = Some(source);
        error
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Names the file, unless a deeper layer named one already.
    pub fn in_file(mut self, path: &Path) -> Self {
        self.path.get_or_insert_with(|| path.to_path_buf());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(offset) = self.offset {
            write!(f, " (at byte {offset})")?;
        }
        if let Some(path) = &self.path {
            write!(f, ": {}", path.display())?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " — {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|e| e as _)
    }
}
