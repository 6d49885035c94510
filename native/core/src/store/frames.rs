//! Reading frames: by id, by URI, by time, and the spans that a session's context names.

use std::sync::Arc;

use super::snapshot::Snapshot;
use super::{Store, recover};
use crate::error::{Code, Error, Result};
use crate::format::frames::{BlockHead, Entry, default_uri, default_uri_id};
use crate::format::record::{RecordHeader, RecordType};
use crate::format::run::{RunKind, Words, time_key, uri_key};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameStatus {
    Active,
    Superseded,
    Deleted,
}

impl FrameStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            FrameStatus::Active => "active",
            FrameStatus::Superseded => "superseded",
            FrameStatus::Deleted => "deleted",
        }
    }
}

/// A frame as stored, with what became of it as of the snapshot asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub frame_id: u64,
    pub uri: String,
    pub title: String,
    pub mime_type: String,
    pub tags: Vec<String>,
    pub metadata: Vec<u8>,
    pub content: Vec<u8>,
    pub is_text: bool,
    pub timestamp_ms: i64,
    pub content_hash: [u8; 32],
    pub status: FrameStatus,
    pub commit_no: u64,
    pub supersedes: Option<u64>,
    pub superseded_by: Option<u64>,
    pub ended_commit: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameSummary {
    pub frame: Frame,
    /// First characters of the text, on one line.
    pub preview: String,
}

/// A part of a frame's text, read again for an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanText {
    pub text: String,
    /// BLAKE3 of the whole content as it is in the file now.
    pub content_hash: [u8; 32],
    pub status: FrameStatus,
}

#[derive(Debug, Clone, Default)]
pub struct TimelineRequest {
    pub limit: usize,
    pub offset: usize,
    pub after_ms: Option<i64>,
    pub before_ms: Option<i64>,
    /// Oldest first; default newest first.
    pub oldest_first: bool,
}

/// Where a frame lies, and its entry there.
pub struct Located {
    pub header: RecordHeader,
    pub head: Arc<BlockHead>,
    pub commit_no: u64,
}

/// The entry and the record of the block that holds a frame.
fn block_of(snapshot: &Snapshot, frame_id: u64) -> Result<(Words, RecordHeader)> {
    let missing =
        || Error::new(Code::FrameNotFound, format!("no frame {frame_id}; the file has {}", snapshot.state.counters.next_frame_id));
    if frame_id >= snapshot.state.counters.next_frame_id {
        return Err(missing());
    }
    if snapshot.state.is_lost(frame_id) {
        return Err(Error::new(Code::Corrupt, format!("frame {frame_id} is lost: its bytes were damaged, and a repair set them aside"))
            .hint("restore it from a copy of the file, or put it again"));
    }
    let words = snapshot.floor(RunKind::Block, frame_id)?.filter(|w| frame_id - w[0] < w[3]).ok_or_else(missing)?;
    let header = snapshot.record(words[1])?.expect(RecordType::Frames)?;
    Ok((words, header))
}

pub fn locate(snapshot: &Snapshot, frame_id: u64) -> Result<Located> {
    let (words, header) = block_of(snapshot, frame_id)?;
    let head = snapshot.block(&header)?;
    if head.first_frame_id != words[0] {
        return Err(Error::corrupt(words[1], format!("a block of frames from {} where {} is expected", head.first_frame_id, words[0])));
    }
    Ok(Located { header, head, commit_no: words[2] })
}

impl Located {
    pub fn entry(&self, frame_id: u64) -> Result<Entry> {
        let missing = || Error::corrupt(self.header.self_offset, format!("the block lacks frame {frame_id}"));
        self.head.entry(frame_id).copied().ok_or_else(missing)
    }
}

/// A frame's entry, without decompressing its content.
pub fn entry_of(snapshot: &Snapshot, frame_id: u64) -> Result<(Located, Entry)> {
    let located = locate(snapshot, frame_id)?;
    let entry = located.entry(frame_id)?;
    Ok((located, entry))
}

/// The content hashes of frames, each with what is given beside it. They ascend: each block is looked up once, and its entries are not read, which
/// tell no hash.
pub fn content_hashes(snapshot: &Snapshot, ascending: &[(u64, usize)]) -> Result<Vec<(usize, [u8; 32])>> {
    let mut hashes = Vec::with_capacity(ascending.len());
    let mut known: Option<(std::ops::Range<u64>, &[u8])> = None;
    for &(frame_id, place) in ascending {
        if known.as_ref().is_none_or(|(frames, _)| !frames.contains(&frame_id)) {
            let (words, header) = block_of(snapshot, frame_id)?;
            // First, so that the count is one that a block has.
            let table = BlockHead::hashes(snapshot.payload(&header)?, &header, words[0], words[3])?;
            known = Some((words[0]..words[0] + words[3], table));
        }
        if let Some((frames, table)) = &known {
            let mut hash = [0; 32];
            hash.copy_from_slice(&table[(frame_id - frames.start) as usize * 32..][..32]);
            hashes.push((place, hash));
        }
    }
    Ok(hashes)
}

/// Whether a frame is active as of the snapshot: status, ending commit, successor.
pub fn status_of(snapshot: &Snapshot, frame_id: u64) -> Result<(FrameStatus, Option<u64>, Option<u64>)> {
    Ok(match snapshot.lookup(RunKind::Ended, frame_id)?.first() {
        None => (FrameStatus::Active, None, None),
        Some(words) if words[2] == u64::MAX => (FrameStatus::Deleted, Some(words[1]), None),
        Some(words) => (FrameStatus::Superseded, Some(words[1]), Some(words[2])),
    })
}

pub fn read_frame(snapshot: &Snapshot, frame_id: u64) -> Result<Frame> {
    let (located, entry) = entry_of(snapshot, frame_id)?;
    let offset = located.header.self_offset;
    let body = snapshot.body(&located.head, &located.header, &entry)?;
    let (attributes, content) = entry.read(&body, offset)?;
    let (status, ended_commit, superseded_by) = status_of(snapshot, frame_id)?;
    Ok(Frame {
        frame_id,
        uri: if attributes.uri.is_empty() { default_uri(frame_id) } else { attributes.uri.to_string() },
        title: attributes.title.to_string(),
        mime_type: attributes.mime_type.to_string(),
        tags: attributes.tags.iter().map(|t| t.to_string()).collect(),
        metadata: attributes.metadata.to_vec(),
        content: content.to_vec(),
        is_text: entry.is_text,
        timestamp_ms: entry.timestamp_ms,
        content_hash: entry.content_hash,
        status,
        commit_no: located.commit_no,
        supersedes: entry.supersedes,
        superseded_by,
        ended_commit,
    })
}

impl Frame {
    /// The content as text; empty for content that is not text.
    pub fn text(&self) -> &str {
        if self.is_text { std::str::from_utf8(&self.content).unwrap_or_default() } else { "" }
    }
}

/// The newest frame of a URI that `accept` takes.
pub fn find_by_uri(snapshot: &Snapshot, uri: &str, accept: impl Fn(u64) -> Result<bool>) -> Result<Option<u64>> {
    let named = snapshot.lookup(RunKind::Uri, uri_key(uri))?.into_iter().map(|words| words[1]);
    let mut ids: Vec<u64> = default_uri_id(uri).filter(|id| *id < snapshot.state.counters.next_frame_id).into_iter().chain(named).collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    for id in ids {
        // The key is a hash, so the frame itself has the last word.
        if accept(id)? && read_frame(snapshot, id)?.uri == uri {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

impl Store {
    /// A frame by id. Frames that were superseded or deleted are found as long as the file holds them.
    pub fn get(&self, snapshot: &Arc<Snapshot>, frame_id: u64) -> Result<Frame> {
        self.reading(snapshot, |s| read_frame(s, frame_id))
    }

    /// Offset of the block that holds a frame.
    pub fn block_of(&self, snapshot: &Arc<Snapshot>, frame_id: u64) -> Result<u64> {
        self.reading(snapshot, |s| Ok(locate(s, frame_id)?.header.self_offset))
    }

    /// The live frame of a URI; without one, the newest that was ended.
    pub fn get_by_uri(&self, snapshot: &Arc<Snapshot>, uri: &str) -> Result<Frame> {
        self.reading(snapshot, |s| {
            let live = find_by_uri(s, uri, |id| Ok(status_of(s, id)?.0 == FrameStatus::Active))?;
            let id = match live {
                Some(id) => Some(id),
                None => find_by_uri(s, uri, |_| Ok(true))?,
            };
            let id = id.ok_or_else(|| {
                Error::new(Code::FrameNotFound, format!("no frame with URI {uri}")).hint("list frames with `memvid timeline`")
            })?;
            read_frame(s, id)
        })
    }

    /// Texts of spans, each hashed again from the bytes in the file. One span that can't be read does not hide the others.
    pub fn read_spans(&self, snapshot: &Arc<Snapshot>, spans: &[(u64, u32, u32)]) -> Vec<Result<SpanText>> {
        let read = |&(frame_id, start, len): &(u64, u32, u32)| {
            let frame = self.get(snapshot, frame_id)?;
            let content_hash = *blake3::hash(&frame.content).as_bytes();
            let end = (start as usize).checked_add(len as usize);
            let text = end.and_then(|end| frame.text().get(start as usize..end));
            let text = text.ok_or_else(|| Error::invalid(format!("bytes {start}+{len} are no span of frame {frame_id}'s text")))?;
            Ok(SpanText { text: text.to_string(), content_hash, status: frame.status })
        };
        spans.iter().map(read).collect()
    }

    /// Live frames in order of their time.
    pub fn timeline(&self, snapshot: &Arc<Snapshot>, request: &TimelineRequest) -> Result<Vec<FrameSummary>> {
        const PREVIEW_CHARS: usize = 160;
        self.reading(snapshot, |s| {
            let mut entries = s.entries(RunKind::Time)?;
            let from = request.after_ms.map_or(0, |t| entries.partition_point(|w| w[0] < time_key(t)));
            let to = request.before_ms.map_or(entries.len(), |t| entries.partition_point(|w| w[0] <= time_key(t)));
            let entries = &mut entries[from.min(to)..to];
            if !request.oldest_first {
                entries.reverse();
            }
            let mut out = Vec::new();
            let mut to_skip = request.offset;
            for words in entries.iter() {
                if out.len() == request.limit {
                    break;
                }
                if status_of(s, words[1])?.0 != FrameStatus::Active || s.state.is_lost(words[1]) {
                    continue;
                }
                if to_skip > 0 {
                    to_skip -= 1;
                    continue;
                }
                let frame = read_frame(s, words[1])?;
                let mut preview: String = frame
                    .text()
                    .split_whitespace()
                    .flat_map(|w| [" ", w])
                    .skip(1)
                    .collect::<String>()
                    .chars()
                    .take(PREVIEW_CHARS + 1)
                    .collect();
                if preview.chars().count() > PREVIEW_CHARS {
                    preview.pop();
                    preview.push('…');
                }
                out.push(FrameSummary { frame, preview });
            }
            Ok(out)
        })
    }

    /// Proves that a commit of this history has the chain hash that a checkpoint recorded.
    pub fn proves(&self, commit_no: u64, chain_hash: &[u8; 32]) -> Result<bool> {
        let snapshot = self.snapshot();
        Ok(recover::snapshot_at(&snapshot, commit_no)?.commit.chain_hash == *chain_hash)
    }
}
