//! Every prefix of a file opens at exactly its last whole commit.

mod common;

use std::sync::Arc;

use common::history::{Recorder, bytes_of};
use common::model::{compare, read_totals};
use common::{SharedBytes, on_all_cores};
use mv2::Code;

/// Commits of the file; most of them are small.
const COMMITS: u64 = 200;

#[test]
fn every_prefix_opens_at_its_last_whole_commit() {
    let mut recorder = Recorder::new(11);
    // Where each commit ends.
    let mut ends = vec![recorder.store.snapshot().commit.end as usize];
    let mut turn = 0;
    while recorder.model.commit_no() < COMMITS {
        let mut next = recorder.mixed(turn);
        // Vectors of the embedder would make the file three times as long and nothing more would be seen.
        next.puts.iter_mut().for_each(|put| put.content = mv2::store::Content::Bytes(b"a few bytes".to_vec()));
        recorder.commit(next).expect("commits");
        ends.push(recorder.store.snapshot().commit.end as usize);
        if recorder.maintain().expect("maintains") {
            ends.push(recorder.store.snapshot().commit.end as usize);
        }
        turn += 1;
    }
    let bytes = Arc::new(bytes_of(recorder.storage.as_ref()));
    assert_eq!(ends.last(), Some(&bytes.len()));
    let models: Vec<_> = recorder.attempts.iter().map(|a| a.model.clone()).collect();
    assert_eq!(models.len(), ends.len());
    let expected = |len: usize| ends.partition_point(|end| *end <= len).checked_sub(1);
    let started = std::time::Instant::now();

    // In blocks, so that the threads do not meet at every prefix.
    const BLOCK: usize = 1024;
    on_all_cores(bytes.len() / BLOCK + 1, |block| {
        for len in block * BLOCK..((block + 1) * BLOCK).min(bytes.len() + 1) {
            match (SharedBytes::open(&bytes, len), expected(len)) {
                (Ok(store), Some(commit)) => {
                    let point = store.snapshot().commit;
                    assert_eq!((point.commit_no as usize, point.end as usize), (commit, ends[commit]), "prefix of {len} bytes");
                    assert_eq!((store.findings().0 as usize, store.findings().1.len()), (len - ends[commit], 0), "prefix of {len} bytes");
                    assert_eq!(read_totals(&store, commit as u64).expect("totals"), models[commit].totals[commit]);
                }
                (Err(error), None) => {
                    let expected = if len == 0 { Code::NotMv2 } else { Code::Truncated };
                    assert_eq!(error.code, expected, "prefix of {len} bytes: {error}");
                }
                (Ok(_), None) => panic!("a prefix of {len} bytes opens before the first commit"),
                (Err(error), Some(commit)) => panic!("a prefix of {len} bytes, with commit {commit} whole: {error}"),
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
