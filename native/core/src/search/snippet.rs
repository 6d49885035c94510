//! The part of a passage that shows best why it was found.

use std::collections::HashSet;

use tantivy::tokenizer::TokenStream;

use crate::index::passage::floor_char_boundary;
use crate::index::text::analyzer::{FirstBytes, Kind};
use crate::index::text::with_analyzer;

/// Matches beyond these are not weighed; a passage has a few hundred words.
const MAX_MATCHES: usize = 512;
/// How far a cut moves to end at white space.
const WORD_REACH: usize = 24;

/// A window of `passage` (a byte span of `text`) of at most `max_chars` characters, ellipses included: the one with the most
/// distinct terms, then the most matches, then the first. White space is collapsed; cuts lie between words where there is
/// white space near, and are marked with `…`. `terms` are those of the search result. A span that does not fit `text` is
/// moved to the nearest character boundaries inside of it.
pub fn snippet(text: &str, passage: (u32, u32), terms: &[String], max_chars: usize) -> String {
    let start = floor_char_boundary(text, passage.0 as usize);
    let end = floor_char_boundary(text, start.saturating_add(passage.1 as usize)).max(start);
    let collapsed = text[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    // Byte offset of each character, and the end.
    let offsets: Vec<usize> = collapsed.char_indices().map(|(at, _)| at).chain([collapsed.len()]).collect();
    let count = offsets.len() - 1;
    if count <= max_chars {
        return collapsed;
    }
    if max_chars < 3 {
        return collapsed[..offsets[max_chars]].to_string();
    }
    let room = max_chars - 2;
    let characters = |byte: usize| offsets.partition_point(|&offset| offset < byte);
    let matches: Vec<(usize, usize, &str)> =
        matching(&collapsed, terms).into_iter().map(|(start, end, term)| (characters(start), characters(end), term)).collect();
    let (mut from, to_match) = best_window(&matches, room);
    // Some of the room goes to what stands before the first match.
    let spare = room.saturating_sub(to_match - from);
    from = from.saturating_sub(spare / 3).min(count.saturating_sub(room));
    let is_space = |at: usize| collapsed.as_bytes()[offsets[at]] == b' ';
    if from > 0 {
        let first_match = matches.iter().map(|found| found.0).find(|&at| at >= from).unwrap_or(count);
        let latest = (from + WORD_REACH).min(first_match).min(count);
        from = (from - 1..latest).find(|&at| is_space(at)).map_or(from, |at| at + 1);
    }
    let mut to = (from + room).min(count);
    if to < count {
        let last_match = matches.iter().rev().map(|found| found.1).find(|&at| at <= to).unwrap_or(0);
        let earliest = to.saturating_sub(WORD_REACH).max(last_match).max(from + 1);
        to = (earliest..=to).rev().find(|&at| is_space(at)).unwrap_or(to);
    }
    let ellipsis = |cut: bool| if cut { "…" } else { "" };
    format!("{}{}{}", ellipsis(from > 0), &collapsed[offsets[from]..offsets[to]], ellipsis(to < count))
}

/// Byte spans `(start, len)` of the words of `text` that are among `terms`, in order; overlapping ones are joined.
pub fn highlights(text: &str, terms: &[String]) -> Vec<(u32, u32)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (start, end, _) in matching(text, terms) {
        match spans.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => spans.push((start, end)),
        }
    }
    spans.into_iter().map(|(start, end)| (start as u32, (end - start) as u32)).collect()
}

/// The places where `terms` stand, ascending: start, end and term.
fn matching<'a>(text: &str, terms: &'a [String]) -> Vec<(usize, usize, &'a str)> {
    let wanted: HashSet<&str> = terms.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    if wanted.is_empty() {
        return found;
    }
    let first = FirstBytes::of(terms);
    with_analyzer(|analyzer| {
        let mut stream = analyzer.some_terms(text, &first);
        while found.len() < MAX_MATCHES && stream.advance() {
            let (kind, token) = (stream.kind(), stream.token());
            let term = wanted.get(token.text.as_str()).filter(|term| kind != Kind::Single || term.chars().count() == 1);
            found.extend(term.map(|term| (token.offset_from, token.offset_to, *term)));
        }
    });
    found
}

/// Characters from the first to the last match of the best window of `room` characters; `(0, 0)` without matches.
fn best_window(matches: &[(usize, usize, &str)], room: usize) -> (usize, usize) {
    let mut best = ((0, 0), (0, 0));
    for (index, &(from, end, _)) in matches.iter().enumerate() {
        let inside = matches[index..].iter().take_while(|found| found.1 <= from + room);
        let (mut distinct, mut total, mut to) = (HashSet::new(), 0, end.min(from + room));
        for (_, end, term) in inside {
            distinct.insert(*term);
            total += 1;
            to = to.max(*end);
        }
        if (distinct.len(), total) > best.0 {
            best = ((distinct.len(), total), (from, to));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(query: &str) -> Vec<String> {
        with_analyzer(|analyzer| analyzer.terms(query)).into_iter().filter(|term| term.kind != Kind::Single).map(|term| term.text).collect()
    }

    fn whole(text: &str) -> (u32, u32) {
        (0, text.len() as u32)
    }

    #[test]
    fn short_passages_are_shown_whole_with_collapsed_space() {
        let text = "one\n\n two\t three ";
        assert_eq!(snippet(text, whole(text), &terms("two"), 100), "one two three");
        assert_eq!(snippet(text, (5, 4), &[], 100), "two");
        assert_eq!(snippet("", (0, 0), &terms("x"), 10), "");
        assert_eq!(snippet("短い", (1, 900), &[], 10), "短い", "a span off the boundaries");
    }

    #[test]
    fn the_window_holds_the_most_distinct_terms() {
        let filler = "nothing of note is written here at all ".repeat(12);
        let text = format!("The price rose. {filler}The acquisition price was 12,450 dollars. {filler}An acquisition failed.");
        let cut = snippet(&text, whole(&text), &terms("What was the acquisition price?"), 120);
        assert!(cut.contains("The acquisition price was 12,450"), "{cut}");
        assert!(cut.starts_with('…') && cut.ends_with('…') && cut.chars().count() <= 120, "{cut}");
        let inner = cut.trim_matches('…');
        assert!(text.contains(&format!(" {inner} ")), "cut between words: {cut}");
    }

    #[test]
    fn without_a_match_the_beginning_is_shown() {
        let text = "word ".repeat(100);
        assert_eq!(snippet(&text, whole(&text), &terms("absent"), 20), "word word word…");
        assert_eq!(snippet(&text, (250, 250), &[], 20), "word word word…");
    }

    #[test]
    fn any_text_is_cut_by_characters() {
        let texts = [
            "東京は日本の首都である。".repeat(40),
            "é\u{301}".repeat(300),
            "🙂 ".repeat(300),
            "x".repeat(900),
            "Ünï cödé ".repeat(99),
            "ｶﾞｷﾞ ".repeat(99),
        ];
        for text in texts {
            for max_chars in [0, 1, 2, 3, 4, 7, 30, 31, 100, 299, 300, 5_000] {
                for query in ["首都", "🙂", "cöde", "ガ", "x", ""] {
                    let cut = snippet(&text, whole(&text), &terms(query), max_chars);
                    assert!(cut.chars().count() <= max_chars, "{max_chars}: {cut}");
                    let collapsed = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    assert!(collapsed.contains(cut.trim_matches('…')), "{cut}");
                }
            }
        }
        let cut = snippet(&format!("{}首都東京{}", "あ".repeat(500), "い".repeat(500)), (0, 3_012), &terms("首都東京"), 30);
        assert!(cut.contains("首都東京") && cut.chars().count() == 30, "{cut}");
    }

    #[test]
    fn highlights_are_the_matched_words() {
        let text = "Acquisitions: the PRICE — and 東京大学, foo_bar";
        let spans = |query: &str| {
            highlights(text, &terms(query)).iter().map(|&(start, len)| &text[start as usize..(start + len) as usize]).collect::<Vec<_>>()
        };
        assert_eq!(spans("acquisition price"), ["Acquisitions", "PRICE"]);
        assert_eq!(spans("京大学"), ["京大学"]);
        assert_eq!(spans("foo_bar"), ["foo_bar"]);
        assert_eq!(spans("bar"), ["bar"]);
        assert!(spans("absent").is_empty());
    }
}
