//! From text to terms: one analyzer for indexing, queries and snippets.
//!
//! * Words are runs of letters and digits, lower case, without accents (NFKD), stemmed as English.
//! * Numbers, dates, versions, identifiers and addresses (`12,450`, `2025-03-14`, `foo_bar`, `Getopt::Long`, `AKIA123`) give
//!   a term for the whole, at the position of its first part, and one for each part.
//! * Scripts without spaces (Han, kana, hangul, Thai, Lao, Khmer, Myanmar) give each character and each overlapping pair.

use tantivy::tokenizer::{RawTokenizer, Stemmer, Token, TokenFilter, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::index::passage::floor_char_boundary;

/// Name of the rules above, written into each segment: another analyzer's terms can't be compared with these.
pub const ANALYZER: &str = "mv2-en@1";

/// Longer terms are cut, in the index and in queries alike.
const MAX_TERM_BYTES: usize = 255;
/// A run like `a1b2c3` with more letter and digit runs than this is an opaque code and keeps together.
const MAX_ALPHANUMERIC_RUNS: usize = 3;
/// Slots for stems kept at hand: English text repeats a few thousand words.
const STEM_SLOTS: usize = 16_384;
/// Slots for reading queries and a few passages: to make room for more takes longer than these take to read.
const FEW_STEM_SLOTS: usize = 1_024;

/// What a term stands for; queries choose by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word, or the only character of a run in a script without spaces.
    Word,
    /// A number, date or identifier as written, besides its parts.
    Whole,
    /// Two neighbouring characters of a script without spaces.
    Pair,
    /// One character of a longer run: for the index alone, so that one-character queries find it.
    Single,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub text: String,
    pub kind: Kind,
    /// Counted in words; both a whole and its first part have the same.
    pub position: u32,
    /// Byte span in the text.
    pub start: usize,
    pub end: usize,
}

type EnglishStemmer = <Stemmer as TokenFilter>::Tokenizer<RawTokenizer>;

/// Turns text into terms. Cheap to keep, moderately cheap to make; not shared between threads.
#[derive(Clone)]
pub struct Analyzer {
    stemmer: EnglishStemmer,
    /// Words and their stems, each in the slot of its hash; a newer word takes the slot over. Empty until a word comes.
    stems: Vec<(String, String)>,
    stem_slots: usize,
    terms: Vec<Term>,
    /// Terms handed out so far of `terms`.
    next: usize,
    /// Bounds of the parts of the chunk at hand, within it.
    parts: Vec<(usize, usize)>,
    position: u32,
    token: Token,
}

impl Default for Analyzer {
    fn default() -> Self {
        Analyzer {
            stemmer: Stemmer::default().transform(RawTokenizer::default()),
            stems: Vec::new(),
            stem_slots: STEM_SLOTS,
            terms: Vec::new(),
            next: 0,
            parts: Vec::new(),
            position: 0,
            token: Token::default(),
        }
    }
}

impl Analyzer {
    /// One for queries and few texts.
    pub fn small() -> Analyzer {
        Analyzer { stem_slots: FEW_STEM_SLOTS, ..Analyzer::default() }
    }

    /// All terms of `text` in order.
    pub fn terms(&mut self, text: &str) -> Vec<Term> {
        self.begin();
        let mut all = Vec::new();
        let mut at = 0;
        while self.fill(text, &mut at) {
            all.append(&mut self.terms);
        }
        all
    }

    /// Those terms of `text` that may be among some, by what these begin with: a stem keeps its word's first letter, so that most words need not
    /// be stemmed to be told from them.
    pub fn some_terms<'a>(&'a mut self, text: &'a str, only: &'a FirstBytes) -> Terms<'a> {
        Terms { only: Some(only), ..self.token_stream(text) }
    }

    fn begin(&mut self) {
        self.terms.clear();
        self.next = 0;
        self.position = 0;
    }

    /// Reads on from `at` until there are terms, and puts them into `self.terms`; false at the end of the text.
    fn fill(&mut self, text: &str, at: &mut usize) -> bool {
        self.terms.clear();
        self.next = 0;
        while self.terms.is_empty() {
            let rest = &text[*at..];
            let Some((skip, first)) = rest.char_indices().find(|&(_, c)| is_word(c) || is_unspaced(c)) else { return false };
            let start = *at + skip;
            if is_unspaced(first) {
                let run = &text[start..];
                let end = run.find(|c| !is_unspaced(c)).unwrap_or(run.len());
                self.unspaced(&run[..end], start);
                *at = start + end;
            } else {
                let end = chunk_end(&text[start..], &mut self.parts);
                self.chunk(&text[start..start + end], start);
                *at = start + end;
            }
        }
        true
    }

    /// Words joined by characters like `_`, `-` or `.`, whose bounds are in `self.parts`.
    fn chunk(&mut self, chunk: &str, offset: usize) {
        let mut parts = std::mem::take(&mut self.parts);
        let has_digit = chunk.bytes().any(|b| b.is_ascii_digit());
        if has_digit {
            split_alphanumeric(chunk, &mut parts);
        }
        let joined_as_code = || chunk.bytes().any(|b| matches!(b, b'_' | b':' | b'.' | b'@' | b'&'));
        if parts.len() > 1 && chunk.len() <= MAX_TERM_BYTES && (has_digit || joined_as_code()) {
            let without_separators = chunk.contains(',').then(|| chunk.replace(',', ""));
            let text = self.normal(without_separators.as_deref().unwrap_or(chunk));
            self.push(text, Kind::Whole, (offset, offset + chunk.len()), 0);
        }
        for &(start, end) in &parts {
            let word = &chunk[start..end];
            if start > 0 && is_clitic(word) && chunk[..start].ends_with(['\'', '’']) {
                continue;
            }
            let text = self.normal(word);
            self.push(text, Kind::Word, (offset + start, offset + end), 1);
        }
        self.parts = parts;
    }

    /// A run of a script without spaces. Compatibility forms (half-width kana, loose jamo) are composed first.
    fn unspaced(&mut self, run: &str, offset: usize) {
        let mut characters: Vec<(char, usize, usize)> = run.char_indices().map(|(at, c)| (c, at, at + c.len_utf8())).collect();
        let composed: Vec<char> = run.nfkc().collect();
        if composed.len() == characters.len() {
            characters.iter_mut().zip(composed).for_each(|(slot, c)| slot.0 = c);
        } else {
            characters = composed.into_iter().map(|c| (c, 0, run.len())).collect();
        }
        let single = if characters.len() == 1 { Kind::Word } else { Kind::Single };
        for (index, &(first, start, end)) in characters.iter().enumerate() {
            if let Some(&(second, _, pair_end)) = characters.get(index + 1) {
                self.push(String::from_iter([first, second]), Kind::Pair, (offset + start, offset + pair_end), 0);
            }
            self.push(first.to_string(), single, (offset + start, offset + end), 1);
        }
    }

    fn push(&mut self, text: String, kind: Kind, (start, end): (usize, usize), advance: u32) {
        if text.is_empty() {
            return;
        }
        self.terms.push(Term { text, kind, position: self.position, start, end });
        self.position = self.position.saturating_add(advance);
    }

    /// Lower case, without accents, stemmed, cut to the longest term.
    fn normal(&mut self, word: &str) -> String {
        let mut folded = if word.is_ascii() { word.to_ascii_lowercase() } else { fold(word) };
        folded.truncate(floor_char_boundary(&folded, MAX_TERM_BYTES));
        if folded.bytes().all(|b| b.is_ascii_lowercase()) {
            self.stem(&mut folded);
        }
        folded
    }

    /// Replaces a word of lower-case ASCII letters by its English stem.
    fn stem(&mut self, word: &mut String) {
        if word.len() < 3 {
            return;
        }
        if self.stems.is_empty() {
            self.stems.resize(self.stem_slots, Default::default());
        }
        let slot = crc32c::crc32c(word.as_bytes()) as usize % self.stem_slots;
        if self.stems[slot].0 != *word {
            let mut stream = self.stemmer.token_stream(word);
            let stem = if stream.advance() { stream.token().text.clone() } else { word.clone() };
            drop(stream);
            self.stems[slot] = (word.clone(), stem);
        }
        word.clear();
        word.push_str(&self.stems[slot].1);
    }
}

/// The next word from `at` on when it is of ASCII letters alone and stands by itself, which most are; None when it has to be
/// looked at more closely.
fn plain_word(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let ends = |at: usize| bytes.get(at).is_none_or(|b| b.is_ascii() && !b.is_ascii_alphanumeric());
    let start = at + bytes[at..].iter().position(|b| b.is_ascii_alphanumeric() || !b.is_ascii())?;
    let end = start + bytes[start..].iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(bytes.len() - start);
    let alone = match bytes.get(end) {
        Some(b'_' | b'-' | b'.' | b'@' | b'&' | b'\'' | b':') => ends(end + 1) && bytes.get(end + 1) != Some(&b':'),
        _ => ends(end),
    };
    (alone && end > start && end - start <= MAX_TERM_BYTES).then_some((start, end))
}

/// Decomposed, without accents of Latin, Greek and Cyrillic, lower case. Marks that are letters of other scripts stay.
fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for character in word.nfkd().filter(|&c| !is_accent(c) && !is_ignorable(c)) {
        match character {
            'ß' | 'ẞ' => folded.push_str("ss"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            'þ' | 'Þ' => folded.push_str("th"),
            'ø' | 'Ø' => folded.push('o'),
            'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
            'ł' | 'Ł' => folded.push('l'),
            'ı' => folded.push('i'),
            _ => folded.extend(character.to_lowercase()),
        }
    }
    folded
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}')
}

/// Soft hyphen and zero-width joiners: inside of words, without meaning for the search.
fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200C}' | '\u{200D}' | '\u{2060}')
}

fn is_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() && !is_unspaced(c) }
}

fn continues_word(c: char) -> bool {
    is_word(c) || (!c.is_ascii() && !is_unspaced(c) && (is_combining_mark(c) || is_ignorable(c)))
}

/// Letters of scripts that are written without spaces between words.
fn is_unspaced(c: char) -> bool {
    if c < '\u{E00}' {
        return false;
    }
    let in_script = matches!(c,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3040}'..='\u{30FF}'
        | '\u{3100}'..='\u{318F}' | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FFDC}' | '\u{20000}'..='\u{3FFFF}');
    in_script && (c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '\u{2E80}'..='\u{2FDF}'))
}

/// English endings that an apostrophe cuts off: `don't`, `company's`, `we'll`.
fn is_clitic(word: &str) -> bool {
    ["s", "t", "re", "ve", "ll", "d", "m"].iter().any(|clitic| word.eq_ignore_ascii_case(clitic))
}

/// Length of the chunk that `text` begins with, a word and what is joined to it; the words' bounds go to `parts`.
fn chunk_end(text: &str, parts: &mut Vec<(usize, usize)>) -> usize {
    parts.clear();
    let mut start = 0;
    loop {
        let end = text[start..].find(|c| !continues_word(c)).map_or(text.len(), |length| start + length);
        parts.push((start, end));
        match joint(&text[..end], &text[end..]) {
            0 => return end,
            width => start = end + width,
        }
    }
}

/// Width of a joining character between the word that ends `before` and one that begins behind it, else 0.
fn joint(before: &str, after: &str) -> usize {
    let mut characters = after.chars();
    let Some(joiner) = characters.next() else { return 0 };
    let mut width = joiner.len_utf8();
    if joiner == ':' && after[1..].starts_with(':') {
        characters.next();
        width = 2;
    }
    let Some(next) = characters.next() else { return 0 };
    let digits = before.ends_with(|c: char| c.is_ascii_digit()) && next.is_ascii_digit();
    let joins = match joiner {
        '_' | '-' | '.' | '@' | '&' | '\'' | '’' => true,
        ':' => width == 2 || digits,
        '/' => digits,
        // A thousands separator: exactly three digits follow.
        ',' => digits && after[1..].bytes().take_while(u8::is_ascii_digit).count() == 3,
        _ => false,
    };
    if joins && is_word(next) { width } else { 0 }
}

/// Cuts each part further where letters and digits meet: `AKIA123` into `AKIA` and `123`.
fn split_alphanumeric(chunk: &str, parts: &mut Vec<(usize, usize)>) {
    let mut split = Vec::with_capacity(parts.len() + 2);
    for &(start, end) in parts.iter() {
        let bytes = &chunk.as_bytes()[start..end];
        let meets = |at: &usize| bytes[*at - 1].is_ascii_digit() != bytes[*at].is_ascii_digit();
        // A digit is one byte, so that the place before or behind it is a character boundary.
        let cuts: Vec<usize> = (1..bytes.len()).filter(meets).take(MAX_ALPHANUMERIC_RUNS).collect();
        if cuts.len() >= MAX_ALPHANUMERIC_RUNS {
            split.push((start, end));
            continue;
        }
        let mut from = start;
        for cut in cuts {
            split.push((from, start + cut));
            from = start + cut;
        }
        split.push((from, end));
    }
    *parts = split;
}

/// Feeds tantivy's indexing, and finds words to mark without making a string for each.
pub struct Terms<'a> {
    analyzer: &'a mut Analyzer,
    text: &'a str,
    at: usize,
    kind: Kind,
    /// Plain words with other first letters than these are passed over.
    only: Option<&'a FirstBytes>,
}

/// Which bytes the terms that are looked for begin with.
pub struct FirstBytes([bool; 256]);

impl FirstBytes {
    pub fn of(terms: &[String]) -> FirstBytes {
        let mut is_first = [false; 256];
        terms.iter().filter_map(|term| term.bytes().next()).for_each(|byte| is_first[byte as usize] = true);
        FirstBytes(is_first)
    }

    pub fn begin(&self, word: &str) -> bool {
        word.bytes().next().is_some_and(|byte| self.0[byte.to_ascii_lowercase() as usize])
    }
}

impl Terms<'_> {
    /// What the token at hand stands for.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl Tokenizer for Analyzer {
    type TokenStream<'a> = Terms<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms<'a> {
        self.begin();
        Terms { analyzer: self, text, at: 0, kind: Kind::Word, only: None }
    }
}

impl TokenStream for Terms<'_> {
    fn advance(&mut self) -> bool {
        let analyzer = &mut *self.analyzer;
        while analyzer.next >= analyzer.terms.len() {
            if let Some((start, end)) = plain_word(self.text, self.at) {
                self.at = end;
                if self.only.is_some_and(|first| !first.begin(&self.text[start..])) {
                    analyzer.position = analyzer.position.saturating_add(1);
                    continue;
                }
                let mut word = std::mem::take(&mut analyzer.token.text);
                word.clear();
                word.push_str(&self.text[start..end]);
                word.make_ascii_lowercase();
                analyzer.stem(&mut word);
                let position = analyzer.position as usize;
                analyzer.token = Token { text: word, offset_from: start, offset_to: end, position, position_length: 1 };
                analyzer.position = analyzer.position.saturating_add(1);
                self.kind = Kind::Word;
                return true;
            }
            if !analyzer.fill(self.text, &mut self.at) {
                return false;
            }
        }
        let term = &mut analyzer.terms[analyzer.next];
        analyzer.next += 1;
        self.kind = term.kind;
        let token = &mut analyzer.token;
        std::mem::swap(&mut token.text, &mut term.text);
        (token.offset_from, token.offset_to) = (term.start, term.end);
        token.position = term.position as usize;
        true
    }

    fn token(&self) -> &Token {
        &self.analyzer.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.analyzer.token
    }
}
