//! Scores of what a scan left over, by the vectors as they were given.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::exact;
use super::layout::corrupt;
use super::scan::Candidate;
use super::search::Ask;
use super::top_frames::TopFrames;
use crate::error::Result;
use crate::index::Scored;

/// Candidates between the one whose vector is compared and the one whose is asked for from memory.
const PREFETCHED: usize = 8;

/// Candidates that a thread takes at a time.
const TAKEN: usize = 8;

/// What threads know of a search while they rescore. Vectors lie anywhere, so that a thread waits for memory: two of them take half the time.
pub(super) struct Rescoring {
    /// The best frames so far by their exact scores. Once the last wanted one is above a bound, all rows below that need not be read.
    top: Mutex<TopFrames>,
    /// Candidates of each thread, the best prospects first, and how many of these are taken.
    lists: Mutex<Vec<Arc<(Vec<Candidate>, AtomicUsize)>>>,
}

impl Rescoring {
    pub fn new(limit_frames: usize) -> Rescoring {
        Rescoring { top: Mutex::new(TopFrames::new(limit_frames.max(1))), lists: Mutex::default() }
    }

    /// Rescores this thread's candidates, and with the others those that they have left.
    pub fn share(&self, ask: &Ask<'_>, candidates: Vec<Candidate>) -> Result<Vec<Scored>> {
        let all = {
            let mut lists = lock(&self.lists);
            if !candidates.is_empty() {
                lists.push(Arc::new((candidates, AtomicUsize::new(0))));
            }
            lists.clone()
        };
        let mut scored = Vec::new();
        for list in all.iter().rev() {
            let (candidates, next) = list.as_ref();
            loop {
                let start = next.fetch_add(TAKEN, Ordering::Relaxed);
                if start >= candidates.len() || !self.piece(ask, candidates, start, &mut scored)? {
                    break;
                }
            }
        }
        Ok(scored)
    }

    /// Those from `start` on that one thread takes at a time. False when all that come later are not in the result.
    fn piece(&self, ask: &Ask<'_>, candidates: &[Candidate], start: usize, scored: &mut Vec<Scored>) -> Result<bool> {
        for (index, candidate) in candidates.iter().enumerate().skip(start).take(TAKEN) {
            if candidate.upper < lock(&self.top).threshold() {
                return Ok(false);
            }
            if let Some(soon) = candidates.get(index + PREFETCHED) {
                ask.segments[soon.segment].prefetch_row(soon.row);
                ask.segments[soon.segment].prefetch_passage(soon.row);
            }
            let found = exactly(ask, candidate)?;
            lock(&self.top).offer(found.passage.frame_id, found.score);
            scored.push(found);
        }
        Ok(true)
    }
}

/// The best passage of each of the best frames, best first.
pub(super) fn best_frames(mut scored: Vec<Scored>, limit_frames: usize) -> Vec<Scored> {
    scored.sort_unstable_by(|a, b| a.passage.frame_id.cmp(&b.passage.frame_id).then_with(|| rank(a, b)));
    scored.dedup_by_key(|scored| scored.passage.frame_id);
    scored.sort_unstable_by(rank);
    scored.truncate(limit_frames);
    scored
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn exactly(ask: &Ask<'_>, candidate: &Candidate) -> Result<Scored> {
    let segment = &ask.segments[candidate.segment];
    let passage = segment.passage(candidate.row)?;
    let Some(score) = exact::cosine(ask.query.values, ask.query.norm, &segment.row(candidate.row)?) else {
        return Err(corrupt(format!("the vector of frame {} is zero or not finite", passage.frame_id)));
    };
    // A score outside of its bounds would mean that the bounds of other rows can't be trusted either.
    if score > candidate.upper {
        return Err(corrupt(format!("the codes of frame {} are not those of its vector", passage.frame_id)));
    }
    Ok(Scored { passage, score })
}

/// Score descending, then frame id and start ascending.
fn rank(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then_with(|| a.passage.cmp(&b.passage))
}
