//! The text index: BM25 over passages by tantivy, its files lying inside of the `.mv2` as segments.

pub mod analyzer;
mod columns;
mod directory;
mod filter;
mod named;
mod node;
mod payload;
mod query;
mod rank;
mod rarity;
mod schema;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::OnceLock;

use tantivy::columnar::ColumnValues;
use tantivy::directory::{OwnedBytes, RamDirectory};
use tantivy::fastfield::{AliveBitSet, write_alive_bitset};
use tantivy::index::SegmentComponent;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::query::EnableScoring;
use tantivy::{BitSet, Directory, HasLen, Index, ReloadPolicy, Searcher, SegmentReader, TantivyDocument, TantivyError};

use super::{Filter, Passage, Scored};
use crate::error::{Code, Error, Result};
use crate::storage::Slice;
use directory::SegmentDirectory;
use payload::{COMPONENTS, Payload};
use schema::FIELDS;

pub use payload::{WRITER, check_head};
pub(crate) use query::with_analyzer;
pub use query::{MAX_QUERY_BYTES, QueryKind};

/// Longest tag that can be searched for; longer ones are not indexed.
const MAX_TAG_BYTES: usize = 4_096;

/// A passage as it is indexed.
pub struct TextDoc<'a> {
    pub passage: Passage,
    /// Of the frame; searched together with each of its passages.
    pub title: &'a str,
    /// The passage's own text.
    pub text: &'a str,
    pub tags: &'a [String],
    pub uri: &'a str,
    pub timestamp_ms: i64,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct TextResult {
    /// The best passage of each frame, score descending, ties by ascending frame id. Of equal passages of a frame the first.
    pub hits: Vec<Scored>,
    pub kind: QueryKind,
    /// The query's terms as the analyzer makes them, without what must not match; for snippets.
    pub terms: Vec<String>,
}

/// The terms that a search for `query` looks for. Fails with InvalidInput for a query of more than `MAX_QUERY_BYTES`.
pub fn terms_of(query: &str) -> Result<Vec<String>> {
    Ok(query::read(query)?.terms)
}

/// Indexes passages, given in ascending order of frame id and start; None when there are none. The same passages give the
/// same bytes.
pub fn build_segment<'a>(docs: impl Iterator<Item = TextDoc<'a>>) -> Result<Option<Vec<u8>>> {
    let mut segment = NewSegment::sized_for(docs.size_hint().1.unwrap_or(usize::MAX));
    for doc in docs {
        segment.add(&doc)?;
    }
    segment.finish()
}

/// A segment to which one passage after the other is added, so that their texts need not be in memory together.
pub struct NewSegment {
    /// Of the writer, in bytes.
    budget: usize,
    /// Made with the first passage.
    writing: Option<Writing>,
}

struct Writing {
    directory: RamDirectory,
    writer: SingleSegmentIndexWriter<TantivyDocument>,
    first: Passage,
    last: Passage,
}

impl NewSegment {
    /// For about so many passages. The budget only sizes the first hash table: small segments must not pay for a large one.
    pub fn sized_for(passages: usize) -> NewSegment {
        NewSegment { budget: passages.saturating_mul(1 << 14).clamp(1 << 16, 48 << 20), writing: None }
    }

    /// Adds a passage behind those that were added. `InvalidInput` when it lies before one of them.
    pub fn add(&mut self, doc: &TextDoc<'_>) -> Result<()> {
        let writing = match &mut self.writing {
            Some(writing) => writing,
            none => none.insert(Writing::begin(doc.passage, self.budget)?),
        };
        if doc.passage < writing.last {
            return Err(Error::invalid(format!("passage of frame {} is out of order", doc.passage.frame_id)));
        }
        writing.last = doc.passage;
        writing.writer.add_document(document(doc)).map_err(from_tantivy)
    }

    /// The segment's bytes; None when nothing was added.
    pub fn finish(self) -> Result<Option<Vec<u8>>> {
        let Some(Writing { directory, writer, first, last }) = self.writing else { return Ok(None) };
        let index = writer.finalize().map_err(from_tantivy)?;
        pack_index(&index, &directory, first.frame_id, last.frame_id).map(Some)
    }
}

impl Writing {
    fn begin(first: Passage, budget: usize) -> Result<Writing> {
        let directory = RamDirectory::create();
        let writer = schema::index_builder().single_segment_index_writer(directory.clone(), budget).map_err(from_tantivy)?;
        Ok(Writing { directory, writer, first, last: first })
    }
}

fn document(doc: &TextDoc) -> TantivyDocument {
    let fields = &*FIELDS;
    let mut document = TantivyDocument::default();
    if !doc.title.is_empty() {
        document.add_text(fields.body, doc.title);
        document.add_text(fields.title, doc.title);
    }
    document.add_text(fields.body, doc.text);
    for tag in doc.tags.iter().filter(|tag| tag.len() <= MAX_TAG_BYTES) {
        document.add_text(fields.tag, tag);
    }
    document.add_text(fields.uri, doc.uri);
    document.add_i64(fields.timestamp, doc.timestamp_ms);
    document.add_u64(fields.frame, doc.passage.frame_id);
    document.add_u64(fields.start, doc.passage.start.into());
    document.add_u64(fields.len, doc.passage.len.into());
    document
}

/// Merges segments into one, without the frames in `dead` (sorted); None when none is left.
pub fn merge_segments(segments: &[Slice], dead: &[u64]) -> Result<Option<Vec<u8>>> {
    guarded(|| {
        let opened = TextIndex::open(segments, dead)?;
        let (mut first_frame, mut last_frame, mut left) = (u64::MAX, 0, 0);
        for ordinal in 0..opened.readers().len() {
            let Some((first, last, count)) = opened.frame_range(ordinal)? else { continue };
            (first_frame, last_frame, left) = (first_frame.min(first), last_frame.max(last), left + count);
        }
        if left == 0 {
            return Ok(None);
        }
        let sources = opened.searcher.index().searchable_segments().map_err(from_tantivy)?;
        let output = RamDirectory::create();
        let merged = tantivy::indexer::merge_filtered_segments(&sources, schema::settings(), opened.alive.clone(), output.clone());
        pack_index(&merged.map_err(from_tantivy)?, &output, first_frame, last_frame).map(Some)
    })
}

/// Takes the component files of an index's only segment.
fn pack_index(index: &Index, directory: &RamDirectory, first_frame: u64, last_frame: u64) -> Result<Vec<u8>> {
    let metas = index.searchable_segment_metas().map_err(from_tantivy)?;
    let [meta] = metas.as_slice() else {
        return Err(Error::new(Code::Io, format!("{} segments were written instead of one", metas.len())));
    };
    let paths = COMPONENTS.map(|component| meta.relative_path(SegmentComponent::Custom(component.to_string())));
    let open = |path: &PathBuf| directory.open_read(path).map_err(|e| from_tantivy(e.into()));
    let mut lens = [0; COMPONENTS.len()];
    for (len, path) in lens.iter_mut().zip(&paths) {
        *len = open(path)?.len();
    }
    payload::pack(meta.max_doc(), first_frame, last_frame, lens, |index, place| {
        place.copy_from_slice(&open(&paths[index])?.read_bytes().map_err(|e| from_tantivy(e.into()))?);
        // Let go of at once: a merged segment is large, and this is its second copy.
        directory.delete(&paths[index]).map_err(|e| Error::new(Code::Io, e.to_string()))
    })
}

/// Searches several segments as if they were one. Shared between threads.
pub struct TextIndex {
    searcher: Searcher,
    /// Per segment: which passages may be found; None means all.
    alive: Vec<Option<AliveBitSet>>,
    columns: Vec<OnceLock<Columns>>,
}

/// Where a segment's passages come from.
struct Columns {
    frame: std::sync::Arc<dyn ColumnValues<u64>>,
    start: std::sync::Arc<dyn ColumnValues<u64>>,
    len: std::sync::Arc<dyn ColumnValues<u64>>,
}

impl Columns {
    fn passage(&self, doc: u32) -> Passage {
        Passage { frame_id: self.frame.get_val(doc), start: self.start.get_val(doc) as u32, len: self.len.get_val(doc) as u32 }
    }
}

impl TextIndex {
    /// Opens segments whose frame ranges don't overlap, in any order. Frames in `dead` (sorted) are not found.
    /// Costs no more than the headers of the segments, and their frame columns where frames are dead.
    pub fn open(segments: &[Slice], dead: &[u64]) -> Result<TextIndex> {
        TextIndex::open_with(segments, &[], dead)
    }

    /// As [`TextIndex::open`], with further segments whose frames lie among those of the others; no frame is in two of them.
    pub fn open_with(segments: &[Slice], among: &[Slice], dead: &[u64]) -> Result<TextIndex> {
        guarded(|| {
            let mut payloads = segments.iter().map(Payload::open).collect::<Result<Vec<_>>>()?;
            payloads.sort_by_key(|payload| payload.first_frame);
            if let Some(pair) = payloads.windows(2).find(|pair| pair[0].last_frame >= pair[1].first_frame) {
                let (first, last) = (pair[1].first_frame, pair[0].last_frame);
                return Err(Error::new(Code::Corrupt, format!("two text segments hold the frames {first} to {last}"))
                    .hint("rebuild the text index from the frames"));
            }
            payloads.extend(among.iter().map(Payload::open).collect::<Result<Vec<_>>>()?);
            let directory = SegmentDirectory::new(&payloads);
            let index = Index::open(directory).map_err(from_tantivy)?;
            let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).doc_store_cache_num_blocks(0);
            let searcher = reader.try_into().map_err(from_tantivy)?.searcher();
            let columns = payloads.iter().map(|_| OnceLock::new()).collect();
            let mut opened = TextIndex { searcher, alive: vec![None; payloads.len()], columns };
            for (ordinal, payload) in payloads.iter().enumerate() {
                let from = dead.partition_point(|&id| id < payload.first_frame);
                let to = dead.partition_point(|&id| id <= payload.last_frame);
                if from < to {
                    opened.alive[ordinal] = opened.without(ordinal, &dead[from..to])?;
                }
            }
            Ok(opened)
        })
    }

    /// Passages in all segments, dead ones included.
    pub fn passage_count(&self) -> u64 {
        self.readers().iter().map(|reader| u64::from(reader.max_doc())).sum()
    }

    /// The `limit_frames` best frames for `query` that pass the filter. A query without a single word finds nothing.
    /// Fails with InvalidInput for a query of more than `MAX_QUERY_BYTES`, with Corrupt for damaged segments.
    pub fn search(&self, query: &str, filter: &Filter, limit_frames: usize) -> Result<TextResult> {
        let read = query::read(query)?;
        let hits = match &read.query {
            Some(query) if limit_frames > 0 => guarded(|| rank::best_frames(self, query, filter, limit_frames))?,
            _ => Vec::new(),
        };
        Ok(TextResult { hits, kind: read.kind, terms: read.terms })
    }

    /// All frames that pass the filter, ascending; for other arms of a search.
    pub fn matching_frames(&self, filter: &Filter) -> Result<Vec<u64>> {
        guarded(|| rank::matching_frames(self, filter))
    }

    /// Those of `frames`, which ascend, that no segment holds a passage of.
    pub fn lacks(&self, frames: &[u64]) -> Result<Vec<u64>> {
        guarded(|| {
            let mut missing = frames.to_vec();
            for (ordinal, reader) in self.readers().iter().enumerate() {
                let (column, documents) = (&self.columns(ordinal)?.frame, reader.max_doc());
                let mut doc = 0;
                missing.retain(|id| {
                    doc = first_at_least(column.as_ref(), doc, documents, *id);
                    doc == documents || column.get_val(doc) != *id
                });
            }
            Ok(missing)
        })
    }

    fn readers(&self) -> &[SegmentReader] {
        self.searcher.segment_readers()
    }

    fn scoring(&self) -> EnableScoring<'_> {
        EnableScoring::enabled_from_searcher(&self.searcher)
    }

    fn columns(&self, ordinal: usize) -> Result<&Columns> {
        if let Some(columns) = self.columns[ordinal].get() {
            return Ok(columns);
        }
        let fast = self.readers()[ordinal].fast_fields();
        let column = |name: &str| fast.column_first_or_default::<u64>(name).map_err(from_tantivy);
        let opened = Columns { frame: column(schema::FRAME)?, start: column(schema::START)?, len: column(schema::LEN)? };
        Ok(self.columns[ordinal].get_or_init(|| opened))
    }

    /// All passages, segment by segment, in the order in which they lie there.
    pub fn passages(&self) -> Result<Vec<Passage>> {
        guarded(|| {
            let mut all = Vec::new();
            for ordinal in 0..self.readers().len() {
                let columns = self.columns(ordinal)?;
                all.extend((0..self.readers()[ordinal].max_doc()).map(|doc| columns.passage(doc)));
            }
            Ok(all)
        })
    }

    /// The passages of a segment without those of `dead`; None when none of these is in it. Frame ids ascend in a segment.
    fn without(&self, ordinal: usize, dead: &[u64]) -> Result<Option<AliveBitSet>> {
        let frames = &self.columns(ordinal)?.frame;
        let documents = self.readers()[ordinal].max_doc();
        let mut alive = BitSet::with_max_value_and_full(documents);
        let mut doc = 0;
        for &id in dead {
            doc = first_at_least(frames.as_ref(), doc, documents, id);
            while doc < documents && frames.get_val(doc) == id {
                alive.remove(doc);
                doc += 1;
            }
        }
        if alive.len() == documents as usize {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        write_alive_bitset(&alive, &mut bytes).map_err(|e| from_tantivy(e.into()))?;
        Ok(Some(AliveBitSet::open(OwnedBytes::new(bytes))))
    }

    /// First and last frame of a segment that are alive, and how many passages are.
    fn frame_range(&self, ordinal: usize) -> Result<Option<(u64, u64, u32)>> {
        let frames = &self.columns(ordinal)?.frame;
        let documents = self.readers()[ordinal].max_doc();
        let Some(alive) = &self.alive[ordinal] else {
            return Ok(Some((frames.get_val(0), frames.get_val(documents - 1), documents)));
        };
        let Some(first) = alive.iter_alive().next() else { return Ok(None) };
        let last = alive.iter_alive().last().unwrap_or(first);
        Ok(Some((frames.get_val(first), frames.get_val(last), alive.num_alive_docs() as u32)))
    }
}

/// The first document from `from` on whose frame id is at least `id`.
fn first_at_least(frames: &dyn ColumnValues<u64>, from: u32, documents: u32, id: u64) -> u32 {
    let (mut low, mut high) = (from, documents);
    while low < high {
        let middle = low + (high - low) / 2;
        if frames.get_val(middle) < id { low = middle + 1 } else { high = middle }
    }
    low
}

/// tantivy may panic on bytes that no check covers; that must not reach Node.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::new(Code::Corrupt, "the text index can't be read: its reader gave up").hint("rebuild the text index from the frames"))
    })
}

/// Brings back the error of a slice that tantivy passed on, and takes everything else for damage.
fn from_tantivy(error: TantivyError) -> Error {
    let io = match &error {
        TantivyError::IoError(io) => Some(io),
        TantivyError::OpenReadError(tantivy::directory::error::OpenReadError::IoError { io_error, .. }) => Some(io_error),
        _ => None,
    };
    match io.and_then(|io| io.get_ref()).and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(ours) => {
            let mut copy = Error::new(ours.code, ours.message.clone());
            (copy.hint, copy.offset, copy.path) = (ours.hint.clone(), ours.offset, ours.path.clone());
            copy
        }
        None => Error::new(Code::Corrupt, format!("text index: {error}")).hint("rebuild the text index from the frames"),
    }
}
