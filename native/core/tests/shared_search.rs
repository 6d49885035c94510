//! Searches that share their work between threads give what one thread gives, in the same order, however many run at a time.

mod common;

use common::folder::Folder;
use common::*;
use mv2::search::fusion::Fusion;
use mv2::store::{Candidate, FindRequest, Hit, Mode, Store};

const WORDS: [&str; 12] =
    ["harbour", "lantern", "winter", "quay", "bridge", "market", "stone", "river", "anchor", "keeper", "storm", "rope"];

fn asked(store: &Store, request: &FindRequest) -> (Vec<Hit>, Vec<Candidate>) {
    let found = store.find(&store.snapshot(), request).expect("finds");
    (found.hits, found.candidates)
}

#[test]
fn the_same_search_gives_the_same_whoever_does_which_part() {
    let folder = Folder::new("shared-search");
    let store = Store::create(&folder.path("s.mv2"), &create_options(), options(3)).expect("creates");
    let sentence = |n: usize| {
        let word = |step: usize| WORDS[(n * step + n / 7) % WORDS.len()];
        format!("Entry {n}: the {} by the {} {}, {} and {}.", word(1), word(5), n % 13, word(7), word(11))
    };
    put(&store, (0..3_000).map(|n| text(&sentence(n))).collect()).expect("puts");
    let request = |mode, query: &str| FindRequest { k: 20, max: 20, fusion: Fusion::Auto, ..find_request(query, mode) };
    let requests: Vec<FindRequest> = [Mode::Lexical, Mode::Vector, Mode::Hybrid]
        .into_iter()
        .flat_map(|mode| ["lantern by the river 7", "storm keeper", "winter market 12 anchor"].map(|query| request(mode, query)))
        .collect();
    // The first search of a process is made by one thread.
    let expected: Vec<_> = requests.iter().map(|request| asked(&store, request)).collect();
    for (hits, candidates) in &expected {
        assert_eq!(hits.len(), 20);
        assert!(hits.iter().map(|hit| &hit.candidate).eq(&candidates[..20]), "hits are the first candidates, in their order");
        for candidate in candidates {
            let frame = store.get(&store.snapshot(), candidate.passage.frame_id).expect("reads");
            assert_eq!(candidate.content_hash, frame.content_hash, "of frame {}", frame.frame_id);
        }
    }
    let again = || {
        for _ in 0..40 {
            for (request, expected) in requests.iter().zip(&expected) {
                // Without the lists, which are long.
                assert!(&asked(&store, request) == expected, "another result of {} by {:?}", request.query, request.mode);
            }
        }
    };
    again();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(again);
        }
    });
}
