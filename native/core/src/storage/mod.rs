//! The only way to the bytes of a file.

mod slice;

pub use slice::{Backing, BlockChecks, CHECK_BLOCK_BYTES, Slice};
