//! Commit records and the trailer behind them.

use super::bytes::{Put, Reader};
use super::header::check_incompat;
use crate::error::{Error, Result};

pub const TRAILER_LEN: u64 = 64;
pub const TRAILER_MAGIC: [u8; 8] = *b"MV2TAIL\n";
pub const MAX_COMMIT_LEN: u64 = 16 << 20;
/// `durable_commit_no` of a commit that knows of none.
pub const NONE: u64 = u64::MAX;

const FIXED_LEN: usize = 144;
const CHAIN_HASH_LEN: usize = 32;
const DATA_PRESYNCED: u32 = 1;
const SYNC_FOLLOWS: u32 = 2;

pub type Hash = [u8; 32];

/// What a commit says. `chain_hash` fixes all of it and, through `prev_chain_hash`, every byte before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub commit_no: u64,
    pub prev_commit_offset: u64,
    pub prev_chain_hash: Hash,
    pub first_record_offset: u64,
    pub record_count: u32,
    pub data_presynced: bool,
    /// The writer syncs before it acknowledges, so whoever commits after this one may trust it to be on the disk.
    pub sync_follows: bool,
    pub durable_commit_no: u64,
    pub time_ms: i64,
    pub toc_offset: u64,
    pub ro_compat: u64,
    pub incompat: u64,
    pub merkle_root: Hash,
    pub writer: String,
    pub toc_delta: Vec<u8>,
}

impl Commit {
    /// The payload of the commit record and the chain hash at its end.
    pub fn encode(&self) -> (Vec<u8>, Hash) {
        let mut out = Vec::with_capacity(FIXED_LEN + self.writer.len() + self.toc_delta.len() + CHAIN_HASH_LEN);
        out.put_u64(self.commit_no);
        out.put_u64(self.prev_commit_offset);
        out.extend_from_slice(&self.prev_chain_hash);
        out.put_u64(self.first_record_offset);
        out.put_u32(self.record_count);
        let presynced = if self.data_presynced { DATA_PRESYNCED } else { 0 };
        out.put_u32(presynced | if self.sync_follows { SYNC_FOLLOWS } else { 0 });
        out.put_u64(self.durable_commit_no);
        out.put_i64(self.time_ms);
        out.put_u64(self.toc_offset);
        out.put_u64(self.ro_compat);
        out.put_u64(self.incompat);
        out.extend_from_slice(&self.merkle_root);
        out.put_u16(self.writer.len() as u16);
        out.put_u16(0);
        out.put_u32(self.toc_delta.len() as u32);
        out.extend_from_slice(self.writer.as_bytes());
        out.extend_from_slice(&self.toc_delta);
        let chain_hash = chain_hash(&out);
        out.extend_from_slice(&chain_hash);
        (out, chain_hash)
    }

    /// Reads a payload and checks its chain hash against its own bytes.
    pub fn decode(payload: &[u8], offset: u64) -> Result<(Commit, Hash)> {
        if payload.len() < FIXED_LEN + CHAIN_HASH_LEN {
            return Err(Error::corrupt(offset, format!("a commit of {} bytes", payload.len())));
        }
        let (body, stored) = payload.split_at(payload.len() - CHAIN_HASH_LEN);
        let chain_hash = chain_hash(body);
        if chain_hash != stored {
            return Err(Error::corrupt(offset, "the commit does not match its chain hash"));
        }
        let mut reader = Reader::new(body, "commit");
        let (commit_no, prev_commit_offset, prev_chain_hash) = (reader.u64()?, reader.u64()?, reader.array()?);
        let (first_record_offset, record_count, flags) = (reader.u64()?, reader.u32()?, reader.u32()?);
        let (durable_commit_no, time_ms, toc_offset) = (reader.u64()?, reader.i64()?, reader.u64()?);
        let (ro_compat, incompat, merkle_root) = (reader.u64()?, reader.u64()?, reader.array()?);
        check_incompat(incompat)?;
        let (writer_len, _reserved, delta_len) = (reader.u16()?, reader.u16()?, reader.u32()?);
        let writer = String::from_utf8_lossy(reader.take(writer_len as usize)?).into_owned();
        let toc_delta = reader.take(delta_len as usize)?.to_vec();
        // Offsets point strictly backwards: following them must end.
        if !reader.is_empty() || prev_commit_offset >= offset || first_record_offset > offset || toc_offset >= offset {
            return Err(Error::corrupt(offset, "the commit's offsets or lengths do not fit"));
        }
        let (data_presynced, sync_follows) = (flags & DATA_PRESYNCED != 0, flags & SYNC_FOLLOWS != 0);
        let commit = Commit {
            commit_no,
            prev_commit_offset,
            prev_chain_hash,
            first_record_offset,
            record_count,
            data_presynced,
            sync_follows,
            durable_commit_no,
            time_ms,
            toc_offset,
            ro_compat,
            incompat,
            merkle_root,
            writer,
            toc_delta,
        };
        Ok((commit, chain_hash))
    }
}

fn chain_hash(body: &[u8]) -> Hash {
    blake3::derive_key("mv2 1.0 chain", body)
}

/// Merkle tree hash in the manner of RFC 6962, section 2.1, over record headers (which hold their payloads' hashes).
pub fn merkle_root(headers: &[impl AsRef<[u8]>]) -> Hash {
    fn subtree(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => [0; 32],
            [one] => *one,
            _ => {
                let left_len = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(left_len);
                let mut both = [0u8; 64];
                both[..32].copy_from_slice(&subtree(left));
                both[32..].copy_from_slice(&subtree(right));
                blake3::derive_key("mv2 1.0 node", &both)
            }
        }
    }
    let leaves: Vec<Hash> = headers.iter().map(|h| blake3::derive_key("mv2 1.0 leaf", h.as_ref())).collect();
    subtree(&leaves)
}

/// The last 64 bytes of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    pub commit_offset: u64,
    pub commit_len: u64,
    pub commit_no: u64,
    pub file_salt: [u8; 16],
    pub epoch: u64,
}

impl Trailer {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(TRAILER_LEN as usize);
        out.extend_from_slice(&TRAILER_MAGIC);
        out.put_u64(self.commit_offset);
        out.put_u64(self.commit_len);
        out.put_u64(self.commit_no);
        out.extend_from_slice(&self.file_salt);
        out.put_u64(self.epoch);
        out.pad_to(60);
        let crc = crc32c::crc32c(&out);
        out.put_u32(crc);
        out
    }

    /// The trailer that ends at `end`, if these 64 bytes are one of this file.
    pub fn decode(bytes: &[u8], end: u64, file_salt: &[u8; 16]) -> Option<Trailer> {
        if !bytes.starts_with(&TRAILER_MAGIC) || bytes.len() != TRAILER_LEN as usize {
            return None;
        }
        let mut reader = Reader::new(bytes.get(8..)?, "trailer");
        let (commit_offset, commit_len, commit_no) = (reader.u64().ok()?, reader.u64().ok()?, reader.u64().ok()?);
        let (salt, epoch) = (reader.array().ok()?, reader.u64().ok()?);
        reader.take(4).ok()?;
        let crc = reader.u32().ok()?;
        let fits = commit_offset.checked_add(commit_len).and_then(|at| at.checked_add(TRAILER_LEN)) == Some(end);
        (crc == crc32c::crc32c(&bytes[..60]) && salt == *file_salt && fits && commit_len <= MAX_COMMIT_LEN).then_some(Trailer {
            commit_offset,
            commit_len,
            commit_no,
            file_salt: salt,
            epoch,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merkle_splits_as_rfc_6962_does() {
        let leaf = |b: u8| blake3::derive_key("mv2 1.0 leaf", &[b]);
        let node = |l: Hash, r: Hash| blake3::derive_key("mv2 1.0 node", &[l, r].concat());
        let headers: Vec<Vec<u8>> = (0..5).map(|b| vec![b]).collect();
        assert_eq!(merkle_root(&headers[..0]), [0; 32]);
        assert_eq!(merkle_root(&headers[..1]), leaf(0));
        let four = node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3)));
        assert_eq!(merkle_root(&headers), node(four, leaf(4)));
        assert_eq!(merkle_root(&headers[..3]), node(node(leaf(0), leaf(1)), leaf(2)));
    }
}
