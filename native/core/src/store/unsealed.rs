//! Text of frames that no segment covers yet: read block by block and indexed, for a search at once or to be sealed into the file.

use super::frames::{Located, locate};
use super::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::format::frames::{BodyPart, default_uri};
use crate::index::text::{NewSegment, TextDoc};
use crate::index::{Passage, passage};

/// A range of frames, half open.
pub type Range = (u64, u64);

/// What became of a range: its segment, where it has readable text, and what could not be read.
pub type Indexed = (Range, Option<Vec<u8>>, Vec<String>);

/// A text segment for each range, each on a thread of its own.
pub fn text_segments_of(snapshot: &Snapshot, ranges: &[Range]) -> Result<Vec<Indexed>> {
    let index = |range: Range| text_segment_of(snapshot, &[range]).map(|(bytes, warnings)| (range, bytes, warnings));
    let Some((last, others)) = ranges.split_last() else { return Ok(Vec::new()) };
    std::thread::scope(|scope| {
        let workers: Vec<_> = others.iter().map(|range| scope.spawn(move || index(*range))).collect();
        let own = index(*last);
        let joined = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(Error::invalid("text could not be indexed"))));
        joined.chain([own]).collect()
    })
}

/// A block of frames with its body, and the part of the range asked that lies in it.
struct Part {
    located: Located,
    body: BodyPart,
    first: u64,
    end: u64,
}

/// Builds the text segment of ranges of frames, half open and ascending. A frame that can't be read is left out, with a warning.
pub fn text_segment_of(snapshot: &Snapshot, ranges: &[Range]) -> Result<(Option<Vec<u8>>, Vec<String>)> {
    let mut warnings = Vec::new();
    let mut segment = NewSegment::sized_for(ranges.iter().map(|(first, end)| (end - first) as usize).sum());
    for range in ranges {
        // A block at a time: their texts together take as much memory as the index.
        for part in parts(snapshot, *range) {
            match part {
                Ok(part) => (part.first..part.end).try_for_each(|frame_id| add_frame(&mut segment, &part, frame_id, &mut warnings))?,
                Err(warning) => warnings.push(warning),
            }
        }
    }
    Ok((segment.finish()?, warnings))
}

fn add_frame(segment: &mut NewSegment, part: &Part, frame_id: u64, warnings: &mut Vec<String>) -> Result<()> {
    let read = part.located.entry(frame_id).and_then(|entry| {
        let (attributes, content) = entry.read(&part.body, part.located.header.self_offset)?;
        Ok((entry, attributes, content))
    });
    let (entry, attributes, content) = match read {
        Ok(read) => read,
        Err(error) => {
            warnings.push(unsearchable(frame_id, &error));
            return Ok(());
        }
    };
    let text = if entry.is_text { std::str::from_utf8(content).unwrap_or_default() } else { "" };
    let tags: Vec<String> = attributes.tags.iter().map(|tag| tag.to_string()).collect();
    let uri = if attributes.uri.is_empty() { default_uri(frame_id) } else { attributes.uri.to_string() };
    for (start, len) in passage::split(text) {
        segment.add(&TextDoc {
            passage: Passage { frame_id, start, len },
            title: attributes.title,
            text: text.get(start as usize..(start + len) as usize).unwrap_or_default(),
            tags: &tags,
            uri: &uri,
            timestamp_ms: entry.timestamp_ms,
        })?;
    }
    Ok(())
}

/// The passages of a range of frames, with their texts.
pub fn passages_of(snapshot: &Snapshot, range: Range) -> Vec<(Passage, String)> {
    let mut passages = Vec::new();
    for part in parts(snapshot, range).flatten() {
        for frame_id in part.first..part.end {
            let Ok(entry) = part.located.entry(frame_id) else { continue };
            let Ok((_, content)) = entry.read(&part.body, part.located.header.self_offset) else { continue };
            let text = if entry.is_text { std::str::from_utf8(content).unwrap_or_default() } else { "" };
            for (start, len) in passage::split(text) {
                let passage = text.get(start as usize..(start + len) as usize).unwrap_or_default();
                passages.push((Passage { frame_id, start, len }, passage.to_string()));
            }
        }
    }
    passages
}

/// The blocks that hold a range of frames, decompressed, one after the other; for one that can't be read a warning.
fn parts(snapshot: &Snapshot, (first, end): Range) -> impl Iterator<Item = std::result::Result<Part, String>> {
    let mut next = first;
    std::iter::from_fn(move || {
        let first = next;
        if first >= end {
            return None;
        }
        next += 1;
        let read = locate(snapshot, first).and_then(|located| {
            // Read past the cache: each block is needed once.
            let body = located.head.body(snapshot.payload(&located.header)?, &located.header, None, snapshot)?;
            Ok((located, body))
        });
        Some(match read {
            Ok((located, body)) => {
                next = (located.head.first_frame_id + located.head.entries.len() as u64).min(end).max(first + 1);
                Ok(Part { located, body, first, end: next })
            }
            Err(error) => Err(unsearchable(first, &error)),
        })
    })
}

fn unsearchable(frame_id: u64, error: &crate::error::Error) -> String {
    format!("frame {frame_id} can't be searched: {error}")
}
