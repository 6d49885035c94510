//! Repair: what does not check is set aside, what can be made anew is, and what is lost is listed (format-spec/04, "Repair").

mod rescue;
mod salvage;
mod survey;

use std::path::Path;
use std::sync::Arc;

pub use salvage::{SalvageReport, salvage};
pub use survey::LostFrame;

use super::Store;
use super::maintain::fold_with;
use super::rebuild::Damage;
use super::snapshot::Snapshot;
use super::state::State;
use super::unsealed::passages_of;
use super::write::{Durability, Transaction};
use crate::embed::Embedder;
use crate::error::Result;
use crate::format::frames::{Body, NewFrame};
use crate::format::record::{Payload, RecordType};
use crate::format::run::Words;
use crate::format::toc::{Op, SegmentClass, SegmentRef, VectorState};
use crate::index::{Passage, vector};
use survey::{RescuedFrame, Survey, survey};

/// Rescued frames share a block until their contents reach this length.
const BLOCK_BYTES: usize = 64 << 10;

/// What a repair found and did, or would do.
#[derive(Debug, Clone, Default)]
pub struct RepairReport {
    pub damages: Vec<Damage>,
    /// Bytes behind the last commit, which the next write cuts off.
    pub torn_bytes: u64,
    /// Places that were set aside, and their bytes.
    pub set_aside: usize,
    pub set_aside_bytes: u64,
    /// Frames that were written again out of blocks that do not check as a whole. Their contents match their hashes; title, URI, tags and
    /// metadata have no hash of their own.
    pub rescued: Vec<u64>,
    pub lost: Vec<LostFrame>,
    /// Session events and cached answers that can't be read any more.
    pub lost_events: usize,
    pub lost_answers: usize,
    /// Places where something lay of which nothing is known.
    pub unknown: usize,
    /// Frames whose words and vectors are indexed anew.
    pub reindexed_frames: u64,
    /// Frames whose vectors, given by a caller or an outside embedder, are gone.
    pub lost_vectors: u64,
    /// `None`: nothing was written.
    pub commit_no: Option<u64>,
}

impl RepairReport {
    /// Whether something that was put or recorded is gone.
    pub fn has_loss(&self) -> bool {
        !self.lost.is_empty() || self.lost_events > 0 || self.lost_answers > 0 || self.lost_vectors > 0 || self.unknown > 0
    }

    fn of(found: &Survey, torn_bytes: u64) -> RepairReport {
        RepairReport {
            damages: found.damages.clone(),
            torn_bytes,
            set_aside: found.broken.len(),
            set_aside_bytes: found.broken.iter().map(|(start, b)| b.end - start).sum(),
            rescued: found.rescued.iter().map(|r| r.frame_id).collect(),
            lost: found.lost.clone(),
            lost_events: found.broken_of(RecordType::Event),
            lost_answers: found.broken_of(RecordType::Answer),
            unknown: found.unknown,
            reindexed_frames: found.broken_text.iter().chain(&found.broken_vectors).map(|(first, end)| end - first).sum(),
            ..RepairReport::default()
        }
    }
}

impl Store {
    /// What a repair would do. Reads every byte, changes nothing.
    pub fn repair_plan(&self, progress: &dyn Fn(u64, u64)) -> Result<RepairReport> {
        self.check_open()?;
        let view = self.view();
        let found = survey(&view.snapshot, &view.damages, None, progress).map_err(|e| self.name(e))?;
        let mut report = RepairReport::of(&found, view.torn_bytes);
        let remade = remade_vectors(&view.snapshot, &found, self.options.models.as_deref()).map_err(|e| self.name(e))?;
        report.lost_vectors = remade.lost;
        Ok(report)
    }

    /// Sets aside what does not check, writes whole frames out of broken blocks again, makes segments and tables anew, and notes what is
    /// lost: one commit behind all others. No byte that is there is changed.
    pub fn repair(&self, now_ms: i64, progress: &dyn Fn(u64, u64)) -> Result<RepairReport> {
        let (report, is_map_damaged) = self.repair_file(now_ms, progress).map_err(|e| self.name(e))?;
        if is_map_damaged && self.path.is_some() {
            self.renew(now_ms).map_err(|e| self.name(e))?;
        }
        if report.commit_no.is_some() {
            // Words of frames without a text segment.
            self.settle(now_ms)?;
        }
        Ok(report)
    }

    fn repair_file(&self, now_ms: i64, progress: &dyn Fn(u64, u64)) -> Result<(RepairReport, bool)> {
        let mut writer = self.writer();
        let begun = self.begin_repair(&mut writer, now_ms)?;
        let view = self.view();
        let found = survey(&begun.base, &view.damages, None, progress)?;
        let mut report = RepairReport::of(&found, view.torn_bytes);
        if found.broken.is_empty() && found.damages.len() == usize::from(found.is_map_damaged) {
            if report.torn_bytes > 0 {
                self.cut_tail(&begun)?;
            }
            return Ok((report, found.is_map_damaged));
        }
        let remade = remade_vectors(&begun.base, &found, self.options.models.as_deref())?;
        report.lost_vectors = remade.lost;
        let mut state = State::clone(&found.state);
        state.counters.ended_frames = state.counters.ended_frames.min(state.counters.next_frame_id);
        let base = Arc::new(Snapshot { state: Arc::new(state), cache: Arc::default(), ..begun.base.as_ref().clone() });
        let (_, snapshot) = self.transact_on(&mut writer, &begun, &base, now_ms, Durability::Durable, |transaction| {
            write_repair(transaction, &found, &remade, &begun.base.state, u64::MAX)
        })?;
        self.indexes.clear();
        report.commit_no = Some(snapshot.commit.commit_no);
        Ok((report, found.is_map_damaged))
    }
}

/// Vectors that were made anew.
#[derive(Default)]
struct Remade {
    passages: Vec<Passage>,
    rows: Vec<f32>,
    /// Frames whose vectors can't be made here.
    lost: u64,
}

/// Vectors of frames whose segment is gone, made anew where the engine itself makes them.
fn remade_vectors(snapshot: &Snapshot, found: &Survey, models: Option<&Path>) -> Result<Remade> {
    let mut remade = Remade::default();
    let VectorState::Embedded { name, hash, .. } = &found.state.vectors else {
        remade.lost = if found.state.vectors == VectorState::None { 0 } else { frames_in(&found.broken_vectors) };
        return Ok(remade);
    };
    if found.broken_vectors.is_empty() {
        return Ok(remade);
    }
    let embedder = match Embedder::of(name, hash, models) {
        Ok(Embedder::Outside) | Err(_) => {
            remade.lost = frames_in(&found.broken_vectors);
            return Ok(remade);
        }
        Ok(embedder) => embedder,
    };
    let readable = Snapshot { state: Arc::new(found.state.clone()), cache: Arc::default(), ..snapshot.clone() };
    for range in &found.broken_vectors {
        for (passage, text) in passages_of(&readable, *range) {
            if let Some(vector) = embedder.embed(&text) {
                remade.passages.push(passage);
                remade.rows.extend_from_slice(&vector);
            }
        }
    }
    Ok(remade)
}

fn frames_in(ranges: &[(u64, u64)]) -> u64 {
    ranges.iter().map(|(first, end)| end - first).sum()
}

/// The records and operations of a repair, on top of the state that the readable records give. `before`: the state until now. What is broken
/// from `tail` on is not there any more.
fn write_repair(transaction: &mut Transaction<'_>, found: &Survey, remade: &Remade, before: &State, tail: u64) -> Result<()> {
    let blocks = blocks_of(&found.rescued).into_iter().map(|block| write_block(transaction, block)).collect::<Result<Vec<Words>>>()?;
    if let (Some(first), Some(last)) = (remade.passages.first(), remade.passages.last()) {
        let range = (first.frame_id, last.frame_id + 1);
        let precision = transaction.base.state.vector_precision;
        let bytes = vector::build_segment_in(precision, remade.rows.len() / remade.passages.len(), &remade.passages, &remade.rows)?;
        let offset = transaction.layout.push(&Payload::checked(RecordType::Vectors, bytes));
        let entries = remade.passages.len() as u64;
        let (class, (first_frame_id, end_frame_id)) = (SegmentClass::Vectors, range);
        transaction.ops.push(Op::Add(SegmentRef { class, offset, entries, first_frame_id, end_frame_id }));
    }
    let gone = before.segments.iter().filter(|s| !found.state.segments.contains(s));
    transaction.ops.extend(gone.map(|s| Op::Retire { offset: s.offset }));
    transaction.ops.extend(found.broken.range(..tail).map(|(start, b)| Op::SetAside { offset: *start, len: b.end - start }));
    transaction
        .ops
        .extend(runs_of(found.lost.iter().map(|l| l.frame_id)).map(|(first_frame_id, count)| Op::Lost { first_frame_id, count }));
    fold_with(transaction, &blocks)
}

/// Rescued frames that can share a block: neighbours out of one block, whose place theirs takes in a lookup.
fn blocks_of(rescued: &[RescuedFrame]) -> Vec<&[RescuedFrame]> {
    let mut blocks = Vec::new();
    let mut rest = rescued;
    while let Some(first) = rest.first() {
        let (mut count, mut bytes) = (1, first.frame.content.len());
        while let Some(next) = rest.get(count) {
            let follows = next.frame_id == rest[count - 1].frame_id + 1 && next.block_first == first.block_first;
            if !follows || bytes + next.frame.content.len() > BLOCK_BYTES {
                break;
            }
            bytes += next.frame.content.len();
            count += 1;
        }
        let (block, others) = rest.split_at(count);
        blocks.push(block);
        rest = others;
    }
    blocks
}

/// Writes a block; gives its entry for the table of blocks.
fn write_block(transaction: &mut Transaction<'_>, rescued: &[RescuedFrame]) -> Result<Words> {
    let frames: Vec<&NewFrame> = rescued.iter().map(|r| &r.frame).collect();
    let (first_frame_id, commit_no, count) = (rescued[0].frame_id, rescued[0].commit_no, rescued.len() as u64);
    let offset = transaction.layout.push(&Body::encode(&frames, None)?.with_head(first_frame_id, &frames));
    Ok([first_frame_id, offset, commit_no, count, 0])
}

/// Ascending numbers as runs: the first, and how many follow without a gap.
fn runs_of(ids: impl Iterator<Item = u64>) -> impl Iterator<Item = (u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for id in ids {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == id => *count += 1,
            _ => runs.push((id, 1)),
        }
    }
    runs.into_iter()
}
