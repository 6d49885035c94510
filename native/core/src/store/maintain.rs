//! What commits leave behind is tidied here: inline entries into runs, unsealed frames into text segments, small segments into larger ones.
//!
//! Runs in a transaction of its own, after puts were acknowledged. It is synced, so that a put that follows never shares the fate
//! of a maintenance that was in flight.

use super::Store;
use super::batch::add_segment;
use super::find::text_segment_of;
use super::write::{Durability, Transaction};
use crate::error::Result;
use crate::format::record::{Payload, RecordType};
use crate::format::run::{self, RUN_KINDS, Run, RunKind, Words};
use crate::format::toc::{Op, SegmentClass, SegmentRef, encode};
use crate::index::{text, vector};
use crate::storage::Slice;

/// Commits after which their inline entries are folded and a full table is written. Opening reads at most this many deltas.
const FOLD_COMMITS: u32 = 64;
/// Segments of like size that are merged into one.
const FAN_IN: usize = 8;

impl Store {
    /// Folds, seals and merges what is due. Returns whether anything was.
    pub fn maintain(&self, now_ms: i64) -> Result<bool> {
        self.check_open()?;
        let due = self.snapshot().state.commits_since_toc >= FOLD_COMMITS;
        if !due {
            return Ok(false);
        }
        let build = |transaction: &mut Transaction<'_>| {
            // Another writer may have done it since.
            if transaction.base.state.commits_since_toc < FOLD_COMMITS {
                return Ok(());
            }
            seal(transaction)?;
            merge_class(transaction, SegmentClass::Text)?;
            merge_class(transaction, SegmentClass::Vectors)?;
            fold(transaction)
        };
        self.transact(now_ms, Durability::Durable, build).map_err(|e| self.name(e))?;
        Ok(true)
    }
}

/// One text segment for each range of frames that none covers.
fn seal(transaction: &mut Transaction<'_>) -> Result<()> {
    let base = transaction.base.clone();
    for range in base.state.unindexed_ranges(&|_| false) {
        if let (Some(bytes), _) = text_segment_of(&base, range)? {
            let entries = (range.1 - range.0) as usize;
            add_segment(transaction, SegmentClass::Text, &Payload::checked(RecordType::Text, bytes), entries, range);
        }
    }
    Ok(())
}

/// Level of a segment: powers of the fan-in.
fn level(entries: u64) -> u32 {
    entries.max(1).ilog2() / FAN_IN.ilog2()
}

/// The newest segments that are due to become one: at least [`FAN_IN`], none of a higher level than the level that is full.
fn due(segments: &[SegmentRef]) -> &[SegmentRef] {
    let top = segments.iter().map(|s| level(s.entries)).max().unwrap_or(0);
    let mut chosen: &[SegmentRef] = &[];
    for limit in 0..=top {
        let start = segments.iter().rposition(|s| level(s.entries) > limit).map_or(0, |at| at + 1);
        // What is merged below becomes one more segment of this level.
        let at_level = segments[start..].iter().filter(|s| level(s.entries) == limit).count();
        let below = segments[start..].len() - at_level;
        let from_below = if chosen.is_empty() { below } else { 1 };
        if at_level + from_below >= FAN_IN {
            chosen = &segments[start..];
        }
    }
    chosen
}

/// Merges segments of one class, those of this transaction too.
fn merge_class(transaction: &mut Transaction<'_>, class: SegmentClass) -> Result<()> {
    let base = transaction.base.clone();
    let mut segments: Vec<SegmentRef> = base.state.segments_of(class).copied().collect();
    segments.sort_unstable_by_key(|s| (s.first_frame_id, s.offset));
    // Segments sealed in this transaction are not in the file yet; they take part the next time.
    let chosen = due(&segments).to_vec();
    // A merged segment holds its frames in order, so the parts must follow one another; a gap is sealed first and merged the next time.
    let is_contiguous = class != SegmentClass::Text || chosen.windows(2).all(|pair| pair[0].end_frame_id == pair[1].first_frame_id);
    if chosen.is_empty() || !is_contiguous {
        return Ok(());
    }
    let dead: Vec<u64> = base.entries(RunKind::Ended)?.into_iter().map(|w| w[0]).collect();
    let kind = if class == SegmentClass::Text { RecordType::Text } else { RecordType::Vectors };
    let slices: Vec<Slice> = chosen.iter().map(|s| base.slice(s.offset, kind)).collect::<Result<_>>()?;
    // Text of ended frames is left out for good. Their vectors stay: the past is searched with them, and the caller's can't be made again.
    let merged = match class {
        SegmentClass::Text => text::merge_segments(&slices, &dead)?,
        _ => vector::merge_segments(&slices, &[])?,
    };
    if let (Some(bytes), Some(first), Some(last)) = (merged, chosen.first(), chosen.last()) {
        transaction.ops.extend(chosen.iter().map(|s| Op::Retire { offset: s.offset }));
        let entries = chosen.iter().map(|s| s.entries).sum::<u64>() as usize;
        let range = (first.first_frame_id, last.end_frame_id);
        add_segment(transaction, class, &Payload::checked(kind, bytes), entries, range);
    }
    Ok(())
}

/// Puts inline entries into runs, merges runs, and writes a full table.
fn fold(transaction: &mut Transaction<'_>) -> Result<()> {
    let base = transaction.base.clone();
    for kind in RUN_KINDS {
        let mut entries: Vec<Words> = base.state.inline(kind).to_vec();
        if entries.is_empty() {
            continue;
        }
        let class = SegmentClass::Run(kind);
        let mut segments: Vec<SegmentRef> = base.state.segments_of(class).copied().collect();
        segments.sort_unstable_by_key(|s| s.offset);
        let next = SegmentRef { class, offset: u64::MAX, entries: entries.len() as u64, first_frame_id: 0, end_frame_id: 0 };
        segments.push(next);
        for old in due(&segments).iter().filter(|s| s.offset != u64::MAX) {
            let run = Run::open(base.slice(old.offset, RecordType::Run)?, kind)?;
            for words in run.iter() {
                entries.push(words?);
            }
            transaction.ops.push(Op::Retire { offset: old.offset });
        }
        entries.sort_unstable();
        entries.dedup();
        let payload = run::encode(kind, &mut entries);
        add_segment(transaction, class, &payload, entries.len(), (0, 0));
    }
    let mut state = crate::store::state::State::clone(&base.state);
    state.clear_inline();
    transaction.ops.iter().for_each(|op| state.apply(op));
    transaction.layout.push(&Payload::stored(RecordType::Toc, encode(&state.full_table())));
    transaction.folded = true;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(entries: &[u64]) -> Vec<SegmentRef> {
        let of = |(i, n): (usize, &u64)| SegmentRef {
            class: SegmentClass::Text,
            offset: i as u64,
            entries: *n,
            first_frame_id: i as u64,
            end_frame_id: i as u64 + 1,
        };
        entries.iter().enumerate().map(of).collect()
    }

    #[test]
    fn eight_of_a_level_become_one() {
        assert!(due(&segments(&[1; 7])).is_empty());
        assert_eq!(due(&segments(&[1; 8])).len(), 8);
        // A large old segment is not rewritten for eight small ones.
        assert_eq!(due(&segments(&[[5000].as_slice(), [64; 8].as_slice()].concat())).len(), 8);
        // Seven of a level and a new one that fills it.
        assert_eq!(due(&segments(&[[70; 7].as_slice(), [1; 8].as_slice()].concat())).len(), 15);
        assert!(due(&segments(&[[70; 3].as_slice(), [1; 4].as_slice()].concat())).is_empty());
    }
}
