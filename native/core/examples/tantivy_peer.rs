//! The engine next to tantivy alone, in turn, for the benchmark: `tantivy_peer <texts> <queries.json> <folder> <rounds>` prints JSON. Texts are
//! one JSON array, or in a `.jsonl` one string a line.
//!
//! tantivy indexes one field with positions, stemmed, on two threads in memory. The engine stores, compresses, hashes, indexes and syncs.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{channel, sync_channel};
use std::time::Instant;

use mv2::index::text::{TextDoc, TextIndex, build_segment, merge_segments};
use mv2::index::{Filter, Passage};
use mv2::search::adaptive::Rule;
use mv2::search::fusion::Fusion;
use mv2::storage::Slice;
use mv2::store::{Content, CreateOptions, FindRequest, Mode, Options, PutInput, Rest, Store};
use tantivy::collector::TopDocs;
use tantivy::query::BooleanQuery;
use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TokenStream;
use tantivy::{Index, TantivyDocument, Term};

type Outcome<T> = Result<T, Box<dyn Error>>;

const BATCH: usize = 1_000;
/// Batches that are prepared ahead of the one that is written.
const READ_AHEAD: usize = 1;
/// As the engine seals a load.
const SEGMENT: usize = 20_480;
const FAN_IN: usize = 8;
const HITS: usize = 10;
const SNIPPET_CHARS: usize = 240;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, texts, queries, folder, rounds] = arguments.as_slice() else { return Err("texts, queries, a folder and rounds".into()) };
    let texts: Vec<String> = read_texts(texts)?;
    let queries: Vec<String> = serde_json::from_str(&fs::read_to_string(queries)?)?;
    let rounds: usize = rounds.parse()?;
    let path = PathBuf::from(folder).join("tantivy-peer.mv2");
    let (mut memvid_seconds, mut tantivy_seconds) = (Vec::new(), Vec::new());
    let mut index = None;
    for round in 0..rounds {
        for side in 0..2 {
            let started = Instant::now();
            if (side + round) % 2 == 0 {
                load(&path, &texts)?;
                memvid_seconds.push(started.elapsed().as_secs_f64());
            } else {
                index = Some(tantivy_alone(&texts)?);
                tantivy_seconds.push(started.elapsed().as_secs_f64());
            }
        }
    }
    let index = index.ok_or("no round")?;
    let store = Store::open(&path, Options::default())?;
    let segments: Vec<Slice> = (0..texts.len()).step_by(SEGMENT).map(|from| segment(&texts, from)).collect::<Outcome<_>>()?;
    let segments: Vec<Slice> = segments.chunks(FAN_IN).map(merged).collect::<Outcome<Vec<_>>>()?.concat();
    let ours = TextIndex::open(&segments, &[])?;
    let body = index.schema().get_field("body")?;
    let searcher = index.reader()?.searcher();
    let mut analyzer = index.tokenizers().get("en_stem").ok_or("no tokenizer")?;
    let (mut memvid_ms, mut tantivy_ms, mut find_ms) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms both.
    for round in 0..=rounds {
        for query in &queries {
            let started = Instant::now();
            black_box(ours.search(query, &Filter::default(), HITS)?);
            let memvid = started.elapsed();
            let started = Instant::now();
            let mut stream = analyzer.token_stream(query);
            let mut terms = Vec::new();
            while stream.advance() {
                terms.push(Term::from_field_text(body, &stream.token().text));
            }
            drop(stream);
            black_box(searcher.search(&BooleanQuery::new_multiterms_query(terms), &TopDocs::with_limit(HITS).order_by_score())?);
            let tantivy = started.elapsed();
            let started = Instant::now();
            black_box(store.find_hits(&store.snapshot(), &request(query))?);
            let find = started.elapsed();
            if round > 0 {
                let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
                memvid_ms.push(ms(memvid));
                tantivy_ms.push(ms(tantivy));
                find_ms.push(ms(find));
            }
        }
    }
    let all = serde_json::json!({
        "memvidSeconds": memvid_seconds, "tantivySeconds": tantivy_seconds,
        "memvidMs": memvid_ms, "tantivyMs": tantivy_ms, "findMs": find_ms,
    });
    fs::remove_file(&path)?;
    println!("{all}");
    Ok(())
}

fn read_texts(path: &str) -> Outcome<Vec<String>> {
    let all = fs::read_to_string(path)?;
    if !path.ends_with(".jsonl") {
        return Ok(serde_json::from_str(&all)?);
    }
    all.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// As the engine merges segments: as soon as there are so many.
fn merged(segments: &[Slice]) -> Outcome<Vec<Slice>> {
    if segments.len() < FAN_IN {
        return Ok(segments.to_vec());
    }
    Ok(merge_segments(segments, &[])?.map(Slice::from_vec).into_iter().collect())
}

/// From nothing to a closed file in which everything is sealed. As the SDK loads: while a batch is written the next is prepared, and the index is
/// tidied beside both.
fn load(path: &Path, texts: &[String]) -> Outcome<()> {
    fs::remove_file(path).or_else(|e| if e.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
    let create = CreateOptions {
        enable_vectors: false,
        vector_dim: None,
        embedder: None,
        vector_precision: mv2::index::vector::Precision::F32,
        file_uuid: [1; 16],
        file_salt: [2; 16],
        now_ms: 1,
    };
    let store = Store::create(path, &create, Options::default())?;
    let (prepared, to_write) = sync_channel(READ_AHEAD);
    let (written, to_tidy) = channel();
    std::thread::scope(|scope| {
        let store = &store;
        let writer = scope.spawn(move || {
            to_write.iter().try_for_each(|puts| {
                store.commit_prepared(puts, Rest { now_ms: 2, ..Rest::default() })?;
                // Nobody listens once tidying has failed, which is told below.
                let _ = written.send(());
                Ok(())
            })
        });
        let tidier =
            scope.spawn(move || to_tidy.iter().filter(|()| store.is_maintenance_due()).try_for_each(|()| store.maintain(2).map(drop)));
        let preparing = texts.chunks(BATCH).try_for_each(|batch| {
            let puts = store.prepare(batch.iter().map(put).collect(), None, &|_, _| {})?;
            prepared.send(puts).map_err(|_| mv2::error::Error::invalid("nothing is written any more"))
        });
        drop(prepared);
        let ended = |thread: std::thread::ScopedJoinHandle<'_, mv2::error::Result<()>>| thread.join().expect("no thread panics");
        ended(writer).and(ended(tidier)).and(preparing)
    })?;
    store.settle(3)?;
    Ok(())
}

fn put(text: &String) -> PutInput {
    PutInput {
        content: Content::Text(text.clone()),
        mime_type: None,
        title: None,
        uri: None,
        tags: Vec::new(),
        metadata: Vec::new(),
        timestamp_ms: 1,
        vector: None,
        passage_vectors: None,
        supersedes: None,
    }
}

fn segment(texts: &[String], from: usize) -> Outcome<Slice> {
    let docs: Vec<TextDoc<'_>> = texts[from..(from + SEGMENT).min(texts.len())]
        .iter()
        .enumerate()
        .map(|(n, text)| TextDoc {
            passage: Passage { frame_id: (from + n) as u64, start: 0, len: text.len() as u32 },
            title: "",
            text,
            tags: &[],
            uri: "mv2://frames/",
            timestamp_ms: 1,
        })
        .collect();
    Ok(Slice::from_vec(build_segment(docs.into_iter())?.ok_or("no documents")?))
}

fn request(query: &str) -> FindRequest {
    FindRequest {
        query: query.to_string(),
        vector: None,
        mode: Mode::Lexical,
        k: HITS,
        candidates: HITS,
        exact: false,
        fusion: Fusion::Relative { alpha: 0.3 },
        rule: Rule::TopK,
        min: 0,
        max: HITS,
        filter: Filter::default(),
        snippet_chars: SNIPPET_CHARS,
    }
}

/// One field with positions, two threads, in memory; nothing is stored or synced.
fn tantivy_alone(texts: &[String]) -> Outcome<Index> {
    let indexing = TextFieldIndexing::default().set_tokenizer("en_stem").set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let mut builder = Schema::builder();
    let body = builder.add_text_field("body", TextOptions::default().set_indexing_options(indexing));
    let index = Index::create_in_ram(builder.build());
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(2, 128 << 20)?;
    for text in texts {
        let mut document = TantivyDocument::default();
        document.add_text(body, text);
        writer.add_document(document)?;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    Ok(index)
}
