//! Which lists a search looks into.

use super::kernel::Kernel;
use super::quantize::Query;
use super::reader::VectorSegment;
use super::scan::Part;
use crate::error::Result;

/// Rows from which on a search looks into the nearest lists only. Measured: below it a scan of all rows takes at most some
/// milliseconds.
pub const ALL_ROWS: usize = 200_000;
/// Of more rows, so many tenths are looked at, and never fewer than `PROBED_ROWS`. Measured on a million texts made of halves of two
/// others, whose vectors lie between all clusters, which is as hard as it gets (median and recall): a twelfth 4.2 ms and 0.833, a
/// sixth 5.7 and 0.905, a quarter 6.7 and 0.948. On natural texts a twelfth finds 0.977.
const PROBED_TENTHS: usize = 3;
const PROBED_ROWS: usize = 40_000;
/// Rows that a walk of a graph keeps, at least, and for each frame that is wanted. Measured on the same million texts, one thread (median and
/// recall): 256 kept 1.7 ms and 0.903, 512 2.9 and 0.923, 768 3.8 and 0.946, 1,024 4.5 and 0.954. Three tenths of the rows in lists take 10.1 ms on
/// one thread, 5.4 on two, at 0.979.
const WALK_WIDTH: usize = 1_024;
const WALK_WIDTH_PER_FRAME: f64 = 1.5;

/// How hard a search tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Every row: recall 1.000.
    Exact,
    /// The rows that a graph leads to; without one every row of a small index, the nearest lists of a large one.
    Measured,
    /// About this many rows in the nearest lists.
    Rows(usize),
    /// As `Measured`, but a walk keeps this many rows.
    Walk(usize),
}

impl Effort {
    /// Whether segments that have a graph are walked.
    pub(super) fn walks(self) -> bool {
        matches!(self, Effort::Measured | Effort::Walk(_))
    }

    /// How many rows a walk keeps that is to find `limit_frames` frames.
    pub(super) fn width(self, limit_frames: usize) -> usize {
        match self {
            Effort::Walk(width) => width.max(limit_frames),
            _ => WALK_WIDTH.max((limit_frames as f64 * WALK_WIDTH_PER_FRAME) as usize),
        }
    }

    /// How many of `total` rows that no graph holds to look at; `None`: all.
    pub(super) fn budget(self, total: usize) -> Option<usize> {
        match self {
            Effort::Exact => None,
            Effort::Measured | Effort::Walk(_) if total < ALL_ROWS => None,
            Effort::Measured | Effort::Walk(_) => Some((total / 10 * PROBED_TENTHS).max(PROBED_ROWS)),
            Effort::Rows(rows) => Some(rows),
        }
    }
}

/// The lists nearest to the query, of the segments at these places together, until they hold `budget` rows; and all rows of segments
/// without lists, which are small.
pub(super) fn nearest_lists(
    segments: &[VectorSegment],
    places: &[usize],
    query: &Query<'_>,
    kernel: Kernel,
    budget: usize,
) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut lists: Vec<(f32, Part)> = Vec::new();
    for &segment in places {
        let open = &segments[segment];
        let Some(ends) = open.list_ends()? else {
            parts.push(Part { segment, slots: 0..open.len() });
            continue;
        };
        let (codes, scales) = open.centroids()?;
        let mut dots = vec![0i32; ends.len()];
        kernel.dot_rows(&query.codes, codes, &mut dots);
        let mut start = 0;
        for ((&end, &scale), dot) in ends.iter().zip(scales).zip(dots) {
            let slots = start..end as usize;
            // A damaged list may end before it starts; what lies beyond the rows is refused when it is read.
            start = slots.end;
            if !slots.is_empty() {
                lists.push((dot as f32 * scale, Part { segment, slots }));
            }
        }
    }
    lists.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1.segment, a.1.slots.start).cmp(&(b.1.segment, b.1.slots.start))));
    let mut rows = 0;
    let near = lists.into_iter().take_while(|(_, part)| {
        let wanted = rows < budget;
        rows += part.slots.len();
        wanted
    });
    parts.extend(near.map(|(_, part)| part));
    Ok(parts)
}

/// All rows of the segments at these places that `parts` does not hold, in ascending order of segment and slot.
pub(super) fn others(segments: &[VectorSegment], places: &[usize], parts: &[Part]) -> Vec<Part> {
    let mut others = Vec::new();
    for &segment in places {
        let mut held: Vec<_> = parts.iter().filter(|part| part.segment == segment).map(|part| part.slots.clone()).collect();
        held.sort_unstable_by_key(|slots| slots.start);
        let mut start = 0;
        for slots in held.into_iter().chain([segments[segment].len()..usize::MAX]) {
            if start < slots.start {
                others.push(Part { segment, slots: start..slots.start });
            }
            start = start.max(slots.end);
        }
    }
    others
}
