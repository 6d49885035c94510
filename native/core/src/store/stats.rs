//! Totals of a file, and its vectors in place.

use std::ops::DerefMut;
use std::sync::Arc;

use super::Store;
use super::rebuild::Damage;
use super::snapshot::Snapshot;
use crate::error::Result;
use crate::format::record::{RECORD_HEADER_LEN, RecordType};
use crate::format::toc::{SegmentClass, SegmentRef, VectorState};
use crate::index::vector::{Precision, VectorSegment};

#[derive(Debug, Clone)]
pub struct Stats {
    pub size_bytes: u64,
    pub commits: u64,
    pub frame_count: u64,
    /// Frames that neither ended nor were lost.
    pub live_frame_count: u64,
    /// Superseded and deleted frames.
    pub ended_frame_count: u64,
    pub content_bytes: u64,
    pub text_bytes: u64,
    pub text_segments: usize,
    pub vector_segments: usize,
    pub vector_count: u64,
    /// Bytes of live segments by what they hold: text index, vectors, tables.
    pub text_index_bytes: u64,
    pub vector_index_bytes: u64,
    pub table_bytes: u64,
    pub vector_dim: Option<u32>,
    /// How finely new vectors are kept.
    pub vector_precision: Precision,
    /// Vectors in segments that have a graph.
    pub graph_vector_count: u64,
    pub embedder: Option<String>,
    /// Frames that no text segment covers yet; they are indexed in memory.
    pub unsealed_frames: u64,
    pub sessions: u64,
    pub torn_bytes: u64,
    pub damages: Vec<Damage>,
    pub file_uuid: [u8; 16],
    pub format_minor: u16,
    pub created_by: String,
    pub created_ms: i64,
}

/// The vectors of one segment.
pub struct VectorRows {
    pub dim: usize,
    pub row_count: usize,
    pub precision: Precision,
    /// Items from one row to the next: `dim`, and for i8 that rounded up to a multiple of 64, with zeros at the end.
    pub stride: usize,
    /// Frame of each row.
    pub frame_ids: Vec<u64>,
    /// What an item of 1 is worth in each row, for i8; else empty.
    pub steps: Vec<f32>,
    /// Little-endian rows of items from the start, aligned for them. Private memory: writing to it reaches neither the file nor any search.
    pub bytes: Box<dyn DerefMut<Target = [u8]> + Send>,
}

impl Store {
    pub fn stats(&self) -> Result<Stats> {
        self.check_open()?;
        let snapshot = self.snapshot();
        let state = &snapshot.state;
        let (torn_bytes, damages) = self.findings();
        let count = |class| state.segments_of(class).fold((0, 0), |(n, entries), s| (n + 1, entries + s.entries));
        let bytes = |is_in: &dyn Fn(SegmentClass) -> bool, kind: RecordType| {
            let segments = state.segments.iter().filter(|segment| is_in(segment.class));
            segments.map(|segment| Ok(snapshot.slice(segment.offset, kind)?.len() as u64)).sum::<Result<u64>>()
        };
        let text_index_bytes = bytes(&|class| class == SegmentClass::Text, RecordType::Text)?;
        let vector_index_bytes = bytes(&|class| class == SegmentClass::Vectors, RecordType::Vectors)?;
        let table_bytes = bytes(&|class| matches!(class, SegmentClass::Run(_)), RecordType::Run)?;
        let (text_segments, _) = count(SegmentClass::Text);
        let (vector_segments, vector_count) = count(SegmentClass::Vectors);
        let (vector_dim, embedder) = match &state.vectors {
            VectorState::Embedded { dim, name, .. } => (Some(*dim), Some(name.clone())),
            VectorState::Caller { dim } => (Some(*dim), None),
            VectorState::None | VectorState::Undecided => (None, None),
        };
        let in_graph = |open: &Arc<VectorSegment>| if open.has_graph() { open.len() as u64 } else { 0 };
        // A segment of a layout that is not known here counts as one without.
        let graph_vector_count = self.vector_segments(&snapshot).map_or(0, |open| open.iter().map(in_graph).sum());
        Ok(Stats {
            size_bytes: snapshot.file_len(),
            commits: snapshot.commit.commit_no + 1,
            frame_count: state.counters.next_frame_id,
            live_frame_count: snapshot.live_frame_count(),
            ended_frame_count: state.counters.ended_frames,
            content_bytes: state.counters.content_bytes,
            text_bytes: state.counters.text_bytes,
            text_segments,
            vector_segments,
            vector_count,
            text_index_bytes,
            vector_index_bytes,
            table_bytes,
            vector_dim,
            vector_precision: state.vector_precision,
            graph_vector_count,
            embedder,
            unsealed_frames: state.unindexed_ranges(&|_| false).iter().map(|(first, end)| end - first).sum(),
            sessions: state.sessions.session_count,
            torn_bytes,
            damages: damages.to_vec(),
            file_uuid: self.header.file_uuid,
            format_minor: self.header.format_minor,
            created_by: self.header.created_by.clone(),
            created_ms: self.header.created_ms,
        })
    }

    /// The vectors of each segment, mapped apart from what searches read.
    pub fn vector_rows(&self, snapshot: &Arc<Snapshot>) -> Result<Vec<VectorRows>> {
        self.reading(snapshot, |s| {
            let mut out = Vec::new();
            let next_frame_id = s.state.counters.next_frame_id;
            let refs: Vec<_> = s.state.segments_of(SegmentClass::Vectors).copied().collect();
            for (segment, open) in refs.iter().zip(self.vector_segments(s)?) {
                out.push(self.rows_of(segment, &open, next_frame_id)?);
            }
            Ok(out)
        })
    }

    /// Rows of frames before `next_frame_id`: segments of a past state may hold rows of frames that came later.
    fn rows_of(&self, segment: &SegmentRef, open: &VectorSegment, next_frame_id: u64) -> Result<VectorRows> {
        let (dim, stride, precision, values) = (open.dim(), open.value_stride(), open.precision(), open.values());
        let frames: Vec<u64> = open.passages()?.map(|passage| passage.frame_id).collect();
        let map = |len: usize| self.storage().map_private(segment.offset + RECORD_HEADER_LEN + values.start as u64, len);
        let Some(order) = open.value_order()? else {
            let row_count = frames.partition_point(|&id| id < next_frame_id);
            let bytes = map(row_count * stride * open.value_bytes())?;
            let steps = open.steps()?.iter().copied().take(row_count).collect();
            return Ok(VectorRows { dim, row_count, precision, stride, frame_ids: frames[..row_count].to_vec(), steps, bytes });
        };
        let frame_of = |row: u32| frames.get(row as usize).copied().ok_or_else(|| open.no_row(row));
        let in_place: Vec<u64> = order.iter().map(|&row| frame_of(row)).collect::<Result<_>>()?;
        let shown: Vec<usize> = (0..in_place.len()).filter(|&slot| in_place[slot] < next_frame_id).collect();
        let all = map(in_place.len() * stride * open.value_bytes())?;
        let steps = open.steps()?;
        let bytes: Box<dyn DerefMut<Target = [u8]> + Send> = if shown.len() == in_place.len() {
            all
        } else {
            let row_bytes = stride * open.value_bytes();
            Box::new(shown.iter().flat_map(|slot| all[slot * row_bytes..(slot + 1) * row_bytes].iter().copied()).collect::<Vec<u8>>())
        };
        Ok(VectorRows {
            dim,
            row_count: shown.len(),
            precision,
            stride,
            frame_ids: shown.iter().map(|&slot| in_place[slot]).collect(),
            steps: shown.iter().map(|&slot| steps[slot]).collect(),
            bytes,
        })
    }
}
