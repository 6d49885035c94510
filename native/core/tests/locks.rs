//! Two writers, of one process or of two: one waits or is told who holds the lock, and nothing acknowledged is lost.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::folder::Folder;
use common::{batch, create_options, named, options, put, text};
use mv2::Code;
use mv2::storage::{FileStorage, Storage};
use mv2::store::{Durability, Options, Store};

const CHILD_PATH: &str = "MV2_TEST_CHILD_PATH";
const CHILD_ROLE: &str = "MV2_TEST_CHILD_ROLE";
const COMMITS: usize = 200;

fn create(folder: &Folder) -> std::path::PathBuf {
    let path = folder.path("shared.mv2");
    Store::create(&path, &create_options(), options(1)).expect("creates");
    path
}

fn open(path: &Path, epoch: u64, lock_timeout: Duration) -> Store {
    Store::open(path, Options { lock_timeout, ..options(epoch) }).expect("opens")
}

/// Starts this test binary as another process, with one role of [`other_process`].
fn spawn(role: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args(["other_process", "--exact", "--nocapture"])
        .env(CHILD_ROLE, role)
        .env(CHILD_PATH, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child")
}

/// Lines of a child that begin with the marker, without it.
fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let out = child.stdout.take().expect("its output");
    BufReader::new(out).lines().map_while(Result::ok).filter_map(|line| line.split_once("child: ").map(|(_, rest)| rest.to_string()))
}

/// What the other process does; without a role, it only checks that it has none.
#[test]
fn other_process() {
    let Some(path) = std::env::var_os(CHILD_PATH) else {
        assert!(std::env::var_os(CHILD_ROLE).is_none());
        return;
    };
    let path = Path::new(&path);
    match std::env::var(CHILD_ROLE).expect("a role").as_str() {
        "hold" => {
            let storage = FileStorage::open(path, true).expect("opens");
            let _guard = storage.lock().expect("a lock").acquire(Duration::ZERO, 1_234_567).expect("free");
            println!("child: holding");
            let _ = std::io::stdin().read(&mut [0]);
        }
        "write" => write_many(&open(path, 77, Duration::from_secs(60)), "child", &mut |line| println!("child: {line}")),
        role => panic!("no role {role}"),
    }
}

/// Small commits, each told once it is acknowledged.
fn write_many(store: &Store, name: &str, acknowledged: &mut dyn FnMut(String)) {
    for n in 0..COMMITS {
        // Half of them without a sync: these follow each other faster, and a process that ends is no power cut.
        let durability = if n % 2 == 0 { Durability::Durable } else { Durability::None };
        let uri = format!("mv2://{name}/{n}");
        let next = mv2::store::Batch { durability, ..batch(vec![named(&uri, &format!("{name} wrote {n}"))]) };
        let result = store.commit(next, &|_, _| {}).expect("commits");
        acknowledged(format!("{} {uri}", result.frames[0].frame_id));
    }
}

#[test]
fn a_second_handle_is_refused_with_the_holder_named_or_waits() {
    let folder = Folder::new("locks");
    let path = create(&folder);
    let holder = FileStorage::open(&path, true).expect("opens");
    let guard = holder.lock().expect("a lock").acquire(Duration::ZERO, 1_111).expect("free");
    let impatient = open(&path, 5, Duration::from_millis(30));
    let started = Instant::now();
    let error = impatient.commit(batch(vec![named("mv2://a", "a")]), &|_, _| {}).expect_err("locked");
    assert_eq!(error.code, Code::Locked);
    assert!(started.elapsed() >= Duration::from_millis(30));
    let named_holder = error.holder.expect("a holder");
    assert_eq!((named_holder.pid, named_holder.since_unix_s), (std::process::id(), 1_111));
    assert_eq!(error.path.as_deref(), Some(path.as_path()));
    // Readers are not kept waiting.
    assert_eq!(open(&path, 6, Duration::ZERO).snapshot().commit.commit_no, 0);

    let patient = open(&path, 7, Duration::from_secs(60));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| patient.commit(batch(vec![named("mv2://a", "a")]), &|_, _| {}).map(|r| r.commit_no));
        std::thread::sleep(Duration::from_millis(100));
        assert!(!waiting.is_finished());
        drop(guard);
        assert_eq!(waiting.join().expect("no panic").expect("commits"), 1);
    });
    assert_eq!(impatient.commit(batch(vec![named("mv2://b", "b")]), &|_, _| {}).expect("free again").commit_no, 2);
}

#[test]
fn another_process_is_named_and_its_end_frees_the_lock() {
    let folder = Folder::new("locks");
    let path = create(&folder);
    let mut child = spawn("hold", &path);
    let mut said = lines(&mut child);
    assert_eq!(said.next().as_deref(), Some("holding"));
    let store = open(&path, 5, Duration::from_millis(20));
    let error = store.commit(batch(vec![named("mv2://a", "a")]), &|_, _| {}).expect_err("locked");
    let holder = error.holder.expect("a holder");
    assert_eq!((error.code, holder.pid, holder.since_unix_s), (Code::Locked, child.id(), 1_234_567));
    child.kill().expect("SIGKILL");
    child.wait().expect("ends");
    assert_eq!(store.commit(batch(vec![named("mv2://a", "a")]), &|_, _| {}).expect("free").commit_no, 1);
}

#[test]
fn two_processes_and_two_handles_lose_nothing() {
    let folder = Folder::new("locks");
    let path = create(&folder);
    let mut child = spawn("write", &path);
    let told = lines(&mut child);
    let mut acknowledged: Vec<String> = Vec::new();
    let stores = [open(&path, 5, Duration::from_secs(60)), open(&path, 6, Duration::from_secs(60))];
    std::thread::scope(|scope| {
        let writers: Vec<_> = stores
            .iter()
            .zip(["first", "second"])
            .map(|(store, name)| {
                scope.spawn(move || {
                    let mut mine = Vec::new();
                    write_many(store, name, &mut |line| mine.push(line));
                    mine
                })
            })
            .collect();
        acknowledged.extend(told);
        writers.into_iter().for_each(|w| acknowledged.extend(w.join().expect("no panic")));
    });
    assert!(child.wait().expect("ends").success());
    drop(child.stdin.take().map(|mut stdin| stdin.flush()));
    assert_eq!(acknowledged.len(), 3 * COMMITS);

    let store = open(&path, 9, Duration::ZERO);
    assert_eq!(store.snapshot().commit.commit_no as usize, 3 * COMMITS);
    assert_eq!(store.snapshot().state_counters().next_frame_id as usize, 3 * COMMITS);
    for line in &acknowledged {
        let (id, uri) = line.split_once(' ').expect("id and URI");
        let frame = store.get_by_uri(&store.snapshot(), uri).expect("acknowledged, so there");
        assert_eq!(frame.frame_id.to_string(), id, "{uri}");
        let name_and_number = uri.trim_start_matches("mv2://").replace('/', " wrote ");
        assert_eq!(frame.text(), name_and_number);
    }
    assert!(store.verify(true, &|_, _| {}).expect("verifies").is_ok());
    // The handles that wrote see the same once they follow.
    for store in &stores {
        assert_eq!(store.refresh().expect("follows").commit.commit_no as usize, 3 * COMMITS);
    }
}

/// A transaction that its writer could not finish is cut off, whoever looks at it just then.
#[test]
fn a_reader_may_open_while_an_unfinished_transaction_is_cut_off() {
    let folder = Folder::new("cut");
    let path = folder.path("k.mv2");
    let store = Store::create(&path, &create_options(), options(1)).expect("creates");
    put(&store, vec![text("a document")]).expect("puts");
    let end = store.snapshot().commit.end;
    let file = std::fs::File::options().write(true).open(&path).expect("opens");
    let until = Instant::now() + Duration::from_secs(2);
    let opened = std::thread::scope(|scope| {
        scope.spawn(|| {
            while Instant::now() < until {
                std::os::unix::fs::FileExt::write_all_at(&file, &[7; 1 << 20], end).expect("writes");
                file.set_len(end).expect("cuts");
            }
        });
        let mut opened = 0;
        while Instant::now() < until {
            let reader = Store::open(&path, options(9)).expect("opens");
            reader.refresh().expect("follows");
            assert_eq!(reader.snapshot().commit.end, end);
            opened += 1;
        }
        opened
    });
    assert!(opened > 10, "{opened}");
}
