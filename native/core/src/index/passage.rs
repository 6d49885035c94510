//! Cutting a frame's text into passages, the unit of retrieval.

/// Name of the rule below. Any change that moves a single boundary needs a new name: recorded sessions refer to spans.
pub const PASSAGE_RULE: &str = "passages@1";

/// Texts up to this many bytes, and what is left of a longer text, stay whole.
const WHOLE_BYTES: usize = 1_800;
/// No passage of a longer text has more characters than this.
const MAX_CHARS: usize = 1_200;

/// How good a place is to cut, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Boundary {
    Character,
    Word,
    Sentence,
    Paragraph,
}

/// Splits `text` into `(start, len)` spans in bytes. The spans tile the text in order and lie on character boundaries, so
/// that every byte belongs to exactly one passage; an empty text gives one empty span. Pieces come out about equally long,
/// cut where the best boundary is: a blank line, the end of a sentence, white space, any character.
/// Text beyond 4 GiB is left out, since spans are 32 bits wide.
pub fn split(text: &str) -> Vec<(u32, u32)> {
    let text = &text[..floor_char_boundary(text, u32::MAX as usize)];
    let mut spans = Vec::new();
    let mut start = 0;
    let mut chars_left = if text.len() <= WHOLE_BYTES { 0 } else { text.chars().count() };
    while text.len() - start > WHOLE_BYTES && chars_left > MAX_CHARS {
        let pieces = chars_left.div_ceil(MAX_CHARS);
        let (bytes, chars) = cut(&text[start..], chars_left.div_ceil(pieces));
        spans.push((start as u32, bytes as u32));
        start += bytes;
        chars_left -= chars;
    }
    if start < text.len() || spans.is_empty() {
        spans.push((start as u32, (text.len() - start) as u32));
    }
    spans
}

/// The last character boundary at or before byte `at`; the end for what lies beyond.
pub(crate) fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Length in bytes and characters of the first piece: the latest of the best boundaries between two thirds of the target and
/// one third above it, and never beyond `MAX_CHARS`. `text` has at least `target` characters.
fn cut(text: &str, target: usize) -> (usize, usize) {
    let (earliest, latest) = (target * 2 / 3, (target * 4 / 3).min(MAX_CHARS));
    let mut best = (Boundary::Character, 0, 0);
    let mut previous = ' ';
    // Of the white space run that ends here: what it followed, and the line breaks in it.
    let (mut before_space, mut breaks) = (' ', 0);
    let mut count = 0;
    for (at, character) in text.char_indices() {
        if count > latest {
            break;
        }
        if count >= earliest.max(1) {
            let kind = if character.is_whitespace() {
                Boundary::Character // Space stays with what is before it.
            } else if previous.is_whitespace() {
                match before_space {
                    _ if breaks >= 2 => Boundary::Paragraph,
                    '.' | '!' | '?' | ':' | ';' | '"' | '”' | ')' if breaks >= 1 => Boundary::Sentence,
                    '.' | '!' | '?' => Boundary::Sentence,
                    _ => Boundary::Word,
                }
            } else if matches!(previous, '。' | '！' | '？' | '．') {
                Boundary::Sentence
            } else {
                Boundary::Character
            };
            // A plain character boundary is only taken at the target, so that pieces stay equally long.
            if kind > best.0 || (kind == best.0 && (kind > Boundary::Character || count <= target)) {
                best = (kind, at, count);
            }
        }
        if character.is_whitespace() {
            if !previous.is_whitespace() {
                (before_space, breaks) = (previous, 0);
            }
            breaks += usize::from(character == '\n');
        }
        previous = character;
        count += 1;
    }
    if best.1 == 0 { (text.len(), count) } else { (best.1, best.2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        let spans = split(text);
        let mut end = 0;
        for &(start, len) in &spans {
            assert_eq!(start as usize, end, "spans tile the text");
            end += len as usize;
        }
        assert_eq!(end, text.len(), "no byte is lost");
        spans.iter().map(|&(start, len)| &text[start as usize..(start + len) as usize]).collect()
    }

    #[test]
    fn short_and_empty_texts_stay_whole() {
        assert_eq!(split(""), [(0, 0)]);
        assert_eq!(split(&"x".repeat(WHOLE_BYTES)), [(0, WHOLE_BYTES as u32)]);
        assert_eq!(split(&"x".repeat(WHOLE_BYTES + 1)).len(), 2);
    }

    #[test]
    fn cuts_at_the_best_boundary() {
        let sentence = "The committee met again in the spring and agreed on nothing at all. ";
        let paragraph = format!("{}\n\n", sentence.repeat(13));
        let text = paragraph.repeat(5);
        for piece in pieces(&text) {
            assert!(piece.ends_with("\n\n") && piece.starts_with("The"), "{piece:?}");
        }
        for piece in pieces(&sentence.repeat(90)) {
            assert!(piece.ends_with(". ") && piece.starts_with("The"), "{piece:?}");
        }
        for piece in pieces(&"word ".repeat(2_000)) {
            assert!(piece.ends_with("word "), "{piece:?}");
        }
        for piece in pieces(&"東京は日本の首都である。".repeat(400)) {
            assert!(piece.ends_with('。'), "{piece:?}");
        }
    }

    #[test]
    fn pieces_are_bounded_and_deterministic() {
        for unit in ["x", "é", "語", "🙂", "\u{301}", "ab \n", "\n", " ", "a.\n\nb"] {
            for count in [599, 601, 1_801, 2_399, 2_401, 5_000, 20_011] {
                let text = unit.repeat(count);
                let all = pieces(&text);
                assert_eq!(split(&text), split(&text));
                for (index, piece) in all.iter().enumerate() {
                    let rest = index + 1 == all.len() && piece.len() <= WHOLE_BYTES;
                    assert!(!piece.is_empty() && (rest || piece.chars().count() <= MAX_CHARS), "{} of {unit:?}", piece.len());
                }
                let shortest = all.iter().map(|piece| piece.chars().count()).min().unwrap_or(0);
                assert!(all.len() == 1 || shortest >= 300, "{shortest} characters of {unit:?} × {count}");
            }
        }
    }
}
