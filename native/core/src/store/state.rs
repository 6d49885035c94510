//! What a file holds as of one commit: segments, entries not yet folded into runs, sessions, counters.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::format::dictionary::DictionaryPlace;
use crate::format::run::{RunKind, Words, cache_words, time_key};
use crate::format::toc::{Counters, Op, SegmentClass, SegmentRef, SessionState, VectorState};
use crate::format::{ALIGN, MAX_SAFE};
use crate::index::vector::Precision;

/// The state after one commit. Built by applying operations; a full table of contents is the list that builds it from nothing.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub vectors: VectorState,
    /// How finely new vectors are kept.
    pub vector_precision: Precision,
    pub segments: Vec<SegmentRef>,
    /// Entries of commits since the last fold, by run kind; sorted.
    inline: [Vec<Words>; 6],
    pub sessions: SessionState,
    pub counters: Counters,
    /// Records whose payload was erased, each with the erasure that takes its place.
    pub erased: BTreeMap<u64, u64>,
    /// What new frames are compressed with.
    pub dictionary: Option<DictionaryPlace>,
    /// Bytes that a repair set aside: where they begin, and where they end.
    pub set_aside: BTreeMap<u64, u64>,
    /// Frames whose bytes are gone: first id, and the one after the last.
    pub lost: BTreeMap<u64, u64>,
    /// Commits since the newest full table.
    pub commits_since_toc: u32,
}

/// A commit as the `commit` run lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitEntry {
    pub commit_no: u64,
    pub offset: u64,
    pub time_ms: i64,
}

impl State {
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Vectors(state) => self.vectors = state.clone(),
            Op::VectorPrecision(precision) => self.vector_precision = *precision,
            Op::Block { first_frame_id, offset, commit_no, count } => {
                self.insert(RunKind::Block, [*first_frame_id, *offset, *commit_no, *count, 0])
            }
            Op::Uri { key, frame_id } => self.insert(RunKind::Uri, [*key, *frame_id, 0, 0, 0]),
            Op::Time { key, frame_id } => self.insert(RunKind::Time, [*key, *frame_id, 0, 0, 0]),
            Op::Ended { frame_id, commit_no, successor } => {
                self.insert(RunKind::Ended, [*frame_id, *commit_no, successor.unwrap_or(u64::MAX), 0, 0]);
            }
            Op::Cache { key, offset } => self.insert(RunKind::Cache, cache_words(key, *offset)),
            Op::Add(segment) => self.segments.push(*segment),
            Op::Retire { offset } => self.segments.retain(|s| s.offset != *offset),
            Op::Sessions(state) => self.sessions = *state,
            Op::Counters(counters) => self.counters = *counters,
            Op::Erased { target, offset } => {
                self.erased.insert(*target, *offset);
            }
            Op::Dictionary(place) => self.dictionary = Some(*place),
            Op::SetAside { offset, len } => {
                self.set_aside.insert(*offset, offset.saturating_add(*len));
            }
            Op::Lost { first_frame_id, count } => {
                self.lost.insert(*first_frame_id, first_frame_id.saturating_add(*count));
            }
        }
    }

    /// Notes the commit itself, which no operation names: its offset is known only after its delta was written.
    pub fn note_commit(&mut self, commit: CommitEntry) {
        self.insert(RunKind::Commit, [commit.commit_no, commit.offset, time_key(commit.time_ms), 0, 0]);
    }

    fn insert(&mut self, kind: RunKind, words: Words) {
        let entries = &mut self.inline[kind as usize - 1];
        // Almost always an append: ids, times and commits grow.
        if entries.last().is_none_or(|last| *last < words) {
            entries.push(words);
        } else if let Err(at) = entries.binary_search(&words) {
            entries.insert(at, words);
        }
    }

    /// Takes many entries at once, in any order.
    pub fn extend_inline(&mut self, kind: RunKind, mut words: Vec<Words>) {
        let entries = &mut self.inline[kind as usize - 1];
        entries.append(&mut words);
        entries.sort_unstable();
        entries.dedup();
    }

    /// Entries of a kind that are not in a run yet, ascending.
    pub fn inline(&self, kind: RunKind) -> &[Words] {
        &self.inline[kind as usize - 1]
    }

    /// Forgets commits that lie at `offset` or behind it.
    pub fn forget_commits_from(&mut self, offset: u64) {
        self.inline[RunKind::Commit as usize - 1].retain(|words| words[1] < offset);
    }

    pub fn inline_count(&self) -> usize {
        self.inline.iter().map(Vec::len).sum()
    }

    pub fn clear_inline(&mut self) {
        self.inline = Default::default();
    }

    pub fn segments_of(&self, class: SegmentClass) -> impl Iterator<Item = &SegmentRef> {
        self.segments.iter().filter(move |s| s.class == class)
    }

    /// Says how finely new vectors are kept, where that is not as they are given.
    pub fn precision_op(&self) -> Option<Op> {
        (self.vector_precision != Precision::F32).then_some(Op::VectorPrecision(self.vector_precision))
    }

    /// The operations that build this state, without the inline entries, which a fold has put into runs.
    pub fn full_table(&self) -> Vec<Op> {
        let mut ops = vec![Op::Vectors(self.vectors.clone()), Op::Counters(self.counters), Op::Sessions(self.sessions)];
        ops.extend(self.precision_op());
        ops.extend(self.dictionary.map(Op::Dictionary));
        ops.extend(self.segments.iter().map(|s| Op::Add(*s)));
        ops.extend(self.erased.iter().map(|(target, offset)| Op::Erased { target: *target, offset: *offset }));
        ops.extend(self.set_aside.iter().map(|(offset, end)| Op::SetAside { offset: *offset, len: end - offset }));
        ops.extend(self.lost.iter().map(|(first, end)| Op::Lost { first_frame_id: *first, count: end - first }));
        ops
    }

    /// Whether a repair found the frame's bytes gone.
    pub fn is_lost(&self, frame_id: u64) -> bool {
        self.lost.range(..=frame_id).next_back().is_some_and(|(_, end)| frame_id < *end)
    }

    /// Where the bytes end that were set aside from `offset` on.
    pub fn set_aside_at(&self, offset: u64) -> Option<u64> {
        self.set_aside.range(..=offset).next_back().filter(|(_, end)| offset < **end).map(|(_, end)| *end)
    }

    /// Brings totals and segments within what a file of `len` bytes can hold, where a frame takes the 32 bytes of its hash at least, and an
    /// event a record. Returns whether they were: a table that says otherwise was not written by an honest writer, and loops over its counts
    /// must still end.
    pub fn bound(&mut self, len: u64) -> bool {
        let most = len / ALIGN;
        let before = (self.counters, self.sessions, self.segments.len());
        let c = &mut self.counters;
        c.next_frame_id = c.next_frame_id.min(len / 32);
        c.ended_frames = c.ended_frames.min(c.next_frame_id);
        c.content_bytes = c.content_bytes.min(MAX_SAFE);
        c.text_bytes = c.text_bytes.min(c.content_bytes);
        let next_frame_id = c.next_frame_id;
        self.segments.retain(|s| s.entries <= len && s.first_frame_id <= s.end_frame_id && s.end_frame_id <= next_frame_id);
        self.set_aside.retain(|_, end| *end <= len);
        self.lost.retain(|_, end| *end <= next_frame_id);
        self.sessions.session_count = self.sessions.session_count.min(most);
        if let Some(active) = &mut self.sessions.active {
            active.action_count = active.action_count.min(u32::try_from(most).unwrap_or(u32::MAX - 1));
        }
        before == (self.counters, self.sessions, self.segments.len())
    }

    /// Ranges of frame ids, half open and ascending, that no text segment covers.
    pub fn unindexed_ranges(&self, bad: &dyn Fn(u64) -> bool) -> Vec<(u64, u64)> {
        let mut covered: Vec<(u64, u64)> =
            self.segments_of(SegmentClass::Text).filter(|s| !bad(s.offset)).map(|s| (s.first_frame_id, s.end_frame_id)).collect();
        covered.sort_unstable();
        let mut gaps = Vec::new();
        let mut next = 0;
        for (first, end) in covered {
            if first > next {
                gaps.push((next, first));
            }
            next = next.max(end);
        }
        if next < self.counters.next_frame_id {
            gaps.push((next, self.counters.next_frame_id));
        }
        gaps
    }
}

/// Applies an encoded delta.
pub fn apply_delta(state: &mut State, delta: &[u8]) -> Result<()> {
    for op in crate::format::toc::decode(delta)? {
        state.apply(&op);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(first_frame_id: u64, end_frame_id: u64) -> Op {
        Op::Add(SegmentRef { class: SegmentClass::Text, offset: first_frame_id + 64, entries: 1, first_frame_id, end_frame_id })
    }

    #[test]
    fn gaps_between_text_segments_are_unindexed() {
        let mut state = State::default();
        state.counters.next_frame_id = 30;
        assert_eq!(state.unindexed_ranges(&|_| false), [(0, 30)]);
        state.apply(&text(20, 25));
        state.apply(&text(5, 9));
        assert_eq!(state.unindexed_ranges(&|_| false), [(0, 5), (9, 20), (25, 30)]);
        assert_eq!(state.unindexed_ranges(&|offset| offset == 84), [(0, 5), (9, 30)]);
        state.apply(&Op::Retire { offset: 69 });
        assert_eq!(state.unindexed_ranges(&|_| false), [(0, 20), (25, 30)]);
    }

    #[test]
    fn inline_entries_stay_sorted_without_repeats() {
        let mut state = State::default();
        for key in [5, 1, 3, 3] {
            state.apply(&Op::Uri { key, frame_id: key });
        }
        let keys: Vec<u64> = state.inline(RunKind::Uri).iter().map(|w| w[0]).collect();
        assert_eq!(keys, [1, 3, 5]);
    }
}
