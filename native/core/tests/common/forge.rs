//! Files with what no honest writer would write, every checksum and hash right: for what only a hostile hand can make.

use mv2::format::commit::{Commit, NONE, TRAILER_LEN, Trailer, merkle_root};
use mv2::format::frames::{Body, NewFrame};
use mv2::format::header::HEADER_LEN;
use mv2::format::record::{Payload, RecordHeader, RecordType};
use mv2::format::toc::{Counters, Op, encode};

use super::{create_options, empty};

const EPOCH: u64 = 666;

/// Changes a record header before its checksum is made.
pub type Twist = fn(&mut RecordHeader);

pub fn honest(_: &mut RecordHeader) {}

/// An empty file with one more transaction of these records and operations. `offsets` gives where the records come to lie.
pub fn forge(records: &[(Payload, Twist)], ops: impl FnOnce(&[u64]) -> Vec<Op>, change: impl FnOnce(&mut Commit)) -> Vec<u8> {
    forge_on(empty(), records, ops, change)
}

/// The same on other bytes with the usual salt and one commit.
pub fn forge_on(
    mut bytes: Vec<u8>,
    records: &[(Payload, Twist)],
    ops: impl FnOnce(&[u64]) -> Vec<Op>,
    change: impl FnOnce(&mut Commit),
) -> Vec<u8> {
    let salt = create_options().file_salt;
    let (_, chain_hash, end) = first_commit(&bytes);
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
        prev_commit_offset: HEADER_LEN,
        prev_chain_hash: chain_hash,
        first_record_offset: end,
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
    push_commit(&mut bytes, &commit);
    bytes
}

/// Commit 0, its chain hash, and where its transaction ends.
fn first_commit(bytes: &[u8]) -> (Commit, [u8; 32], u64) {
    let header = RecordHeader::decode(&bytes[4096..], HEADER_LEN, u64::MAX, &create_options().file_salt).expect("a commit");
    let payload = &bytes[header.payload_offset() as usize..][..header.payload_len as usize];
    let (commit, chain_hash) = Commit::decode(payload, HEADER_LEN).expect("a commit");
    (commit, chain_hash, header.end() + TRAILER_LEN)
}

fn push_commit(bytes: &mut Vec<u8>, commit: &Commit) {
    let file_salt = create_options().file_salt;
    let commit_offset = bytes.len() as u64;
    let payload = Payload::stored(RecordType::Commit, commit.encode().0);
    bytes.extend_from_slice(&payload.header(commit_offset, EPOCH, &file_salt));
    bytes.extend_from_slice(&payload.bytes);
    bytes.resize(bytes.len().next_multiple_of(64), 0);
    let commit_len = bytes.len() as u64 - commit_offset;
    bytes.extend(Trailer { commit_offset, commit_len, commit_no: commit.commit_no, file_salt, epoch: EPOCH }.encode());
}

/// An empty file whose header says something else, with its checksum and the first commit that names it made for it.
pub fn empty_with_header(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let old = empty();
    let mut bytes = old[..HEADER_LEN as usize].to_vec();
    change(&mut bytes);
    let crc = crc32c::crc32c(&bytes[..4092]);
    bytes[4092..].copy_from_slice(&crc.to_le_bytes());
    let (first, ..) = first_commit(&old);
    let prev_chain_hash = *blake3::hash(&bytes).as_bytes();
    push_commit(&mut bytes, &Commit { prev_chain_hash, ..first });
    bytes
}

/// A block of one honest frame.
pub fn block(content: &str) -> Payload {
    let frame = NewFrame {
        content: content.into(),
        is_text: true,
        content_hash: *blake3::hash(content.as_bytes()).as_bytes(),
        ..NewFrame::default()
    };
    Body::encode(&[&frame], None).expect("encodes").with_head(0, &[&frame])
}

pub fn one_frame(offsets: &[u64]) -> Vec<Op> {
    let counters = Counters { next_frame_id: 1, ended_frames: 0, content_bytes: 4, text_bytes: 4 };
    vec![Op::Block { first_frame_id: 0, offset: offsets[0], commit_no: 1, count: 1 }, Op::Counters(counters)]
}
