//! Optimizing, and vectors that are kept less finely than they were given.

mod common;

use common::folder::Folder;
use common::*;
use mv2::Code;
use mv2::index::vector::{ALL_ROWS, Precision};
use mv2::search::fusion::Fusion;
use mv2::store::{CreateOptions, FindRequest, Mode, PutInput, Store};

fn given(dim: u32, precision: Precision) -> CreateOptions {
    CreateOptions { vector_dim: Some(dim), vector_precision: precision, ..create_options() }
}

/// A direction that depends on `n`, of any length.
fn vector(n: u64, dim: usize) -> Vec<f32> {
    (0..dim).map(|at| ((n as f32 + 1.0) * (at as f32 + 0.7)).sin() * (1.0 + (n % 3) as f32)).collect()
}

fn with_vector(n: u64, dim: usize) -> PutInput {
    PutInput { vector: Some(vector(n, dim)), ..text(&format!("document {n} of the harbour")) }
}

fn nearest(store: &Store, vector: Vec<f32>, k: usize, exact: bool) -> Vec<(u64, f32)> {
    let request = FindRequest {
        vector: Some(vector),
        k,
        max: k,
        exact,
        fusion: Fusion::Relative { alpha: 0.5 },
        ..find_request("harbour", Mode::Vector)
    };
    let found = store.find(&store.snapshot(), &request).expect("finds");
    found.hits.iter().map(|hit| (hit.candidate.passage.frame_id, hit.candidate.score)).collect()
}

fn assert_sound(store: &Store) {
    let report = store.verify(true, &|_, _| {}).expect("verifies");
    assert_eq!(report.damages.iter().map(|d| d.message.as_str()).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_file_goes_on_keeping_vectors_as_it_was_made_to() {
    for precision in Precision::ALL {
        let folder = Folder::new("precision");
        let path = folder.path("k.mv2");
        let store = Store::create(&path, &given(12, precision), options(3)).expect("creates");
        for n in 0..150 {
            put(&store, vec![with_vector(n, 12)]).expect("puts");
            // Full tables are written, and segments merged.
            store.maintain(20_000).expect("maintains");
        }
        drop(store);
        let store = Store::open(&path, options(4)).expect("opens");
        put(&store, vec![with_vector(150, 12)]).expect("puts");
        let stats = store.stats().expect("counts");
        assert_eq!((stats.vector_precision, stats.vector_count), (precision, 151));
        assert_sound(&store);
        let rows = store.vector_rows(&store.snapshot()).expect("views");
        assert!(rows.iter().all(|view| view.precision == precision));
        assert_eq!(rows.iter().map(|view| view.row_count).sum::<usize>(), 151);
        for n in [0u64, 77, 150] {
            let hits = nearest(&store, vector(n, 12), 3, false);
            assert_eq!(hits[0].0, n, "{precision:?}");
            assert!(hits[0].1 > 0.999);
        }
        store.compact(30_000, &|_, _| true).expect("compacts");
        store.optimize(30_000, &|_, _| true).expect("optimizes");
        let stats = Store::open(&path, options(5)).expect("opens").stats().expect("counts");
        assert_eq!((stats.vector_precision, stats.vector_segments, stats.vector_count), (precision, 1, 151));
    }
}

#[test]
fn a_deep_verification_knows_what_is_kept_of_an_embedded_text() {
    for precision in Precision::ALL {
        let folder = Folder::new("precision");
        let options_of = CreateOptions { vector_precision: precision, ..create_options() };
        let store = Store::create(&folder.path("k.mv2"), &options_of, options(3)).expect("creates");
        for n in 0..40 {
            put(&store, vec![text(&format!("Note {n}: the harbour lies to the north of the old mill."))]).expect("puts");
        }
        assert_sound(&store);
        store.optimize(20_000, &|_, _| true).expect("optimizes");
        assert_sound(&store);
    }
}

#[test]
fn smaller_vectors_make_a_smaller_file() {
    let size = |precision: Precision| {
        let folder = Folder::new("precision");
        let store = Store::create(&folder.path("k.mv2"), &given(384, precision), options(3)).expect("creates");
        put(&store, (0..2000).map(|n| with_vector(n, 384)).collect()).expect("puts");
        store.stats().expect("counts").vector_index_bytes as f64
    };
    let [f32, f16, i8] = Precision::ALL.map(size);
    // Five, three and one byte a component, and 24 or 28 a vector.
    assert!((f16 / f32 - 0.61).abs() < 0.01 && (i8 / f32 - 0.213).abs() < 0.01, "{f32} {f16} {i8}");
}

#[test]
fn a_vector_that_can_not_be_kept_is_refused_and_nothing_is_written() {
    let folder = Folder::new("precision");
    let store = Store::create(&folder.path("k.mv2"), &given(2, Precision::F16), options(3)).expect("creates");
    let before = store.snapshot().commit.commit_no;
    let too_large = PutInput { vector: Some(vec![1e6, 1.0]), ..text("large") };
    assert_eq!(put(&store, vec![too_large]).expect_err("refused").code, Code::InvalidInput);
    assert_eq!(store.snapshot().commit.commit_no, before);
    put(&store, vec![PutInput { vector: Some(vec![1.0, 1.0]), ..text("small") }]).expect("puts");
}

#[test]
fn optimizing_leaves_one_vector_segment_and_the_same_results() {
    let folder = Folder::new("optimize");
    let path = folder.path("k.mv2");
    let store = Store::create(&path, &given(8, Precision::F32), options(3)).expect("creates");
    // A large segment and a few small ones, which no level brings together.
    put(&store, (0..87).map(|n| with_vector(n, 8)).collect()).expect("puts");
    for n in 87..90 {
        put(&store, vec![with_vector(n, 8)]).expect("puts");
    }
    store.settle(20_000).expect("settles");
    assert_eq!(store.stats().expect("counts").vector_segments, 4);
    let before: Vec<_> = (0..90).map(|n| nearest(&store, vector(n, 8), 10, false)).collect();
    let past = store.snapshot().commit.commit_no;
    let done = store.optimize(20_000, &|_, _| true).expect("optimizes");
    assert_eq!((done.after_segments, done.vector_count, done.has_graph), (2, 90, false));
    assert!(done.before_segments >= 4, "{}", done.before_segments);
    assert_eq!(store.stats().expect("counts").vector_segments, 1);
    assert_eq!((0..90).map(|n| nearest(&store, vector(n, 8), 10, false)).collect::<Vec<_>>(), before);
    assert_sound(&store);
    assert_eq!(store.snapshot_at(past).expect("the past").state_counters().next_frame_id, 90);
    // Once more there is nothing to do.
    let commit = store.snapshot().commit.commit_no;
    assert_eq!(store.optimize(20_000, &|_, _| true).expect("optimizes").commit_no, commit);
}

/// Slow: a graph is only made from 200,000 vectors on.
#[test]
fn a_graph_is_walked_and_finds_what_all_rows_give() {
    const DIM: usize = 16;
    let folder = Folder::new("optimize");
    let path = folder.path("k.mv2");
    let store = Store::create(&path, &given(DIM as u32, Precision::F16), options(3)).expect("creates");
    let count = ALL_ROWS as u64 + 500;
    for first in (0..count).step_by(20_000) {
        let puts = (first..count.min(first + 20_000)).map(|n| PutInput { vector: Some(vector(n, DIM)), ..text(&format!("note {n}")) });
        put(&store, puts.collect()).expect("puts");
    }
    let stopped = store.optimize(20_000, &|done, _| done < 50_000).expect_err("stopped");
    assert_eq!(stopped.code, Code::Aborted);
    assert_eq!(store.stats().expect("counts").graph_vector_count, 0);
    let told = std::sync::Mutex::new((0, 0));
    let done = store.optimize(20_000, &|done, total| {
        *told.lock().expect("whole") = (done, total);
        done <= total
    });
    assert!(done.expect("optimizes").has_graph);
    let (at, total) = *told.lock().expect("whole");
    assert!(at > total * 9 / 10 && at <= total, "{at} of {total}");
    // Beside it comes what is put later.
    put(&store, vec![with_vector(count, DIM)]).expect("puts");
    let stats = store.stats().expect("counts");
    assert_eq!((stats.graph_vector_count, stats.vector_count), (count, count + 1));
    let mut found = 0;
    for n in (0..count).step_by(4_001) {
        let query: Vec<f32> = vector(n, DIM).iter().zip(vector(n / 2 + 9, DIM)).map(|(a, b)| a + b / 3.0).collect();
        let exact = nearest(&store, query.clone(), 10, true);
        let walked = nearest(&store, query, 10, false);
        found += walked.iter().filter(|hit| exact.contains(hit)).count();
    }
    assert!(found >= 490, "{found} of 510");
    let latest = nearest(&store, vector(count, DIM), 1, false);
    assert_eq!(latest[0].0, count);
    let reopened = Store::open(&path, options(8)).expect("opens");
    assert_eq!(reopened.stats().expect("counts").graph_vector_count, count);
    assert!(reopened.verify(true, &|_, _| {}).expect("verifies").damages.is_empty());
}
