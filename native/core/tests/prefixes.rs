//! Every prefix of a file opens at exactly its last whole commit.

mod common;

use std::sync::Arc;

use common::budget::{Budget, figures};
use common::history::Recorder;
use common::model::{compare, read_totals};
use common::{SharedBytes, on_all_cores, torn_bytes};
use mv2::Code;
use mv2::storage::simulated::Random;
use mv2::store::{Content, Store};

/// Commits of the file; most of them are small.
const COMMITS: u64 = 200;

/// The prefix of `len` bytes opens at the last commit that ends within it, or is refused when there is none. `ends`: where each commit ends.
fn check_prefix(bytes: &Arc<Vec<u8>>, ends: &[usize], len: usize) -> Option<(Store, usize)> {
    match (SharedBytes::open(bytes, len), ends.partition_point(|end| *end <= len).checked_sub(1)) {
        (Ok(store), Some(commit)) => {
            let point = store.snapshot().commit;
            assert_eq!((point.commit_no as usize, point.end as usize), (commit, ends[commit]), "prefix of {len} bytes");
            let torn = torn_bytes(&bytes[..len], ends[commit]);
            assert_eq!((store.findings().0, store.findings().1.len()), (torn, 0), "prefix of {len} bytes");
            Some((store, commit))
        }
        (Err(error), None) => {
            let expected = if len == 0 { Code::NotMv2 } else { Code::Truncated };
            assert_eq!(error.code, expected, "prefix of {len} bytes: {error}");
            None
        }
        (Ok(_), None) => panic!("a prefix of {len} bytes opens before the first commit"),
        (Err(error), Some(commit)) => panic!("a prefix of {len} bytes, with commit {commit} whole: {error}"),
    }
}

#[test]
fn every_prefix_opens_at_its_last_whole_commit() {
    let mut recorder = Recorder::new(11);
    // Where each commit ends.
    let mut ends = vec![recorder.store.snapshot().commit.end as usize];
    let mut turn = 0;
    while recorder.model.commit_no() < COMMITS {
        let mut next = recorder.mixed(turn);
        // Vectors of the embedder would make the file three times as long and nothing more would be seen.
        next.puts.iter_mut().for_each(|put| put.content = Content::Bytes(b"a few bytes".to_vec()));
        recorder.commit(next).expect("commits");
        ends.push(recorder.store.snapshot().commit.end as usize);
        if recorder.maintain().expect("maintains") {
            ends.push(recorder.store.snapshot().commit.end as usize);
        }
        turn += 1;
    }
    let bytes = Arc::new(recorder.file());
    assert_eq!(ends.last(), Some(&bytes.len()));
    let models: Vec<_> = recorder.attempts.iter().map(|a| a.model.clone()).collect();
    assert_eq!(models.len(), ends.len());
    let started = std::time::Instant::now();

    // In blocks, so that the threads do not meet at every prefix.
    const BLOCK: usize = 1024;
    on_all_cores(bytes.len() / BLOCK + 1, |block| {
        for len in block * BLOCK..((block + 1) * BLOCK).min(bytes.len() + 1) {
            if let Some((store, commit)) = check_prefix(&bytes, &ends, len) {
                assert_eq!(read_totals(&store, commit as u64).expect("totals"), models[commit].totals[commit]);
            }
        }
    });
    println!("{} prefixes of a file of {} commits, in {:?}", bytes.len() + 1, ends.len(), started.elapsed());

    // Everything in it, once for each commit, with half of the next one behind it.
    on_all_cores(ends.len(), |commit| {
        let next = ends.get(commit + 1).copied().unwrap_or(bytes.len());
        let store = SharedBytes::open(&bytes, (ends[commit] + next) / 2).expect("opens");
        compare(&store, &models[commit]).unwrap_or_else(|e| panic!("commit {commit}: {e}"));
    });
}

/// Of a larger file the prefixes that end within eight bytes of where a record or a commit begins or ends.
#[test]
fn prefixes_around_every_record_of_a_larger_file() {
    let megabytes = if std::env::var_os("MV2_SOAK_SECONDS").is_some() { 10 } else { 1 };
    let mut recorder = Recorder::new(Budget::of(1).seed);
    let mut ends = vec![recorder.store.snapshot().commit.end as usize];
    let mut turn = 0;
    while *ends.last().expect("an end") < megabytes << 20 {
        let mut next = recorder.mixed(turn);
        next.puts.iter_mut().for_each(|put| put.content = Content::Bytes(Random::new(turn as u64).bytes(turn * 997 % 40_000)));
        recorder.commit(next).expect("commits");
        ends.push(recorder.store.snapshot().commit.end as usize);
        if recorder.maintain().expect("maintains") {
            ends.push(recorder.store.snapshot().commit.end as usize);
        }
        turn += 1;
    }
    let bytes = Arc::new(recorder.file());
    let snapshot = recorder.store.snapshot();
    let records = (64..bytes.len() as u64 / 64).filter_map(|n| snapshot.record(n * 64).ok());
    let mut edges: Vec<usize> = records
        .flat_map(|r| [r.self_offset, r.payload_offset(), r.payload_offset() + r.payload_len, r.end()])
        .map(|at| at as usize)
        .collect();
    edges.extend(&ends);
    edges.sort_unstable();
    edges.dedup();
    on_all_cores(edges.len(), |n| {
        for len in edges[n].saturating_sub(8)..=(edges[n] + 8).min(bytes.len()) {
            check_prefix(&bytes, &ends, len);
        }
    });
    figures(
        "R2",
        &format!("{} places of a file of {} bytes and {} commits, eight bytes around each", edges.len(), bytes.len(), ends.len()),
    );
}
