//! Terms that are looked for among all of a text.

use tantivy::tokenizer::TokenStream;

use crate::index::text::analyzer::{Analyzer, FirstBytes};

#[test]
fn looking_for_some_terms_passes_over_others_alone() {
    let vocabulary = include_str!("../../../../../../fixtures/user-document/session-replay.md");
    // Words whose stem is an exception of the stemmer's, and what is not a plain word.
    let odd = "Skies dying Lying ties idly GENTLY ugly early only singly yes Youth YIELDED news inning Éclair naïve 12,450 foo_bar::Baz-2 AKIA123 company's we'll 東京";
    for text in [vocabulary, odd] {
        let mut analyzer = Analyzer::default();
        let all = analyzer.terms(text);
        assert!(all.len() > 20);
        for first in all.iter().map(|term| &term.text[..term.text.chars().next().map_or(0, char::len_utf8)]) {
            let first_bytes = FirstBytes::of(&[first.to_string()]);
            let mut stream = analyzer.some_terms(text, &first_bytes);
            let mut some = Vec::new();
            while stream.advance() {
                let token = stream.token();
                some.push((token.text.clone(), stream.kind(), token.position, token.offset_from, token.offset_to));
            }
            let expected = all.iter().filter(|term| term.text.starts_with(first));
            let expected: Vec<_> = expected.map(|t| (t.text.clone(), t.kind, t.position as usize, t.start, t.end)).collect();
            some.retain(|(text, ..)| text.starts_with(first));
            assert_eq!(some, expected, "{first}");
        }
    }
}
