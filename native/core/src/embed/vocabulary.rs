//! Looks a WordPiece vocabulary up by bytes: an open-addressing table over the text of the asset, nothing copied.

use crate::error::{Error, Result};

const CONTINUATION: &str = "##";
const SLOTS: usize = 1 << 16;
const EMPTY: u32 = u32::MAX;
/// At most three quarters of the slots are used, so that a probe always ends at an empty one.
const MAX_TOKENS: usize = SLOTS / 4 * 3;

const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// Where in a word a piece stands: BERT writes continuations as `##ing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Start,
    Continuation,
}

/// An FNV-1a hash that grows byte by byte, so that all prefixes of a word cost one pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct PieceHash(u64);

impl PieceHash {
    pub(super) fn new(place: Place) -> Self {
        PieceHash(FNV_OFFSET ^ (place as u64) << 32)
    }

    pub(super) fn push(self, byte: u8) -> Self {
        PieceHash((self.0 ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
    }

    fn slot(self) -> usize {
        (self.0 ^ (self.0 >> 32)) as usize & (SLOTS - 1)
    }

    fn fingerprint(self) -> u32 {
        ((self.0 >> 40) & 0xffff) as u32
    }
}

pub(super) struct Vocabulary {
    text: &'static str,
    /// Start of each token's line in `text`, and one past the end.
    starts: Vec<u32>,
    /// Fingerprint above, token id below; `EMPTY` where no token is.
    slots: Box<[u32]>,
    longest_piece_bytes: usize,
}

impl Vocabulary {
    /// Reads one token a line; the line number is the token's id. Fails with `Corrupt` on an empty, doubled or missing token.
    pub(super) fn parse(text: &'static str, count: usize) -> Result<Self> {
        let bad = |message: String| Error::corrupt(0, format!("embedder vocabulary: {message}"));
        if count == 0 || count > MAX_TOKENS {
            return Err(bad(format!("expected 1 to {MAX_TOKENS} tokens, found {count}")));
        }
        let text_len = u32::try_from(text.len()).map_err(|_| bad("longer than 4 GiB".into()))?;
        if !text.ends_with('\n') {
            return Err(bad("does not end with a line feed".into()));
        }
        let mut vocabulary = Vocabulary {
            text,
            starts: Vec::with_capacity(count + 1),
            slots: vec![EMPTY; SLOTS].into_boxed_slice(),
            longest_piece_bytes: 0,
        };
        let mut start = 0;
        for line in text.split_terminator('\n') {
            if line.is_empty() || vocabulary.starts.len() == count {
                return Err(bad(format!("an empty token, or more than the {count} of the header")));
            }
            vocabulary.starts.push(start);
            start += line.len() as u32 + 1;
        }
        vocabulary.starts.push(text_len);
        if vocabulary.starts.len() != count + 1 {
            return Err(bad(format!("expected {count} tokens, found {}", vocabulary.starts.len() - 1)));
        }
        for id in 0..count as u32 {
            vocabulary.insert(id).map_err(|token| bad(format!("token {token:?} is there twice")))?;
        }
        Ok(vocabulary)
    }

    /// The id of this piece, whose hash must be that of its bytes at this place.
    pub(super) fn find(&self, place: Place, piece: &[u8], hash: PieceHash) -> Option<u32> {
        self.probe(place, piece, hash).ok()
    }

    /// The id of this piece, or else the free slot where it belongs.
    fn probe(&self, place: Place, piece: &[u8], hash: PieceHash) -> std::result::Result<u32, usize> {
        let mut slot = hash.slot();
        loop {
            let entry = self.slots[slot];
            if entry == EMPTY {
                return Err(slot);
            }
            let id = entry & 0xffff;
            if entry >> 16 == hash.fingerprint() && self.piece(id) == (place, piece) {
                return Ok(id);
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
    }

    /// Length of the longest piece without its `##`.
    pub(super) fn longest_piece_bytes(&self) -> usize {
        self.longest_piece_bytes
    }

    fn insert(&mut self, id: u32) -> std::result::Result<(), &'static str> {
        let (place, piece) = self.piece(id);
        let hash = piece.iter().fold(PieceHash::new(place), |hash, &byte| hash.push(byte));
        match self.probe(place, piece, hash) {
            Ok(_) => return Err(self.token(id)),
            Err(slot) => self.slots[slot] = hash.fingerprint() << 16 | id,
        }
        self.longest_piece_bytes = self.longest_piece_bytes.max(piece.len());
        Ok(())
    }

    fn token(&self, id: u32) -> &'static str {
        &self.text[self.starts[id as usize] as usize..self.starts[id as usize + 1] as usize - 1]
    }

    /// A token as its place and bytes. `##` alone is the two signs themselves, at a word's start.
    fn piece(&self, id: u32) -> (Place, &'static [u8]) {
        let token = self.token(id);
        match token.strip_prefix(CONTINUATION) {
            Some(rest) if !rest.is_empty() => (Place::Continuation, rest.as_bytes()),
            _ => (Place::Start, token.as_bytes()),
        }
    }
}
