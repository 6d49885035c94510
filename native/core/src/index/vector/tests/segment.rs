use super::{Random, passages, segment};
use crate::error::Code;
use crate::index::Passage;
use crate::index::vector::writer::build_in_lists;
use crate::index::vector::{VectorSegment, build_segment, merge_segments};
use crate::storage::Slice;

#[test]
fn a_segment_gives_back_what_was_put_in() {
    let mut random = Random(10);
    for (dim, count) in [(1, 1), (3, 7), (64, 65), (100, 33), (4096, 2)] {
        let rows: Vec<Vec<f32>> = (0..count).map(|_| random.vector(dim)).collect();
        let passages = passages(count);
        let bytes = build_segment(dim, &passages, &rows.concat()).expect("valid");
        let segment = VectorSegment::open(Slice::from_vec(bytes.clone())).expect("opens");
        assert_eq!((segment.len(), segment.dim()), (count, dim));
        assert_eq!(segment.writer().expect("named"), concat!("mv2 ", env!("CARGO_PKG_VERSION")));
        assert_eq!(segment.passages().expect("reads").collect::<Vec<_>>(), passages);
        assert_eq!(segment.passage(count - 1).expect("reads"), passages[count - 1]);
        assert_eq!(segment.rows().expect("reads"), rows.concat());
        assert_eq!(segment.row(count - 1).expect("reads"), rows[count - 1]);
        assert_eq!(segment.rows_offset() % 64, 0);
        assert_eq!(segment.rows_slice().expect("cuts").all().expect("reads"), &bytes[segment.rows_offset()..]);
        segment.verify().expect("right");
        for row in [count, usize::MAX] {
            assert_eq!(segment.passage(row).expect_err("no such row").code, Code::Corrupt);
            assert_eq!(segment.row(row).expect_err("no such row").code, Code::Corrupt);
        }
    }
}

#[test]
fn vectors_without_a_cosine_and_wrong_counts_are_refused() {
    let two = passages(2);
    let refused = |dim: usize, passages: &[Passage], rows: &[f32], part: &str| {
        let error = build_segment(dim, passages, rows).expect_err("refused");
        assert_eq!(error.code, Code::InvalidInput);
        assert!(error.message.contains(part), "{}", error.message);
    };
    refused(2, &two, &[1.0, 0.0, f32::NAN, 1.0], "frame 0 holds NaN");
    refused(2, &two, &[1.0, 0.0, 1.0, f32::NEG_INFINITY], "holds NaN or an infinity");
    refused(2, &two, &[1.0, 0.0, 0.0, -0.0], "is zero");
    refused(2, &two, &[1.0, 0.0, 1.0], "need 4 values, 3 given");
    refused(2, &[], &[], "0 vectors");
    refused(0, &two, &[], "1 to 4096");
    refused(4097, &two, &vec![1.0; 2 * 4097], "1 to 4096");
    refused(1, &[two[1], two[0]], &[1.0, 1.0], "ascend");
    refused(1, &[two[0], two[0]], &[1.0, 1.0], "ascend");
}

#[test]
fn bytes_that_are_not_aligned_are_read_all_the_same() {
    let mut random = Random(11);
    let rows: Vec<Vec<f32>> = (0..20).map(|_| random.vector(10)).collect();
    let bytes = build_segment(10, &passages(20), &rows.concat()).expect("valid");
    for shift in 1..5 {
        let mut shifted = vec![0xffu8; shift];
        shifted.extend_from_slice(&bytes);
        let end = shifted.len();
        let segment = VectorSegment::open(Slice::from_vec(shifted).sub(shift..end).expect("cuts")).expect("opens");
        assert_eq!(segment.rows().expect("reads"), rows.concat());
        segment.verify().expect("right");
    }
}

#[test]
fn a_merge_is_the_same_as_building_the_live_rows_anew() {
    let mut random = Random(12);
    let dim = 37;
    let all = passages(90);
    let rows: Vec<Vec<f32>> = (0..90).map(|_| random.vector(dim)).collect();
    // Every third row to another segment, so that their frames interleave.
    let parts: Vec<Slice> = (0..3)
        .map(|part| {
            let pick = |row: &usize| row % 3 == part;
            let passages: Vec<Passage> = (0..90).filter(pick).map(|row| all[row]).collect();
            let rows: Vec<f32> = (0..90).filter(pick).flat_map(|row| rows[row].clone()).collect();
            Slice::from_vec(build_segment(dim, &passages, &rows).expect("valid"))
        })
        .collect();
    for dead in [vec![], vec![0, 1, 8, 58], (0..58).collect()] {
        let live: Vec<usize> = (0..90).filter(|&row| !dead.contains(&all[row].frame_id)).collect();
        let passages: Vec<Passage> = live.iter().map(|&row| all[row]).collect();
        let values: Vec<f32> = live.iter().flat_map(|&row| rows[row].clone()).collect();
        let merged = merge_segments(&parts, &dead).expect("merges").expect("rows are left");
        assert!(merged == build_segment(dim, &passages, &values).expect("valid"), "dead {dead:?}");
    }
    assert!(merge_segments(&parts, &(0..60).collect::<Vec<_>>()).expect("merges").is_none());
    assert!(merge_segments(&[], &[]).expect("merges").is_none());
}

#[test]
fn segments_that_do_not_fit_together_are_not_merged() {
    let bytes = |dim: usize| Slice::from_vec(build_segment(dim, &passages(1), &vec![1.0; dim]).expect("valid"));
    assert_eq!(merge_segments(&[bytes(3), bytes(4)], &[]).expect_err("dimensions").code, Code::VectorMismatch);
    assert_eq!(merge_segments(&[bytes(3), bytes(3)], &[]).expect_err("the same passage").code, Code::Corrupt);
}

#[test]
fn verify_finds_every_flipped_bit_but_those_that_say_who_wrote_it_and_what() {
    let mut random = Random(13);
    let rows: Vec<Vec<f32>> = (0..4).map(|_| random.vector(5)).collect();
    let bytes = build_segment(5, &passages(4), &rows.concat()).expect("valid");
    assert_eq!(segment(5, &passages(4), &rows).rows_offset(), 576);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let found = VectorSegment::open(Slice::from_vec(damaged)).and_then(|segment| segment.verify()).is_err();
        // The writer's name, and frame ids, starts and lengths of passages, are data: only the record's hash knows them.
        let is_data = (72..192).contains(&(bit / 8));
        assert!(found || is_data, "bit {} of byte {}", bit % 8, bit / 8);
    }
}

#[test]
fn verify_finds_every_flipped_bit_of_a_segment_in_lists() {
    let mut random = Random(14);
    let (dim, count) = (5, 40);
    let rows: Vec<f32> = (0..count).flat_map(|_| random.vector(dim)).collect();
    let bytes = build_in_lists(dim, &passages(count), &rows, 4).expect("valid");
    let opened = VectorSegment::open(Slice::from_vec(bytes.clone())).expect("opens");
    opened.verify().expect("right");
    let centroids = bytes.len() - opened.list_count() * 64;
    let order = centroids - 2 * 64 - (4 * count).next_multiple_of(64);
    for bit in (0..112 * 8).chain(order * 8..bytes.len() * 8) {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let found = VectorSegment::open(Slice::from_vec(damaged)).and_then(|segment| segment.verify()).is_err();
        // The numbers of the centroids, and where lists end, decide about recall alone.
        let byte = bit / 8;
        let is_free = byte >= centroids - 128;
        assert!(found || is_free, "bit {} of byte {byte}", bit % 8);
    }
}
