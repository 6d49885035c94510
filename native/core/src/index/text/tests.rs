//! Tests of the text index as a whole; the parts have theirs beside them.

mod damage;
mod languages;
mod queries;
mod ranking;
mod terms;

use super::*;

/// A frame of one passage, as the tests write it.
#[derive(Clone, Default)]
struct Document {
    id: u64,
    start: u32,
    title: String,
    text: String,
    tags: Vec<String>,
    uri: String,
    timestamp_ms: i64,
}

fn document(id: u64, text: &str) -> Document {
    Document { id, text: text.into(), uri: format!("mv2://frames/{id}"), ..Document::default() }
}

fn build(documents: &[Document]) -> Slice {
    let docs = documents.iter().map(|document| TextDoc {
        passage: Passage { frame_id: document.id, start: document.start, len: document.text.len() as u32 },
        title: &document.title,
        text: &document.text,
        tags: &document.tags,
        uri: &document.uri,
        timestamp_ms: document.timestamp_ms,
    });
    Slice::from_vec(build_segment(docs).expect("builds").expect("has documents"))
}

fn index(documents: &[Document]) -> TextIndex {
    TextIndex::open(&[build(documents)], &[]).expect("opens")
}

fn search(index: &TextIndex, query: &str) -> TextResult {
    index.search(query, &Filter::default(), 1_000).expect("searches")
}

/// Ids of the frames found, ascending.
fn found(index: &TextIndex, query: &str) -> Vec<u64> {
    let mut ids = ranked(index, query);
    ids.sort_unstable();
    ids
}

/// Ids of the frames found, best first.
fn ranked(index: &TextIndex, query: &str) -> Vec<u64> {
    search(index, query).hits.iter().map(|hit| hit.passage.frame_id).collect()
}

/// Texts of a fixed vocabulary with a natural skew, without any two alike.
fn corpus(count: u64) -> Vec<Document> {
    const WORDS: [&str; 24] = [
        "the",
        "of",
        "treaty",
        "price",
        "silver",
        "railroad",
        "nation",
        "war",
        "peace",
        "acquisition",
        "canal",
        "school",
        "tax",
        "debt",
        "soldier",
        "harbor",
        "navy",
        "court",
        "island",
        "senate",
        "commerce",
        "wheat",
        "mint",
        "tariff",
    ];
    let mut state = 11u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..count)
        .map(|id| {
            let words: Vec<&str> = (0..10 + random(60)).map(|_| WORDS[(random(24) * random(24) / 24) as usize]).collect();
            let text = format!("{} case{id}", words.join(" "));
            let tags = vec![format!("tag{}", id % 3), "all".to_string()];
            let uri = format!("mv2://{}/{id}", if id % 2 == 0 { "even" } else { "odd" });
            Document { title: format!("Report {id}"), tags, uri, timestamp_ms: id as i64 * 1_000, ..document(id, &text) }
        })
        .collect()
}
