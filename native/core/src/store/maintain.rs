//! What commits leave behind is tidied here: inline entries into runs, unsealed frames into text segments, small segments into larger ones.
//!
//! Runs after puts were acknowledged. Segments are built from a snapshot, beside whatever commits meanwhile; a transaction of its own
//! then adds those that still fit. It is synced, so that a put that follows never shares the fate of a maintenance that was in flight.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Store;
use super::batch::{BULK_FRAMES, add_segment};
use super::snapshot::Snapshot;
use super::state::State;
use super::unsealed::{Range, text_segments_of};
use super::write::{Durability, Transaction};
use crate::error::{Code, Result};
use crate::format::record::{Payload, RecordType};
use crate::format::run::{self, RUN_KINDS, Run, RunKind, Words};
use crate::format::toc::{Op, SegmentClass, SegmentRef, encode};
use crate::index::{text, vector};
use crate::processors::processors;
use crate::storage::Slice;

/// Commits after which their inline entries are folded and a full table is written. Opening reads at most this many deltas.
const FOLD_COMMITS: u32 = 64;
/// Segments of like size that are merged into one.
const FAN_IN: usize = 8;
/// So many frames without a text segment are sealed in the midst of a load: a search indexes what is not sealed in memory.
const SEAL_FRAMES: u64 = 2 * SEGMENT_FRAMES;
/// About the most frames, and the most content, that become one text segment: larger ones are smaller in sum and searched faster, but take memory to
/// build, and so do merges of eight of them: a load of a million held 350 MB at 16,384 frames, and 430 at 24,576. Next to tantivy's own segments
/// a query of 100,000 took 1.39 × at 16,384, 1.19 × at 25,000.
const SEGMENT_FRAMES: u64 = 20_480;
const SEGMENT_BYTES: u64 = 32 << 20;
/// Most entries of a segment that a compaction merges: what a merge holds in memory grows with them.
const MERGED_ENTRIES: u64 = 262_144;
/// So many, left by a load that goes on, are sealed with what follows; fewer are sealed whenever entries are folded.
const FEW_FRAMES: u64 = SEGMENT_FRAMES / 2;
/// Fewer frames are not divided between threads.
const LEAST_SHARE: u64 = 2_048;

/// Segments that are to become one, and that one.
pub(super) struct Merge {
    pub class: SegmentClass,
    pub sources: Vec<SegmentRef>,
    pub payload: Payload,
}

impl Store {
    /// Folds, seals and merges what is due, and writes ahead of small commits. Returns whether anything was folded, sealed or merged.
    pub fn maintain(&self, now_ms: i64) -> Result<bool> {
        self.check_open()?;
        let done = self.upkeep(now_ms, SEAL_FRAMES).and_then(|done| self.replenish(now_ms).map(|()| done));
        done.map_err(|e| self.name(e))
    }

    /// Whether [`Store::maintain`] would do anything: after most puts it would not, and starting it costs more than this.
    pub fn is_maintenance_due(&self) -> bool {
        let snapshot = self.snapshot();
        let count: u64 = snapshot.state.unindexed_ranges(&|_| false).iter().map(|(first, end)| end - first).sum();
        snapshot.state.commits_since_toc >= FOLD_COMMITS || count >= SEAL_FRAMES || self.reserve_due.load(Ordering::Acquire)
    }

    /// As [`Store::maintain`], at the end of a load: seals what many puts left, so that no search has to index it first.
    pub fn settle(&self, now_ms: i64) -> Result<bool> {
        self.check_open()?;
        self.upkeep(now_ms, BULK_FRAMES as u64).map_err(|e| self.name(e))
    }

    /// Seals what is not sealed and merges segments as far as a merge in memory may go, for a compaction.
    pub(super) fn merge_all(&self, now_ms: i64) -> Result<()> {
        self.upkeep(now_ms, 1)?;
        merge_groups(self, SegmentClass::Text, now_ms)?;
        merge_groups(self, SegmentClass::Vectors, now_ms)
    }

    pub(super) fn upkeep(&self, now_ms: i64, seal_from: u64) -> Result<bool> {
        let threads = processors().min(8);
        let (mut done, mut next_frame, mut in_load) = (false, 0, false);
        loop {
            let snapshot = self.snapshot();
            let state = &snapshot.state;
            let fold_due = state.commits_since_toc >= FOLD_COMMITS;
            let unsealed = state.unindexed_ranges(&|_| false);
            let count: u64 = unsealed.iter().map(|(first, end)| end - first).sum();
            let seals = count >= seal_from || (fold_due && (1..FEW_FRAMES).contains(&count)) || next_frame > 0;
            in_load |= seal_from == SEAL_FRAMES && count >= SEAL_FRAMES;
            let left: Vec<Range> = unsealed.iter().map(|(first, end)| ((*first).max(next_frame), *end)).filter(|r| r.0 < r.1).collect();
            let pieces = if seals { cut(&left, average_bytes(state), threads as u64, in_load) } else { Vec::new() };
            let wave = &pieces[..pieces.len().min(threads)];
            let is_last = wave.len() == pieces.len();
            let sealed = build_all(&snapshot, wave)?;
            // Not after little work: what it let go of would be asked for again at once.
            let is_large = count >= FEW_FRAMES;
            if is_large && !sealed.is_empty() {
                self.storage().relax();
            }
            let mut merges = Vec::new();
            // Not after each put: so many small merges would cost more than the puts.
            if is_last && (seals || fold_due) {
                for class in [SegmentClass::Text, SegmentClass::Vectors] {
                    merges.extend(merge(&snapshot, class)?);
                }
                // What a merge read and what it freed, before its result is copied into a transaction.
                if is_large && !merges.is_empty() {
                    self.storage().relax();
                }
            }
            let fold_now = fold_due && is_last;
            if sealed.is_empty() && merges.is_empty() && !fold_now {
                return Ok(done);
            }
            let build = |transaction: &mut Transaction<'_>| {
                add_sealed(transaction, &sealed);
                add_merges(transaction, &merges);
                // Another writer may have done it since.
                if fold_now && transaction.base.state.commits_since_toc >= FOLD_COMMITS { fold(transaction) } else { Ok(()) }
            };
            self.transact(now_ms, Durability::Durable, build)?;
            if is_large {
                self.storage().relax();
            }
            done = true;
            next_frame = wave.last().map_or(next_frame, |(_, end)| *end);
            if is_last {
                return Ok(done);
            }
        }
    }
}

/// Ranges of frames in pieces of which as many as there are threads are indexed at once.
pub(super) fn pieces_of(ranges: &[Range], state: &State) -> Vec<Range> {
    cut(ranges, average_bytes(state), processors().min(8) as u64, false)
}

fn average_bytes(state: &State) -> u64 {
    state.counters.content_bytes / state.counters.next_frame_id.max(1) + 1
}

/// Cuts ranges into pieces, each of which becomes one segment: as many as bounded memory asks for, and enough for all threads. In the midst of a
/// load only the largest that may be, where there are such: what is left over is sealed with what follows it.
fn cut(ranges: &[Range], average_bytes: u64, threads: u64, in_load: bool) -> Vec<Range> {
    let most = SEGMENT_FRAMES.min(SEGMENT_BYTES / average_bytes).max(1);
    let (mut pieces, mut largest) = (Vec::new(), Vec::new());
    for (first, end) in ranges {
        let count = end - first;
        // A little more than the most rather than a piece too many, which one thread would index while others wait.
        let wanted = ((count + most / 2) / most).max(threads.min(count / LEAST_SHARE)).max(1);
        let share = count.div_ceil(wanted);
        pieces.extend((0..wanted).map(|n| (first + n * share, (first + (n + 1) * share).min(*end))).filter(|r| r.0 < r.1));
        largest.extend((0..count / most).map(|n| (first + n * most, first + (n + 1) * most)));
    }
    if in_load && !largest.is_empty() { largest } else { pieces }
}

/// A text segment for each range, all at once. A range without a readable frame gives none.
fn build_all(snapshot: &Snapshot, ranges: &[Range]) -> Result<Vec<(Range, Payload)>> {
    let checked = |bytes| Payload::checked(RecordType::Text, bytes);
    Ok(text_segments_of(snapshot, ranges)?.into_iter().filter_map(|(range, bytes, _)| bytes.map(|bytes| (range, checked(bytes)))).collect())
}

/// Adds segments whose frames no other writer has sealed meanwhile.
fn add_sealed(transaction: &mut Transaction<'_>, sealed: &[(Range, Payload)]) {
    let open = transaction.base.state.unindexed_ranges(&|_| false);
    for (range, payload) in sealed {
        if open.iter().any(|(first, end)| *first <= range.0 && range.1 <= *end) {
            add_segment(transaction, SegmentClass::Text, payload, (range.1 - range.0) as usize, *range);
        }
    }
}

/// Puts merged segments in the place of their sources, unless another writer has merged one of these meanwhile.
pub(super) fn add_merges(transaction: &mut Transaction<'_>, merges: &[Merge]) {
    let base: Arc<Snapshot> = transaction.base.clone();
    for Merge { class, sources, payload } in merges {
        let is_live = |source: &SegmentRef| base.state.segments.iter().any(|s| s == source);
        let (Some(first), Some(last), true) = (sources.first(), sources.last(), sources.iter().all(is_live)) else { continue };
        transaction.ops.extend(sources.iter().map(|s| Op::Retire { offset: s.offset }));
        let entries = sources.iter().map(|s| s.entries).sum::<u64>() as usize;
        add_segment(transaction, *class, payload, entries, (first.first_frame_id, last.end_frame_id));
    }
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
        // What is merged below becomes one more segment of this level. What is not due below does not count: a few small segments
        // would have large ones rewritten over and over.
        let at_level = segments[start..].iter().filter(|s| level(s.entries) == limit).count();
        let from_below = usize::from(!chosen.is_empty());
        if at_level + from_below >= FAN_IN {
            chosen = &segments[start..];
        }
    }
    chosen
}

pub(super) fn sorted(snapshot: &Snapshot, class: SegmentClass) -> Vec<SegmentRef> {
    let mut segments: Vec<SegmentRef> = snapshot.state.segments_of(class).copied().collect();
    segments.sort_unstable_by_key(|s| (s.first_frame_id, s.offset));
    segments
}

/// A merged segment holds its frames in order, so the parts of a text segment must follow one another.
fn is_contiguous(sources: &[SegmentRef], class: SegmentClass) -> bool {
    class != SegmentClass::Text || sources.windows(2).all(|pair| pair[0].end_frame_id == pair[1].first_frame_id)
}

/// Neighbours that become one segment in a compaction: as many as have [`MERGED_ENTRIES`] in sum.
fn groups(segments: &[SegmentRef], class: SegmentClass) -> Vec<&[SegmentRef]> {
    let mut groups = Vec::new();
    let mut rest = segments;
    while !rest.is_empty() {
        let (mut count, mut entries) = (1, rest[0].entries);
        while count < rest.len() && entries + rest[count].entries <= MERGED_ENTRIES && is_contiguous(&rest[count - 1..=count], class) {
            entries += rest[count].entries;
            count += 1;
        }
        let (group, others) = rest.split_at(count);
        groups.extend((count > 1).then_some(group));
        rest = others;
    }
    groups
}

/// Merges neighbouring segments of a class as far as a merge in memory may go.
pub(super) fn merge_groups(store: &Store, class: SegmentClass, now_ms: i64) -> Result<()> {
    let snapshot = store.snapshot();
    for sources in groups(&sorted(&snapshot, class), class) {
        let merges = merge_sources(&snapshot, class, sources.to_vec())?;
        store.transact(now_ms, Durability::Durable, |transaction| {
            add_merges(transaction, merges.as_slice());
            Ok(())
        })?;
    }
    Ok(())
}

/// Merges the newest segments of a class that are due.
fn merge(snapshot: &Snapshot, class: SegmentClass) -> Result<Option<Merge>> {
    let segments = sorted(snapshot, class);
    let sources = due(&segments);
    // A gap is sealed first, and merged the next time.
    if sources.is_empty() || !is_contiguous(sources, class) {
        return Ok(None);
    }
    merge_sources(snapshot, class, sources.to_vec())
}

fn merge_sources(snapshot: &Snapshot, class: SegmentClass, sources: Vec<SegmentRef>) -> Result<Option<Merge>> {
    let kind = if class == SegmentClass::Text { RecordType::Text } else { RecordType::Vectors };
    let slices: Vec<Slice> = sources.iter().map(|s| snapshot.slice(s.offset, kind)).collect::<Result<_>>()?;
    // Text of ended frames is left out for good. Their vectors stay: the past is searched with them, and the caller's can't be made again.
    let merged = match class {
        SegmentClass::Text => {
            let dead: Vec<u64> = snapshot.entries(RunKind::Ended)?.into_iter().map(|w| w[0]).collect();
            text::merge_segments(&slices, &dead)
        }
        _ => vector::merge_segments(&slices, &[]),
    };
    match merged {
        // What another version wrote stays as it is.
        Err(error) if error.code == Code::Unsupported => Ok(None),
        merged => Ok(merged?.map(|bytes| Merge { class, sources, payload: Payload::checked(kind, bytes) })),
    }
}

/// Puts inline entries into runs, merges runs, and writes a full table.
fn fold(transaction: &mut Transaction<'_>) -> Result<()> {
    fold_with(transaction, &[])
}

/// As [`fold`], with entries for blocks that this very transaction wrote.
pub fn fold_with(transaction: &mut Transaction<'_>, blocks: &[Words]) -> Result<()> {
    let base = transaction.base.clone();
    for kind in RUN_KINDS {
        let mut entries: Vec<Words> = base.state.inline(kind).to_vec();
        if kind == RunKind::Block {
            entries.extend_from_slice(blocks);
        }
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
    fn a_load_is_sealed_in_the_largest_pieces() {
        let most = SEGMENT_FRAMES;
        assert_eq!(cut(&[(0, 2 * most + 5)], 500, 2, true), [(0, most), (most, 2 * most)]);
        // At its end all is sealed, in pieces of one size.
        assert_eq!(cut(&[(0, 2 * most + 2)], 500, 2, false), [(0, most + 1), (most + 1, 2 * most + 2)]);
        assert_eq!(cut(&[(0, 3 * most)], 500, 2, false).len(), 3);
        assert_eq!(cut(&[(7, 7 + 2 * LEAST_SHARE)], 500, 2, false), [(7, 7 + LEAST_SHARE), (7 + LEAST_SHARE, 7 + 2 * LEAST_SHARE)]);
        // Nothing is put off for ever because it lies in many small ranges.
        assert_eq!(cut(&[(0, 9), (20, 30)], 500, 2, true), [(0, 9), (20, 30)]);
        // Large documents make fewer of them a piece.
        assert_eq!(cut(&[(0, 100)], SEGMENT_BYTES / 10, 2, true).len(), 10);
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
        // Nor are large ones for small ones that do not fill a level of their own.
        assert!(due(&segments(&[[1000; 2].as_slice(), [1; 6].as_slice()].concat())).is_empty());
        assert_eq!(due(&segments(&[[1000, 1, 1, 1].repeat(8).as_slice(), [1; 5].as_slice()].concat())).len(), 37);
    }
}
