//! Which embedder makes a file's vectors: one of the engine's own, or one outside of it whose vectors the caller brings.

use std::path::Path;
use std::sync::Arc;

use super::StaticEmbedder;
use super::minilm::{self, MiniLm};
use crate::error::{Code, Error, Result};
use crate::format::toc::VectorState;

/// What a new file, or the first put into an undecided one, is told of its embedder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedderChoice {
    /// `static`, `minilm`, or the name of an outside embedder such as `openai:text-embedding-3-small`.
    pub name: String,
    /// Dimension of an outside embedder's vectors.
    pub dim: Option<u32>,
}

impl EmbedderChoice {
    /// What the file remembers. `InvalidInput` for an outside embedder without a dimension or a provider in its name.
    pub fn state(&self) -> Result<VectorState> {
        match (self.name.as_str(), self.dim) {
            ("static", None) => Ok(static_state()),
            ("minilm", None) => Ok(VectorState::Embedded { dim: minilm::DIM as u32, name: minilm::NAME.into(), hash: minilm::MODEL_HASH }),
            (name, Some(dim)) if name.contains(':') && (1..=crate::index::vector::MAX_DIM as u32).contains(&dim) => {
                Ok(VectorState::Embedded { dim, name: name.into(), hash: outside_hash(name) })
            }
            (name, Some(dim)) => Err(Error::invalid(format!("embedder {name:?} of {dim} dimensions"))),
            (name, None) => Err(Error::invalid(format!("there is no embedder {name:?}"))
                .hint("use static, minilm, or provider:model such as openai:text-embedding-3-small")),
        }
    }
}

/// The state of a file whose vectors the embedded table makes.
pub fn static_state() -> VectorState {
    VectorState::Embedded { dim: super::DIM as u32, name: super::NAME.into(), hash: super::table_hash() }
}

/// Nobody outside shows us weights to hash, so the name stands for them.
fn outside_hash(name: &str) -> [u8; 32] {
    *blake3::hash(name.as_bytes()).as_bytes()
}

/// What makes a file's vectors.
pub enum Embedder {
    Static(&'static StaticEmbedder),
    MiniLm(Arc<MiniLm>),
    /// The caller brings a vector for each passage, and for each query.
    Outside,
}

impl Embedder {
    /// The embedder of this name and these weights. `ModelMissing` when its model is not in `models`; `VectorMismatch` when
    /// this program has other weights of that name.
    pub fn of(name: &str, hash: &[u8; 32], models: Option<&Path>) -> Result<Embedder> {
        if *hash == super::table_hash() {
            return Ok(Embedder::Static(StaticEmbedder::embedded()));
        }
        if *hash == minilm::MODEL_HASH {
            let folder =
                models.ok_or_else(|| minilm::missing("the file's vectors are made by MiniLM, and no folder of models is known"))?;
            return Ok(Embedder::MiniLm(MiniLm::installed(folder)?));
        }
        if *hash == outside_hash(name) {
            return Ok(Embedder::Outside);
        }
        Err(Error::new(Code::VectorMismatch, format!("the file's vectors were made by {name} with other weights than this program has"))
            .hint("use the version of memvid that wrote it, or search with mode lex"))
    }

    /// How near to another the vector of the same text must be, as its cosine, where two that follow the embedder's page need not give the same bits:
    /// of MiniLM each is within 0.999 of the exact one, and so within 0.996 of the other.
    pub fn least_cosine(&self) -> Option<f32> {
        matches!(self, Embedder::MiniLm(_)).then_some(0.996)
    }

    /// The unit vector of `text`; `None` when it has no known token, or the embedder is an outside one.
    pub fn embed(&self, text: &str) -> Option<Vec<f32>> {
        match self {
            Embedder::Static(embedder) => embedder.embed(text),
            Embedder::MiniLm(model) => model.embed(text),
            Embedder::Outside => None,
        }
    }
}
