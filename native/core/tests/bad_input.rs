//! What is not a file of this program, and what was made to harm it: each gets its code, quickly, and its bytes stay as they are.

mod common;

use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use common::folder::Folder;
use common::forge::{Twist, block, forge, honest, one_frame};
use common::{batch, create_options, empty, find, named, open_bytes, options, put, text};
use mv2::format::commit::Commit;
use mv2::format::event::EventType;
use mv2::format::record::{Codec, Payload, RecordType};
use mv2::format::toc::{Counters, Op, SegmentClass, SegmentRef, SessionState};
use mv2::store::{EventInput, Mode, Options, Store};
use mv2::{Code, Error};

/// Runs with a limit on its time: nothing that is refused may hang.
fn in_time<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    std::thread::spawn(move || done.send(run()));
    result.recv_timeout(Duration::from_secs(20)).expect("ends in time")
}

fn open_path(path: &Path) -> mv2::Result<Store> {
    let path = path.to_path_buf();
    in_time(move || Store::open(&path, options(5)))
}

fn refused(path: &Path) -> Error {
    let error = open_path(path).err().unwrap_or_else(|| panic!("{} opens", path.display()));
    assert_eq!(error.path.as_deref(), Some(path), "{error}");
    error
}

fn state_of(path: &Path) -> (Vec<u8>, SystemTime) {
    (std::fs::read(path).expect("reads"), std::fs::metadata(path).expect("metadata").modified().expect("a time"))
}

/// A file of these bytes with an old modification time, so that any touch would show.
fn write(folder: &Folder, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path(name);
    std::fs::write(&path, bytes).expect("writes");
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    std::fs::File::options().write(true).open(&path).expect("opens").set_modified(old).expect("sets the time");
    path
}

/// The error that bytes get, after which they are as they were.
fn refused_bytes(folder: &Folder, name: &str, bytes: &[u8]) -> Error {
    let path = write(folder, name, bytes);
    let before = state_of(&path);
    let error = refused(&path);
    assert!(state_of(&path) == before, "{name} was changed");
    error
}

/// A file with three frames in three commits, and where the commits end.
fn sample() -> (Vec<u8>, Vec<usize>) {
    let storage = std::sync::Arc::new(mv2::storage::MemoryStorage::new(empty()));
    let store = common::open_on(storage.clone(), 3).expect("opens");
    let mut ends = vec![store.snapshot().commit.end as usize];
    for n in 0..3 {
        put(&store, vec![named(&format!("mv2://{n}"), &format!("text number {n}"))]).expect("puts");
        ends.push(store.snapshot().commit.end as usize);
    }
    (storage.to_vec(), ends)
}

fn with_header(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = sample().0;
    change(&mut bytes);
    let crc = crc32c::crc32c(&bytes[..4092]);
    bytes[4092..4096].copy_from_slice(&crc.to_le_bytes());
    bytes
}

#[test]
fn empty_and_short_files() {
    let folder = Folder::new("bad");
    assert_eq!(refused_bytes(&folder, "empty.mv2", &[]).code, Code::NotMv2);
    let (bytes, ends) = sample();
    for len in [1, 8, 100, 4095, 4096, 4097, 4224, ends[0] - 1] {
        let error = refused_bytes(&folder, "short.mv2", &bytes[..len]);
        assert_eq!(error.code, Code::Truncated, "{len}: {error}");
        assert!(error.message.contains(&len.to_string()) && error.hint.is_some(), "{error}");
    }
}

#[test]
fn other_kinds_of_files_are_named() {
    let folder = Folder::new("bad");
    let kinds: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "zip"),
        (b"SQLite format 3\0", "SQLite"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"MV2\0", "memvid v2"),
        (b"MV2E", "encrypted memvid v2"),
        (b"{\"a\": 1}", "JSON"),
        (b"plain words", "no known kind"),
    ];
    for (magic, name) in kinds {
        for len in [magic.len(), 10_000] {
            let mut bytes = magic.to_vec();
            bytes.resize(len, b' ');
            let error = refused_bytes(&folder, "other.mv2", &bytes);
            assert_eq!(error.code, Code::NotMv2, "{name}: {error}");
            assert!(error.message.contains(name), "{name}: {error}");
        }
    }
    let v2 = refused_bytes(&folder, "v2.mv2", b"MV2\0\x02\0\0\0");
    assert!(v2.hint.is_some_and(|h| h.contains("import")));
}

#[test]
fn a_cut_file_opens_at_its_last_whole_commit_and_says_so() {
    let folder = Folder::new("bad");
    let (bytes, ends) = sample();
    for (commit, len) in [(0, ends[0]), (0, ends[1] - 1), (1, ends[1] + 700), (2, ends[3] - 64), (3, ends[3])] {
        let path = write(&folder, "cut.mv2", &bytes[..len]);
        let before = state_of(&path);
        let store = open_path(&path).expect("opens");
        let torn = common::torn_bytes(&bytes[..len], ends[commit as usize]);
        assert_eq!((store.snapshot().commit.commit_no, store.findings().0), (commit, torn));
        assert_eq!(store.verify(true, &|_, _| {}).expect("verifies").torn_bytes, torn);
        assert!(state_of(&path) == before, "opening and verifying change nothing");
    }
}

#[test]
fn one_flipped_bit_is_refused_in_the_header_and_found_elsewhere() {
    let folder = Folder::new("bad");
    let (mut bytes, ends) = sample();
    bytes[60] ^= 4;
    let error = refused_bytes(&folder, "header.mv2", &bytes);
    assert_eq!((error.code, error.offset), (Code::Corrupt, Some(0)));
    assert!(error.hint.is_some_and(|h| h.contains("salvage")));
    bytes[60] ^= 4;
    // In the first frame's block: the other frames are read, the damaged one says where, and nothing is written any more.
    bytes[ends[0] + 140] ^= 1;
    let path = write(&folder, "frame.mv2", &bytes);
    let before = state_of(&path);
    let store = open_path(&path).expect("opens");
    let error = store.get(&store.snapshot(), 0).expect_err("damaged");
    assert_eq!((error.code, error.offset), (Code::Corrupt, Some(ends[0] as u64)));
    assert_eq!(store.get(&store.snapshot(), 2).expect("whole").text(), "text number 2");
    let report = store.verify(true, &|_, _| {}).expect("verifies");
    assert_eq!(report.damages.iter().map(|d| (d.offset, d.frame_ids.clone())).collect::<Vec<_>>(), [(ends[0] as u64, vec![0])]);
    assert!(state_of(&path) == before);
}

#[test]
fn writing_to_a_file_with_damaged_commits_is_refused() {
    let folder = Folder::new("bad");
    let (bytes, ends) = sample();
    let commit = open_bytes(bytes.clone()).expect("opens").snapshot_at(2).expect("commit 2").commit.offset as usize;
    // A bit of commit 2, its header or its payload, which opening reads on its way; commit 3 comes after it, so this is no torn end.
    for at in [commit + 20, commit + 60, ends[2] - 100] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        let path = write(&folder, "middle.mv2", &bytes);
        let before = state_of(&path);
        let store = open_path(&path).expect("opens");
        assert_eq!((store.snapshot().commit.commit_no, store.findings().0), (3, 0), "byte {at}");
        assert!(!store.findings().1.is_empty());
        for id in 0..3 {
            assert_eq!(store.get(&store.snapshot(), id).expect("readable").text(), format!("text number {id}"));
        }
        let error = store.commit(batch(vec![text("more")]), &|_, _| {}).expect_err("damaged");
        assert_eq!(error.code, Code::Corrupt);
        assert!(error.hint.is_some_and(|h| h.contains("doctor")));
        assert!(state_of(&path) == before, "nothing is cut off and nothing is added");
    }
}

#[test]
fn other_versions_and_features() {
    let folder = Folder::new("bad");
    let major = refused_bytes(&folder, "major.mv2", &with_header(|b| b[8] = 9));
    assert_eq!(major.code, Code::Unsupported);
    assert!(major.message.contains("9.0") && major.message.contains("1.x"), "{major}");
    let feature = refused_bytes(&folder, "feature.mv2", &with_header(|b| b[35] = 0x40));
    assert_eq!(feature.code, Code::Unsupported);
    assert!(feature.message.contains("0x40000000"), "{feature}");
    let in_commit = refused_bytes(&folder, "commit.mv2", &forge(&[], |_| vec![], |c| c.incompat = 8));
    assert_eq!(in_commit.code, Code::Unsupported, "{in_commit}");
    let unknown: Twist = |h| (h.kind, h.flags) = (0x7f, 0x80);
    let critical =
        refused_bytes(&folder, "critical.mv2", &forge(&[(Payload::stored(RecordType::Answer, vec![1]), unknown)], |_| vec![], |_| {}));
    assert_eq!(critical.code, Code::Unsupported, "{critical}");

    let ancillary: Twist = |h| (h.kind, h.flags) = (0x7f, 0);
    let skipped = open_bytes(forge(&[(Payload::stored(RecordType::Answer, vec![1]), ancillary)], |_| vec![], |_| {})).expect("skipped");
    assert!(skipped.verify(true, &|_, _| {}).expect("verifies").is_ok());
    put(&skipped, vec![text("and written to")]).expect("puts");
    put(&open_path(&write(&folder, "compat.mv2", &forge(&[], |_| vec![], |_| {}))).expect("opens"), vec![text("x")])
        .expect("an honest forgery is written to");

    for (name, bytes) in [("header", rehashed(|b| b[24] = 1)), ("commit", forge(&[], |_| vec![], |c| c.ro_compat = 2))] {
        let path = write(&folder, "ro.mv2", &bytes);
        let before = state_of(&path);
        let store = open_path(&path).expect("opens for reading");
        let error = store.commit(batch(vec![text("more")]), &|_, _| {}).expect_err("read-only");
        assert_eq!(error.code, Code::ReadOnly, "{name}: {error}");
        assert!(state_of(&path) == before);
    }
}

/// An empty file with a changed header, its checksum right. The first commit names the header by its hash, which only `verify` compares.
fn rehashed(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = empty();
    let start = bytes.split_off(4096);
    change(&mut bytes);
    let crc = crc32c::crc32c(&bytes[..4092]);
    bytes[4092..4096].copy_from_slice(&crc.to_le_bytes());
    bytes.extend(start);
    bytes
}

#[test]
fn what_is_no_file() {
    let folder = Folder::new("bad");
    let fifo = folder.path("fifo.mv2");
    let name = std::ffi::CString::new(fifo.to_str().expect("a plain name")).expect("no NUL");
    // SAFETY: the name is NUL-terminated and lives across the call.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o644) }, 0);
    let socket = folder.path("socket.mv2");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    assert!(std::fs::metadata(&socket).expect("metadata").file_type().is_socket());
    let device = Path::new("/dev/null");
    for (path, name) in
        [(folder.root(), "a folder"), (&fifo, "a FIFO"), (&socket, "a socket"), (device, "a device"), (Path::new("/dev/zero"), "a device")]
    {
        let error = refused(path);
        assert_eq!(error.code, Code::NotAFile, "{error}");
        assert!(error.message.contains(name), "{error}");
        let created = Store::create(path, &create_options(), options(1)).err().expect("it exists");
        assert_eq!(created.code, Code::AlreadyExists);
    }
    assert_eq!(refused(&folder.path("missing.mv2")).code, Code::NotFound);
    let inside = folder.path("missing").join("x.mv2");
    assert_eq!(Store::create(&inside, &create_options(), options(1)).err().expect("no folder").code, Code::NotFound);
}

#[test]
fn symbolic_links_are_followed_by_open_and_never_by_create() {
    let folder = Folder::new("bad");
    let (bytes, _) = sample();
    let target = write(&folder, "target.mv2", &bytes);
    let link = folder.path("link.mv2");
    symlink(&target, &link).expect("links");
    assert_eq!(open_path(&link).expect("followed").snapshot().commit.commit_no, 3);
    let dangling = folder.path("dangling.mv2");
    symlink(folder.path("nowhere.mv2"), &dangling).expect("links");
    assert_eq!(refused(&dangling).code, Code::NotFound);
    let before = state_of(&target);
    for path in [&link, &dangling, &target] {
        assert_eq!(Store::create(path, &create_options(), options(1)).err().expect("exists").code, Code::AlreadyExists);
    }
    assert!(!folder.path("nowhere.mv2").exists() && state_of(&target) == before);
    let left: Vec<_> = std::fs::read_dir(folder.root()).expect("lists").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(left.len(), 3, "no temporary file is left: {left:?}");
}

#[test]
fn what_may_not_be_written_is_read() {
    let folder = Folder::new("bad");
    let (bytes, _) = sample();
    let path = write(&folder, "readable.mv2", &bytes);
    let hidden = write(&folder, "hidden.mv2", &bytes);
    let before = state_of(&path);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o444)).expect("chmod");
    std::fs::set_permissions(&hidden, PermissionsExt::from_mode(0o000)).expect("chmod");
    // Root may do anything, so this thread becomes somebody else as far as files are concerned.
    let (store, refused) = in_time({
        let (path, hidden) = (path.clone(), hidden.clone());
        move || {
            // SAFETY: a plain system call; it changes the credentials of this thread alone, which ends after it.
            unsafe { libc::syscall(libc::SYS_setfsuid, 65_534) };
            (Store::open(&path, options(5)), Store::open(&hidden, options(5)).err())
        }
    });
    assert_eq!(refused.expect("unreadable").code, Code::PermissionDenied);
    let asked = Store::open(&path, Options { read_only: true, ..options(6) });
    for store in [store.expect("readable"), asked.expect("readable")] {
        assert_eq!(store.get(&store.snapshot(), 1).expect("reads").text(), "text number 1");
        let error = store.commit(batch(vec![text("more")]), &|_, _| {}).expect_err("read-only");
        assert_eq!(error.code, Code::ReadOnly);
        assert_eq!(error.path.as_deref(), Some(path.as_path()));
    }
    assert!(state_of(&path) == before);
}

/// Everything that reads, with a limit on its time. Nothing may panic; every error must have a code that fits.
fn read_all(bytes: Vec<u8>) -> Vec<Code> {
    in_time(move || {
        let store = match open_bytes(bytes) {
            Ok(store) => store,
            Err(error) => return vec![error.code],
        };
        let snapshot = store.snapshot();
        let action = EventInput::Session { kind: EventType::Action, session: None, payload: Vec::new(), with_frames: false };
        let timeline = mv2::store::TimelineRequest { limit: 10, ..Default::default() };
        let errors = [
            store.get(&snapshot, 0).err(),
            store.get_by_uri(&snapshot, "mv2://frames/0").err(),
            store.timeline(&snapshot, &timeline).err(),
            find(&store, "text", Mode::Lexical).err(),
            find(&store, "text", Mode::Hybrid).err(),
            store.sessions().err(),
            store.session_events(&[1; 16], 0, 10).err(),
            store.cached_answer(&[1; 32]).err(),
            store.snapshot_at(0).err(),
            store.verify(true, &|_, _| {}).err(),
            store.commit(batch(vec![text("more")]), &|_, _| {}).err(),
            common::events(&store, vec![action]).err(),
        ];
        errors.into_iter().flatten().map(|e| e.code).collect()
    })
}

#[test]
fn an_honest_forgery_is_read() {
    // Without this, the tests below could be refused for a reason of the forger's own.
    let store = open_bytes(forge(&[(block("text"), honest)], one_frame, |_| {})).expect("opens");
    assert_eq!(store.get(&store.snapshot(), 0).expect("reads").text(), "text");
    assert_eq!(find(&store, "text", Mode::Lexical).expect("finds"), [0]);
    assert!(store.verify(true, &|_, _| {}).expect("verifies").is_ok());
}

#[test]
fn hostile_lengths_counts_and_offsets() {
    let get = |bytes: Vec<u8>| in_time(move || open_bytes(bytes).and_then(|s| s.get(&s.snapshot(), 0).map(|_| ())).err().map(|e| e.code));
    // Within a block, all hashes right.
    let long = [0xff; 4];
    let twisted: [(usize, &[u8]); 13] = [
        // Count, and length of the entries.
        (8, &long),
        (8, &[0]),
        (8, &[2]),
        (12, &long),
        (12, &[0]),
        (12, &[4]),
        (12, &[9]),
        // The entry: timestamp, supersedes, length of attributes and of content, flags.
        (48, &[0xff; 5]),
        (50, &[0x7f]),
        (50, &[0x80, 0x80, 0x80]),
        (50, &[0]),
        (51, &[0x7f]),
        (51, &[5]),
    ];
    for (at, bytes) in twisted {
        let mut payload = block("text");
        payload.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        assert_eq!(get(forge(&[(payload, honest)], one_frame, |_| {})), Some(Code::Corrupt), "{bytes:?} at {at}");
    }
    // A body in chunks that are none, and chunks of dictionaries that lie nowhere, behind the block, or are something else.
    let chunked = |body: &[u8]| {
        let mut payload = block("text");
        payload.bytes.truncate(53);
        payload.bytes.extend_from_slice(body);
        payload.codec = Codec::Chunks;
        get(forge(&[(payload, honest)], one_frame, |_| {}))
    };
    let bodies: [&[u8]; 7] = [
        &[],
        b"text",
        &[0, 0, 0],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0],
        &[64, 64, 1, 20, 1, 0],
        &[0x7f, 0x7f, 1, 20, 1, 0],
        &[64, 64, 0xff, 0xff, 0xff, 0xff, 0x0f, 20, 1, 0],
    ];
    for body in bodies {
        assert_eq!(chunked(body), Some(Code::Corrupt), "{body:?}");
    }
    // Record headers, their checksums right: the commit does not hold, so the file is at the commit before.
    let twists: [(&str, Twist); 5] = [
        ("payload length", |h| h.payload_len = u64::MAX),
        ("payload length of 2^52", |h| h.payload_len = 1 << 52),
        ("longer by a record", |h| h.payload_len += 512),
        ("another place", |h| h.self_offset += 64),
        ("another epoch", |h| h.epoch += 1),
    ];
    for (name, twist) in twists {
        let store = open_bytes(forge(&[(block("text"), twist)], one_frame, |_| {})).expect("opens");
        assert_eq!(store.snapshot().commit.commit_no, 0, "{name}");
        assert!(store.findings().0 > 0, "{name}");
    }
    let raw_len: Twist = |h| h.raw_len = (1 << 53) - 1;
    assert_eq!(get(forge(&[(block("text"), raw_len)], one_frame, |_| {})), Some(Code::Corrupt));
    // Commits that point forwards, at themselves, or nowhere.
    let commits: [(&str, fn(&mut Commit)); 6] = [
        ("previous commit", |c| c.prev_commit_offset = u64::MAX),
        ("first record", |c| c.first_record_offset = u64::MAX - 64),
        ("first record in the header", |c| c.first_record_offset = 64),
        ("table", |c| c.toc_offset = u64::MAX),
        ("record count", |c| c.record_count = u32::MAX),
        ("number", |c| c.commit_no = 1 << 60),
    ];
    for (name, change) in commits {
        let result = in_time(move || open_bytes(forge(&[(block("text"), honest)], one_frame, change)));
        let store = result.expect("opens at the commit before, or on what checks");
        assert!(store.findings().0 > 0 || !store.findings().1.is_empty(), "{name}");
    }
}

#[test]
fn hostile_tables() {
    let segment =
        |class, offset| Op::Add(SegmentRef { class, offset, entries: u64::MAX >> 1, first_frame_id: 0, end_frame_id: u64::MAX >> 1 });
    let counters = |n| Op::Counters(Counters { next_frame_id: n, ended_frames: u64::MAX, content_bytes: u64::MAX, text_bytes: u64::MAX });
    let far = |n| Op::Block { first_frame_id: 0, offset: n, commit_no: u64::MAX, count: u64::MAX };
    let sessions = Op::Sessions(SessionState {
        last_event_offset: u64::MAX,
        session_count: u64::MAX,
        active: Some(mv2::format::toc::ActiveSession {
            id: [1; 16],
            start_offset: u64::MAX,
            last_action_offset: u64::MAX,
            action_count: u32::MAX,
        }),
    });
    let run = |kind| SegmentClass::Run(kind);
    let mut tables = vec![
        vec![counters(u64::MAX)],
        vec![counters(1 << 52)],
        vec![counters(1 << 52), far(u64::MAX)],
        vec![counters(3), far(0)],
        vec![counters(3), far(64)],
        vec![Op::Counters(Counters { content_bytes: u64::MAX, text_bytes: u64::MAX, ..Counters::default() })],
        vec![Op::Counters(Counters { ended_frames: u64::MAX, ..Counters::default() })],
        vec![sessions],
        vec![Op::Time { key: u64::MAX, frame_id: u64::MAX }, Op::Ended { frame_id: u64::MAX, commit_no: u64::MAX, successor: None }],
        vec![
            Op::Uri { key: mv2::format::run::uri_key("mv2://frames/0"), frame_id: u64::MAX - 1 },
            Op::Cache { key: [1; 32], offset: u64::MAX },
        ],
    ];
    for class in [SegmentClass::Text, SegmentClass::Vectors].into_iter().chain(mv2::format::run::RUN_KINDS.into_iter().map(run)) {
        for offset in [0, 64, 4096, u64::MAX, u64::MAX - 127] {
            tables.push(vec![counters(1), segment(class, offset)]);
        }
    }
    for (n, table) in tables.into_iter().enumerate() {
        let name = format!("table {n}: {table:?}");
        let codes = read_all(forge(&[(block("text"), honest)], |_| table, |_| {}));
        let fits = |c: &Code| matches!(c, Code::Corrupt | Code::FrameNotFound | Code::InvalidInput | Code::SessionNotFound);
        assert!(codes.iter().all(fits), "{name}: {codes:?}");
    }
}

#[test]
fn decompression_bombs_stop_at_the_declared_length() {
    let get = |bytes: Vec<u8>| in_time(move || open_bytes(bytes).and_then(|s| s.get(&s.snapshot(), 0).map(|_| ())).err().map(|e| e.code));
    const BOMB_BYTES: u64 = 256 << 20;
    let bomb = zstd::bulk::compress(&vec![0u8; BOMB_BYTES as usize], 3).expect("compresses");
    assert!((bomb.len() as u64 + 64) * 10_000 < BOMB_BYTES, "a ratio that no text has");
    let with = |raw_len: u64| {
        let mut payload = block("text");
        payload.bytes.truncate(16 + 64);
        payload.bytes.extend_from_slice(&bomb);
        (payload.codec, payload.raw_len) = (Codec::Zstd, raw_len);
        forge(&[(payload, honest)], one_frame, |_| {})
    };
    for (name, raw_len) in [("less than it holds", 1000), ("all of it", BOMB_BYTES), ("more than may be", 1 << 40), ("nothing", 0)] {
        let before = peak_memory();
        assert_eq!(get(with(raw_len)), Some(Code::Corrupt), "{name}");
        assert!(peak_memory() < before + (64 << 20), "{name} takes memory");
    }
}

/// The most memory that this process ever had, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("reads");
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).expect("VmHWM");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).expect("a number") * 1024
}

/// Every hash is right, and the index says something else than the document.
#[test]
fn a_deep_verification_holds_indexes_against_the_documents() {
    let segment = |len| {
        let passage = mv2::index::Passage { frame_id: 0, start: 0, len };
        let doc = mv2::index::text::TextDoc { passage, title: "", text: "text", tags: &[], uri: "mv2://frames/0", timestamp_ms: 0 };
        let bytes = mv2::index::text::build_segment([doc].into_iter()).expect("builds").expect("a segment");
        let add = |offset| Op::Add(SegmentRef { class: SegmentClass::Text, offset, entries: 1, first_frame_id: 0, end_frame_id: 1 });
        let ops = |at: &[u64]| [one_frame(at), vec![add(at[1])]].concat();
        open_bytes(forge(&[(block("text"), honest), (Payload::checked(RecordType::Text, bytes), honest)], ops, |_| {})).expect("opens")
    };
    let damages = |store: &Store, deep| store.verify(deep, &|_, _| {}).expect("verifies").damages.len();
    assert_eq!((damages(&segment(4), false), damages(&segment(4), true)), (0, 0));
    assert_eq!((damages(&segment(3), false), damages(&segment(3), true)), (0, 1));
}
