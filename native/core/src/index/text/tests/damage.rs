//! Damaged and hostile segments: an error or the same results, never a panic.

use std::sync::Arc;

use super::*;
use crate::storage::BlockChecks;

fn answers(segment: &Slice) -> Result<Vec<TextResult>> {
    let opened = TextIndex::open(std::slice::from_ref(segment), &[2])?;
    let filter = Filter { scope: Some("mv2://even".into()), tags: vec!["all".into()], after_ms: Some(1), before_ms: None };
    let queries = ["the treaty", "\"the treaty\"", "title:report", "NOT war"];
    let mut all: Vec<TextResult> = queries.iter().map(|query| opened.search(query, &Filter::default(), 5)).collect::<Result<_>>()?;
    all.push(opened.search("price", &filter, 5)?);
    opened.matching_frames(&filter)?;
    Ok(all)
}

#[test]
fn every_flipped_byte_is_found_or_without_effect() {
    let bytes = build(&corpus(12)).all().expect("whole").to_vec();
    let checks = BlockChecks::compute(&bytes);
    let expected = answers(&Slice::from_vec(bytes.clone())).expect("sound");
    let mut refused = 0;
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        let slice = Slice::new(Arc::new(damaged), 0..bytes.len(), Some(checks.clone())).expect("fits");
        match answers(&slice) {
            Ok(got) => assert_eq!(got, expected, "byte {at}"),
            Err(error) => {
                refused += 1;
                assert_eq!(error.code, Code::Corrupt, "byte {at}");
                assert!(error.message.contains("block checksum"), "{}", error.message);
            }
        }
        assert!(merge_segments(&[slice], &[]).is_err(), "byte {at}");
    }
    assert_eq!(refused, bytes.len(), "a single block is verified as a whole");
}

#[test]
fn only_touched_blocks_must_be_sound() {
    let segment = build(&corpus(20_000));
    let bytes = segment.all().expect("whole").to_vec();
    let checks = BlockChecks::compute(&bytes);
    let (mut fine, mut refused) = (0, 0);
    for at in (0..bytes.len()).step_by(crate::storage::CHECK_BLOCK_BYTES) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 4;
        let slice = Slice::new(Arc::new(damaged), 0..bytes.len(), Some(checks.clone())).expect("fits");
        match TextIndex::open(&[slice], &[]).and_then(|opened| opened.search("\"case 123\"", &Filter::default(), 5)) {
            Ok(result) => {
                fine += 1;
                assert_eq!(result.hits.len(), 1);
            }
            Err(error) => {
                refused += 1;
                assert_eq!(error.code, Code::Corrupt);
            }
        }
    }
    assert!(fine > 0 && refused > 0, "{fine} fine, {refused} refused");
}

#[test]
fn a_damaged_header_is_refused_without_checks() {
    let bytes = build(&corpus(3)).all().expect("whole").to_vec();
    let table_end = 128 + 5 * 32;
    for at in 0..table_end {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let error = TextIndex::open(&[Slice::from_vec(damaged)], &[]).err().expect("refused");
            assert!(matches!(error.code, Code::Corrupt | Code::Unsupported), "byte {at}");
        }
    }
    for len in [0, 1, 7, 8, 127, table_end - 1, table_end, table_end + 1, bytes.len() - 1] {
        assert!(TextIndex::open(&[Slice::from_vec(bytes[..len].to_vec())], &[]).is_err(), "{len} bytes");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(TextIndex::open(&[Slice::from_vec(longer)], &[]).is_err());
}

#[test]
fn another_writer_or_analyzer_is_unsupported() {
    let bytes = build(&corpus(3)).all().expect("whole").to_vec();
    for at in [8, 40, 64] {
        let mut other = bytes.clone();
        other[at] = other[at].wrapping_add(1);
        other[100..104].fill(0);
        let checksum = crc32c::crc32c(&other[..128 + 5 * 32]);
        other[100..104].copy_from_slice(&checksum.to_le_bytes());
        let error = TextIndex::open(&[Slice::from_vec(other)], &[]).err().expect("refused");
        assert_eq!(error.code, Code::Unsupported);
        assert!(error.hint.is_some_and(|hint| hint.contains("rebuild")));
    }
}
