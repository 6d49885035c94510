//! The store from outside: what was put is found, at every commit, by every later handle.

mod common;

use std::sync::Arc;

use common::*;
use mv2::Code;
use mv2::format::event::EventType;
use mv2::storage::MemoryStorage;
use mv2::store::{Batch, CLEAR_KEY, EventInput, FindRequest, FrameStatus, Mode, Store, TimelineRequest};

fn memory() -> (Arc<MemoryStorage>, Store) {
    let storage = Arc::new(MemoryStorage::new(empty()));
    let store = open_on(storage.clone(), 3).expect("opens");
    (storage, store)
}

/// Everything a reader can see of a store, to compare handles.
fn view(store: &Store) -> Vec<(u64, String, Vec<u8>, FrameStatus)> {
    let snapshot = store.snapshot();
    let ids = 0..snapshot.state_counters().next_frame_id;
    ids.map(|id| store.get(&snapshot, id).map(|f| (f.frame_id, f.uri, f.content, f.status)).expect("readable")).collect()
}

#[test]
fn put_get_update_delete_and_reopen() {
    let (storage, store) = memory();
    let first = put(&store, vec![named("mv2://a", "the first text"), text("你好,世界")]).expect("puts");
    assert_eq!(first.frames.iter().map(|f| f.frame_id).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(first.frames[1].uri, "mv2://frames/1");
    put(&store, vec![named("mv2://a", "the second text")]).expect("updates");
    store.commit(Batch { deletes: vec![1], ..batch(Vec::new()) }, &|_, _| {}).expect("deletes");

    for store in [&store, &open_bytes(storage.to_vec()).expect("reopens")] {
        let snapshot = store.snapshot();
        let old = store.get(&snapshot, 0).expect("old frames stay readable");
        assert_eq!((old.text(), old.status, old.superseded_by), ("the first text", FrameStatus::Superseded, Some(2)));
        let new = store.get_by_uri(&snapshot, "mv2://a").expect("by uri");
        assert_eq!((new.frame_id, new.supersedes, new.commit_no), (2, Some(0), 2));
        assert_eq!(store.get(&snapshot, 1).expect("deleted").status, FrameStatus::Deleted);
        assert_eq!(find(store, "text", Mode::Lexical).expect("finds"), [2]);
        assert_eq!(find(store, "first", Mode::Lexical).expect("finds"), [0; 0]);
        assert_eq!(store.get(&snapshot, 3).expect_err("none").code, Code::FrameNotFound);
        let at_first = store.snapshot_at(1).expect("the past");
        assert_eq!(store.get(&at_first, 0).expect("then").status, FrameStatus::Active);
        let then = store.find(&at_first, &find_request("first", Mode::Lexical)).expect("finds in the past");
        assert_eq!(then.hits[0].candidate.passage.frame_id, 0);
        assert!(store.verify(true, &|_, _| {}).expect("verifies").is_ok());
    }
    let again = store.commit(Batch { deletes: vec![1], ..batch(Vec::new()) }, &|_, _| {});
    assert_eq!(again.expect_err("deleted before").code, Code::FrameNotFound);
}

#[test]
fn candidates_name_the_hashes_of_their_contents() {
    let (_, store) = memory();
    // Blocks of one frame and of many, sealed and not, in an order by score that jumps between them; one is read from an older version.
    put(&store, vec![named("mv2://a", "a bird of the first block")]).expect("puts");
    put(&store, (0..700).map(|i| text(&format!("bird {} {}", i % 7, "and some more of it ".repeat(i % 31)))).collect()).expect("puts");
    assert!(store.settle(20_000).expect("settles"));
    put(&store, vec![named("mv2://a", "the bird again"), text("another bird")]).expect("puts");
    let snapshot = store.snapshot();
    let found = store.find(&snapshot, &FindRequest { candidates: 702, ..find_request("bird 3 first", Mode::Lexical) }).expect("finds");
    assert_eq!(found.candidates.len(), 702);
    let ids: Vec<u64> = found.candidates.iter().map(|candidate| candidate.passage.frame_id).collect();
    assert!(!ids.is_sorted());
    for candidate in &found.candidates {
        let frame = store.get(&snapshot, candidate.passage.frame_id).expect("reads");
        assert_eq!(candidate.content_hash, *blake3::hash(&frame.content).as_bytes(), "frame {}", frame.frame_id);
    }
}

#[test]
fn single_puts_around_a_bulk_are_all_found() {
    let (storage, store) = memory();
    put(&store, vec![text("an early bird")]).expect("puts");
    put(&store, (0..1500).map(|i| text(&format!("number {i}"))).collect()).expect("puts in bulk");
    assert!(store.settle(20_000).expect("settles"), "the bulk is sealed, and the early bird with it");
    put(&store, vec![text("a late bird")]).expect("puts");
    for store in [&store, &open_bytes(storage.to_vec()).expect("reopens")] {
        let mut found = find(store, "bird", Mode::Lexical).expect("finds on both sides of the segment");
        found.sort_unstable();
        assert_eq!(found, [0, 1501]);
        assert_eq!(find(store, "1234", Mode::Lexical).expect("finds within it"), [1235]);
    }
}

#[test]
fn many_small_commits_fold_and_stay_readable_at_every_commit() {
    let (storage, store) = memory();
    for i in 0..300 {
        put(&store, vec![named(&format!("mv2://doc/{}", i % 50), &format!("number {i} speaks of topic{}", i % 7))]).expect("puts");
        store.maintain(20_000).expect("maintains");
    }
    let reopened = open_bytes(storage.to_vec()).expect("reopens");
    assert_eq!(view(&store), view(&reopened));
    let report = reopened.verify(true, &|_, _| {}).expect("verifies");
    assert!(report.is_ok(), "{:?}", report.damages);
    for store in [&store, &reopened] {
        for mode in [Mode::Lexical, Mode::Hybrid, Mode::Vector] {
            let hits = find(store, "number 299 topic5", mode).expect("finds");
            assert!(hits.contains(&299) && hits.iter().all(|id| *id >= 250), "{mode:?} {hits:?}");
        }
        for commit_no in [1, 63, 64, 65, 66, 100, 150, 200] {
            let past = store.snapshot_at(commit_no).expect("the past");
            assert_eq!(past.commit.commit_no, commit_no);
            let live = store.timeline(&past, &TimelineRequest { limit: 1000, ..TimelineRequest::default() }).expect("timeline");
            assert!(!live.is_empty() && live.len() <= 50);
            let newest = past.state_counters().next_frame_id - 1;
            let found = store.find(&past, &find_request(&format!("number {newest}"), Mode::Lexical)).expect("finds");
            assert_eq!(found.hits[0].candidate.passage.frame_id, newest);
        }
    }
    assert_eq!(store.snapshot_at(9999).expect_err("the future").code, Code::InvalidInput);
}

#[test]
fn bulk_puts_carry_their_own_index() {
    let (storage, store) = memory();
    let docs = (0..500).map(|i| named(&format!("mv2://bulk/{i}"), &format!("bulk document {i} about subject{}", i % 10))).collect();
    put(&store, docs).expect("puts");
    put(&store, vec![text("a single document about subject3")]).expect("puts");
    let reopened = open_bytes(storage.to_vec()).expect("reopens");
    assert_eq!(find(&reopened, "\"document 77\"", Mode::Lexical).expect("finds"), [77]);
    assert!(find(&reopened, "single", Mode::Lexical).expect("finds").contains(&500));
    assert_eq!(view(&store), view(&reopened));
    let ids = find(&reopened, "bulk document 123", Mode::Hybrid).expect("finds");
    assert_eq!(ids[0], 123);
}

#[test]
fn sessions_live_across_handles() {
    let (storage, store) = memory();
    let session = |kind, with_frames| EventInput::Session { kind, session: Some([9; 16]), payload: b"payload".to_vec(), with_frames };
    let action = |with_frames| EventInput::Session { kind: EventType::Action, session: None, payload: b"action".to_vec(), with_frames };
    let left_out = events(&store, vec![action(false)]).expect("no session");
    assert!(!left_out.events[0].written && left_out.commit_no == 0);
    events(&store, vec![session(EventType::Start, false)]).expect("starts");
    assert_eq!(events(&store, vec![session(EventType::Start, false)]).expect_err("active").code, Code::SessionActive);

    let second = open_on(storage.clone(), 4).expect("second handle");
    let result = second.commit(Batch { events: vec![action(true)], ..batch(vec![text("recorded")]) }, &|_, _| {}).expect("puts");
    assert_eq!((result.events[0].sequence, result.events[0].session), (0, Some([9; 16])));
    store.refresh().expect("follows");
    events(&store, (0..100).map(|_| action(false)).collect()).expect("acts");
    events(&store, vec![session(EventType::End, false)]).expect("ends");
    assert_eq!(events(&store, vec![session(EventType::End, false)]).expect_err("none").code, Code::NoActiveSession);

    let reopened = open_bytes(storage.to_vec()).expect("reopens");
    let sessions = reopened.sessions().expect("lists");
    assert_eq!((sessions.len(), sessions[0].action_count, sessions[0].is_active), (1, 101, false));
    let actions = reopened.session_events(&[9; 16], 0, 1000).expect("reads");
    assert_eq!(actions.iter().map(|(_, e)| e.sequence).collect::<Vec<_>>(), (0..101).collect::<Vec<_>>());
    assert_eq!(actions[0].1.frames[0].content_hash, result.frames[0].content_hash);
    assert_eq!(reopened.session_events(&[9; 16], 50, 2).expect("pages").iter().map(|(_, e)| e.sequence).collect::<Vec<_>>(), [50, 51]);
    events(&reopened, vec![session(EventType::Delete, false)]).expect("deletes");
    assert!(reopened.sessions().expect("lists").is_empty());
    assert_eq!(reopened.session_events(&[9; 16], 0, 1).expect_err("gone").code, Code::SessionNotFound);
}

#[test]
fn an_end_speaks_of_all_actions_or_is_refused_and_signatures_are_kept_by_session() {
    let (storage, store) = memory();
    let event = |kind, payload: &[u8]| EventInput::Session { kind, session: Some([9; 16]), payload: payload.to_vec(), with_frames: false };
    let end = |action_count| EventInput::End { session: [9; 16], payload: b"end".to_vec(), action_count };
    events(&store, vec![event(EventType::Start, b"start"), event(EventType::Action, b"one"), event(EventType::Action, b"two")])
        .expect("acts");
    assert_eq!(events(&store, vec![end(1)]).expect_err("an action more").code, Code::SessionChanged);
    assert_eq!(store.active_session(), Some([9; 16]), "a refused end changes nothing");
    events(&store, vec![end(2)]).expect("ends");
    events(&store, vec![event(EventType::Signature, b"old"), event(EventType::Replay, b"replay")]).expect("signs");
    let other = EventInput::Session { kind: EventType::Signature, session: Some([8; 16]), payload: b"other".to_vec(), with_frames: false };
    events(&store, vec![other, event(EventType::Signature, b"new")]).expect("signs");
    let reopened = open_bytes(storage.to_vec()).expect("reopens");
    let payloads: Vec<Vec<u8>> = reopened.signatures(&[9; 16]).expect("reads").into_iter().map(|(_, e)| e.payload).collect();
    assert_eq!(payloads, [b"new".to_vec(), b"old".to_vec()]);
    assert_eq!(reopened.replays(&[9; 16]).expect("reads").len(), 1);
}

#[test]
fn one_damaged_event_hides_no_other() {
    let (storage, store) = memory();
    let session =
        |kind, payload: &[u8]| EventInput::Session { kind, session: Some([9; 16]), payload: payload.to_vec(), with_frames: false };
    events(&store, vec![session(EventType::Start, b"start")]).expect("starts");
    for i in 0..10 {
        events(&store, vec![session(EventType::Action, format!("action number {i}").as_bytes())]).expect("acts");
    }
    events(&store, vec![session(EventType::End, b"end")]).expect("ends");
    put(&store, vec![text("something later")]).expect("puts");
    let flipped = |needles: &[&str]| {
        let mut bytes = storage.to_vec();
        for needle in needles {
            let at = bytes.windows(needle.len()).position(|w| w == needle.as_bytes()).expect("stored as it is");
            bytes[at] ^= 1;
        }
        open_bytes(bytes).expect("opens")
    };
    let damaged = flipped(&["action number 4", "action number 5", "action number 8"]);
    for number in 0..10 {
        let one = damaged.session_events(&[9; 16], number, 1);
        match number {
            4 | 5 | 8 => assert_eq!(one.expect_err("damaged").code, Code::Corrupt),
            _ => assert_eq!(one.expect("readable").first().map(|(_, e)| e.sequence), Some(number as u32)),
        }
    }
    assert_eq!(damaged.session_events(&[9; 16], 0, 4).expect("a page before").len(), 4);
    assert_eq!(damaged.session_events(&[9; 16], 0, 10).expect_err("a page across").code, Code::Corrupt);
    for needle in ["start", "end"] {
        let damaged = flipped(&[needle]);
        let sessions = damaged.sessions().expect("lists");
        assert_eq!((sessions.len(), sessions[0].action_count, sessions[0].start.is_some()), (1, 10, needle == "end"));
        assert_eq!(damaged.session_events(&[9; 16], 0, 10).expect("actions").len(), 10);
    }
}

#[test]
fn pages_follow_a_session_that_grows() {
    let (storage, store) = memory();
    let session = |kind, id: u8, payload: Vec<u8>| EventInput::Session { kind, session: Some([id; 16]), payload, with_frames: false };
    let action = |n: u8| session(EventType::Action, 9, vec![n]);
    let page = |store: &mv2::store::Store, id: u8, offset, limit| {
        let actions = store.session_events(&[id; 16], offset, limit).expect("reads");
        actions.into_iter().map(|(_, event)| (event.sequence, event.payload)).collect::<Vec<_>>()
    };
    let expected = |range: std::ops::Range<u8>| range.map(|n| (u32::from(n), vec![n])).collect::<Vec<_>>();
    events(&store, vec![session(EventType::Start, 9, Vec::new())]).expect("starts");
    assert_eq!(page(&store, 9, 0, 10), []);
    events(&store, (0..10).map(action).collect()).expect("acts");
    assert_eq!(page(&store, 9, 0, 100), expected(0..10));
    let second = open_on(storage.clone(), 4).expect("second handle");
    events(&second, (10..15).map(action).collect()).expect("acts elsewhere");
    store.refresh().expect("follows");
    assert_eq!(page(&store, 9, 8, 4), expected(8..12));
    assert_eq!(page(&store, 9, 14, 4), expected(14..15));
    events(&store, vec![session(EventType::End, 9, Vec::new()), session(EventType::Start, 8, Vec::new())]).expect("ends");
    events(&store, vec![session(EventType::Action, 8, vec![7])]).expect("acts in the next");
    assert_eq!(page(&store, 8, 0, 10), [(0, vec![7])]);
    assert_eq!(page(&store, 9, 0, 100), expected(0..15));
    assert_eq!(page(&store, 9, 15, 10), []);
    assert_eq!(page(&store, 9, usize::MAX, usize::MAX), []);
}

#[test]
fn a_damaged_link_loses_one_action() {
    let (storage, store) = memory();
    let session =
        |kind, payload: &[u8]| EventInput::Session { kind, session: Some([9; 16]), payload: payload.to_vec(), with_frames: false };
    events(&store, vec![session(EventType::Start, b"start")]).expect("starts");
    for i in 0..6 {
        events(&store, vec![session(EventType::Action, format!("action number {i}").as_bytes())]).expect("acts");
    }
    events(&store, vec![session(EventType::End, b"end")]).expect("ends");
    // A link that leads to a whole action, only to another one.
    let mut bytes = storage.to_vec();
    let at = |number: usize| {
        let payload = format!("action number {number}");
        bytes.windows(payload.len()).position(|w| w == payload.as_bytes()).expect("stored as it is")
    };
    let (from, to) = (at(4) - 40, at(5) - 40);
    bytes.copy_within(from..from + 8, to);
    let misled = open_bytes(bytes).expect("opens");
    for wanted in 0..6u32 {
        let one = misled.session_events(&[9; 16], wanted as usize, 1);
        match wanted {
            5 => assert_eq!(one.expect_err("damaged").code, Code::Corrupt),
            _ => assert_eq!(one.expect("readable")[0].1.sequence, wanted),
        }
    }
    // Bytes of the envelope before the payload: type, number, session, the link, a byte in its middle; and 130 before it, in the record's header.
    for before in [112, 108, 104, 40, 39, 38, 130] {
        for number in [0, 3, 5] {
            let mut bytes = storage.to_vec();
            let payload = format!("action number {number}");
            let at = bytes.windows(payload.len()).position(|w| w == payload.as_bytes()).expect("stored as it is");
            bytes[at - before] ^= 2;
            let damaged = open_bytes(bytes).expect("opens");
            for wanted in 0..6 {
                let one = damaged.session_events(&[9; 16], wanted, 1);
                if wanted == number {
                    let error = one.expect_err("damaged");
                    assert_eq!(error.code, Code::Corrupt, "{before} {number}");
                    let starts = format!("action {number} of the session can't be read: ");
                    assert!(error.message.starts_with(&starts) && error.offset.is_some_and(|o| o < at as u64), "{error:?}");
                } else {
                    let found = one.unwrap_or_else(|e| panic!("byte {before} of {number}, action {wanted}: {e}"));
                    assert_eq!(found[0].1.payload, format!("action number {wanted}").as_bytes());
                }
            }
        }
    }
}

#[test]
fn cached_answers_are_found_by_their_whole_key() {
    let (storage, store) = memory();
    let answer = |key: [u8; 32], payload: &[u8]| EventInput::Answer { key, payload: payload.to_vec() };
    let mut near = [5; 32];
    near[31] = 6;
    events(&store, vec![answer([5; 32], b"old"), answer(near, b"other")]).expect("caches");
    events(&store, vec![answer([5; 32], b"new")]).expect("caches again");
    let reopened = open_bytes(storage.to_vec()).expect("reopens");
    assert_eq!(reopened.cached_answer(&[5; 32]).expect("reads").expect("there").1.payload, b"new");
    assert_eq!(reopened.cached_answer(&near).expect("reads").expect("there").1.payload, b"other");
    assert!(reopened.cached_answer(&[7; 32]).expect("reads").is_none());
    let listed = |store: &Store| {
        let (answers, damaged) = store.cached_answers().expect("lists");
        assert_eq!(damaged, 0);
        answers.into_iter().map(|(_, answer)| answer.payload).collect::<Vec<_>>()
    };
    assert_eq!(listed(&reopened), [b"other".to_vec(), b"new".to_vec()], "the newest of each key, oldest first");
    // A clearing hides what was before it, for ever, and nothing after it; in one transaction order decides.
    let clear = || answer(CLEAR_KEY, b"");
    events(&store, vec![answer([8; 32], b"before"), clear(), answer([9; 32], b"after")]).expect("clears");
    let cleared = open_bytes(storage.to_vec()).expect("reopens");
    for key in [[5; 32], near, [8; 32]] {
        assert!(cleared.cached_answer(&key).expect("reads").is_none());
    }
    assert_eq!(cleared.cached_answer(&[9; 32]).expect("reads").expect("there").1.payload, b"after");
    assert_eq!(listed(&cleared), [b"after".to_vec()]);
    events(&cleared, vec![answer([5; 32], b"again")]).expect("caches again");
    assert_eq!(cleared.cached_answer(&[5; 32]).expect("reads").expect("there").1.payload, b"again");
    assert!(cleared.cached_answer(&CLEAR_KEY).expect("reads").is_none());
}

#[test]
fn a_handle_that_looked_before_the_vectors_were_decided_can_write() {
    let (storage, store) = memory();
    let second = open_on(storage.clone(), 4).expect("second handle");
    put(&second, vec![text("decides")]).expect("puts");
    let start = EventInput::Session { kind: EventType::Start, session: Some([9; 16]), payload: Vec::new(), with_frames: false };
    events(&store, vec![start]).expect("records");
    put(&store, vec![mv2::store::PutInput { content: mv2::store::Content::Bytes(vec![1, 2]), ..text("") }]).expect("puts bytes");
}

#[test]
fn vectors_of_two_kinds_do_not_mix() {
    let (_, store) = memory();
    let with_vector = |dim: usize| mv2::store::PutInput { vector: Some(vec![1.0; dim]), ..text("x") };
    put(&store, vec![with_vector(8)]).expect("decides");
    assert_eq!(put(&store, vec![with_vector(9)]).expect_err("other dimension").code, Code::VectorMismatch);
    put(&store, vec![text("words only")]).expect("text may come without");
    assert_eq!(
        store.find(&store.snapshot(), &find_request("words", Mode::Vector)).expect_err("no query vector").code,
        Code::VectorMismatch
    );
    let mut request = find_request("", Mode::Vector);
    request.vector = Some(vec![1.0; 8]);
    assert_eq!(store.find(&store.snapshot(), &request).expect("finds").hits.len(), 1);

    let (_, store) = memory();
    put(&store, vec![text("decides for the embedder")]).expect("puts");
    assert_eq!(put(&store, vec![with_vector(8)]).expect_err("embedded").code, Code::VectorMismatch);
}

#[test]
fn a_tail_that_was_cut_off_again_is_no_longer_told() {
    use mv2::storage::Storage;
    let (storage, store) = memory();
    put(&store, vec![text("a lamp")]).expect("puts");
    let end = storage.len().expect("length");
    // As another writer's transaction that does not fit on the disk.
    storage.write_at(end, &[7; 1_152]).expect("writes");
    store.refresh().expect("reads on");
    assert_eq!(store.findings().0, 1_152);
    storage.set_len(end).expect("cuts");
    store.refresh().expect("reads on");
    assert_eq!(store.findings().0, 0);
    put(&store, vec![text("another lamp")]).expect("puts");
    assert_eq!(store.findings().0, 0);
}
