//! The fields of a segment, and tantivy's own metadata, which is made here instead of being stored.

use std::sync::LazyLock;

use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::Compressor;
use tantivy::tokenizer::{RawTokenizer, TokenizerManager};
use tantivy::{IndexBuilder, IndexSettings};

use super::analyzer::{ANALYZER, Analyzer};

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

/// What tantivy writes for an index without documents: the metadata file to list segments in, and a document store, which stands in for the one
/// that no segment has. Kept as files, because to make them takes as long as a search; a test makes them again and compares.
pub struct Template {
    meta: &'static str,
    pub empty_store: &'static [u8],
}

/// Stands in the metadata file where the list of segments belongs.
const HOLE: &str = "[]";

pub const TEMPLATE: Template = Template { meta: include_str!("template/meta.json"), empty_store: include_bytes!("template/empty.store") };

impl Template {
    /// The metadata file for segments of the given ids and document counts.
    pub fn meta(&self, segments: impl Iterator<Item = (String, u32)>) -> Vec<u8> {
        let list: Vec<String> =
            segments.map(|(id, documents)| format!(r#"{{"segment_id":"{id}","max_doc":{documents},"deletes":null}}"#)).collect();
        self.meta.replacen(HOLE, &format!("[{}]", list.join(",")), 1).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use tantivy::directory::RamDirectory;
    use tantivy::{Directory, TantivyDocument};

    #[test]
    fn the_template_is_what_tantivy_writes() {
        let directory = RamDirectory::create();
        let index = index_builder().create_in_ram().expect("an index");
        let meta = String::from_utf8(index.directory().atomic_read(Path::new("meta.json")).expect("metadata")).expect("JSON");
        // tantivy's own serialization on one line.
        let meta: String = meta.lines().map(str::trim).collect::<String>().replace("\"segments\": []", "\"segments\":[]");
        let writer = index_builder().single_segment_index_writer::<TantivyDocument>(directory.clone(), 1 << 20).expect("a writer");
        let empty = writer.finalize().expect("an index without documents");
        let segments = empty.searchable_segment_metas().expect("segments");
        let store = segments[0].relative_path(tantivy::index::SegmentComponent::Store);
        let store = directory.open_read(&store).expect("its store").read_bytes().expect("bytes");
        assert_eq!(meta.matches(HOLE).count(), 1, "{meta}");
        assert_eq!(TEMPLATE.meta, meta);
        assert_eq!(TEMPLATE.empty_store, store.as_slice());
    }
}
