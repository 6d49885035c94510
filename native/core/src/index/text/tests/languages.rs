//! Scripts without spaces, and others than Latin.

use super::*;

#[test]
fn scripts_without_spaces_are_found_by_any_run() {
    let documents = [
        document(0, "東京大学は日本の国立大学である。"),
        document(1, "京都は日本の都市。"),
        document(2, "收购价格为12亿元,交易已完成"),
        document(3, "서울대학교는 대한민국의 대학이다"),
        document(4, "カタカナ と ひらがな"),
        document(5, "การประชุมคณะกรรมการ"),
        document(6, "版本3.5支持GPU加速"),
    ];
    let opened = index(&documents);
    for (query, expected) in [
        ("東京", vec![0]),
        ("\"大学は\"", vec![0]),
        ("\"日本の\"", vec![0, 1]),
        ("収", vec![]),
        ("京", vec![0, 1]),
        ("都", vec![1]),
        ("收购价格", vec![2]),
        ("价", vec![2]),
        ("\"亿元\"", vec![2]),
        ("대학교", vec![3]),
        ("ｶﾀｶﾅ", vec![4]),
        ("ひら", vec![4]),
        ("ประชุม", vec![5]),
        ("gpu", vec![6]),
        ("3.5", vec![6]),
        ("+加速 GPU", vec![6]),
        ("\"支持GPU加速\"", vec![6]),
    ] {
        assert_eq!(found(&opened, query), expected, "{query}");
    }
    assert_eq!(ranked(&opened, "東京大学")[0], 0);
}

#[test]
fn other_scripts_keep_their_letters() {
    let documents = [
        document(0, "Привет, Ёлка и йогурт"),
        document(1, "Η Ελλάδα και η Αθήνα"),
        document(2, "हिन्दी में किताब"),
        document(3, "كتاب جديد"),
        document(4, "ספר חדש"),
        document(5, "Ｆｕｌｌｗｉｄｔｈ １２３"),
    ];
    let opened = index(&documents);
    for (query, id) in [
        ("привет", 0),
        ("елка", 0),
        ("ЙОГУРТ", 0),
        ("αθηνα", 1),
        ("ΕΛΛΆΔΑ", 1),
        ("किताब", 2),
        ("हिन्दी", 2),
        ("كتاب", 3),
        ("ספר", 4),
        ("fullwidth", 5),
        ("123", 5),
    ] {
        assert_eq!(found(&opened, query), [id], "{query}");
    }
    assert_eq!(found(&opened, "कताब"), Vec::<u64>::new(), "vowel signs are letters");
}

/// Every term's span is the place in the text that it stands for.
#[test]
fn spans_lie_on_characters_and_ascend() {
    let mut analyzer = analyzer::Analyzer::default();
    for text in [
        "Foo_bar's 12,450—東京タワー ｶﾞｷﾞ Ünïcode a1b2c3d4 한국어 e\u{301}t\u{301} don’t x.y.z",
        "\u{301}\u{301}",
        "ッ\u{3099}",
        "1,234,567.89",
    ] {
        let terms = analyzer.terms(text);
        for term in &terms {
            assert!(text.get(term.start..term.end).is_some_and(|span| !span.is_empty()), "{term:?}");
            assert!(!term.text.is_empty() && term.text.len() <= 255);
        }
        assert!(terms.windows(2).all(|pair| pair[0].position <= pair[1].position), "{text}");
    }
    let whole = |text: &str| analyzer::Analyzer::default().terms(text).into_iter().map(|term| term.text).collect::<Vec<_>>();
    assert_eq!(whole("1,234,567.89"), ["1234567.89", "1", "234", "567", "89"]);
    assert_eq!(whole("1,2,3"), ["1", "2", "3"]);
    assert_eq!(whole("a1b2c3d4"), ["a1b2c3d4"]);
    assert_eq!(whole("state-of-the-art"), ["state", "of", "the", "art"]);
    assert_eq!(whole("GPT-4"), ["gpt-4", "gpt", "4"]);
}

/// Indexing takes a short cut for plain words; it must not show.
#[test]
fn indexing_sees_the_terms_of_queries() {
    use tantivy::tokenizer::{TokenStream, Tokenizer};
    let texts = [
        "Plain words, of letters: alone. Or joined_up, as state-of-the-art; a.b c. d::e f: g :: h a:b x' y's 'z' p@q r@ s& t&u 3rd v9 w",
        "naïve cafés é x—y “quoted” words…end 東京tower tower東京 a\u{301}b c\u{301}",
        "::a:: b::: -c- --d-- e-- _f_ g__h .i. j..k ' '' ''l m''n @o@ p@@q",
        &format!("{} {}' x", "y".repeat(300), "z".repeat(255)),
        "",
    ];
    for text in texts {
        let mut analyzer = analyzer::Analyzer::default();
        let expected: Vec<_> =
            analyzer.terms(text).into_iter().map(|term| (term.text, term.start, term.end, term.position as usize)).collect();
        let mut stream = analyzer.token_stream(text);
        let mut got = Vec::new();
        stream.process(&mut |token| got.push((token.text.clone(), token.offset_from, token.offset_to, token.position)));
        assert_eq!(got, expected, "{text}");
    }
}
