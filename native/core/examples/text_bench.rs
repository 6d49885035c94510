//! Text index against tantivy alone, in one run: `cargo run --release --example text_bench -- <folder of .txt> [documents]`.
//!
//! Paragraphs of about 520 bytes are made from the sentences of the texts, shuffled, so that the vocabulary is real.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::time::Duration;

use mv2::index::text::{TextDoc, TextIndex, build_segment, merge_segments};
use mv2::index::{Filter, Passage};
use mv2::storage::Slice;
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::BooleanQuery;
use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TokenStream;
use tantivy::{Index, TantivyDocument, Term};

const QUESTIONS: [&str; 12] = [
    "What was the acquisition price?",
    "national debt reduction",
    "treaty with the Republic of France",
    "how many soldiers returned from the war",
    "railroad construction in the territories",
    "health insurance for working families",
    "Soviet Union nuclear arms agreement",
    "who appointed the commissioners of the District",
    "price of silver bullion",
    "education of children in rural schools",
    "tax relief and small business jobs",
    "Panama canal tolls",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("a folder of .txt files is needed")?;
    let wanted: usize = arguments.next().map_or(Ok(100_000), |n| n.parse())?;
    let texts = paragraphs(&folder, wanted)?;
    let raw: usize = texts.iter().map(String::len).sum();
    println!("{} documents, {} bytes each on average", texts.len(), raw / texts.len().max(1));
    let uris: Vec<String> = (0..texts.len()).map(|id| format!("mv2://frames/{id}")).collect();
    let doc = |id: usize| TextDoc {
        passage: Passage { frame_id: id as u64, start: 0, len: texts[id].len() as u32 },
        title: "",
        text: &texts[id],
        tags: &[],
        uri: &uris[id],
        timestamp_ms: 1_700_000_000_000 + id as i64 * 1_000,
    };

    // Each is built twice: the first time pays for fresh memory.
    let one = built("mv2, one segment", &texts, || Ok(build_segment((0..texts.len()).map(doc))?.ok_or("no documents")?))?;
    let part = |from: usize| build_segment((from..(from + 10_000).min(texts.len())).map(doc));
    let mut parts = Vec::new();
    built("mv2, segments of 10,000", &texts, || {
        parts.clear();
        for from in (0..texts.len()).step_by(10_000) {
            parts.push(Slice::from_vec(part(from)?.ok_or("no documents")?));
        }
        Ok(vec![0; parts.iter().map(Slice::len).sum()])
    })?;
    built("mv2, merging those", &texts, || Ok(merge_segments(&parts, &[])?.ok_or("no documents")?))?;
    for count in [1, 10, 100, 1_000] {
        let started = cpu_time();
        let mut bytes = 0;
        for round in 0..10 {
            bytes = build_segment((round * count..(round + 1) * count).map(doc))?.map_or(0, |segment| segment.len());
        }
        println!("mv2, a segment of {count}: {:?}, {bytes} bytes", (cpu_time() - started) / 10);
    }
    let mut alone = Vec::new();
    for (name, tokenizer) in [("tantivy alone, stemmed", "en_stem"), ("tantivy alone", "default")] {
        built(name, &texts, || {
            let (index, bytes) = tantivy_alone(&texts, tokenizer)?;
            alone.retain(|(other, _, _)| *other != name);
            alone.push((name, tokenizer, index));
            Ok(vec![0; bytes])
        })?;
    }

    let one = Slice::from_vec(one);
    for (name, segments, dead) in [
        ("mv2, one segment", vec![one.clone()], vec![]),
        ("mv2, one segment, 1,000 dead", vec![one.clone()], (0..1_000).map(|id| id * 7).collect()),
        ("mv2, segments of 10,000", parts, vec![]),
    ] {
        let started = cpu_time();
        let opened = TextIndex::open(&segments, &dead)?;
        println!("{name}: opened in {:?}", cpu_time() - started);
        time_queries(name, |question| opened.search(question, &Filter::default(), 10).map(|found| found.hits.len()))?;
        if segments.len() == 1 && dead.is_empty() {
            let half = Filter { after_ms: Some(1_700_000_000_000 + texts.len() as i64 * 500), ..Filter::default() };
            time_queries("  filtered to half by time", |question| opened.search(question, &half, 10).map(|found| found.hits.len()))?;
            let half = Filter { before_ms: half.after_ms, ..Filter::default() };
            time_queries("  filtered to the other half", |question| opened.search(question, &half, 10).map(|found| found.hits.len()))?;
            let scope = Filter { scope: Some("mv2://frames/12".into()), ..Filter::default() };
            time_queries("  filtered by URI prefix", |question| opened.search(question, &scope, 10).map(|found| found.hits.len()))?;
            time_queries("  100 frames", |question| opened.search(question, &Filter::default(), 100).map(|found| found.hits.len()))?;
        }
    }
    for (name, tokenizer, index) in alone {
        let body = index.schema().get_field("body")?;
        let searcher = index.reader()?.searcher();
        let mut analyzer = index.tokenizers().get(tokenizer).ok_or("no tokenizer")?;
        time_queries(name, |question| {
            let mut terms = Vec::new();
            let mut stream = analyzer.token_stream(question);
            while stream.advance() {
                terms.push(Term::from_field_text(body, &stream.token().text));
            }
            searcher.search(&BooleanQuery::new_multiterms_query(terms), &TopDocs::with_limit(10).order_by_score()).map(|found| found.len())
        })?;
    }
    Ok(())
}

/// CPU time of this thread, which other work on the machine disturbs less than the clock.
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to the one struct it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Builds twice, reports the second time.
fn built(name: &str, texts: &[String], mut build: impl FnMut() -> Result<Vec<u8>, Box<dyn Error>>) -> Result<Vec<u8>, Box<dyn Error>> {
    build()?;
    let started = cpu_time();
    let bytes = build()?;
    report(name, texts.len(), cpu_time() - started, bytes.len(), texts.iter().map(String::len).sum());
    Ok(bytes)
}

/// One field with positions, nothing else.
fn tantivy_alone(texts: &[String], tokenizer: &str) -> Result<(Index, usize), Box<dyn Error>> {
    let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let mut builder = Schema::builder();
    let body = builder.add_text_field("body", TextOptions::default().set_indexing_options(indexing));
    let directory = RamDirectory::create();
    let mut writer =
        Index::builder().schema(builder.build()).single_segment_index_writer::<TantivyDocument>(directory.clone(), 48 << 20)?;
    for text in texts {
        let mut document = TantivyDocument::default();
        document.add_text(body, text);
        writer.add_document(document)?;
    }
    Ok((writer.finalize()?, directory.total_mem_usage()))
}

fn report(name: &str, documents: usize, elapsed: Duration, bytes: usize, raw: usize) {
    let rate = documents as f64 / elapsed.as_secs_f64();
    println!("{name}: {rate:.0} documents per CPU second, {bytes} bytes, {:.3} of the text", bytes as f64 / raw as f64);
}

fn time_queries<E: Error + 'static>(name: &str, mut search: impl FnMut(&str) -> Result<usize, E>) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for round in 0..60 {
        for question in QUESTIONS {
            let started = cpu_time();
            black_box(search(question)?);
            if round > 0 {
                times.push(cpu_time() - started);
            }
        }
    }
    times.sort();
    println!("{name}: p50 {:?}, p99 {:?}", times[times.len() / 2], times[times.len() * 99 / 100]);
    Ok(())
}

/// Sentences of all texts in a fixed shuffle, joined to paragraphs of about 520 bytes, until there are enough.
fn paragraphs(folder: &str, wanted: usize) -> Result<Vec<String>, Box<dyn Error>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut sentences = Vec::new();
    for file in files {
        let text = fs::read_to_string(file)?;
        sentences.extend(text.split(". ").map(|sentence| sentence.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut texts = Vec::with_capacity(wanted);
    while texts.len() < wanted && !sentences.is_empty() {
        let mut text = String::new();
        while text.len() < 430 {
            text.push_str(&sentences[random(sentences.len())]);
            text.push_str(". ");
        }
        texts.push(text);
    }
    Ok(texts)
}
