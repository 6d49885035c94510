//! Derived indexes. Each has a writer and a reader over a `Slice`, and can be rebuilt from the frames.

use crate::error::Result;

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

/// The first of `len` rows of which `precedes` is not true; it is of all rows before that one. `guess`: where it may be, which saves the search where
/// each frame has one row.
pub(crate) fn first_row(len: usize, guess: u64, precedes: impl Fn(usize) -> Result<bool>) -> Result<usize> {
    let (mut low, mut high) = (0, len);
    if let Ok(guess) = usize::try_from(guess)
        && guess < high
    {
        if precedes(guess)? {
            low = guess + 1;
        } else if guess == 0 || precedes(guess - 1)? {
            return Ok(guess);
        } else {
            high = guess;
        }
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if precedes(middle)? { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

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
