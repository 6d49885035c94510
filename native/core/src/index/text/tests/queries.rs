//! How queries are read.

use super::*;

fn library() -> TextIndex {
    let mut documents = vec![
        document(0, "The acquisition price was 12,450 dollars."),
        document(1, "The price of wheat rose; an acquisition followed."),
        document(2, "Silver coins of the mint"),
        document(3, "A mint of silver leaves in the garden"),
        document(4, "Nothing to see here"),
        document(5, "The committee met on 2025-03-14 about version 3.5 of foo_bar_baz and Getopt::Long with key AKIA123."),
    ];
    documents[2].title = "Coinage Act".into();
    documents[3].tags = vec!["garden notes".into(), "herbs".into()];
    documents[4].uri = "file:///home/notes.txt".into();
    for (id, document) in documents.iter_mut().enumerate() {
        document.timestamp_ms = 1_735_689_600_000 + id as i64 * 31 * 86_400_000; // From 2025-01-01, a month apart.
    }
    index(&documents)
}

fn kind(query: &str) -> QueryKind {
    search(&library(), query).kind
}

#[test]
fn questions_are_plain_words() {
    let library = library();
    let result = search(&library, "What was the acquisition price?");
    assert_eq!(result.kind, QueryKind::Words);
    assert_eq!(result.hits[0].passage.frame_id, 0);
    assert_eq!(result.terms, ["what", "was", "the", "acquisit", "price"]);
    for query in [
        "a-b c",
        "5 - 3",
        "-5 degrees",
        "tar -x",
        "what is --force",
        "10:30",
        "Title: x",
        "date: 2025",
        "and or not",
        "http://a.b/c?d=e",
        "(x)",
        "C++",
        "a:b",
        "tag:",
    ] {
        assert_eq!(kind(query), QueryKind::Words, "{query}");
    }
}

#[test]
fn words_fold_case_accents_endings() {
    let documents =
        [document(0, "Résumés of the committees"), document(1, "STRASSE, Øresund, façade"), document(2, "don't stop the company's trains")];
    let opened = index(&documents);
    for (query, id) in [
        ("resume", 0),
        ("Committee", 0),
        ("RÉSUMÉ", 0),
        ("straße", 1),
        ("oresund", 1),
        ("fac\u{327}ade", 1),
        ("company", 2),
        ("train", 2),
        ("don’t", 2),
    ] {
        assert_eq!(found(&opened, query), [id], "{query}");
    }
}

#[test]
fn numbers_and_identifiers_are_found_whole_and_by_parts() {
    let library = library();
    for (query, id) in [
        ("12,450", 0),
        ("12450", 0),
        ("450", 0),
        ("2025-03-14", 5),
        ("3.5", 5),
        ("foo_bar_baz", 5),
        ("baz", 5),
        ("Getopt::Long", 5),
        ("getopt", 5),
        ("AKIA123", 5),
        ("akia", 5),
        ("123", 5),
        ("\"2025-03\"", 5),
        ("\"bar baz\"", 5),
    ] {
        assert_eq!(found(&library, query), [id], "{query}");
    }
    let documents = [document(0, "ten 2025-03-14"), document(1, "2025-04-01, 03 and 14 more of the same"), document(2, "order 14 2025")];
    assert_eq!(ranked(&index(&documents), "2025-03-14")[0], 0);
    let long = "x".repeat(70_000);
    let opened = index(&[document(0, &format!("{long} end")), document(1, &format!("{}-1", "é".repeat(300)))]);
    assert_eq!(found(&opened, &long[..60_000]), [0]);
    assert_eq!(found(&opened, "end"), [0]);
    assert_eq!(found(&opened, &"é".repeat(300)), [1]);
}

#[test]
fn syntax_is_obeyed() {
    let library = library();
    for (query, expected) in [
        ("\"silver coins\"", vec![2]),
        ("\"coins silver\"", vec![]),
        ("\"price\"", vec![0, 1]),
        ("silver AND garden", vec![3]),
        ("silver AND NOT garden", vec![2]),
        ("silver NOT garden", vec![2]),
        ("silver -garden", vec![2]),
        ("+silver coins", vec![2, 3]),
        ("+silver +coins price", vec![2]),
        ("coins OR garden", vec![2, 3]),
        ("coins garden AND leaves", vec![2, 3]),
        ("(coins OR garden) AND leaves", vec![3]),
        ("NOT silver", vec![0, 1, 4, 5]),
        ("-silver -price", vec![4, 5]),
        ("title:coinage", vec![2]),
        ("coinage", vec![2]),
        ("title:silver", vec![]),
        ("title:\"coinage act\"", vec![2]),
        ("text:coinage", vec![2]),
        ("tag:herbs", vec![3]),
        ("tag:\"garden notes\"", vec![3]),
        ("tag:garden", vec![]),
        ("tag:herbs silver", vec![3]),
        ("tag:herbs price", vec![]),
        ("tag:herbs OR price", vec![0, 1, 3]),
        ("uri:file:///home", vec![4]),
        ("-uri:mv2://", vec![4]),
        ("uri:mv2://frames/1 price", vec![1]),
        ("date:2025", vec![0, 1, 2, 3, 4, 5]),
        ("date:2024", vec![]),
        ("date:2025-01", vec![0]),
        ("date:2025-02-01", vec![1]),
        ("date:[2025-01-02 TO 2025-03]", vec![1, 2]),
        ("date:[* TO 2025-02-01]", vec![0, 1]),
        ("after:2025-03-04 silver", vec![2, 3]),
        ("before:2025-03-04 price", vec![0, 1]),
        ("after:2025-02-01 before:2025-03-05", vec![1, 2]),
        ("foo-bar \"\"", vec![5]),
    ] {
        let result = search(&library, query);
        let mut ids: Vec<u64> = result.hits.iter().map(|hit| hit.passage.frame_id).collect();
        ids.sort_unstable();
        assert_eq!(ids, expected, "{query}");
        assert!(result.kind == QueryKind::Syntax || query == "coinage", "{query} {:?}", result.kind);
    }
    assert_eq!(search(&library, "silver -garden").terms, ["silver"]);
    assert_eq!(search(&library, "\"silver coins\" AND NOT (wheat OR tag:x)").terms, ["silver", "coin"]);
}

#[test]
fn malformed_queries_are_searched_as_words() {
    let library = library();
    for query in [
        "\"silver coins",
        "silver AND",
        "AND silver",
        "silver OR",
        "OR silver",
        "NOT",
        "silver AND AND coins",
        "silver OR OR coins",
        "(silver AND coins",
        "silver) AND coins",
        "date:silver",
        "date:2025-13 silver",
        "date:[2025 silver",
        "date:[2025] silver",
        "after:soon silver",
        "silver NOT NOT coins",
        "silver AND OR coins",
        "title:( silver",
        "5\" silver",
        "+\"silver",
    ] {
        let result = search(&library, query);
        assert_eq!(result.kind, QueryKind::WordsAfterSyntaxError, "{query}");
        assert!(query == "NOT" || result.hits.iter().any(|hit| hit.passage.frame_id == 2), "{query}");
    }
}

#[test]
fn nasty_queries_never_fail() {
    let library = library();
    let parens = "(".repeat(50_000);
    let nested = format!("{}silver{}", "(".repeat(5_000), ")".repeat(5_000));
    let many = "a1b2 -x +y \"z w\" OR ".repeat(2_000);
    let words: String = (0..9_000).map(|n| format!("w{n} ")).collect();
    let ors = "silver OR ".repeat(4_000) + "coins";
    let nots = "NOT ".repeat(9_000);
    let quotes = "\"".repeat(9_001);
    for query in [
        "",
        " ",
        "\t\n\r",
        "\0",
        "?",
        "!!!",
        "\"\"",
        "\"",
        "()",
        "(())",
        ")",
        "(",
        ")(",
        "[]",
        "{}",
        "* *",
        "*",
        "~",
        "^2",
        "silver^2",
        "silver~1",
        "\\",
        "\\\"",
        "a\\",
        "+",
        "-",
        "+ -",
        "--",
        "++",
        "+-silver",
        "-+silver",
        "AND",
        "OR",
        "AND OR NOT",
        "NOT NOT",
        "NOT(",
        "tag:\"\"",
        "uri:\"\"",
        "title:\"\"",
        "date:[]",
        "date:[ TO ]",
        "date:[* TO *]",
        "date:[9999-12-31 TO 0000]",
        "date:9999-12-31",
        "after:-1",
        "date:+2025",
        "tag:tag:tag:x",
        "title:title:x",
        "::",
        ":::a",
        "tag::x",
        "\u{202e}abc",
        "\u{feff}silver",
        "e\u{301}\u{301}\u{301}",
        "🙂",
        "👩‍👩‍👧‍👦 AND 🙂",
        "\u{10ffff}",
        "uri:\u{10ffff}",
        "uri:a\u{10ffff}",
        "/regex.*/",
        "silver IN [a b]",
        "<script>",
        "' OR 1=1 --",
        "%00",
        "${x}",
        "a AND (b OR (c AND (d",
        "東京 AND",
        "tag:東京",
        "-東京 大阪",
        "﷽ ÅÅÅ ǅ ﬀ ẞ İ",
        "\"foo\"bar\"baz\"",
        "\"a\"(b)\"c\"",
        "a\"b",
        "(a)b(c) AND d",
        &parens,
        &nested,
        &many,
        &words,
        &ors,
        &nots,
        &quotes,
    ] {
        let result = library.search(query, &Filter::default(), 10);
        assert!(result.is_ok(), "{:?}: {:?}", &query[..crate::index::passage::floor_char_boundary(query, 50)], result.err());
    }
    let long = "x ".repeat(MAX_QUERY_BYTES);
    assert_eq!(library.search(&long, &Filter::default(), 10).err().map(|e| e.code), Some(Code::InvalidInput));
}

#[test]
fn a_title_alone_is_found() {
    let opened = index(&[Document { title: "Harbor plan".into(), ..document(0, "") }, document(1, "other")]);
    assert_eq!(found(&opened, "harbor"), [0]);
    assert_eq!(found(&opened, "title:plan"), [0]);
}
