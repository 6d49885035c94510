//! Derived indexes. Each has a writer and a reader over a `Slice`, and can be rebuilt from the frames.

pub mod passage;
pub mod text;
pub mod vector;

/// A run of one frame's text, the unit of retrieval: long texts are cut into several. Offsets count UTF-8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Passage {
    pub frame_id: u64,
    pub start: u32,
    pub len: u32,
}

/// A passage with the score of one arm, higher is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    pub passage: Passage,
    pub score: f32,
}

/// What a search is limited to; all given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Prefix of the frame's URI.
    pub scope: Option<String>,
    /// The frame has all of these tags.
    pub tags: Vec<String>,
    /// Timestamp in milliseconds, both ends inclusive.
    pub after_ms: Option<i64>,
    pub before_ms: Option<i64>,
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }
}
