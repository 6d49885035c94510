//! What a session records of a search, in the canonical form of format-spec/07-sessions. It is made here, beside the search: as objects of
//! JavaScript a hundred candidates cost more than the search does.

use mv2::index::Passage;
use mv2::store::{Candidate, FindResponse, Snapshot};
use rmp::encode::{ByteBuf, write_array_len, write_bin, write_f64, write_map_len, write_nil, write_sint, write_str};

use crate::output::score;

/// The map `retrieval` of an action.
pub fn retrieval(at: &Snapshot, found: &FindResponse, latency_ms: f64) -> Vec<u8> {
    let mut map = Payload::map(10);
    map.key("candidates").candidates(&found.candidates);
    map.key("cut").open_map(3);
    map.key("kept").number(found.cut.kept as f64);
    map.key("rule").text(found.cut.rule);
    map.key("threshold").number_or_none(found.cut.threshold.map(score));
    map.key("embedder").text_or_none(found.embedder.as_deref());
    map.key("latencyMs").number(latency_ms);
    map.key("mode").text(found.mode.as_str());
    map.key("queryKind").text(found.query_kind);
    map.key("snapshot").snapshot(at);
    map.key("titles").list(&found.hits, |map, hit| map.text_or_none(Some(hit.title.as_str()).filter(|title| !title.is_empty())));
    map.key("total").number(found.total as f64);
    map.key("uris").list(&found.hits, |map, hit| map.text(&hit.uri));
    map.into_bytes()
}

/// A number as a payload has it.
pub fn number(value: f64) -> Vec<u8> {
    let mut bytes = Payload(ByteBuf::new());
    bytes.number(value);
    bytes.into_bytes()
}

/// MessagePack with one encoding for each value. Keys have to come in their order.
struct Payload(ByteBuf);

/// A write to memory does not fail.
fn done<T, E>(written: Result<T, E>) {
    debug_assert!(written.is_ok());
}

impl Payload {
    fn map(len: u32) -> Payload {
        let mut payload = Payload(ByteBuf::new());
        payload.open_map(len);
        payload
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0.into_vec()
    }

    fn open_map(&mut self, len: u32) {
        done(write_map_len(&mut self.0, len));
    }

    fn key(&mut self, name: &str) -> &mut Payload {
        self.text(name);
        self
    }

    fn text(&mut self, text: &str) {
        done(write_str(&mut self.0, text));
    }

    fn text_or_none(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => done(write_nil(&mut self.0)),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        done(write_bin(&mut self.0, bytes));
    }

    /// A whole number of at most 32 bits in its shortest form, any other as a float of 64.
    fn number(&mut self, value: f64) {
        if value.fract() == 0.0 && (-2_147_483_648.0..=4_294_967_295.0).contains(&value) {
            done(write_sint(&mut self.0, value as i64));
        } else {
            done(write_f64(&mut self.0, value));
        }
    }

    fn number_or_none(&mut self, value: Option<f64>) {
        match value {
            Some(value) => self.number(value),
            None => done(write_nil(&mut self.0)),
        }
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Payload, &T)) {
        done(write_array_len(&mut self.0, items.len() as u32));
        items.iter().for_each(|item| write(self, item));
    }

    /// Ranked candidates as columns: one list a field.
    fn candidates(&mut self, all: &[Candidate]) {
        let hashes: Vec<u8> = all.iter().flat_map(|candidate| candidate.content_hash).collect();
        let passages: Vec<Passage> = all.iter().map(|candidate| candidate.passage).collect();
        self.open_map(9);
        self.key("contentHash").bytes(&hashes);
        self.key("frameId").list(&passages, |map, passage| map.number(passage.frame_id as f64));
        self.key("length").list(&passages, |map, passage| map.number(passage.len.into()));
        self.key("score").list(all, |map, candidate| map.number(score(candidate.score)));
        self.key("start").list(&passages, |map, passage| map.number(passage.start.into()));
        self.key("textRank").list(all, |map, candidate| map.number_or_none(candidate.text.map(|(_, rank)| rank.into())));
        self.key("textScore").list(all, |map, candidate| map.number_or_none(candidate.text.map(|(value, _)| score(value))));
        self.key("vectorRank").list(all, |map, candidate| map.number_or_none(candidate.vector.map(|(_, rank)| rank.into())));
        self.key("vectorScore").list(all, |map, candidate| map.number_or_none(candidate.vector.map(|(value, _)| score(value))));
    }

    fn snapshot(&mut self, at: &Snapshot) {
        self.open_map(5);
        self.key("chainHash").bytes(&at.commit.chain_hash);
        self.key("commit").number(at.commit.commit_no as f64);
        self.key("frameCount").number(at.state_counters().next_frame_id as f64);
        self.key("liveFrameCount").number(at.live_frame_count() as f64);
        self.key("timeMs").number(at.commit.time_ms as f64);
    }
}
