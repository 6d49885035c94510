//! Files with what no honest writer would write, every checksum and hash right: for what only a hostile hand can make.

use mv2::format::commit::{Commit, NONE, Trailer, merkle_root};
use mv2::format::record::{Payload, RecordHeader, RecordType};
use mv2::format::toc::{Op, encode};

use super::{create_options, empty, open_bytes};

const EPOCH: u64 = 666;

/// Changes a record header before its checksum is made.
pub type Twist = fn(&mut RecordHeader);

pub fn honest(_: &mut RecordHeader) {}

/// An empty file with one more transaction of these records and operations. `offsets` gives where the records come to lie.
pub fn forge(records: &[(Payload, Twist)], ops: impl FnOnce(&[u64]) -> Vec<Op>, change: impl FnOnce(&mut Commit)) -> Vec<u8> {
    let mut bytes = empty();
    let salt = create_options().file_salt;
    let before = open_bytes(bytes.clone()).expect("opens").snapshot().commit;
    let (mut headers, mut offsets) = (Vec::new(), Vec::new());
    let mut push = |bytes: &mut Vec<u8>, payload: &Payload, twist: Twist| {
        let offset = bytes.len() as u64;
        let mut header = RecordHeader::decode(&payload.header(offset, EPOCH, &salt), offset, u64::MAX, &salt).expect("an honest header");
        twist(&mut header);
        let header = header.encode(&salt);
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&payload.bytes);
        bytes.resize(bytes.len().next_multiple_of(64), 0);
        headers.push(header);
        offsets.push(offset);
    };
    records.iter().for_each(|(payload, twist)| push(&mut bytes, payload, *twist));
    let mut commit = Commit {
        commit_no: 1,
        prev_commit_offset: before.offset,
        prev_chain_hash: before.chain_hash,
        first_record_offset: before.end,
        record_count: headers.len() as u32,
        data_presynced: false,
        sync_follows: true,
        durable_commit_no: NONE,
        time_ms: 20_000,
        toc_offset: 0,
        ro_compat: 0,
        incompat: 0,
        merkle_root: merkle_root(&headers),
        writer: "forger".to_string(),
        toc_delta: encode(&ops(&offsets)),
    };
    change(&mut commit);
    let commit_offset = bytes.len() as u64;
    let payload = Payload::stored(RecordType::Commit, commit.encode().0);
    bytes.extend_from_slice(&payload.header(commit_offset, EPOCH, &salt));
    bytes.extend_from_slice(&payload.bytes);
    bytes.resize(bytes.len().next_multiple_of(64), 0);
    let commit_len = bytes.len() as u64 - commit_offset;
    bytes.extend(Trailer { commit_offset, commit_len, commit_no: commit.commit_no, file_salt: salt, epoch: EPOCH }.encode());
    bytes
}
