//! What a hostile hand does to a file: values that no honest writer writes, with every checksum, hash and link made right for them, so that
//! what lies behind the checks is reached.

use mv2::format::commit::{Commit, TRAILER_LEN, Trailer, merkle_root};
use mv2::format::header::HEADER_LEN;
use mv2::format::record::{RecordHeader, RecordType, hash_payload};
use mv2::storage::simulated::Random;

/// A whole file, and where its records are. Files with a gap map have none: their offsets are not places.
pub struct Target {
    pub bytes: Vec<u8>,
    records: Vec<RecordHeader>,
    salt: [u8; 16],
}

impl Target {
    pub fn new(bytes: Vec<u8>) -> Target {
        let salt: [u8; 16] = bytes[56..72].try_into().expect("a salt");
        let (mut records, mut at) = (Vec::new(), HEADER_LEN);
        while let Some(Ok(header)) = bytes.get(at as usize..).map(|rest| RecordHeader::decode(rest, at, bytes.len() as u64, &salt)) {
            at = header.end() + if header.kind == RecordType::Commit as u8 { TRAILER_LEN } else { 0 };
            records.push(header);
        }
        Target { bytes, records, salt }
    }

    /// A mutated copy, and what was done to it.
    pub fn mutate(&self, random: &mut Random) -> (Vec<u8>, String) {
        let mut bytes = self.bytes.clone();
        let mut done = Vec::new();
        for _ in 0..1 + random.below(4) {
            done.push(if self.records.is_empty() || random.below(5) == 0 {
                self.anywhere(&mut bytes, random)
            } else {
                self.in_record(&mut bytes, random)
            });
        }
        let is_mended = !self.records.is_empty() && random.below(8) != 0;
        if is_mended {
            self.mend(&mut bytes);
        }
        (bytes, format!("{}{}", done.join(", "), if is_mended { ", all hashes right" } else { "" }))
    }

    fn anywhere(&self, bytes: &mut Vec<u8>, random: &mut Random) -> String {
        let (at, len) = (random.below(bytes.len()), 1 + random.below(200));
        match random.below(4) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => put(bytes, at, &random.bytes(len)),
            2 => put(bytes, at, &[0; 100]),
            _ if at > 4096 && self.records.is_empty() => bytes.truncate(at),
            _ => put(bytes, at, &[0xff; 8]),
        }
        format!("something at byte {at}")
    }

    /// A hostile number, or noise, in the header or payload of a record; more often at the beginning of the payload, where lengths stand.
    fn in_record(&self, bytes: &mut [u8], random: &mut Random) -> String {
        let record = &self.records[random.below(self.records.len())];
        let (start, len) = (record.payload_offset() as usize, record.payload_len as usize);
        let value = number(random, bytes.len() as u64);
        let place = match random.below(4) {
            // Fields of the header: kind and flags, length before compression, codec, block checks.
            0 => {
                let (field, width) = [(4, 1), (5, 1), (16, 8), (40, 1), (80, 8)][random.below(5)];
                put(bytes, start - 128 + field, &value.to_le_bytes()[..width]);
                return format!("record at {}: header field {field} is {value:#x}", record.self_offset);
            }
            1 => start + random.below(len.min(8) + 1),
            2 => start + random.below(len.min(160) + 1),
            _ => start + random.below(len + 1),
        };
        let width = [1, 2, 4, 8][random.below(4)].min((start + len).saturating_sub(place));
        put(bytes, place, &value.to_le_bytes()[..width]);
        format!("record at {} of type {:#x}: {width} bytes of {value:#x} at {}", record.self_offset, record.kind, place - start)
    }

    /// Makes header checksums, payload hashes, block checks, Merkle roots, chain and trailers right for what the bytes say now.
    pub fn mend(&self, bytes: &mut [u8]) {
        let crc = crc32c::crc32c(&bytes[..4092]);
        put(bytes, 4092, &crc.to_le_bytes());
        let mut chain = hash_payload(&bytes[..HEADER_LEN as usize]);
        let mut headers: Vec<Vec<u8>> = Vec::new();
        for record in &self.records {
            let (at, start) = (record.self_offset as usize, record.payload_offset() as usize);
            let end = start + record.payload_len as usize;
            if record.kind == RecordType::Commit as u8 {
                let Ok((mut commit, _)) = Commit::decode(&bytes[start..end], record.self_offset) else { continue };
                (commit.prev_chain_hash, commit.record_count) = (chain, headers.len() as u32);
                let headers_now: Vec<&[u8]> = headers.iter().map(Vec::as_slice).collect();
                commit.merkle_root = merkle_root(&headers_now);
                let (payload, hash) = commit.encode();
                if payload.len() != end - start {
                    continue;
                }
                put(bytes, start, &payload);
                chain = hash;
                headers.clear();
            } else if record.flags & 2 != 0 {
                self.mend_checks(bytes, at, start, end);
            }
            let hash = hash_payload(&bytes[start..end]);
            put(bytes, at + 48, &hash);
            let crc = crc32c::crc32c_append(crc32c::crc32c(&self.salt), &bytes[at..at + 124]);
            put(bytes, at + 124, &crc.to_le_bytes());
            if record.kind == RecordType::Commit as u8 {
                let commit_no = u64::from_le_bytes(bytes[start..start + 8].try_into().expect("eight"));
                let commit_len = record.end() - record.self_offset;
                let trailer =
                    Trailer { commit_offset: record.self_offset, commit_len, commit_no, file_salt: self.salt, epoch: record.epoch };
                put(bytes, record.end() as usize, &trailer.encode());
            } else {
                headers.push(bytes[at..at + 128].to_vec());
            }
        }
    }

    fn mend_checks(&self, bytes: &mut [u8], at: usize, start: usize, end: usize) {
        let checked = u64::from_le_bytes(bytes[at + 80..at + 88].try_into().expect("eight"));
        let Some(table) = usize::try_from(checked).ok().filter(|c| *c <= end - start).map(|c| start + c) else { return };
        let sums: Vec<u8> = bytes[start..table].chunks(64 << 10).flat_map(|block| crc32c::crc32c(block).to_le_bytes()).collect();
        if sums.len() == end - table {
            put(bytes, table, &sums);
            put(bytes, at + 88, &crc32c::crc32c(&sums).to_le_bytes());
        }
    }
}

/// A number that some reader may believe: around zero, around powers of two, around the file's length, or any.
fn number(random: &mut Random, len: u64) -> u64 {
    let near = random.below(5) as u64;
    match random.below(6) {
        0 => near,
        1 => (1u64 << random.below(64)).wrapping_sub(2).wrapping_add(near),
        2 => u64::MAX - near,
        3 => len.wrapping_sub(2).wrapping_add(near),
        4 => random.below(len as usize) as u64 / 64 * 64,
        _ => u64::from_le_bytes(random.bytes(8).try_into().expect("eight")),
    }
}

/// Writes as much as there is room for.
fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    let end = bytes.len().min(at + what.len());
    if at < end {
        bytes[at..end].copy_from_slice(&what[..end - at]);
    }
}
