//! What one small durable put costs on a real file: writes, bytes and syncs, in a small file and in one of 100 MB.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use common::budget::figures;
use common::folder::Folder;
use common::{batch, create_options, options, put, text};
use mv2::storage::{Backing, FileStorage, Storage, WriterLock};
use mv2::store::{Content, PutInput, Store, empty_file};

/// A real file that counts what is done to it.
struct Counting {
    file: FileStorage,
    writes: AtomicU64,
    bytes: AtomicU64,
    syncs: AtomicU64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    writes: u64,
    bytes: u64,
    syncs: u64,
}

impl Counting {
    fn cost(&self) -> Cost {
        let of = |n: &AtomicU64| n.load(Ordering::Relaxed);
        Cost { writes: of(&self.writes), bytes: of(&self.bytes), syncs: of(&self.syncs) }
    }
}

impl Storage for Counting {
    fn len(&self) -> mv2::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> mv2::Result<()> {
        self.file.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> mv2::Result<()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.file.write_at(offset, bytes)
    }

    fn set_len(&self, len: u64) -> mv2::Result<()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.file.set_len(len)
    }

    fn sync(&self) -> mv2::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.file.sync()
    }

    fn map(&self, len: u64) -> mv2::Result<Backing> {
        self.file.map(len)
    }

    fn lock(&self) -> Option<&WriterLock> {
        self.file.lock()
    }
}

/// A file with some frames and `megabytes` of content, open on storage that counts.
fn open(folder: &Folder, name: &str, megabytes: usize) -> (Arc<Counting>, Store) {
    let path = folder.path(name);
    let file = FileStorage::create(&path, &empty_file(&create_options(), &options(1)).expect("a new file")).expect("creates");
    let counting = Arc::new(Counting { file, writes: AtomicU64::new(0), bytes: AtomicU64::new(0), syncs: AtomicU64::new(0) });
    let store = Store::with_storage(counting.clone(), Some(path), options(2)).expect("opens");
    put(&store, vec![text("the first text decides for the embedded embedder")]).expect("puts");
    let mut random = mv2::storage::simulated::Random::new(1);
    for _ in 0..megabytes / 10 {
        let part = (0..100).map(|_| PutInput { content: Content::Bytes(random.bytes(100 << 10)), ..text("") });
        let texts = (0..100).map(|n| text(&format!("text number {n} among the many of a large file")));
        put(&store, part.chain(texts).collect()).expect("puts");
    }
    (counting, store)
}

/// 500 bytes of text, and what putting them cost.
fn put_500(counting: &Counting, store: &Store, n: usize) -> Cost {
    let mut content = format!("Note {n}: the harbour was quiet and the lamps were lit along the northern quay. ").repeat(8);
    content.truncate(500);
    assert_eq!(content.len(), 500);
    let before = counting.cost();
    put(store, vec![text(&content)]).expect("puts");
    let after = counting.cost();
    Cost { writes: after.writes - before.writes, bytes: after.bytes - before.bytes, syncs: after.syncs - before.syncs }
}

#[test]
fn a_small_put_costs_one_sync_and_four_kilobytes_whatever_the_size_of_the_file() {
    let folder = Folder::new("cost");
    let (small_counts, small) = open(&folder, "small.mv2", 0);
    // `npm run soak`: a gigabyte.
    let megabytes = if std::env::var_os("MV2_SOAK_SECONDS").is_some() { 1_000 } else { 100 };
    let (large_counts, large) = open(&folder, "large.mv2", megabytes);
    assert!(large_counts.len().expect("length") >= megabytes as u64 * 1_000_000);
    let in_small: Vec<Cost> = (0..60).map(|n| put_500(&small_counts, &small, n)).collect();
    let in_large: Vec<Cost> = (0..60).map(|n| put_500(&large_counts, &large, n)).collect();
    println!("small: first {:?}, last {:?}", in_small[0], in_small[59]);
    println!("large: first {:?}, last {:?}, of {} bytes", in_large[0], in_large[59], large_counts.len().expect("length"));
    for cost in in_small.iter().chain(&in_large) {
        assert_eq!((cost.syncs, cost.writes), (1, 1));
        assert!(cost.bytes <= 4096, "{cost:?}");
    }
    for (small, large) in in_small.iter().zip(&in_large) {
        assert!(large.bytes as f64 <= small.bytes as f64 * 1.2, "{small:?} and {large:?}");
    }
    assert!(in_small[59].bytes as f64 <= in_small[0].bytes as f64 * 1.2, "sixty puts in a row do not get dearer");
    // The first put of a handle that finds the file as another left it.
    let again = Store::with_storage(large_counts.clone(), None, options(3)).expect("opens");
    assert_eq!(put_500(&large_counts, &again, 60).syncs, 1);
    let none = mv2::store::Batch { durability: mv2::store::Durability::None, ..batch(vec![text("not synced")]) };
    let before = large_counts.cost();
    again.commit(none, &|_, _| {}).expect("puts");
    assert_eq!(large_counts.cost().syncs, before.syncs);
    figures("R19", &format!("{megabytes} MB: {:?} for a put of 500 bytes, {:?} in an empty file", in_large[59], in_small[59]));
    opens_after_a_crash(&folder, &large_counts, megabytes);
}

/// R20: the last transaction is torn, with eight megabytes of it written.
fn opens_after_a_crash(folder: &Folder, counts: &Counting, megabytes: usize) {
    let end = counts.len().expect("length");
    counts.write_at(end, &mv2::storage::simulated::Random::new(3).bytes(8 << 20)).expect("writes");
    let started = Instant::now();
    let store = Store::open(&folder.path("large.mv2"), options(4)).expect("opens");
    let took = started.elapsed();
    assert_eq!(store.findings().0, 8 << 20);
    assert!(store.get(&store.snapshot(), 1).is_ok());
    figures("R20", &format!("{megabytes} MB with a torn end of 8 MiB open in {:.1} ms", took.as_secs_f64() * 1e3));
    if megabytes >= 1_000 {
        assert!(took < Duration::from_millis(200), "{took:?}");
    }
}
