//! What the tests of the store share: small files in memory, and puts without ceremony.
#![allow(dead_code)] // Each test binary uses its own part.

pub mod budget;
pub mod folder;
pub mod forge;
pub mod history;
pub mod hostile;
pub mod model;

use std::sync::Arc;

use mv2::search::adaptive::Rule;
use mv2::search::fusion::Fusion;
use mv2::storage::{MemoryStorage, Storage};
use mv2::store::{Batch, BatchResult, Content, CreateOptions, EventInput, FindRequest, Mode, Options, PutInput, Store, empty_file};

pub fn create_options() -> CreateOptions {
    CreateOptions {
        enable_vectors: true,
        vector_dim: None,
        embedder: None,
        vector_precision: mv2::index::vector::Precision::F32,
        file_uuid: [1; 16],
        file_salt: [2; 16],
        now_ms: 1_000,
    }
}

pub fn options(epoch: u64) -> Options {
    Options { epoch, ..Options::default() }
}

/// The bytes of a file without frames.
pub fn empty() -> Vec<u8> {
    empty_file(&create_options(), &options(1)).expect("a new file")
}

/// Bytes behind `end`, without the zeros at the end of the file: what a crash has left there.
pub fn torn_bytes(file: &[u8], end: usize) -> u64 {
    file[end..].iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}

pub fn open_bytes(bytes: Vec<u8>) -> mv2::Result<Store> {
    Store::with_storage(Arc::new(MemoryStorage::new(bytes)), None, options(7))
}

pub fn open_on(storage: Arc<dyn Storage>, epoch: u64) -> mv2::Result<Store> {
    Store::with_storage(storage, None, options(epoch))
}

pub fn text(content: &str) -> PutInput {
    PutInput {
        content: Content::Text(content.to_string()),
        mime_type: None,
        title: None,
        uri: None,
        tags: Vec::new(),
        metadata: Vec::new(),
        timestamp_ms: 5_000,
        vector: None,
        passage_vectors: None,
        supersedes: None,
    }
}

pub fn named(uri: &str, content: &str) -> PutInput {
    PutInput { uri: Some(uri.to_string()), ..text(content) }
}

pub fn batch(puts: Vec<PutInput>) -> Batch {
    Batch {
        puts,
        deletes: Vec::new(),
        events: Vec::new(),
        embedder: None,
        only_unrecorded: false,
        durability: mv2::store::Durability::Durable,
        now_ms: 10_000,
    }
}

pub fn put(store: &Store, puts: Vec<PutInput>) -> mv2::Result<BatchResult> {
    store.commit(batch(puts), &|_, _| {})
}

pub fn events(store: &Store, events: Vec<EventInput>) -> mv2::Result<BatchResult> {
    store.commit(Batch { events, ..batch(Vec::new()) }, &|_, _| {})
}

pub fn find_request(query: &str, mode: Mode) -> FindRequest {
    FindRequest {
        query: query.to_string(),
        vector: None,
        mode,
        k: 10,
        candidates: 100,
        fusion: Fusion::Relative { alpha: 0.5 },
        rule: Rule::TopK,
        min: 1,
        max: 10,
        exact: false,
        filter: Default::default(),
        snippet_chars: 200,
    }
}

/// Frame ids of the hits, best first.
pub fn find(store: &Store, query: &str, mode: Mode) -> mv2::Result<Vec<u64>> {
    let response = store.find(&store.snapshot(), &find_request(query, mode))?;
    Ok(response.hits.iter().map(|hit| hit.candidate.passage.frame_id).collect())
}

/// The first `len` bytes of a file that many stores read, without a copy.
pub struct SharedBytes {
    pub bytes: Arc<Vec<u8>>,
    pub len: u64,
}

impl SharedBytes {
    pub fn open(bytes: &Arc<Vec<u8>>, len: usize) -> mv2::Result<Store> {
        Store::with_storage(Arc::new(SharedBytes { bytes: bytes.clone(), len: len as u64 }), None, options(7))
    }
}

impl Storage for SharedBytes {
    fn len(&self) -> mv2::Result<u64> {
        Ok(self.len)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> mv2::Result<()> {
        buffer.copy_from_slice(&self.bytes[offset as usize..offset as usize + buffer.len()]);
        Ok(())
    }

    fn write_at(&self, _: u64, _: &[u8]) -> mv2::Result<()> {
        Err(mv2::Error::new(mv2::Code::ReadOnly, "shared bytes are only read"))
    }

    fn set_len(&self, _: u64) -> mv2::Result<()> {
        Err(mv2::Error::new(mv2::Code::ReadOnly, "shared bytes are only read"))
    }

    fn sync(&self) -> mv2::Result<()> {
        Ok(())
    }

    fn map(&self, _: u64) -> mv2::Result<mv2::storage::Backing> {
        Ok(self.bytes.clone())
    }
}

/// Threads for a long test: all cores, or as `MV2_THREADS` says.
pub fn threads() -> usize {
    let all = || std::thread::available_parallelism().map_or(2, |n| n.get());
    std::env::var("MV2_THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or_else(all)
}

/// Does work for each number below `count` on all cores.
pub fn on_all_cores(count: usize, work: impl Fn(usize) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if n >= count {
                        break;
                    }
                    work(n);
                }
            });
        }
    });
}
