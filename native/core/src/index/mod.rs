//! Derived indexes. Each has a writer and a reader over a `Slice`, and can be rebuilt from the frames.

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
