//! The map of what a compaction dropped: offsets in the log stay what they were, the file is shorter (format-spec/01, "Gap map").

use std::ops::Range;

use super::bytes::{Put, Reader};
use super::header::HEADER_LEN;
use super::record::{MARKER, RECORD_HEADER_LEN};
use super::{ALIGN, MAX_SAFE};
use crate::error::{Error, Result};

pub const MAGIC: [u8; 8] = *b"MV2GAPS\n";
const HEAD_LEN: u64 = 64;
const ENTRY_LEN: u64 = 16;
/// Each copy of the map begins at a multiple of this, so that no bad sector of a disk takes both.
const COPY_ALIGN: u64 = 4096;

/// Bytes of the log that are not in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    pub start: u64,
    pub end: u64,
    /// Bytes that the gaps before this one have taken.
    before: u64,
}

/// Which parts of the log are not in the file, and so where the others lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapMap {
    /// The commit whose state names none of what was dropped, nor does any later one.
    pub commit_no: u64,
    gaps: Vec<Gap>,
}

/// The head of a map: how much of the file it takes.
struct Head {
    commit_no: u64,
    count: u64,
    entries_crc32c: u32,
}

impl GapMap {
    /// `ranges` ascend, do not touch, and begin and end at multiples of 64.
    pub fn new(commit_no: u64, ranges: impl IntoIterator<Item = Range<u64>>) -> GapMap {
        let mut before = 0;
        let gaps = ranges.into_iter().map(|range| {
            let gap = Gap { start: range.start, end: range.end, before };
            before += range.end - range.start;
            gap
        });
        GapMap { commit_no, gaps: gaps.collect() }
    }

    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Bytes that the map itself takes, between the header and the log.
    pub fn area_len(&self) -> u64 {
        area_len(self.gaps.len() as u64)
    }

    /// Where a range of the log lies in the file; `None` when a part of it was dropped.
    pub fn place(&self, range: Range<u64>) -> Option<u64> {
        if range.start < HEADER_LEN {
            return (range.end <= HEADER_LEN).then_some(range.start);
        }
        let next = self.gaps.partition_point(|gap| gap.end <= range.start);
        let is_whole = self.gaps.get(next).is_none_or(|gap| range.end <= gap.start);
        is_whole.then(|| range.start + self.area_len() - self.taken_by(next))
    }

    /// Where the log's first `len` bytes end in the file.
    pub fn file_len(&self, len: u64) -> u64 {
        if len <= HEADER_LEN {
            return len;
        }
        let gaps = self.gaps.partition_point(|gap| gap.start < len);
        let inside = gaps.checked_sub(1).map_or(0, |last| self.gaps[last].end.saturating_sub(len));
        len + self.area_len() - (self.taken_by(gaps) - inside)
    }

    /// How long the log is that a file of `file_len` bytes holds.
    pub fn log_len(&self, file_len: u64) -> u64 {
        let area = self.area_len();
        if file_len <= HEADER_LEN + area {
            return file_len.min(HEADER_LEN);
        }
        let gaps = self.gaps.partition_point(|gap| gap.start + area - gap.before < file_len);
        file_len - area + self.taken_by(gaps)
    }

    /// The gap that holds this byte of the log.
    pub fn at(&self, offset: u64) -> Option<Gap> {
        let next = self.gaps.partition_point(|gap| gap.end <= offset);
        self.gaps.get(next).filter(|gap| gap.start <= offset).copied()
    }

    fn taken_by(&self, count: usize) -> u64 {
        count.checked_sub(1).map_or(0, |last| self.gaps[last].before + self.gaps[last].end - self.gaps[last].start)
    }

    /// The bytes between the header and the log: head and entries, and the same again.
    pub fn encode(&self, file_salt: &[u8; 16]) -> Vec<u8> {
        let mut entries = Vec::with_capacity(self.gaps.len() * ENTRY_LEN as usize);
        for gap in &self.gaps {
            entries.put_u64(gap.start);
            entries.put_u64(gap.end - gap.start);
        }
        let mut copy = Vec::with_capacity(copy_len(self.gaps.len() as u64) as usize);
        copy.extend_from_slice(&MAGIC);
        copy.put_u64(self.gaps.len() as u64);
        copy.put_u64(self.commit_no);
        copy.extend_from_slice(file_salt);
        copy.put_u32(crc32c::crc32c(&entries));
        copy.pad_to(60);
        let crc = crc32c::crc32c(&copy);
        copy.put_u32(crc);
        copy.extend_from_slice(&entries);
        copy.resize(copy_len(self.gaps.len() as u64) as usize, 0);
        copy.repeat(2)
    }

    /// The map of a file of `file_len` bytes, of which `read` gives some; `None` when it has none. Each copy of head and entries speaks where the
    /// other does not check.
    pub fn find(file_len: u64, file_salt: &[u8; 16], read: &dyn Fn(u64, &mut [u8]) -> Result<()>) -> Result<Option<GapMap>> {
        let mut bytes = [0; HEAD_LEN as usize];
        let mut head_at = |place: u64| {
            if place + HEAD_LEN > file_len {
                return Ok((false, None));
            }
            read(place, &mut bytes)?;
            Ok((bytes.starts_with(&MARKER), Head::decode(&bytes, file_salt)))
        };
        let (is_log, mut head) = head_at(HEADER_LEN)?;
        if is_log {
            return Ok(None);
        }
        let mut place = HEADER_LEN + COPY_ALIGN;
        while head.is_none() && place < file_len {
            head = head_at(place)?.1.filter(|head| HEADER_LEN + copy_len(head.count) == place);
            place += COPY_ALIGN;
        }
        let Some(head) = head else {
            return if bytes_at_start_are_magic(file_len, read)? { Err(damaged("neither copy of its head does")) } else { Ok(None) };
        };
        // Counted against the file before anything is allocated.
        if head.count > file_len / (2 * ENTRY_LEN) || HEADER_LEN + area_len(head.count) > file_len {
            return Err(damaged("it is longer than the file"));
        }
        let mut entries = vec![0; (head.count * ENTRY_LEN) as usize];
        for copy in 0..2 {
            read(HEADER_LEN + copy * copy_len(head.count) + HEAD_LEN, &mut entries)?;
            if crc32c::crc32c(&entries) == head.entries_crc32c {
                let map = GapMap::from_entries(head.commit_no, &entries).ok_or_else(|| damaged("its entries are out of order"))?;
                return Ok(Some(map));
            }
        }
        Err(damaged("neither copy of its entries does"))
    }

    fn from_entries(commit_no: u64, entries: &[u8]) -> Option<GapMap> {
        let mut reader = Reader::new(entries, "gap map");
        let mut gaps = Vec::with_capacity(entries.len() / ENTRY_LEN as usize);
        // Before the first gap there is at least one record's header.
        let (mut least, mut before) = (HEADER_LEN + RECORD_HEADER_LEN, 0u64);
        while let (Ok(start), Ok(len)) = (reader.u64(), reader.u64()) {
            let end = start.checked_add(len).filter(|end| *end < MAX_SAFE)?;
            if start < least || len == 0 || start % ALIGN != 0 || len % ALIGN != 0 {
                return None;
            }
            gaps.push(Gap { start, end, before });
            before += len;
            least = end + RECORD_HEADER_LEN;
        }
        Some(GapMap { commit_no, gaps })
    }

    /// Checks every byte of the area: both copies, and zeros behind each.
    pub fn check_area(&self, area: &[u8], file_salt: &[u8; 16]) -> Result<()> {
        let expected = self.encode(file_salt);
        match area.iter().zip(&expected).position(|(got, wanted)| got != wanted) {
            None if area.len() == expected.len() => Ok(()),
            at => {
                let at = HEADER_LEN + at.unwrap_or(area.len().min(expected.len())) as u64;
                Err(Error::corrupt(at, "one of the two copies of the map of dropped bytes is damaged; the other is used"))
            }
        }
    }
}

impl Head {
    fn decode(bytes: &[u8], file_salt: &[u8; 16]) -> Option<Head> {
        let (head, crc) = bytes.split_at_checked(60)?;
        if !head.starts_with(&MAGIC) || crc != crc32c::crc32c(head).to_le_bytes() {
            return None;
        }
        let mut reader = Reader::new(&head[8..], "gap map");
        let (count, commit_no) = (reader.u64().ok()?, reader.u64().ok()?);
        let salt: [u8; 16] = reader.array().ok()?;
        let entries_crc32c = reader.u32().ok()?;
        (salt == *file_salt && count < MAX_SAFE / ENTRY_LEN).then_some(Head { commit_no, count, entries_crc32c })
    }
}

fn copy_len(count: u64) -> u64 {
    (HEAD_LEN + count.saturating_mul(ENTRY_LEN)).next_multiple_of(COPY_ALIGN)
}

fn area_len(count: u64) -> u64 {
    2 * copy_len(count)
}

fn bytes_at_start_are_magic(file_len: u64, read: &dyn Fn(u64, &mut [u8]) -> Result<()>) -> Result<bool> {
    let mut magic = [0; MAGIC.len()];
    if file_len < HEADER_LEN + magic.len() as u64 {
        return Ok(false);
    }
    read(HEADER_LEN, &mut magic)?;
    Ok(magic == MAGIC)
}

fn damaged(what: &str) -> Error {
    Error::corrupt(HEADER_LEN, format!("the map of what a compaction dropped does not check: {what}"))
        .hint("`memvid salvage` recovers the frames into a new file")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; 16] = [7; 16];

    fn map() -> GapMap {
        GapMap::new(9, [4224..4288, 4480..5120])
    }

    #[test]
    fn offsets_of_the_log_are_found_in_the_file() {
        let map = map();
        let area = map.area_len();
        assert_eq!(area, 2 * 4096);
        assert_eq!(map.place(0..4096), Some(0));
        assert_eq!(map.place(4096..4224), Some(4096 + area));
        assert_eq!(map.place(4200..4230), None);
        assert_eq!(map.place(4224..4288), None);
        assert_eq!(map.place(4288..4480), Some(4288 + area - 64));
        assert_eq!(map.place(4288..4481), None);
        assert_eq!(map.place(5120..6000), Some(5120 + area - 704));
        assert_eq!(map.at(4223), None);
        assert_eq!(map.at(5119).map(|gap| gap.start), Some(4480));
        for (log, file) in [(4096, 4096), (4224, 4224 + area), (4288, 4224 + area), (4480, 4416 + area), (6000, 6000 + area - 704)] {
            assert_eq!(map.file_len(log), file, "log of {log}");
        }
        for log in [4097, 4224, 4300, 4480, 5121, 9000] {
            assert_eq!(map.log_len(map.file_len(log)), log, "log of {log}");
        }
    }

    #[test]
    fn either_copy_is_enough() {
        let good = [vec![0; HEADER_LEN as usize], map().encode(&SALT), vec![0; 2000]].concat();
        let read = |bytes: Vec<u8>| {
            let get = |at: u64, out: &mut [u8]| {
                out.copy_from_slice(&bytes[at as usize..at as usize + out.len()]);
                Ok(())
            };
            GapMap::find(bytes.len() as u64, &SALT, &get)
        };
        assert_eq!(read(good.clone()).ok(), Some(Some(map())));
        for (at, len) in [(4096, 1), (4105, 1), (4160, 1), (4096, 4096), (8192, 1), (8201, 1), (8256, 1), (8192, 4096)] {
            let mut bytes = good.clone();
            bytes[at..at + len].iter_mut().for_each(|byte| *byte ^= 1);
            assert_eq!(read(bytes.clone()).ok(), Some(Some(map())), "{len} bytes at {at}");
            assert!(map().check_area(&bytes[4096..4096 + map().area_len() as usize], &SALT).is_err());
        }
        let mut bytes = good.clone();
        (bytes[4105], bytes[8201]) = (1, 1);
        assert!(read(bytes).is_err());
        let mut bytes = good;
        (bytes[4162], bytes[8258]) = (1, 1);
        assert!(read(bytes).is_err());
    }

    #[test]
    fn impossible_maps_are_refused() {
        for ranges in [[4160..4224, 4480..5120], [4224..4288, 4352..5120], [4225..4289, 4480..5120], [4224..4288, 4480..MAX_SAFE + 64]] {
            let area = GapMap::new(1, ranges.clone()).encode(&SALT);
            let file = [vec![0; HEADER_LEN as usize], area].concat();
            let get = |at: u64, out: &mut [u8]| {
                out.copy_from_slice(&file[at as usize..at as usize + out.len()]);
                Ok(())
            };
            assert!(GapMap::find(file.len() as u64, &SALT, &get).is_err(), "{ranges:?}");
        }
    }
}
