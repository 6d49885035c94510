//! What a damaged file still holds: a look at every byte, and the state that follows from what checks.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use super::rescue::{Block, mended_header, stray_blocks};
use crate::error::{Error, Result};
use crate::format::ALIGN;
use crate::format::commit::TRAILER_LEN;
use crate::format::frames::{Entry, MAX_FRAMES_PER_BLOCK, NewFrame};
use crate::format::header::HEADER_LEN;
use crate::format::record::{RecordHeader, RecordType, hash_payload};
use crate::format::run::{RunKind, Words, time_key, uri_key};
use crate::format::toc::SegmentClass;
use crate::store::rebuild::{Damage, rebuild_with};
use crate::store::recover::{check_padding, check_trailer, load_newest};
use crate::store::snapshot::Snapshot;
use crate::store::state::State;

/// A frame that can't be read any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostFrame {
    pub frame_id: u64,
    /// `None`: not known.
    pub uri: Option<String>,
}

/// A whole frame out of a block that does not check.
pub struct RescuedFrame {
    pub frame_id: u64,
    /// The first frame of the block that it was in.
    pub block_first: u64,
    pub commit_no: u64,
    pub frame: NewFrame,
}

/// What was found.
#[derive(Default)]
pub struct Survey {
    /// The state of the readable records; lost and rescued frames are not in it yet.
    pub state: State,
    pub damages: Vec<Damage>,
    /// Bytes that do not check and were not set aside before, with the record that they are, where its header can be read.
    pub broken: BTreeMap<u64, Broken>,
    pub rescued: Vec<RescuedFrame>,
    pub lost: Vec<LostFrame>,
    /// Segments of words and of vectors that have to be made anew: the frames that they were for.
    pub broken_text: Vec<(u64, u64)>,
    pub broken_vectors: Vec<(u64, u64)>,
    /// A copy of the map of what a compaction dropped does not check.
    pub is_map_damaged: bool,
    /// Broken places of which it is not known what they held.
    pub unknown: usize,
}

pub struct Broken {
    pub end: u64,
    /// As its header says, or said before one bit of it changed.
    pub record: Option<RecordHeader>,
    is_trailer: bool,
}

impl Survey {
    /// Broken records of a type.
    pub fn broken_of(&self, kind: RecordType) -> usize {
        self.broken.values().filter(|b| b.record.as_ref().is_some_and(|r| r.kind == kind as u8)).count()
    }
}

/// Looks at every byte up to the snapshot's end. `known` is damage that was met when the file was opened; its tables are not believed then.
/// `tail`: records from there on are in no valid commit, and speak for themselves.
pub fn survey(snapshot: &Snapshot, known: &[Damage], tail: Option<u64>, progress: &dyn Fn(u64, u64)) -> Result<Survey> {
    // A fresh cache: what was verified earlier may have changed on the disk since.
    let mut bare = Snapshot { cache: Arc::default(), ..snapshot.clone() };
    let mut found = Survey::default();
    walk(&bare, &mut found, progress);
    if let Err(error) = bare.check_gap_map() {
        found.damages.push(Damage::new(&error, HEADER_LEN));
        found.is_map_damaged = true;
    }
    if found.damages.is_empty() && known.is_empty() && tail.is_none() && load_newest(&bare, snapshot.commit).is_ok() {
        found.state = State::clone(&snapshot.state);
        return Ok(found);
    }
    let is_broken = |offset: u64| found.broken.range(..=offset).next_back().is_some_and(|(_, b)| offset < b.end);
    let has_broken_table = snapshot.state.segments.iter().any(|s| matches!(s.class, SegmentClass::Run(_)) && is_broken(s.offset));
    let first = known.first().map(|d| Error::corrupt(d.offset, d.message.clone()));
    let tables = load_newest(&bare, snapshot.commit);
    found.state = match (first, tables) {
        (None, Ok(state)) if tail.is_none() && !has_broken_table => state,
        (first, tables) => {
            bare.state = Arc::default();
            let cause = first.or(tables.err()).unwrap_or_else(|| Error::corrupt(0, "a table is damaged"));
            let (mut state, damages) = rebuild_with(&bare, cause, tail.is_some())?;
            tail.into_iter().for_each(|offset| state.forget_commits_from(offset));
            found.damages.extend(damages.into_iter().filter(|d| !found.damages.iter().any(|f| f.offset == d.offset)).collect::<Vec<_>>());
            state
        }
    };
    drop_broken_segments(&bare, &mut found);
    bare.state = Arc::new(found.state.clone());
    frames(&bare, &mut found, tail.is_some())?;
    Ok(found)
}

/// Notes each record that does not check, and each run of bytes without one.
fn walk(bare: &Snapshot, found: &mut Survey, progress: &dyn Fn(u64, u64)) {
    let (mut at, mut told) = (HEADER_LEN, 0);
    let mut note = |error: &Error, at: u64, end: u64, record: Option<RecordHeader>, is_trailer: bool| {
        found.damages.push(Damage::new(error, at));
        found.broken.insert(at, Broken { end, record, is_trailer });
    };
    while at < bare.commit.end {
        if at - told > (8 << 20) {
            told = at;
            progress(at, bare.commit.end);
        }
        if let Some(end) = bare.state.set_aside_at(at) {
            at = end;
            continue;
        }
        match bare.record(at) {
            Err(error) => {
                let next = bare.next_record(at);
                let next = bare.state.set_aside.range(at + 1..next).next().map_or(next, |(start, _)| *start);
                let mended = bare.bytes(at..next).ok().and_then(|b| mended_header(b, at, next, &bare.header.file_salt));
                note(&error, at, next, mended, false);
                at = next;
            }
            Ok(record) => {
                let is_commit = record.kind == RecordType::Commit as u8;
                let end = record.end();
                let checked = check(bare, &record);
                if let Err(error) = &checked {
                    // A commit goes with its trailer.
                    let end = if is_commit { (end + TRAILER_LEN).min(bare.commit.end) } else { end };
                    note(error, at, end, Some(record.clone()), false);
                }
                at = end;
                if is_commit && checked.is_err() {
                    at = end + TRAILER_LEN;
                } else if is_commit {
                    // A record may begin where a trailer has become unreadable.
                    let trailer = check_trailer(bare, &record);
                    if let Err(error) = trailer {
                        note(&error, end, (end + TRAILER_LEN).min(bare.commit.end), None, true);
                    }
                    at = end + TRAILER_LEN;
                }
            }
        }
    }
    progress(bare.commit.end, bare.commit.end);
}

fn check(bare: &Snapshot, record: &RecordHeader) -> Result<()> {
    if bare.is_dropped(record) {
        return Ok(());
    }
    let (start, offset) = (record.payload_offset(), record.self_offset);
    let payload = bare.bytes(start..start + record.payload_len)?;
    if bare.state.erased.contains_key(&offset) {
        if payload.iter().any(|b| *b != 0) {
            return Err(Error::corrupt(offset, "an erased record holds something"));
        }
    } else if hash_payload(payload) != record.payload_hash {
        return Err(Error::corrupt(offset, "a record's payload does not match its hash"));
    }
    check_padding(bare, record)
}

/// Takes segments out of the state that do not check, that were dropped, or that were merged into a later one by a commit that is gone.
fn drop_broken_segments(bare: &Snapshot, found: &mut Survey) {
    let segments = std::mem::take(&mut found.state.segments);
    let mut vectors: Vec<(u64, u64, u64)> = Vec::new();
    for segment in &segments {
        let broken = found.broken.range(..=segment.offset).next_back();
        let is_broken = broken.is_some_and(|(_, b)| segment.offset < b.end) || bare.record(segment.offset).is_err();
        let range = (segment.first_frame_id, segment.end_frame_id);
        match segment.class {
            SegmentClass::Text if is_broken => found.broken_text.push(range),
            SegmentClass::Vectors if is_broken => found.broken_vectors.push(range),
            _ if is_broken => {}
            _ if bare.record(segment.offset).is_ok_and(|record| bare.is_dropped(&record)) => {}
            SegmentClass::Vectors => {
                vectors.push((segment.offset, range.0, range.1));
                found.state.segments.push(*segment);
            }
            _ => found.state.segments.push(*segment),
        }
    }
    // The merged one lies behind its sources.
    if let Some(place) = found.state.dictionary {
        let is_broken = |offset| bare.record(offset).is_err() || found.broken.contains_key(&offset);
        found.state.dictionary = Some(place).filter(|p| !is_broken(p.offset) || !is_broken(p.copy_offset));
    }
    let is_merged_away = |offset: u64, first: u64, end: u64| vectors.iter().any(|(o, f, e)| *o > offset && *f < end && first < *e);
    found.state.segments.retain(|s| s.class != SegmentClass::Vectors || !is_merged_away(s.offset, s.first_frame_id, s.end_frame_id));
    found.broken_vectors.retain(|(first, end)| !vectors.iter().any(|(_, f, e)| f <= first && end <= e));
    found.broken_vectors = joined(std::mem::take(&mut found.broken_vectors));
    found.broken_text = joined(std::mem::take(&mut found.broken_text));
}

/// Ranges in order, those that overlap as one.
fn joined(mut ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    ranges.sort_unstable();
    let mut out: Vec<(u64, u64)> = Vec::new();
    for (first, end) in ranges {
        match out.last_mut() {
            Some(last) if first < last.1 => last.1 = last.1.max(end),
            _ => out.push((first, end)),
        }
    }
    out
}

/// Sorts all frames into those that lie in a whole block, those that can be rescued out of a broken one, and those that are lost.
fn frames(bare: &Snapshot, found: &mut Survey, with_tail: bool) -> Result<()> {
    let mut next_frame_id = bare.state.counters.next_frame_id;
    // A block of which nothing else is left may hold frames that no commit has counted.
    let limit = next_frame_id + if with_tail { u64::from(MAX_FRAMES_PER_BLOCK) } else { 0 };
    let mut places = effective(bare.entries(RunKind::Block)?);
    // An entry for frames that the file can't have is no honest one, and must not be gone through frame by frame.
    places.retain(|p| p.first < limit);
    places.iter_mut().for_each(|p| p.end = p.end.min(limit));
    let covered: Vec<(u64, u64)> = places.iter().map(|p| (p.first, p.end)).collect();
    let uncovered = |id: u64| id < limit && !covered.iter().any(|(first, end)| (*first..*end).contains(&id));
    let may_be_block = |b: &Broken| b.record.as_ref().is_none_or(|r| r.kind == RecordType::Frames as u8) && !b.is_trailer;
    // A number that was damaged would give a frame another one's content: the table of times has to agree.
    let times: HashMap<u64, u64> = bare.entries(RunKind::Time)?.into_iter().map(|words| (words[1], words[0])).collect();
    let agrees = |id: u64, entry: &Entry| times.get(&id).is_none_or(|key| *key == time_key(entry.timestamp_ms));
    for (start, broken) in found.broken.iter().filter(|(_, broken)| may_be_block(broken)) {
        for offset in stray_blocks(bare, *start..broken.end, &uncovered) {
            if let Some(block) = Block::read(bare, offset, broken.end) {
                let first = block.head.first_frame_id;
                let end = first + block.head.entries.len() as u64;
                let fits = (first..).zip(&block.head.entries).all(|(id, entry)| agrees(id, entry) && uncovered(id));
                if !fits || !is_in_order(&places, offset, first..end) {
                    continue;
                }
                next_frame_id = next_frame_id.max(end);
                places.push(Place { first, end, block_first: first, offset, commit_no: bare.commit.commit_no });
            }
        }
    }
    places.sort_unstable_by_key(|p| p.first);
    let is_known = |start: u64, b: &Broken| b.record.is_some() || b.is_trailer || places.iter().any(|p| (start..b.end).contains(&p.offset));
    found.unknown = found.broken.iter().filter(|(start, b)| !is_known(**start, b)).count();
    let without_dictionary = found.broken_of(RecordType::Dictionary) > 0 || found.unknown > 0;
    let mut next = 0;
    for place in &places {
        lose(bare, found, next..place.first);
        next = next.max(place.end);
        let broken = found.broken.range(..=place.offset).next_back().filter(|(_, b)| place.offset < b.end);
        let Some((_, broken)) = broken else {
            if without_dictionary && !is_readable(bare, place) {
                lose(bare, found, place.first..place.end);
            }
            continue;
        };
        // The table says which frames these are: the number in the block may be what is damaged.
        let block = Block::read(bare, place.offset, broken.end).map(|block| block.from(place.block_first));
        for frame_id in place.first..place.end {
            if bare.state.is_lost(frame_id) {
                continue;
            }
            let entry = block.as_ref().and_then(|block| block.head.entry(frame_id));
            let frame = block.as_ref().zip(entry).and_then(|(block, entry)| block.frame(entry));
            match frame {
                Some(frame) => {
                    let (block_first, commit_no) = (place.block_first, place.commit_no);
                    found.rescued.push(RescuedFrame { frame_id, block_first, commit_no, frame });
                }
                None => {
                    let uri = block.as_ref().zip(entry).and_then(|(block, entry)| block.uri(entry));
                    found.lost.push(LostFrame { frame_id, uri: proven(bare, frame_id, uri) });
                }
            }
        }
    }
    lose(bare, found, next..next_frame_id);
    found.state.counters.next_frame_id = next_frame_id;
    Ok(())
}

/// Whether a block at `offset` may hold these frames: ids grow with the offsets of their blocks, and a frame takes 64 bytes at least. Nothing else
/// proves the number in a block that no table names.
fn is_in_order(places: &[Place], offset: u64, ids: Range<u64>) -> bool {
    let before = places.iter().filter(|p| p.offset < offset).max_by_key(|p| p.offset);
    let after = places.iter().filter(|p| p.offset > offset).min_by_key(|p| p.offset);
    let (least, from) = before.map_or((0, HEADER_LEN), |p| (p.end, p.offset));
    (least..=least + (offset - from) / ALIGN).contains(&ids.start) && after.is_none_or(|p| ids.end <= p.first)
}

/// Whether the frames of a block that checks can be read: what they were compressed with may be gone.
fn is_readable(bare: &Snapshot, place: &Place) -> bool {
    let read = || {
        let header = bare.record(place.offset)?;
        bare.block(&header)?.body(bare.payload(&header)?, &header, None, bare)
    };
    read().is_ok()
}

/// A URI that was read out of damaged bytes, when the table of URIs says the same of this frame.
fn proven(bare: &Snapshot, frame_id: u64, uri: Option<String>) -> Option<String> {
    let uri = uri.filter(|uri| !uri.is_empty())?;
    let entries = bare.lookup(RunKind::Uri, uri_key(&uri)).ok()?;
    entries.iter().any(|words| words[1] == frame_id).then_some(uri)
}

fn lose(bare: &Snapshot, found: &mut Survey, range: Range<u64>) {
    let ids = range.filter(|id| !bare.state.is_lost(*id));
    found.lost.extend(ids.map(|frame_id| LostFrame { frame_id, uri: None }));
}

/// Where a range of frames lies, half open.
struct Place {
    first: u64,
    end: u64,
    /// The first frame of the block, whichever of its frames are looked up here.
    block_first: u64,
    offset: u64,
    commit_no: u64,
}

/// What each frame's lookup comes to: of blocks with the same first frame the one that was written last, and only up to the next block.
fn effective(mut entries: Vec<Words>) -> Vec<Place> {
    entries.sort_unstable();
    let mut places: Vec<Place> = Vec::new();
    for words in entries {
        let end = words[0].saturating_add(words[3]);
        let place = Place { first: words[0], end, block_first: words[0], offset: words[1], commit_no: words[2] };
        match places.last_mut() {
            Some(last) if last.first == place.first => *last = place,
            Some(last) => {
                last.end = last.end.min(place.first);
                places.push(place);
            }
            None => places.push(place),
        }
    }
    places
}
