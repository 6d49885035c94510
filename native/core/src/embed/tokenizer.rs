//! The uncased BERT tokenizer: clean, lower case, strip accents, split at spaces, punctuation and ideographs, then the longest
//! vocabulary piece first (WordPiece: Devlin et al., BERT, 2018; Wu et al., 2016). Made for this one vocabulary kind, so that
//! ASCII needs one pass over the bytes. Special tokens are neither added nor recognised: `[CLS]` in a text is text.

use unicode_normalization::UnicodeNormalization;

use super::unicode_tables::{DROPPED, IDEOGRAPHS, MARKS, PUNCTUATION, Ranges};
use super::vocabulary::{PieceHash, Place, Vocabulary};

/// Longer words are unknown as a whole.
const MAX_WORD_CHARS: usize = 100;
const MAX_WORD_BYTES: usize = MAX_WORD_CHARS * 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Dropped,
    Space,
    Punctuation,
    Letter,
}

const ASCII_CLASSES: [Class; 128] = {
    let mut classes = [Class::Letter; 128];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        if matches!(c, b'\t' | b'\n' | b'\r' | b' ') {
            classes[byte] = Class::Space;
        } else if c.is_ascii_control() {
            classes[byte] = Class::Dropped;
        } else if c.is_ascii_punctuation() {
            classes[byte] = Class::Punctuation;
        }
        byte += 1;
    }
    classes
};

/// Calls `emit` with the id of each known piece of `text`, in order, and with `None` for each unknown word.
pub(super) fn tokenize(vocabulary: &Vocabulary, text: &str, emit: impl FnMut(Option<u32>)) {
    let scratch = Scratch { ids: [0; MAX_WORD_BYTES], hashes: [PieceHash::new(Place::Start); MAX_WORD_BYTES] };
    let mut words = Words { vocabulary, emit, word: [0; MAX_WORD_BYTES], len: 0, too_long: false, scratch };
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii() {
            words.ascii(byte);
            at += 1;
        } else {
            // Decomposition never reaches across an ASCII character, so each run between them stands alone.
            let end = bytes[at..].iter().position(u8::is_ascii).map_or(bytes.len(), |length| at + length);
            words.beyond_ascii(&text[at..end]);
            at = end;
        }
    }
    words.end_word();
}

struct Words<'a, E> {
    vocabulary: &'a Vocabulary,
    emit: E,
    word: [u8; MAX_WORD_BYTES],
    len: usize,
    too_long: bool,
    scratch: Scratch,
}

impl<E: FnMut(Option<u32>)> Words<'_, E> {
    #[inline]
    fn ascii(&mut self, byte: u8) {
        match ASCII_CLASSES[byte as usize] {
            Class::Letter => self.push(&[byte.to_ascii_lowercase()]),
            Class::Space => self.end_word(),
            Class::Punctuation => {
                self.end_word();
                self.push(&[byte]);
                self.end_word();
            }
            Class::Dropped => {}
        }
    }

    fn beyond_ascii(&mut self, run: &str) {
        let spaced = run.chars().filter(|&c| !contains(DROPPED, c)).flat_map(|c| {
            let around = contains(IDEOGRAPHS, c).then_some(' ');
            [around, Some(c), around].into_iter().flatten()
        });
        for c in spaced.nfd().filter(|&c| !contains(MARKS, c)).flat_map(char::to_lowercase) {
            if c.is_ascii() {
                self.ascii(c as u8);
            } else if c.is_whitespace() {
                self.end_word();
            } else if contains(PUNCTUATION, c) {
                self.end_word();
                self.push(c.encode_utf8(&mut [0; 4]).as_bytes());
                self.end_word();
            } else {
                self.push(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        match self.word.get_mut(self.len..self.len + bytes.len()) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            None => self.too_long = true,
        }
    }

    #[inline]
    fn end_word(&mut self) {
        if self.len > 0 {
            self.pieces();
            self.len = 0;
            self.too_long = false;
        }
    }

    fn pieces(&mut self) {
        let Words { vocabulary, emit, word, len, too_long, scratch } = self;
        let word = &word[..*len];
        let whole = word.iter().fold(PieceHash::new(Place::Start), |hash, &byte| hash.push(byte));
        if let Some(id) = vocabulary.find(Place::Start, word, whole) {
            emit(Some(id));
        } else if *too_long {
            emit(None);
        } else {
            match split(vocabulary, word, scratch) {
                Some(count) => scratch.ids[..count].iter().for_each(|&id| emit(Some(id))),
                None => emit(None),
            }
        }
    }
}

struct Scratch {
    ids: [u32; MAX_WORD_BYTES],
    hashes: [PieceHash; MAX_WORD_BYTES],
}

/// Puts the longest pieces from left to right into `scratch.ids` and returns their number; `None` if a part is in no piece.
fn split(vocabulary: &Vocabulary, word: &[u8], scratch: &mut Scratch) -> Option<usize> {
    if word.iter().filter(|&&byte| !is_continuation_byte(byte)).count() > MAX_WORD_CHARS {
        return None;
    }
    let (mut start, mut count, mut place) = (0, 0, Place::Start);
    while start < word.len() {
        let rest = &word[start..];
        let reach = rest.len().min(vocabulary.longest_piece_bytes());
        let mut hash = PieceHash::new(place);
        for (slot, &byte) in scratch.hashes.iter_mut().zip(&rest[..reach]) {
            hash = hash.push(byte);
            *slot = hash;
        }
        let (id, len) = (1..=reach)
            .rev()
            .filter(|&len| rest.get(len).is_none_or(|&next| !is_continuation_byte(next)))
            .find_map(|len| Some((vocabulary.find(place, &rest[..len], scratch.hashes[len - 1])?, len)))?;
        scratch.ids[count] = id;
        count += 1;
        start += len;
        place = Place::Continuation;
    }
    Some(count)
}

const fn is_continuation_byte(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

fn contains(ranges: Ranges, c: char) -> bool {
    let code = c as u32;
    let after = ranges.partition_point(|&(first, _)| first <= code);
    after > 0 && code <= ranges[after - 1].1
}
