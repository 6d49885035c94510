//! Totals of a file, and its vectors in place.

use std::ops::DerefMut;
use std::sync::Arc;

use super::Store;
use super::rebuild::Damage;
use super::snapshot::Snapshot;
use crate::error::Result;
use crate::format::record::{RECORD_HEADER_LEN, RecordType};
use crate::format::toc::{SegmentClass, VectorState};

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
    /// Frame of each row.
    pub frame_ids: Vec<u64>,
    /// Little-endian f32 rows from the start, aligned for f32. Private memory: writing to it reaches neither the file nor any search.
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
                // Segments of a past state may hold rows of frames that came later.
                let frame_ids: Vec<u64> = open.passages()?.map(|p| p.frame_id).take_while(|id| *id < next_frame_id).collect();
                let row_count = frame_ids.len();
                let len = row_count * open.dim() * 4;
                let offset = segment.offset + RECORD_HEADER_LEN + open.rows_offset() as u64;
                let bytes = self.storage().map_private(offset, len)?;
                out.push(VectorRows { dim: open.dim(), row_count, frame_ids, bytes });
            }
            Ok(out)
        })
    }
}
