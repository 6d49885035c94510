use super::{Random, brute_force, passages, segment};
use crate::error::Code;
use crate::index::vector::layout::{HEADER_BYTES, Layout};
use crate::index::vector::writer::build_shaped;
use crate::index::vector::{Effort, Kernel, Named, Precision, VectorSegment, build_segment, merge_segments, search, search_with};
use crate::index::{Passage, Scored};
use crate::storage::Slice;

/// Searches with every kernel and both thread counts, and over the rows in one segment and in three.
fn check(rows: &[Vec<f32>], query: &[f32], limit: usize, accept: &(dyn Fn(u64) -> bool + Sync), what: &str) {
    let passages = passages(rows.len());
    let dim = query.len();
    let expected = brute_force(&passages, rows, query, limit, accept);
    let whole = vec![segment(dim, &passages, rows)];
    let cuts = [0, rows.len() / 5, rows.len() / 2 + 1, rows.len()];
    let parts: Vec<VectorSegment> =
        cuts.windows(2).filter(|cut| cut[0] < cut[1]).map(|cut| segment(dim, &passages[cut[0]..cut[1]], &rows[cut[0]..cut[1]])).collect();
    for kernel in Kernel::supported() {
        for threads in [1, 2, 7] {
            for segments in [&whole, &parts] {
                let (found, stats) = search_with(segments, query, limit, Effort::Exact, accept, kernel, threads).expect("searches");
                assert_same(&found, &expected, &format!("{what}, dim {dim}, {kernel:?}, {threads} threads, {} segments", segments.len()));
                // A chunk ends with its segment, so that three segments can make more of them.
                let at_least = rows.len().div_ceil(rows.len().div_ceil(threads));
                let at_most = if segments.len() == 1 { at_least } else { threads };
                assert_eq!(stats.rows_scanned, rows.len());
                assert!((at_least..=at_most).contains(&stats.threads), "{} of {threads} threads", stats.threads);
            }
        }
    }
}

/// Equal places and scores. Where f64 sums in another order round to the neighbouring f32, that is allowed to differ.
fn assert_same(found: &[Scored], expected: &[Scored], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (rank, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.passage, expected.passage, "{what}, rank {rank}: {found:?} {expected:?}");
        assert!((found.score - expected.score).abs() <= 6e-8, "{what}, rank {rank}: {found:?} {expected:?}");
    }
}

#[test]
fn finds_what_brute_force_finds_at_every_dimension() {
    let mut random = Random(1);
    for dim in [1, 2, 3, 5, 7, 8, 9, 31, 63, 64, 65, 100, 127, 129, 255, 256, 257, 384, 511, 768, 1000, 1024, 4096] {
        let count = if dim > 1000 { 150 } else { 400 };
        let rows: Vec<Vec<f32>> = (0..count).map(|_| random.vector(dim)).collect();
        for limit in [1, 10, 1000] {
            check(&rows, &random.vector(dim), limit, &|_| true, "random");
        }
    }
}

#[test]
fn finds_what_brute_force_finds_in_clusters() {
    let mut random = Random(2);
    for (dim, spread) in [(17, 0.5), (96, 0.3), (384, 0.1), (384, 0.01)] {
        let centers: Vec<Vec<f32>> = (0..12).map(|_| random.vector(dim)).collect();
        let rows: Vec<Vec<f32>> = (0..1500).map(|row| random.around(&centers[row % 12], spread)).collect();
        for _ in 0..4 {
            let center = random.below(12);
            check(&rows, &random.around(&centers[center], spread), 10, &|_| true, "clustered");
        }
    }
}

#[test]
fn near_ties_are_told_apart_as_far_as_f32_does() {
    // Differences far below what a code can show: the order can only come from rescoring.
    let mut random = Random(3);
    for dim in [33, 384] {
        let center = random.vector(dim);
        let rows: Vec<Vec<f32>> = (0..900).map(|_| random.around(&center, 1e-4)).collect();
        check(&rows, &random.around(&center, 0.3), 10, &|_| true, "near ties");
        // One component dwarfs all others, so that these round to code 0 and the residual is as large as it gets.
        let spiked: Vec<Vec<f32>> = (0..900)
            .map(|_| {
                let mut row = random.vector(dim);
                row[0] = 300.0;
                row
            })
            .collect();
        let mut query = random.vector(dim);
        query[0] = 0.0;
        check(&spiked, &query, 10, &|_| true, "spikes");
        query[0] = 1e6;
        check(&spiked, &query, 10, &|_| true, "spiked query");
    }
}

#[test]
fn equal_scores_are_ordered_by_frame_then_start() {
    let rows = vec![vec![3.0f32, 4.0]; 30];
    check(&rows, &[3.0, 4.0], 4, &|_| true, "equal");
    let found = search(&[segment(2, &passages(30), &rows)], &[6.0, 8.0], 3, Effort::Exact, &|_| true).expect("searches");
    let ids: Vec<(u64, u32, f32)> = found.iter().map(|hit| (hit.passage.frame_id, hit.passage.start, hit.score)).collect();
    assert_eq!(ids, [(0, 0, 1.0), (2, 0, 1.0), (4, 0, 1.0)]);
}

#[test]
fn a_frame_found_in_several_segments_counts_once() {
    let near = segment(2, &[Passage { frame_id: 5, start: 100, len: 1 }], &[vec![1.0, 0.1]]);
    let nearer = segment(2, &[Passage { frame_id: 5, start: 0, len: 1 }], &[vec![1.0, 0.0]]);
    let far = segment(2, &[Passage { frame_id: 9, start: 0, len: 1 }], &[vec![0.0, 1.0]]);
    let found = search(&[near, nearer, far], &[1.0, 0.0], 2, Effort::Exact, &|_| true).expect("searches");
    assert_eq!(found.iter().map(|hit| (hit.passage.frame_id, hit.passage.start)).collect::<Vec<_>>(), [(5, 0), (9, 0)]);
}

#[test]
fn refused_frames_neither_appear_nor_displace_others() {
    let mut random = Random(4);
    let center = random.vector(48);
    let rows: Vec<Vec<f32>> = (0..600).map(|_| random.around(&center, 0.2)).collect();
    check(&rows, &center, 10, &|frame_id| frame_id % 10 == 4, "filtered");
    check(&rows, &center, 10, &|frame_id| frame_id == 398, "one frame");
    check(&rows, &center, 10, &|_| false, "nothing");
}

#[test]
fn magnitudes_do_not_matter_for_the_cosine() {
    let mut random = Random(5);
    let rows: Vec<Vec<f32>> = (0..300)
        .map(|row| {
            let scale = [1e-44f32, 1e-30, 1e-3, 1.0, 1e20, 3e38][row % 6];
            loop {
                let vector: Vec<f32> = random.vector(20).into_iter().map(|value| value * scale).collect();
                if vector.iter().any(|&value| value != 0.0) {
                    return vector;
                }
            }
        })
        .collect();
    for scale in [1e-40f32, 1.0, 3e38] {
        let query: Vec<f32> = random.vector(20).into_iter().map(|value| value * scale).collect();
        check(&rows, &query, 10, &|_| true, "magnitudes");
    }
}

#[test]
fn the_largest_sums_stay_within_their_integers() {
    // All components alike: the sum of the magnitudes is as large as it gets, and every product has the same sign.
    let mut random = Random(8);
    let ones = vec![1.0f32; 4096];
    let rows: Vec<Vec<f32>> = (0..60).map(|_| random.around(&ones, 0.01)).collect();
    check(&rows, &ones, 10, &|_| true, "largest sums");
    check(&rows, &vec![-1.0; 4096], 10, &|_| true, "smallest sums");
}

#[test]
fn few_rows_of_many_are_rescored() {
    let mut random = Random(6);
    let rows: Vec<Vec<f32>> = (0..3000).map(|_| random.vector(128)).collect();
    let segments = [segment(128, &passages(3000), &rows)];
    let (found, stats) = search_with(&segments, &random.vector(128), 10, Effort::Exact, &|_| true, Kernel::best(), 1).expect("searches");
    assert_eq!(found.len(), 10);
    assert!((10..150).contains(&stats.rows_rescored), "{stats:?}");
}

#[test]
fn scores_are_the_same_to_the_last_bit() {
    // Written down once: any machine, kernel or compiler that gives other bits would break the comparison of replays.
    let mut random = Random(7);
    let rows: Vec<Vec<f32>> = (0..50).map(|_| random.vector(100)).collect();
    let found = search(&[segment(100, &passages(50), &rows)], &random.vector(100), 4, Effort::Exact, &|_| true).expect("searches");
    let bits: Vec<(u64, u32, u32)> = found.iter().map(|hit| (hit.passage.frame_id, hit.passage.start, hit.score.to_bits())).collect();
    assert_eq!(bits, EXPECTED_BITS);
}

/// Frame id, start and bits of the score, as an independent implementation of `exact::cosine` in Python gives them.
const EXPECTED_BITS: [(u64, u32, u32); 4] = [(10, 100, 1048917312), (6, 100, 1044439131), (0, 0, 1043956955), (30, 0, 1042703293)];

#[test]
fn unusable_queries_are_refused() {
    let segments = [segment(2, &passages(1), &[vec![1.0, 2.0]])];
    let code = |query: &[f32]| search(&segments, query, 5, Effort::Exact, &|_| true).expect_err("refused").code;
    assert_eq!(code(&[]), Code::InvalidInput);
    assert_eq!(code(&[0.0, -0.0]), Code::InvalidInput);
    assert_eq!(code(&[f32::NAN, 1.0]), Code::InvalidInput);
    assert_eq!(code(&[f32::INFINITY, 1.0]), Code::InvalidInput);
    assert_eq!(code(&vec![1.0; 4097]), Code::InvalidInput);
    let error = search(&segments, &[1.0, 2.0, 3.0], 5, Effort::Exact, &|_| true).expect_err("refused");
    assert_eq!(error.code, Code::VectorMismatch);
    assert!(error.message.contains("3 dimensions") && error.message.contains("have 2"), "{}", error.message);
    assert!(search(&[], &[1.0], 5, Effort::Exact, &|_| true).expect("searches").is_empty());
    assert!(search(&segments, &[1.0, 2.0], 0, Effort::Exact, &|_| true).expect("searches").is_empty());
}

#[test]
fn a_segment_in_lists_finds_what_a_segment_without_them_does() {
    let mut random = Random(50);
    let (dim, count, clusters) = (40, 3000, 25);
    let centers: Vec<Vec<f32>> = (0..clusters).map(|_| random.vector(dim)).collect();
    let rows: Vec<Vec<f32>> = (0..count).map(|row| random.around(&centers[row % clusters], 0.3)).collect();
    let (passages, values) = (passages(count), rows.concat());
    let open = |bytes: Vec<u8>| VectorSegment::open(Slice::from_vec(bytes)).expect("opens");
    let bytes = build_shaped(Precision::F32, dim, &passages, &values, 60, false).expect("builds");
    let listed = [open(bytes.clone())];
    listed[0].verify().expect("right");
    assert!(listed[0].list_count() > 50 && open(build_segment(dim, &passages, &values).expect("builds")).list_count() == 0);
    let (mut found_near, mut expected_in_all) = (0, 0);
    for center in &centers {
        let query = random.around(center, 0.3);
        let expected = brute_force(&passages, &rows, &query, 10, &|_| true);
        let exact = search(&listed, &query, 10, Effort::Exact, &|_| true).expect("searches");
        assert_eq!(exact, expected);
        let (near, stats) = search_with(&listed, &query, 10, Effort::Rows(300), &|_| true, Kernel::best(), 1).expect("searches");
        assert!((300..600).contains(&stats.rows_scanned), "{}", stats.rows_scanned);
        assert!(near.iter().all(|hit| !expected.contains(hit) || exact.contains(hit)));
        found_near += near.iter().filter(|hit| expected.contains(hit)).count();
        expected_in_all += expected.len();
    }
    // A search of all rows needs no list: damaged ones change neither its result nor that there is one.
    let ends = Layout::parse(&bytes[..HEADER_BYTES], bytes.len()).expect("a layout").ends;
    let query = random.around(&centers[0], 0.3);
    for end in [0u32, 1, count as u32 + 1, u32::MAX] {
        let mut damaged = bytes.clone();
        damaged[ends.start + 80..ends.start + 84].copy_from_slice(&end.to_le_bytes());
        let found = search(&[open(damaged)], &query, 10, Effort::Exact, &|_| true).expect("searches");
        assert_eq!(found, brute_force(&passages, &rows, &query, 10, &|_| true), "{end}");
    }
    assert!(found_near * 100 >= expected_in_all * 90, "{found_near} of {expected_in_all}");
    // A merge copies codes to where the new lists want them, and the small segment beside a large one is looked at as a whole.
    let (first, second) = passages.split_at(2001);
    let parts = [
        Slice::from_vec(build_shaped(Precision::F32, dim, first, &values[..2001 * dim], 30, false).expect("builds")),
        Slice::from_vec(build_segment(dim, second, &values[2001 * dim..]).expect("builds")),
    ];
    let merged = merge_segments(&parts, &[]).expect("merges").expect("rows");
    assert!(merged == build_segment(dim, &passages, &values).expect("builds"));
    let both = parts.map(|part| VectorSegment::open(part).expect("opens"));
    let query = rows[2500].clone();
    let near = search(&both, &query, 1, Effort::Rows(1), &|_| true).expect("searches");
    assert_eq!(near[0].passage, passages[2500]);
}

#[test]
fn a_walk_finds_what_a_search_of_all_rows_does_and_looks_at_few() {
    let mut random = Random(52);
    let (dim, count) = (32, 6000);
    let centers: Vec<Vec<f32>> = (0..40).map(|_| random.vector(dim)).collect();
    let rows: Vec<Vec<f32>> = (0..count).map(|row| random.around(&centers[row % 40], 0.6)).collect();
    let (passages, values) = (passages(count), rows.concat());
    let open = |bytes: Vec<u8>| VectorSegment::open(Slice::from_vec(bytes)).expect("opens");
    let bytes = build_shaped(Precision::F32, dim, &passages, &values, 60, true).expect("builds");
    assert!(bytes == build_shaped(Precision::F32, dim, &passages, &values, 60, true).expect("builds"), "the same on any number of threads");
    let connected = [open(bytes)];
    connected[0].verify().expect("right");
    let (mut found, mut expected_in_all, mut scored) = (0, 0, 0);
    for center in &centers {
        let query = random.around(center, 0.6);
        let expected = brute_force(&passages, &rows, &query, 10, &|_| true);
        assert_eq!(search(&connected, &query, 10, Effort::Exact, &|_| true).expect("searches"), expected);
        let (walked, stats) = search_with(&connected, &query, 10, Effort::Walk(64), &|_| true, Kernel::best(), 1).expect("searches");
        // Scores are exact whatever the way.
        assert!(walked.windows(2).all(|pair| pair[0].score >= pair[1].score));
        found += walked.iter().filter(|hit| expected.contains(hit)).count();
        expected_in_all += expected.len();
        scored += stats.rows_scanned;
        // What is not wanted is walked through; where little is wanted all rows are looked at.
        let few = |frame_id: u64| frame_id % 500 == 4;
        let filtered = search(&connected, &query, 5, Effort::Walk(64), &few).expect("searches");
        assert_eq!(filtered, brute_force(&passages, &rows, &query, 5, &few));
    }
    assert!(found * 100 >= expected_in_all * 97, "{found} of {expected_in_all}");
    assert!(scored < centers.len() * count / 3, "{scored} rows");
    // A small segment beside it is looked at as a whole.
    let last = Passage { frame_id: 1 << 40, start: 0, len: 1 };
    let both = [connected[0].clone(), segment(dim, &[last], &[rows[7].clone()])];
    let near = search(&both, &rows[7], 2, Effort::Walk(64), &|_| true).expect("searches");
    assert_eq!(near.iter().map(|hit| hit.passage).collect::<Vec<_>>(), [passages[7], last]);
}

#[test]
fn only_large_indexes_are_searched_by_lists() {
    let mut random = Random(51);
    let rows: Vec<Vec<f32>> = (0..200).map(|_| random.vector(8)).collect();
    let bytes = build_shaped(Precision::F32, 8, &passages(200), &rows.concat(), 10, false).expect("builds");
    let segments = [VectorSegment::open(Slice::from_vec(bytes)).expect("opens")];
    let scanned = |effort| search_with(&segments, &rows[0], 3, effort, &|_| true, Kernel::best(), 2).expect("searches").1.rows_scanned;
    assert_eq!((scanned(Effort::Measured), scanned(Effort::Exact)), (200, 200));
    assert!(scanned(Effort::Rows(20)) < 100);
}

#[test]
fn named_frames_have_the_cosines_of_the_search() {
    let mut random = Random(30);
    let (dim, count) = (24, 600);
    let rows: Vec<Vec<f32>> = (0..count).map(|_| random.vector(dim)).collect();
    let (passages, query) = (passages(count), random.vector(dim));
    let segments = [segment(dim, &passages[..300], &rows[..300]), segment(dim, &passages[300..], &rows[300..])];
    let named = Named::new(&segments, &query).expect("opens");
    let all = search(&segments, &query, count, Effort::Exact, &|_| true).expect("searches");
    assert_eq!(all.len(), 200);
    let cosine = |row: usize| brute_force(&passages[row..=row], &rows[row..=row], &query, 1, &|_| true)[0].score;
    for hit in all {
        // The passages of a frame do not overlap here, so each has its own cosine; a wide one gets the best.
        assert_eq!(named.overlapping(hit.passage).expect("reads"), Some(hit.score));
        assert_eq!(named.overlapping(Passage { start: 0, len: 300, ..hit.passage }).expect("reads"), Some(hit.score));
        let first = hit.passage.frame_id as usize / 2 * 3;
        let found = named.first(hit.passage.frame_id).expect("reads").expect("has a vector");
        assert!((found - cosine(first)).abs() <= 6e-8);
        let between = named.overlapping(Passage { start: 95, len: 100, ..hit.passage }).expect("reads").expect("has a vector");
        assert!((between - cosine(first + 1)).abs() <= 6e-8);
        assert_eq!(named.overlapping(Passage { start: 90, len: 10, ..hit.passage }).expect("reads"), None);
        // Between two frames.
        assert_eq!(named.first(hit.passage.frame_id + 1).expect("reads"), None);
    }
    assert_eq!(named.first(5_000).expect("reads"), None);
    assert_eq!(Named::new(&segments, &query[1..]).err().map(|error| error.code), Some(Code::VectorMismatch));
}
