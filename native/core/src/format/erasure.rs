//! What takes the place of an erased record.

use super::bytes::{Put, Reader};
use super::event::Event;
use super::record::{Codec, Payload, RecordHeader, RecordType};
use crate::error::{Error, Result};

/// An erased record: an event with the payload that it has from now on, or a cached answer, of which nothing is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    pub target: u64,
    pub event: Option<Event>,
}

impl Erasure {
    pub fn encode(&self) -> Result<Payload> {
        let event = self.event.as_ref().map(Event::encode).transpose()?;
        let mut bytes = Vec::new();
        bytes.put_u64(self.target);
        let (codec, raw_len) = match event {
            Some(payload) => {
                bytes.extend_from_slice(&payload.bytes);
                (payload.codec, payload.raw_len)
            }
            None => (Codec::Stored, 0),
        };
        Ok(Payload { kind: RecordType::Erasure, bytes, codec, raw_len, checked: None })
    }

    /// Reads the erasure that `header` is of.
    pub fn decode(bytes: &[u8], header: &RecordHeader) -> Result<Erasure> {
        let mut reader = Reader::new(bytes, "erasure");
        let target = reader.u64()?;
        if target >= header.self_offset {
            return Err(Error::corrupt(header.self_offset, "an erasure of a record that is not before it"));
        }
        let rest = reader.take(reader.remaining())?;
        // Links of the event point backwards from where it lay, not from here.
        let place = RecordHeader { self_offset: target, ..header.clone() };
        let event = if rest.is_empty() { None } else { Some(Event::decode(rest, &place)?) };
        Ok(Erasure { target, event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::event::EventType;

    #[test]
    fn erasures_round_trip_and_point_backwards() {
        let event = Event {
            kind: EventType::Action,
            sequence: 3,
            session: [7; 16],
            time_ms: 5,
            commit_no: 2,
            chain_hash: [1; 32],
            prev_offset: 4096,
            start_offset: 64,
            last_action_offset: 0,
            frames: Vec::new(),
            payload: b"what is left, what is left, what is left, what is left".to_vec(),
        };
        for erasure in [Erasure { target: 8192, event: Some(event) }, Erasure { target: 64, event: None }] {
            let payload = erasure.encode().expect("encodes");
            let header = |offset| RecordHeader::decode(&payload.header(offset, 1, &[0; 16]), offset, 1 << 20, &[0; 16]).expect("a header");
            assert_eq!(Erasure::decode(&payload.bytes, &header(16384)).expect("decodes"), erasure);
            assert!(Erasure::decode(&payload.bytes, &header(64)).is_err(), "a target that is not before it");
            for cut in 0..payload.bytes.len() {
                let _ = Erasure::decode(&payload.bytes[..cut], &header(16384));
            }
        }
    }
}
