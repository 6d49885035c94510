//! zstd with contexts that each thread keeps: to make one costs more than to run a small body through it.

use std::cell::RefCell;
use std::io::{Error, Result};

use zstd::bulk::Compressor;
use zstd::dict::DecoderDictionary;
use zstd::zstd_safe::{DCtx, get_error_name};

use super::record::LEVEL;

/// A body at [`LEVEL`], as one frame.
pub fn compress(body: &[u8]) -> Result<Vec<u8>> {
    thread_local! {
        static CONTEXT: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    }
    CONTEXT.with_borrow_mut(|context| {
        let context = match context {
            Some(context) => context,
            None => context.insert(Compressor::new(LEVEL)?),
        };
        context.compress(body)
    })
}

/// The body of a frame, at most `max_len` bytes long; a longer one is an error.
pub fn decompress(stored: &[u8], max_len: usize, dictionary: Option<&DecoderDictionary<'_>>) -> Result<Vec<u8>> {
    thread_local! {
        static CONTEXT: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
    }
    CONTEXT.with_borrow_mut(|context| {
        let context = context.get_or_insert_with(DCtx::create);
        let mut body = Vec::with_capacity(max_len);
        let done = match dictionary {
            Some(dictionary) => context.decompress_using_ddict(&mut body, stored, dictionary.as_ddict()),
            None => context.decompress(&mut body, stored),
        };
        done.map(|_| body).map_err(|code| Error::other(get_error_name(code)))
    })
}
