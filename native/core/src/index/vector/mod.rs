//! Nearest passages by cosine: an exact scan over one byte a component, rescored with the vectors as they were given.
//!
//! [`build_segment`] and [`Merge`] write a segment (`format-spec/06-vector-index.md`), [`VectorSegment`] reads it in place,
//! [`search`] finds. A segment holds each vector twice: as given, in f32, and as i8 codes that the scan reads, a quarter of
//! the bytes. How far a code can be off is known for each row, so the scan never loses a passage: recall is 1.000 by
//! construction, not by tuning. The rows of a large segment are sorted into lists of near ones ([`lists`]); a search of many rows
//! looks into the nearest lists only ([`Effort`]). A segment that was optimized has a [`graph`] too, which a search walks instead. Vectors are
//! kept as they were given or rounded ([`Precision`]).

mod exact;
mod graph;
mod kernel;
mod layout;
mod lists;
mod merge;
mod named;
mod precision;
mod probe;
mod quantize;
mod reader;
mod rescore;
mod scan;
mod search;
mod top_frames;
mod walk;
mod writer;

pub use graph::Progress;
pub use kernel::Kernel;
pub use layout::MAX_DIM;
pub use merge::{Merge, merge_segments};
pub use named::Named;
pub use precision::Precision;
pub use probe::{ALL_ROWS, Effort};
pub use reader::VectorSegment;
pub use search::{Search, SearchStats, Share, search, search_with};
pub use writer::{build_segment, build_segment_in, build_shaped};

#[cfg(test)]
mod tests;

#[cfg(target_endian = "big")]
compile_error!("vector segments are little endian and are read in place");
