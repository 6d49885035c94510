//! The fields of a segment, and tantivy's own metadata, which is made here instead of being stored.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use tantivy::directory::RamDirectory;
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::Compressor;
use tantivy::tokenizer::{RawTokenizer, TokenizerManager};
use tantivy::{Directory, IndexBuilder, IndexSettings, TantivyDocument};

use super::analyzer::{ANALYZER, Analyzer};
use super::from_tantivy;
use crate::error::{Code, Error, Result};

pub const FRAME: &str = "frame";
pub const START: &str = "start";
pub const LEN: &str = "len";
pub const URI: &str = "uri";
pub const TIMESTAMP: &str = "timestamp";

/// Handles of the fields, the same in every segment.
#[derive(Clone)]
pub struct Fields {
    pub schema: Schema,
    /// Title and text together: what plain words are searched in.
    pub body: Field,
    /// The title alone, for `title:`.
    pub title: Field,
    /// Each tag as one term.
    pub tag: Field,
    /// A column of strings: a prefix becomes a range of ordinals.
    pub uri: Field,
    /// Milliseconds since 1970.
    pub timestamp: Field,
    pub frame: Field,
    pub start: Field,
    pub len: Field,
}

pub static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let mut builder = Schema::builder();
    let analyzed = TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let exact = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::Basic).set_fieldnorms(false);
    let body = builder.add_text_field("body", TextOptions::default().set_indexing_options(analyzed.clone()));
    let title = builder.add_text_field("title", TextOptions::default().set_indexing_options(analyzed));
    let tag = builder.add_text_field("tag", TextOptions::default().set_indexing_options(exact));
    let uri = builder.add_text_field(URI, TextOptions::default().set_fast("raw"));
    let timestamp = builder.add_i64_field(TIMESTAMP, FAST);
    let frame = builder.add_u64_field(FRAME, FAST);
    let start = builder.add_u64_field(START, FAST);
    let len = builder.add_u64_field(LEN, FAST);
    Fields { schema: builder.build(), body, title, tag, uri, timestamp, frame, start, len }
});

/// Nothing is stored in tantivy, so the store is neither compressed nor given a thread.
pub fn settings() -> IndexSettings {
    IndexSettings { docstore_compression: Compressor::None, docstore_compress_dedicated_thread: false, ..Default::default() }
}

/// A builder for an index with the fields and the analyzer above.
pub fn index_builder() -> IndexBuilder {
    let tokenizers = TokenizerManager::new();
    tokenizers.register(ANALYZER, Analyzer::default());
    tokenizers.register("raw", RawTokenizer::default());
    // Analyzers of fields that aren't text are looked up all the same.
    tokenizers.register("default", RawTokenizer::default());
    tantivy::Index::builder()
        .schema(FIELDS.schema.clone())
        .settings(settings())
        .tokenizers(tokenizers.clone())
        .fast_field_tokenizers(tokenizers)
}

/// What tantivy writes for an index without documents: the metadata file to list segments in, and a document store,
/// which stands in for the one that no segment has.
pub struct Template {
    meta_before: String,
    meta_after: String,
    pub empty_store: Arc<Vec<u8>>,
}

impl Template {
    /// The metadata file for segments of the given ids and document counts.
    pub fn meta(&self, segments: impl Iterator<Item = (String, u32)>) -> Vec<u8> {
        let list: Vec<String> =
            segments.map(|(id, documents)| format!(r#"{{"segment_id":"{id}","max_doc":{documents},"deletes":null}}"#)).collect();
        format!("{}[{}]{}", self.meta_before, list.join(","), self.meta_after).into_bytes()
    }
}

/// The template, made once.
pub fn template() -> Result<&'static Template> {
    static TEMPLATE: LazyLock<Result<Template>> = LazyLock::new(make_template);
    TEMPLATE.as_ref().map_err(|e| Error::new(e.code, e.message.clone()))
}

fn make_template() -> Result<Template> {
    let directory = RamDirectory::create();
    let index = index_builder().create_in_ram().map_err(from_tantivy)?;
    let meta = index.directory().atomic_read(Path::new("meta.json")).map_err(|e| from_tantivy(e.into()))?;
    let meta = String::from_utf8_lossy(&meta).into_owned();
    // tantivy's own serialization, with one hole for the list of segments.
    let compact: String = meta.lines().map(str::trim).collect();
    let (before, after) = ["\"segments\": []", "\"segments\":[]"]
        .iter()
        .find_map(|list| compact.split_once(list))
        .ok_or_else(|| Error::new(Code::Unsupported, "tantivy's metadata has no list of segments"))?;

    let writer = index_builder().single_segment_index_writer::<TantivyDocument>(directory.clone(), 1 << 20).map_err(from_tantivy)?;
    let empty = writer.finalize().map_err(from_tantivy)?;
    let segments = empty.searchable_segment_metas().map_err(from_tantivy)?;
    let store = segments.first().map(|s| s.relative_path(tantivy::index::SegmentComponent::Store)).unwrap_or_default();
    let bytes = directory.open_read(&store).map_err(|e| from_tantivy(e.into()))?.read_bytes().map_err(|e| from_tantivy(e.into()))?;
    Ok(Template { meta_before: format!("{before}\"segments\":"), meta_after: after.to_string(), empty_store: Arc::new(bytes.to_vec()) })
}
