//! Optimizing: the index is put into the form that is searched fastest, once, because someone asks for it.

use super::Store;
use super::maintain::{Merge, add_merges, merge_groups, sorted};
use super::write::Durability;
use crate::error::Result;
use crate::format::record::{Payload, RecordType};
use crate::format::toc::SegmentClass;
use crate::index::vector::{self, ALL_ROWS, Progress, VectorSegment};

/// What an optimization came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptimizeResult {
    pub before_segments: u64,
    pub after_segments: u64,
    pub vector_count: u64,
    /// Whether searches among the vectors walk a graph now. Fewer than 200,000 are compared one by one, which finds all of them.
    pub has_graph: bool,
    pub commit_no: u64,
}

impl Store {
    /// Merges the text index as far as a merge in memory may go, all vectors into one segment, and gives that a graph from 200,000 vectors on.
    /// Searches and other writers go on meanwhile. What is put later is searched beside it, and merged into it by the next call.
    ///
    /// Holds the merged segment in memory: about seven bytes for each component of each vector, and half a kilobyte beside these. `Aborted` when
    /// `progress` says so: nothing is lost, text segments may be merged already.
    pub fn optimize(&self, now_ms: i64, progress: &Progress<'_>) -> Result<OptimizeResult> {
        self.check_open()?;
        self.optimize_file(now_ms, progress).map_err(|e| self.name(e))
    }

    fn optimize_file(&self, now_ms: i64, progress: &Progress<'_>) -> Result<OptimizeResult> {
        let before_segments = self.index_segments();
        self.upkeep(now_ms, 1)?;
        merge_groups(self, SegmentClass::Text, now_ms)?;
        self.connect_vectors(now_ms, progress)?;
        let snapshot = self.snapshot();
        let segments = self.vector_segments(&snapshot)?;
        let vector_count = segments.iter().map(|segment| segment.len() as u64).sum();
        let has_graph = segments.iter().any(|segment| segment.has_graph());
        Ok(OptimizeResult {
            before_segments,
            after_segments: self.index_segments(),
            vector_count,
            has_graph,
            commit_no: snapshot.commit.commit_no,
        })
    }

    /// Text and vector segments of the newest state.
    fn index_segments(&self) -> u64 {
        let snapshot = self.snapshot();
        let is_index = |class| matches!(class, SegmentClass::Text | SegmentClass::Vectors);
        snapshot.state.segments.iter().filter(|segment| is_index(segment.class)).count() as u64
    }

    fn connect_vectors(&self, now_ms: i64, progress: &Progress<'_>) -> Result<()> {
        let snapshot = self.snapshot();
        let sources = sorted(&snapshot, SegmentClass::Vectors);
        let with_graph = sources.iter().map(|source| source.entries).sum::<u64>() >= ALL_ROWS as u64;
        let slices = sources.iter().map(|s| snapshot.slice(s.offset, RecordType::Vectors)).collect::<Result<Vec<_>>>()?;
        if let [only] = slices.as_slice()
            && (!with_graph || VectorSegment::open(only.clone())?.has_graph())
        {
            return Ok(());
        }
        let Some(merge) = vector::Merge::plan_with(&slices, &[], with_graph, progress)? else { return Ok(()) };
        let bytes = merge.write_to(Vec::with_capacity(merge.size_bytes()))?;
        let merged = [Merge { class: SegmentClass::Vectors, sources, payload: Payload::checked(RecordType::Vectors, bytes) }];
        self.transact(now_ms, Durability::Durable, |transaction| {
            add_merges(transaction, &merged);
            Ok(())
        })?;
        Ok(())
    }
}
