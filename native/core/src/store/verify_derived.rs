//! The last part of a deep verification: what was derived from the frames says what the frames say. Hashes prove that a segment is the one its
//! writer made; here it is held against the frames, so that a segment of a writer that was wrong, or lied, is found too.

use super::rebuild::Damage;
use super::snapshot::Snapshot;
use super::unsealed::passages_of;
use crate::embed::Embedder;
use crate::error::{Code, Error, Result};
use crate::format::frames::BlockHead;
use crate::format::record::RecordType;
use crate::format::run::RunKind;
use crate::format::toc::{SegmentClass, SegmentRef, VectorState};
use crate::index::Passage;
use crate::index::text::TextIndex;
use crate::index::vector::VectorSegment;
use std::path::Path;

type Range = (u64, u64);

/// Every live text and vector segment and the table of blocks, against the frames. What can't be compared here (another version's
/// segment, the caller's vectors, a model that is not installed) is passed over.
pub fn check(snapshot: &Snapshot, models: Option<&Path>) -> Vec<Damage> {
    let mut damages = Vec::new();
    // After a repair segments speak of frames whose bytes are gone or lie elsewhere now: there is nothing to hold them against.
    if !snapshot.state.set_aside.is_empty() || !snapshot.state.lost.is_empty() {
        return damages;
    }
    let mut note = |offset: u64, result: Result<()>| match result {
        Err(error) if error.code != Code::Unsupported => damages.push(Damage::new(&error, offset)),
        _ => {}
    };
    for segment in snapshot.state.segments_of(SegmentClass::Text) {
        note(segment.offset, text(snapshot, segment));
    }
    let embedder = match &snapshot.state.vectors {
        VectorState::Embedded { name, hash, .. } => Embedder::of(name, hash, models).ok(),
        _ => None,
    };
    for segment in snapshot.state.segments_of(SegmentClass::Vectors) {
        note(segment.offset, vectors(snapshot, segment, embedder.as_ref()));
    }
    note(snapshot.commit.offset, tables(snapshot));
    damages
}

/// The segment holds each passage that splitting its frames again gives, no other, and leaves out no frame that is live. Its words are not compared: a
/// segment that was merged several times need not have the bytes of one that is made at once.
fn text(snapshot: &Snapshot, segment: &SegmentRef) -> Result<()> {
    let wrong = |what: &str| Err(Error::corrupt(segment.offset, format!("a text segment {what}")));
    let slice = snapshot.slice(segment.offset, RecordType::Text)?;
    let held = TextIndex::open(std::slice::from_ref(&slice), &[])?.passages()?;
    let frames = runs_of(&held);
    if frames.iter().any(|(first, end)| *first < segment.first_frame_id || *end > segment.end_frame_id) {
        return wrong("holds frames beyond those that its table names");
    }
    let ended: Vec<u64> = snapshot.entries(RunKind::Ended)?.into_iter().map(|words| words[0]).collect();
    let mut next = segment.first_frame_id;
    for (first, end) in frames.iter().copied().chain([(segment.end_frame_id, segment.end_frame_id)]) {
        // A frame without a word has no passage.
        let missing = passages_of(snapshot, (next, first)).into_iter().map(|(passage, _)| passage.frame_id);
        if let Some(id) = missing.into_iter().find(|id| ended.binary_search(id).is_err()) {
            return wrong(&format!("lacks frame {id}"));
        }
        next = end;
    }
    let again = frames.iter().flat_map(|range| passages_of(snapshot, *range)).map(|(passage, _)| passage);
    if again.eq(held) { Ok(()) } else { wrong("does not hold the passages of its frames") }
}

/// Whether two vectors point the same way, within `least`.
fn is_near(a: &[f32], b: &[f32], least: f32) -> bool {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    a.len() == b.len() && dot(a, b) >= f64::from(least) * (dot(a, a) * dot(b, b)).sqrt()
}

/// Each vector stands for a passage of its frame, and is the one that the embedder makes of it.
fn vectors(snapshot: &Snapshot, segment: &SegmentRef, embedder: Option<&Embedder>) -> Result<()> {
    let open = VectorSegment::open(snapshot.slice(segment.offset, RecordType::Vectors)?)?;
    let held: Vec<Passage> = open.passages()?.collect();
    let wrong = |id: u64, what: &str| Err(Error::corrupt(segment.offset, format!("a vector segment {what} of frame {id}")));
    let Some(embedder) = embedder.filter(|embedder| !matches!(embedder, Embedder::Outside)) else { return Ok(()) };
    let mut row = 0;
    for range in runs_of(&held) {
        for (passage, text) in passages_of(snapshot, range) {
            let vector = embedder.embed(&text);
            if row < held.len() && held[row].frame_id < passage.frame_id {
                return wrong(held[row].frame_id, "has a vector for no passage");
            }
            if held.get(row) != Some(&passage) {
                continue;
            }
            let is_another = |vector: Vec<f32>| match embedder.least_cosine() {
                Some(least) => open.row(row).is_ok_and(|kept| !is_near(&kept, &vector, least)),
                None => open.keeps(row, &vector).is_ok_and(|is_kept| !is_kept),
            };
            if vector.is_none_or(is_another) {
                return wrong(passage.frame_id, "has another vector for a passage");
            }
            row += 1;
        }
    }
    if row < held.len() { wrong(held[row].frame_id, "has a vector for no passage") } else { Ok(()) }
}

/// Each entry of the table of blocks leads to a block that holds that frame.
fn tables(snapshot: &Snapshot) -> Result<()> {
    for words in snapshot.entries(RunKind::Block)? {
        let record = snapshot.record(words[1])?.expect(RecordType::Frames)?;
        let head = BlockHead::decode(snapshot.payload(&record)?, words[1])?;
        if head.entry(words[0]).is_none() {
            return Err(Error::corrupt(words[1], format!("the table of blocks leads to another block for frame {}", words[0])));
        }
    }
    Ok(())
}

/// Frames of ascending passages, as ranges.
fn runs_of(passages: &[Passage]) -> Vec<Range> {
    let mut runs: Vec<Range> = Vec::new();
    for passage in passages {
        match runs.last_mut() {
            Some((_, end)) if passage.frame_id < *end => {}
            Some((_, end)) if passage.frame_id == *end => *end += 1,
            _ => runs.push((passage.frame_id, passage.frame_id + 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_near_or_not() {
        let vector = [0.6, 0.8, 0.0];
        assert!(is_near(&vector, &[0.61, 0.79, 0.02], 0.996));
        assert!(is_near(&vector, &[1.2, 1.6, 0.0], 0.996), "whatever their lengths");
        assert!(!is_near(&vector, &[0.7, 0.7, 0.0], 0.996));
        assert!(!is_near(&vector, &[-0.6, -0.8, 0.0], 0.996));
        assert!(!is_near(&vector, &[f32::NAN, 0.8, 0.0], 0.996));
        assert!(!is_near(&vector, &[0.6, 0.8], 0.996));
    }
}
