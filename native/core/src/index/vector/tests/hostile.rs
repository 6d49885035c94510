//! Bytes from outside: an answer or an error, never a panic.

use super::{Random, passages};
use crate::error::Code;
use crate::index::vector::writer::build_shaped;
use crate::index::vector::{Effort, Precision, VectorSegment, build_segment, merge_segments, search};
use crate::storage::{BlockChecks, Slice};
use std::sync::Arc;

const DIM: usize = 9;

fn valid(random: &mut Random) -> Vec<u8> {
    let rows: Vec<f32> = (0..12).flat_map(|_| random.vector(DIM)).collect();
    build_segment(DIM, &passages(12), &rows).expect("valid")
}

fn valid_in_lists(random: &mut Random) -> Vec<u8> {
    let rows: Vec<f32> = (0..12).flat_map(|_| random.vector(DIM)).collect();
    build_shaped(Precision::F32, DIM, &passages(12), &rows, 4, false).expect("valid")
}

fn valid_with_graph(random: &mut Random, precision: Precision) -> Vec<u8> {
    let rows: Vec<f32> = (0..12).flat_map(|_| random.vector(DIM)).collect();
    build_shaped(precision, DIM, &passages(12), &rows, 4, true).expect("valid")
}

fn all_kinds(random: &mut Random) -> Vec<Vec<u8>> {
    let graphs = Precision::ALL.map(|precision| valid_with_graph(random, precision));
    [valid(random), valid_in_lists(random)].into_iter().chain(graphs).collect()
}

/// Does everything that can be done with a segment.
fn exercise(bytes: Vec<u8>) {
    let slice = Slice::from_vec(bytes);
    let _ = merge_segments(std::slice::from_ref(&slice), &[2]).map(|merged| merged.map(|bytes| bytes.len()));
    let Ok(segment) = VectorSegment::open(slice) else { return };
    let (dim, count) = (segment.dim(), segment.len());
    let _ = (segment.row(count - 1).map(|row| row.len()), segment.writer(), segment.verify(), segment.passage(count - 1));
    let query: Vec<f32> = (0..dim).map(|i| i as f32 - 3.5).collect();
    for (limit, effort) in [
        (1, Effort::Exact),
        (100, Effort::Exact),
        (1, Effort::Rows(1)),
        (100, Effort::Rows(7)),
        (1, Effort::Walk(1)),
        (100, Effort::Walk(4)),
    ] {
        if let Ok(found) = search(std::slice::from_ref(&segment), &query, limit, effort, &|_| true) {
            assert!(found.iter().all(|hit| hit.score.abs() <= 1.0));
        }
    }
}

#[test]
fn any_flipped_byte_gives_an_answer_or_an_error() {
    let mut random = Random(20);
    for bytes in all_kinds(&mut random) {
        for at in 0..bytes.len() {
            for value in [0x00, 0x01, 0x7f, 0x80, 0xff, bytes[at] ^ 0x40] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                exercise(damaged);
            }
        }
    }
}

#[test]
fn many_random_changes_give_an_answer_or_an_error() {
    let mut random = Random(21);
    let kinds = all_kinds(&mut random);
    for round in 0..10_000 {
        let bytes = &kinds[round % kinds.len()];
        let mut damaged = bytes.clone();
        for _ in 0..=random.below(20) {
            let at = random.below(damaged.len());
            damaged[at] = random.next() as u8;
        }
        exercise(damaged);
    }
}

#[test]
fn every_length_but_the_right_one_is_refused() {
    let mut random = Random(22);
    for bytes in all_kinds(&mut random) {
        for len in 0..bytes.len() {
            assert!(VectorSegment::open(Slice::from_vec(bytes[..len].to_vec())).is_err(), "{len} bytes");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(VectorSegment::open(Slice::from_vec(longer)).is_err());
    }
}

#[test]
fn huge_counts_are_refused_without_allocating() {
    let mut random = Random(23);
    let bytes = valid(&mut random);
    for count in [0, 11, 13, u32::MAX as u64, u64::MAX, u64::MAX / 16, 1 << 60] {
        let mut damaged = bytes.clone();
        damaged[16..24].copy_from_slice(&count.to_le_bytes());
        assert_eq!(VectorSegment::open(Slice::from_vec(damaged)).err().map(|error| error.code), Some(Code::Corrupt), "{count}");
    }
    for dim in [0u32, 8, 10, 4097, u32::MAX] {
        let mut damaged = bytes.clone();
        damaged[8..12].copy_from_slice(&dim.to_le_bytes());
        assert_eq!(VectorSegment::open(Slice::from_vec(damaged)).err().map(|error| error.code), Some(Code::Corrupt), "{dim}");
    }
}

#[test]
fn other_layouts_and_metrics_are_told_apart_from_damage() {
    let mut random = Random(24);
    let bytes = valid(&mut random);
    for at in [4, 6] {
        let mut newer = bytes.clone();
        newer[at] = 4;
        assert_eq!(VectorSegment::open(Slice::from_vec(newer)).err().map(|error| error.code), Some(Code::Unsupported));
    }
}

#[test]
fn bounds_that_do_not_hold_are_noticed() {
    let mut random = Random(25);
    let bytes = valid(&mut random);
    let query = vec![1.0; DIM];
    let outcome = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut damaged = bytes.clone();
        change(&mut damaged);
        let segment = VectorSegment::open(Slice::from_vec(damaged)).expect("the header is right");
        search(&[segment], &query, 3, Effort::Exact, &|_| true).map_err(|error| error.code)
    };
    // Scales lie at 320, the vectors at the very end.
    let right = outcome(&|_| ());
    assert_eq!(right.as_ref().map(Vec::len), Ok(3));
    assert_eq!(outcome(&|bytes| bytes[320..368].fill(0)), Err(Code::Corrupt));
    // A bound that is not a number hides nothing: the row is scored.
    let nan = |bytes: &mut Vec<u8>| (320..368).step_by(4).for_each(|at| bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes()));
    assert_eq!(outcome(&nan), right);
    for at in (320..368).step_by(4) {
        assert_eq!(outcome(&|bytes| bytes[at..at + 4].copy_from_slice(&(-f32::NAN).to_le_bytes())), right, "scale at {at}");
    }
    let vectors = bytes.len() - 12 * DIM * 4;
    let put_nan = |bytes: &mut Vec<u8>, at: usize| bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(outcome(&|bytes| (vectors..bytes.len()).step_by(4).for_each(|at| put_nan(bytes, at))), Err(Code::Corrupt));
    assert_eq!(outcome(&|bytes| bytes[vectors..].fill(0)), Err(Code::Corrupt));
}

#[test]
fn a_search_verifies_the_codes_and_only_the_vectors_that_it_reads() {
    let mut random = Random(26);
    let dim = 256;
    let rows: Vec<Vec<f32>> = (0..600).map(|_| random.vector(dim)).collect();
    let bytes = build_segment(dim, &passages(600), &rows.concat()).expect("valid");
    let crcs = BlockChecks::compute(&bytes);
    let open = |at: Option<usize>| {
        let mut damaged = bytes.clone();
        if let Some(at) = at {
            damaged[at] ^= 1;
        }
        let end = damaged.len();
        VectorSegment::open(Slice::new(Arc::new(damaged), 0..end, Some(crcs.clone())).expect("fits")).expect("opens")
    };
    let rows_at = open(None).values().start;
    let found = |at: Option<usize>| {
        search(&[open(at)], &rows[0], 1, Effort::Exact, &|_| true).map(|found| found[0].passage).map_err(|error| error.code)
    };
    let first = passages(1)[0];
    assert_eq!(found(None), Ok(first));
    assert_eq!(found(Some(rows_at - 100)), Err(Code::Corrupt), "in the codes");
    assert_eq!(found(Some(rows_at + 10)), Err(Code::Corrupt), "in the nearest vector");
    assert_eq!(found(Some(bytes.len() - 10)), Ok(first), "in a vector that is not needed");
    assert_eq!(open(Some(bytes.len() - 10)).verify().expect_err("found").code, Code::Corrupt);
}
