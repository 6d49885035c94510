//! The mv2 engine: one append-only file that holds documents, their indexes and recorded sessions.
//!
//! No Node, no network, no clock and no randomness of its own: callers pass both in.

pub mod embed;
pub mod error;
pub mod format;
mod helpers;
pub mod index;
mod processors;
pub mod search;
pub mod storage;
pub mod store;

pub use error::{Code, Error, LockHolder, Result};
