//! Where the actions of a session lie: their links are followed once, then any page of them is read directly.

use std::sync::{Arc, PoisonError};

use super::Store;
use super::sessions::{event_records, read_event, sessions, uuid};
use super::snapshot::Snapshot;
use crate::error::{Code, Error, Result};
use crate::format::commit::Hash;
use crate::format::event::{ActionLink, Event, EventType};
use crate::format::record::RecordType;

/// The places of a session's actions, as of one commit.
pub struct ActionLinks {
    session: [u8; 16],
    chain_hash: Hash,
    action_count: u32,
    start_offset: u64,
    last_action_offset: u64,
    /// Offset and payload hash of the last action. A longer chain that comes by this very record goes on as this one does.
    tail: Option<(u64, [u8; 32])>,
    /// Number and offset, ascending; a number is absent where its record could not be found.
    offsets: Vec<(u32, u64)>,
}

impl ActionLinks {
    /// The entries of a range of actions; an error for the first that is not there.
    fn range(&self, snapshot: &Snapshot, first: u32, end: u32) -> Result<&[(u32, u64)]> {
        let from = self.offsets.partition_point(|(number, _)| *number < first);
        let to = self.offsets.partition_point(|(number, _)| *number < end);
        let found = self.offsets.get(from..to).unwrap_or_default();
        match (first..end).zip(found.iter().map(|(number, _)| Some(*number)).chain(std::iter::repeat(None))).find(|(n, f)| Some(*n) != *f) {
            Some((lost, _)) => Err(unreadable(lost, self.loss(snapshot, lost))),
            None => Ok(found),
        }
    }

    /// Why an action was not found: the record that its successor links to, where that can be told.
    fn loss(&self, snapshot: &Snapshot, number: u32) -> Error {
        let at = match self.offsets.iter().find(|(next, _)| *next == number + 1) {
            Some((_, offset)) => read_event(snapshot, *offset).map_or(0, |event| event.prev_offset),
            None if number + 1 == self.action_count => self.last_action_offset,
            None => 0,
        };
        let lost = || Error::corrupt(self.start_offset, "its record was not found").hint("run `memvid verify`");
        if at == 0 { lost() } else { read_event(snapshot, at).err().unwrap_or_else(lost) }
    }
}

fn unreadable(number: u32, error: Error) -> Error {
    Error { message: format!("action {number} of the session can't be read: {}", error.message), ..error }
}

/// Follows the links of a session backwards. Only envelopes are looked at, whose hashes are checked when an action is read; a link
/// that does not lead to the action before it is damaged, and then the records are walked for all actions below.
fn action_links(snapshot: &Snapshot, session: &[u8; 16]) -> Result<Arc<ActionLinks>> {
    let cached = || snapshot.cache.actions.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = cached().clone().filter(|links| links.session == *session);
    if let Some(links) = kept.as_ref().filter(|links| links.chain_hash == snapshot.commit.chain_hash) {
        return Ok(links.clone());
    }
    let summary = sessions(snapshot)?.into_iter().find(|s| s.session == *session);
    let summary = summary.ok_or_else(|| Error::new(Code::SessionNotFound, format!("no session {}", uuid(session))))?;
    let mut offsets = Vec::new();
    let mut tail = None;
    let mut at = summary.last_action_offset;
    let mut number = summary.action_count;
    while number > 0 && at != 0 {
        let Some((link, hash)) = action_link(snapshot, at, session, number - 1) else { break };
        tail = tail.or(Some((at, hash)));
        if let Some(links) = kept.as_ref().filter(|links| links.tail == Some((at, hash))) {
            offsets.extend(links.offsets.iter().rev());
            number = 0;
            break;
        }
        number -= 1;
        offsets.push((number, at));
        at = link.prev_offset;
    }
    if number > 0 {
        let end = offsets.last().map_or(snapshot.commit.end, |(_, offset)| *offset);
        let mut below = Vec::new();
        event_records(snapshot, summary.start_offset, end, |offset, event| {
            if event.kind == EventType::Action && event.session == *session && event.sequence < number {
                below.push((event.sequence, offset));
            }
        });
        below.sort_unstable();
        below.reverse();
        below.dedup_by_key(|(number, _)| *number);
        offsets.append(&mut below);
    }
    offsets.reverse();
    let links = Arc::new(ActionLinks {
        session: *session,
        chain_hash: snapshot.commit.chain_hash,
        action_count: summary.action_count,
        start_offset: summary.start_offset,
        last_action_offset: summary.last_action_offset,
        tail,
        offsets,
    });
    *cached() = Some(links.clone());
    Ok(links)
}

/// The envelope at an offset with its payload's hash, where it is that of the action wanted.
fn action_link(snapshot: &Snapshot, offset: u64, session: &[u8; 16], number: u32) -> Option<(ActionLink, [u8; 32])> {
    let header = snapshot.record(offset).and_then(|header| header.expect(RecordType::Event)).ok()?;
    let start = header.payload_offset();
    let link = if snapshot.state.erased.contains_key(&offset) {
        // Its envelope stands in the erasure now.
        let Event { kind, sequence, session, prev_offset, .. } = read_event(snapshot, offset).ok()?;
        ActionLink { kind, sequence, session, prev_offset }
    } else {
        ActionLink::decode(snapshot.bytes(start..start + header.payload_len).ok()?, offset).ok()?
    };
    (link.kind == EventType::Action && link.session == *session && link.sequence == number).then_some((link, header.payload_hash))
}

impl Store {
    /// A session's actions in order, `limit` of them from `offset` on, each with the offset of its record.
    pub fn session_events(&self, session: &[u8; 16], offset: usize, limit: usize) -> Result<Vec<(u64, Event)>> {
        self.reading(&self.snapshot(), |s| {
            let links = action_links(s, session)?;
            let count = links.action_count as usize;
            let (first, end) = (offset.min(count), offset.saturating_add(limit).min(count));
            let found = links.range(s, first as u32, end as u32)?;
            let read = |(number, at): &(u32, u64)| match read_event(s, *at) {
                Ok(event) => Ok((*at, event)),
                Err(error) if error.code == Code::Corrupt => Err(unreadable(*number, error)),
                Err(error) => Err(error),
            };
            found.iter().map(read).collect()
        })
    }
}
