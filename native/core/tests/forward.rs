//! R15: what a later version of the format may add, as files in `fixtures/format/forward/`: this program skips it, reads without writing, or
//! refuses, as format-spec/README says. A new file is made by `MV2_MAKE_FIXTURES=1`; one that is there is never replaced.

mod common;

use std::path::PathBuf;

use common::folder::Folder;
use common::forge::{Twist, block, empty_with_header, forge, forge_on, honest, one_frame};
use common::{batch, find, options, put, text};
use mv2::format::commit::Commit;
use mv2::format::record::{Payload, RecordType};
use mv2::format::toc::{Op, SegmentClass, SegmentRef};
use mv2::store::{Mode, Store};
use mv2::{Code, Error};

/// What this program is to do with a file.
#[derive(Clone, Copy, PartialEq)]
enum Answer {
    /// Reads all of it, verifies it, writes to it, and keeps what it does not know.
    Takes,
    Reads,
    /// Refuses it as `Unsupported`, with these words in the message.
    Refuses(&'static str),
}

type Make = fn() -> Vec<u8>;

const FILES: [(&str, Answer, Make); 12] = [
    ("minor", Answer::Takes, || with_frame(empty_with_header(|h| h[10] = 7))),
    ("compat", Answer::Takes, || with_frame(empty_with_header(|h| h[20] = 1))),
    ("ro-compat", Answer::Reads, || with_frame(empty_with_header(|h| h[24] = 4))),
    ("incompat", Answer::Refuses("0x2"), || with_frame(empty_with_header(|h| h[32] = 2))),
    ("major", Answer::Refuses("2.0"), || with_frame(empty_with_header(|h| h[8] = 2))),
    ("commit-ro-compat", Answer::Reads, || plain(|c| c.ro_compat = 8)),
    ("commit-incompat", Answer::Refuses("0x10"), || plain(|c| c.incompat = 16)),
    ("record", Answer::Takes, || with_record(|h| (h.kind, h.flags) = (0x55, 0))),
    ("critical-record", Answer::Refuses("0x55"), || with_record(|h| (h.kind, h.flags) = (0x55, 0x80))),
    ("operation", Answer::Takes, || plain(|c| c.toc_delta.extend([99, 3, 1, 2, 3]))),
    ("operation-field", Answer::Takes, || plain(longer_operations)),
    ("text-layout", Answer::Takes, text_layout),
];

fn with_frame(base: Vec<u8>) -> Vec<u8> {
    forge_on(base, &[(block("text"), honest)], one_frame, |_| {})
}

fn plain(change: fn(&mut Commit)) -> Vec<u8> {
    forge(&[(block("text"), honest)], one_frame, change)
}

fn with_record(twist: Twist) -> Vec<u8> {
    forge(&[(block("text"), honest), (Payload::stored(RecordType::Answer, b"from the future".to_vec()), twist)], one_frame, |_| {})
}

/// Every operation with two more fields at its end than this version knows.
fn longer_operations(commit: &mut Commit) {
    let mut longer = Vec::new();
    let mut rest = commit.toc_delta.as_slice();
    while let [kind, len, after @ ..] = rest {
        let (fields, next) = after.split_at(usize::from(*len));
        longer.extend([*kind, *len + 2]);
        longer.extend_from_slice(fields);
        longer.extend([5, 6]);
        rest = next;
    }
    commit.toc_delta = longer;
}

/// A text segment in a layout of which nothing but the magic is known.
fn text_layout() -> Vec<u8> {
    let mut payload = b"MV2TEXT\0\x02\0\0\0".to_vec();
    payload.resize(512, 7);
    let add = |offset| Op::Add(SegmentRef { class: SegmentClass::Text, offset, entries: 1, first_frame_id: 0, end_frame_id: 1 });
    let ops = |at: &[u64]| [one_frame(at), vec![add(at[1])]].concat();
    forge(&[(block("text"), honest), (Payload::checked(RecordType::Text, payload), honest)], ops, |_| {})
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/format/forward").join(format!("{name}.mv2"))
}

fn opened(folder: &Folder, name: &str) -> (PathBuf, mv2::Result<Store>) {
    let path = folder.path(&format!("{name}.mv2"));
    std::fs::copy(fixture(name), &path).unwrap_or_else(|e| panic!("{name}: {e}; MV2_MAKE_FIXTURES=1 makes it"));
    let store = Store::open(&path, options(9));
    (path, store)
}

fn write(store: &Store) -> Result<(), Error> {
    store.commit(batch(vec![text("more text")]), &|_, _| {}).map(|_| ())
}

#[test]
fn files_of_later_versions_are_taken_read_or_refused_as_the_specification_says() {
    if std::env::var_os("MV2_MAKE_FIXTURES").is_some() {
        std::fs::create_dir_all(fixture("x").parent().expect("a folder")).expect("makes the folder");
        for (name, _, make) in FILES.iter().filter(|(name, ..)| !fixture(name).exists()) {
            std::fs::write(fixture(name), make()).expect("writes");
        }
    }
    let folder = Folder::new("forward");
    for (name, answer, _) in FILES {
        let (path, store) = opened(&folder, name);
        let before = std::fs::read(&path).expect("reads");
        if let Answer::Refuses(words) = answer {
            let error = store.err().unwrap_or_else(|| panic!("{name} opens"));
            assert_eq!(error.code, Code::Unsupported, "{name}: {error}");
            assert!(error.message.contains(words), "{name}: {error}");
        } else {
            let store = store.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(store.get(&store.snapshot(), 0).expect("reads").text(), "text", "{name}");
            assert_eq!(find(&store, "text", Mode::Lexical).expect("finds"), [0], "{name}");
            assert_eq!(store.verify(true, &|_, _| {}).expect("verifies").damages, [], "{name}");
            let written = write(&store);
            assert_eq!(written.as_ref().err().map(|e| e.code), (answer == Answer::Reads).then_some(Code::ReadOnly), "{name}: {written:?}");
            assert_eq!(find(&store, "text", Mode::Lexical).expect("finds").len(), if answer == Answer::Takes { 2 } else { 1 }, "{name}");
        }
        let after = std::fs::read(&path).expect("reads");
        assert!(after.starts_with(&before) && (answer == Answer::Takes || after == before), "{name} was changed");
    }
}

/// Folding writes a full table, and a compaction a new file; what this version does not know must not get lost by either.
#[test]
fn what_is_not_known_stays_in_the_file() {
    let folder = Folder::new("forward-keeps");
    let files = [
        ("record", b"from the future".as_slice()),
        ("operation", &[99, 3, 1, 2, 3]),
        ("minor", &[7, 0]),
        ("text-layout", b"MV2TEXT\0\x02"),
    ];
    for (name, known) in files {
        let (path, store) = opened(&folder, name);
        let store = store.unwrap_or_else(|e| panic!("{name}: {e}"));
        (0..150).for_each(|n| drop(put(&store, vec![text(&format!("text {n}"))]).expect("puts")));
        store.compact(30_000, &|_, _| true).unwrap_or_else(|e| panic!("{name}: {e}"));
        let bytes = std::fs::read(&path).expect("reads");
        assert!(bytes.windows(known.len()).any(|w| w == known), "{name}");
        assert_eq!(find(&store, "text", Mode::Lexical).expect("finds").len(), 10, "{name}");
        assert!(store.verify(true, &|_, _| {}).expect("verifies").is_ok(), "{name}");
    }
}
