//! Text of frames that no segment covers yet: read block by block and indexed, for a search at once or to be sealed into the file.

use super::frames::{Located, locate};
use super::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::format::frames::{BodyPart, default_uri};
use crate::index::text::{TextDoc, build_segment};
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
    let parts: Vec<Part> = ranges.iter().flat_map(|range| read_parts(snapshot, *range, &mut warnings)).collect();
    let mut frames = Vec::new();
    for part in &parts {
        for frame_id in part.first..part.end {
            let read = || {
                let offset = part.located.header.self_offset;
                part.located.entry(frame_id).and_then(|entry| Ok((entry, entry.read(&part.body, offset)?)))
            };
            match read() {
                Ok((entry, (attributes, content))) => {
                    let text = if entry.is_text { std::str::from_utf8(content).unwrap_or_default() } else { "" };
                    let tags: Vec<String> = attributes.tags.iter().map(|tag| tag.to_string()).collect();
                    let uri = if attributes.uri.is_empty() { default_uri(frame_id) } else { attributes.uri.to_string() };
                    frames.push((frame_id, entry.timestamp_ms, attributes.title, uri, tags, text));
                }
                Err(error) => warnings.push(unsearchable(frame_id, &error)),
            }
        }
    }
    // Counted before they are indexed: the writer sizes its tables by their number.
    let mut docs = Vec::with_capacity(frames.len());
    for (frame_id, timestamp_ms, title, uri, tags, text) in &frames {
        for (start, len) in passage::split(text) {
            docs.push(TextDoc {
                passage: Passage { frame_id: *frame_id, start, len },
                title,
                text: text.get(start as usize..(start + len) as usize).unwrap_or_default(),
                tags,
                uri,
                timestamp_ms: *timestamp_ms,
            });
        }
    }
    Ok((build_segment(docs.into_iter())?, warnings))
}

/// The passages of a range of frames, with their texts.
pub fn passages_of(snapshot: &Snapshot, range: (u64, u64)) -> Vec<(Passage, String)> {
    let mut passages = Vec::new();
    for part in read_parts(snapshot, range, &mut Vec::new()) {
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

/// The blocks that hold a range of frames, decompressed.
fn read_parts(snapshot: &Snapshot, (first, end): (u64, u64), warnings: &mut Vec<String>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut next = first;
    while next < end {
        let read = locate(snapshot, next).and_then(|located| {
            // Read past the cache: each block is needed once.
            let body = located.head.body(snapshot.payload(&located.header)?, &located.header, None, snapshot)?;
            Ok((located, body))
        });
        match read {
            Ok((located, body)) => {
                let block_end = (located.head.first_frame_id + located.head.entries.len() as u64).min(end).max(next + 1);
                parts.push(Part { located, body, first: next, end: block_end });
                next = block_end;
            }
            Err(error) => {
                warnings.push(unsearchable(next, &error));
                next += 1;
            }
        }
    }
    parts
}

fn unsearchable(frame_id: u64, error: &crate::error::Error) -> String {
    format!("frame {frame_id} can't be searched: {error}")
}
