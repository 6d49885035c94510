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

/// Most passages of a frame that count as overlapping one.
pub(crate) const MOST_OVERLAPPING: usize = 16;

impl Passage {
    /// First byte after it. One without bytes ends after its start, so that it overlaps itself.
    fn end(self) -> u32 {
        self.start.saturating_add(self.len.max(1))
    }

    /// Whether both have bytes of the same frame in common.
    pub(crate) fn overlaps(self, other: Passage) -> bool {
        self.frame_id == other.frame_id && self.start < other.end() && other.start < self.end()
    }

    /// Whether it lies in an earlier frame, or in the same one and ends before `other` begins.
    pub(crate) fn precedes(self, other: Passage) -> bool {
        self.frame_id < other.frame_id || (self.frame_id == other.frame_id && self.end() <= other.start)
    }
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
