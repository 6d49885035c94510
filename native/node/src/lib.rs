//! Node-API binding: convert, call, map the error; nothing else. Long work runs on the thread pool.

mod error;
mod input;
mod job;
mod output;
mod store;

use napi::bindgen_prelude::Float32Array;
use napi_derive::napi;

/// Vectors of the embedded embedder, one after the other; all zeros for a text without a known token.
#[napi]
pub fn embed_texts(texts: Vec<String>) -> Float32Array {
    let embedder = mv2::embed::StaticEmbedder::embedded();
    let rows = texts.iter().flat_map(|t| embedder.embed(t).unwrap_or_else(|| vec![0.0; mv2::embed::DIM]));
    Float32Array::new(rows.collect())
}

#[napi]
pub fn engine_version() -> String {
    env!("CARGO_PKG_VERSION").to_string()
}
