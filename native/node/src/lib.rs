//! Node-API binding: convert, call, map the error; nothing else. Long work runs on the thread pool.

mod error;
mod found;
mod input;
mod job;
mod output;
mod packed;
mod record;
mod store;
pub mod upkeep;

use napi::bindgen_prelude::Float32Array;
use napi_derive::napi;

/// Vectors of the embedded embedder, one after the other; all zeros for a text without a known token.
#[napi]
pub fn embed_texts(texts: Vec<String>) -> Float32Array {
    let embedder = mv2::embed::StaticEmbedder::embedded();
    let rows = texts.iter().flat_map(|t| embedder.embed(t).unwrap_or_else(|| vec![0.0; mv2::embed::DIM]));
    Float32Array::new(rows.collect())
}

/// The passages of a text, in order: what an outside embedder makes a vector of, each.
#[napi]
pub fn passages_of(text: String) -> Vec<String> {
    let spans = mv2::index::passage::split(&text);
    spans.into_iter().map(|(start, len)| text[start as usize..(start + len) as usize].to_string()).collect()
}

#[napi]
pub fn engine_version() -> String {
    env!("CARGO_PKG_VERSION").to_string()
}
