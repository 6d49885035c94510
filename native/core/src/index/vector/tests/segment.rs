use super::{Random, passages, segment};
use crate::error::Code;
use crate::index::Passage;
use crate::index::vector::writer::build_shaped;
use crate::index::vector::{Precision, VectorSegment, build_segment, build_segment_in, merge_segments};
use crate::storage::Slice;

fn all_rows(segment: &VectorSegment) -> Vec<Vec<f32>> {
    (0..segment.len()).map(|row| segment.row(row).expect("reads").to_vec()).collect()
}

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
        assert_eq!(all_rows(&segment), rows);
        assert_eq!((segment.values().start % 64, segment.values().end), (0, bytes.len()));
        assert_eq!(&bytes[segment.values()], bytemuck::cast_slice::<f32, u8>(&rows.concat()));
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
        assert_eq!(all_rows(&segment), rows);
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
    assert_eq!(segment(5, &passages(4), &rows).values().start, 576);
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
    let bytes = build_shaped(Precision::F32, dim, &passages(count), &rows, 4, false).expect("valid");
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

#[test]
fn rounded_vectors_are_given_back_as_they_are_kept_with_lists_and_without() {
    let mut random = Random(15);
    let (dim, count) = (70, 90);
    let rows: Vec<Vec<f32>> = (0..count).map(|_| random.vector(dim)).collect();
    for precision in [Precision::F16, Precision::I8] {
        let kept: Vec<Vec<f32>> = rows
            .iter()
            .map(|row| {
                let mut row = row.clone();
                precision.round(&mut row);
                row
            })
            .collect();
        for (lists, with_graph) in [(0, false), (6, false), (6, true)] {
            let bytes = build_shaped(precision, dim, &passages(count), &rows.concat(), lists, with_graph).expect("valid");
            let segment = VectorSegment::open(Slice::from_vec(bytes.clone())).expect("opens");
            segment.verify().expect("right");
            assert_eq!((segment.precision(), segment.has_graph(), segment.list_count() > 0), (precision, with_graph, lists > 0));
            assert_eq!(all_rows(&segment), kept);
            assert_eq!(segment.writer().expect("named"), concat!("mv2 ", env!("CARGO_PKG_VERSION")));
            // Built of what is kept it is the same: nothing is lost a second time.
            if precision == Precision::F16 {
                assert!(build_shaped(precision, dim, &passages(count), &kept.concat(), lists, with_graph).expect("valid") == bytes);
            }
            // What another program sees in place.
            let order = segment.value_order().expect("reads").map(<[u32]>::to_vec).unwrap_or((0..count as u32).collect());
            let values = &bytes[segment.values()];
            for (at, &row) in order.iter().enumerate() {
                let items = &values[at * segment.value_stride() * segment.value_bytes()..][..dim * segment.value_bytes()];
                let seen: Vec<f32> = match precision {
                    Precision::I8 => items.iter().map(|&item| segment.steps().expect("reads")[at] * f32::from(item as i8)).collect(),
                    _ => items.chunks_exact(2).map(|item| half::f16::from_le_bytes([item[0], item[1]]).to_f32()).collect(),
                };
                assert_eq!(seen, kept[row as usize]);
            }
        }
    }
}

#[test]
fn a_merge_keeps_what_is_kept_and_falls_back_to_f32_for_segments_that_differ() {
    let mut random = Random(16);
    let (dim, all) = (20, passages(60));
    let rows: Vec<Vec<f32>> = (0..60).map(|_| random.vector(dim)).collect();
    let part = |precision: Precision, from: usize, to: usize| {
        let values = rows[from..to].concat();
        Slice::from_vec(build_segment_in(precision, dim, &all[from..to], &values).expect("valid"))
    };
    for precision in Precision::ALL {
        let merged = merge_segments(&[part(precision, 0, 31), part(precision, 31, 60)], &[]).expect("merges").expect("rows");
        assert!(merged == part(precision, 0, 60).all().expect("reads"), "{precision:?}");
    }
    let parts = [part(Precision::I8, 0, 20), part(Precision::F32, 20, 40), part(Precision::F16, 40, 60)];
    let expected: Vec<Vec<f32>> = parts.iter().flat_map(|part| all_rows(&VectorSegment::open(part.clone()).expect("opens"))).collect();
    let merged = VectorSegment::open(Slice::from_vec(merge_segments(&parts, &[]).expect("merges").expect("rows"))).expect("opens");
    merged.verify().expect("right");
    assert_eq!((merged.precision(), all_rows(&merged)), (Precision::F32, expected));
    assert!((0..60).all(|row| merged.keeps(row, &rows[row]).expect("reads")));
    let other = VectorSegment::open(part(Precision::F16, 0, 20)).expect("opens");
    assert!(other.keeps(3, &rows[3]).expect("reads") && !other.keeps(3, &rows[4]).expect("reads"));
}

#[test]
fn a_vector_that_vanishes_or_overflows_when_it_is_rounded_is_refused() {
    let refused = |precision: Precision, row: [f32; 2], part: &str| {
        let error = build_segment_in(precision, 2, &passages(1), &row).expect_err("refused");
        assert_eq!(error.code, Code::InvalidInput);
        assert!(error.message.contains(part) && error.message.contains(precision.as_str()), "{}", error.message);
    };
    refused(Precision::F16, [1e-9, 0.0], "is zero");
    refused(Precision::F16, [1e6, 1.0], "an infinity");
    // The least number there is can't be a hundred and twenty-seven times another one.
    refused(Precision::I8, [1e-45, 0.0], "is zero");
}

#[test]
fn verify_finds_every_flipped_bit_of_a_segment_with_a_graph() {
    let mut random = Random(17);
    let (dim, count) = (5, 40);
    let rows: Vec<f32> = (0..count).flat_map(|_| random.vector(dim)).collect();
    for precision in Precision::ALL {
        let bytes = build_shaped(precision, dim, &passages(count), &rows, 4, true).expect("valid");
        let opened = VectorSegment::open(Slice::from_vec(bytes.clone())).expect("opens");
        opened.verify().expect("right");
        // From the slots on: where lists end and what centroids are decides about recall alone.
        let neighbours = bytes.len() - count * super::super::graph::DEGREE * 4;
        let steps = if precision == Precision::I8 { 2 * (4 * count).next_multiple_of(64) } else { 0 };
        for bit in (0..144 * 8).chain((neighbours - steps) * 8..bytes.len() * 8) {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let found = VectorSegment::open(Slice::from_vec(damaged)).and_then(|segment| segment.verify()).is_err();
            // One neighbour can become another, and the low bits of a step leave the codes as they are.
            let byte = bit / 8;
            let is_step = precision == Precision::I8 && (neighbours - steps / 2..neighbours - steps / 2 + 4 * count).contains(&byte);
            let is_neighbour = byte >= neighbours;
            // More zeros belong to the codes: the same vectors with components of zero at their end.
            let is_dim = precision == Precision::I8 && (8..12).contains(&byte);
            assert!(found || is_step || is_neighbour || is_dim, "{precision:?}, bit {} of byte {byte}", bit % 8);
        }
        for (place, what) in [(0u32, "no such slot"), (3, "itself")] {
            let mut damaged = bytes.clone();
            let value = if place == 0 { count as u32 } else { place };
            let at = neighbours + place as usize * super::super::graph::DEGREE * 4;
            damaged[at..at + 4].copy_from_slice(&value.to_le_bytes());
            let verified = VectorSegment::open(Slice::from_vec(damaged)).expect("opens").verify();
            assert_eq!(verified.expect_err(what).code, Code::Corrupt);
        }
    }
}
