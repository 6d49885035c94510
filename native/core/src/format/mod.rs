//! Bytes ↔ structs, pure. The layouts are those of `format-spec/`; lengths are checked before anything is read or allocated.

pub mod bytes;
pub mod commit;
mod contexts;
pub mod dictionary;
pub mod erasure;
pub mod event;
pub mod frames;
pub mod gaps;
pub mod header;
pub mod record;
pub mod run;
pub mod toc;

/// Every record starts at a multiple of this.
pub const ALIGN: u64 = 64;
/// Ids, offsets and lengths stay below this, so that JavaScript can hold them as numbers.
pub const MAX_SAFE: u64 = 1 << 53;

/// The next multiple of [`ALIGN`]. Callers pass values below [`MAX_SAFE`].
pub const fn align_up(value: u64) -> u64 {
    value.div_ceil(ALIGN) * ALIGN
}
