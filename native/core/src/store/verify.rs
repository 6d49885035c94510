//! Reading every byte of a file and checking that it is what it should be.

use super::compact::may_drop;
use super::rebuild::Damage;
use super::recover::{check_commit, check_padding, check_trailer};
use super::snapshot::{CommitPoint, Snapshot};
use super::state::State;
use super::{Store, recover, verify_derived};
use crate::error::{Error, Result};
use crate::format::commit::TRAILER_LEN;
use crate::format::dictionary::{Dictionary, DictionaryPlace};
use crate::format::erasure::Erasure;
use crate::format::event::{Answer, Event};
use crate::format::frames::BlockHead;
use crate::format::header::HEADER_LEN;
use crate::format::record::{RecordHeader, RecordType, hash_payload};
use crate::format::run::Run;
use crate::format::toc::decode;
use crate::index::vector::VectorSegment;

#[derive(Debug, Clone, Default)]
pub struct VerifyReport {
    pub commits: u64,
    pub records: u64,
    pub bytes: u64,
    /// Bytes of the log that a compaction dropped.
    pub dropped_bytes: u64,
    pub torn_bytes: u64,
    /// A transaction behind the last valid commit that ends with a trailer and yet does not check. After a power cut that is as it should
    /// be; without one it is damage, and its content is not shown.
    pub unfinished: Option<Damage>,
    /// Bytes that a repair set aside: offset and length.
    pub set_aside: Vec<(u64, u64)>,
    /// Frames that a repair found lost: first id and count.
    pub lost: Vec<(u64, u64)>,
    /// Commits whose link to the one before, or whose records, can't be checked because of what was set aside.
    pub gaps: u64,
    pub damages: Vec<Damage>,
}

impl VerifyReport {
    pub fn is_ok(&self) -> bool {
        self.damages.is_empty()
    }
}

impl Store {
    /// Checks structure, every hash, every padding byte, the chain, and — `deep` — that each segment and frame can be read and means what
    /// its hash says, and that what was derived from the frames is what they give. Damage is listed, not returned as an error.
    pub fn verify(&self, deep: bool, progress: &dyn Fn(u64, u64)) -> Result<VerifyReport> {
        self.verify_from(None, if deep { Level::Deep } else { Level::Hashes }, progress)
    }

    /// Checks that records tile the file and commits follow from one another, without reading what the records hold.
    pub fn verify_quick(&self, progress: &dyn Fn(u64, u64)) -> Result<VerifyReport> {
        self.verify_from(None, Level::Structure, progress)
    }

    /// As [`Store::verify`], from behind a commit that was verified before.
    pub(super) fn verify_from(&self, from: Option<CommitPoint>, level: Level, progress: &dyn Fn(u64, u64)) -> Result<VerifyReport> {
        self.check_open()?;
        let snapshot = self.snapshot();
        let mut report = VerifyReport {
            bytes: snapshot.file_len(),
            torn_bytes: self.findings().0,
            unfinished: self.view().unfinished,
            lost: snapshot.state.lost.iter().map(|(first, end)| (*first, end - first)).collect(),
            ..VerifyReport::default()
        };
        let mut bare = snapshot.as_ref().clone();
        bare.state = Default::default();
        // A fresh cache: what was verified earlier may have changed on the disk since.
        bare.cache = Default::default();
        let prev = from.map(|point| (point.chain_hash, point.commit_no));
        let mut walk = Walk { bare: &bare, newest: &snapshot.state, report: &mut report, level, prev, after_gap: false };
        if from.is_none() {
            walk.gap_map();
            // A salvage that had to make a new header says so in this way: commit 0 names the hash of the old one.
            if let Some(end) = snapshot.state.set_aside_at(0) {
                walk.report.set_aside.push((0, end));
                walk.after_gap = true;
            }
        }
        let mut at = from.map_or(HEADER_LEN, |point| point.end);
        let mut told = 0;
        while at < bare.commit.end {
            at = walk.step(at);
            if at - told > (8 << 20) || at >= bare.commit.end {
                told = at;
                progress(at.min(bare.commit.end), bare.commit.end);
            }
        }
        if walk.report.damages.is_empty() {
            self.check_state(&bare, &snapshot, &mut report);
        }
        if report.damages.is_empty() && level == Level::Deep {
            let fresh = Snapshot { state: snapshot.state.clone(), commit: snapshot.commit, ..bare.clone() };
            report.damages.extend(verify_derived::check(&fresh, self.options.models.as_deref()));
        }
        Ok(report)
    }

    /// The state that this handle works with must be the one that the file's own tables give.
    fn check_state(&self, bare: &Snapshot, snapshot: &Snapshot, report: &mut VerifyReport) {
        let newest = recover::load_newest(bare, snapshot.commit);
        match newest {
            Ok(state) if state.counters != snapshot.state.counters || state.sessions != snapshot.state.sessions => {
                let error = Error::corrupt(snapshot.commit.offset, "the tables of the file give another state than its commits");
                report.damages.push(Damage::new(&error, snapshot.commit.offset));
            }
            Ok(_) => {}
            Err(error) => report.damages.push(Damage::new(&error, snapshot.commit.offset)),
        }
    }
}

/// How closely a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Headers, commits and their chain.
    Structure,
    /// And every hash and padding byte.
    Hashes,
    /// And what the records mean.
    Deep,
}

struct Walk<'a> {
    bare: &'a Snapshot,
    /// The newest state: it says which records are erased, whose payload has to be zeros, and which segments have to be there.
    newest: &'a State,
    report: &'a mut VerifyReport,
    level: Level,
    /// Chain hash and number of the commit before.
    prev: Option<([u8; 32], u64)>,
    /// Something was set aside since the commit before.
    after_gap: bool,
}

impl Walk<'_> {
    /// Checks the record at `at`; returns where the next one should be.
    fn step(&mut self, at: u64) -> u64 {
        if let Some(end) = self.newest.set_aside_at(at) {
            self.report.set_aside.push((at, end - at));
            self.after_gap = true;
            return end;
        }
        match self.bare.record(at) {
            Ok(record) => {
                self.report.records += 1;
                if let Err(error) = self.record(&record) {
                    let mut damage = Damage::new(&error, at);
                    damage.frame_ids = self.frames_of(&record);
                    self.report.damages.push(damage);
                }
                let end = record.end();
                if record.kind != RecordType::Commit as u8 {
                    return end;
                }
                if self.newest.set_aside_at(end).is_some() {
                    return end;
                }
                if let Err(error) = check_trailer(self.bare, &record) {
                    self.report.damages.push(Damage::new(&error, end));
                }
                end + TRAILER_LEN
            }
            Err(error) => {
                self.report.damages.push(Damage::new(&error, at));
                self.bare.next_record(at)
            }
        }
    }

    fn record(&mut self, record: &RecordHeader) -> Result<()> {
        let (start, offset) = (record.payload_offset(), record.self_offset);
        if self.bare.is_dropped(record) {
            return self.dropped(record);
        }
        let payload = self.bare.bytes(start..start + record.payload_len)?;
        if self.level == Level::Structure {
            return if record.kind == RecordType::Commit as u8 { self.commit(offset) } else { Ok(()) };
        }
        if self.newest.erased.contains_key(&offset) {
            if payload.iter().any(|b| *b != 0) {
                return Err(Error::corrupt(offset, "an erased record holds something"));
            }
            return check_padding(self.bare, record);
        }
        if hash_payload(payload) != record.payload_hash {
            return Err(Error::corrupt(offset, "a record's payload does not match its hash"));
        }
        check_padding(self.bare, record)?;
        match RecordType::from_u8(record.kind) {
            Some(RecordType::Commit) => self.commit(offset),
            Some(kind) if self.level == Level::Deep => self.content(kind, record, payload),
            _ => Ok(()),
        }
    }

    /// A record without its payload: a compaction may have dropped no other than a segment that is in no state from its commit on.
    fn dropped(&mut self, record: &RecordHeader) -> Result<()> {
        let (payload, offset) = (record.payload_offset()..record.end(), record.self_offset);
        let gap = self.bare.gaps.as_ref().and_then(|gaps| gaps.at(payload.start));
        if !gap.is_some_and(|gap| gap.start == payload.start && gap.end == payload.end) {
            return Err(Error::corrupt(offset, "what was dropped is not the payload of this record"));
        }
        if !may_drop(record) {
            return Err(Error::corrupt(offset, "the payload of a record was dropped that a compaction has to keep"));
        }
        let is_past = self.bare.gaps.as_ref().is_some_and(|gaps| gaps.commit_no > self.bare.commit.commit_no);
        if !is_past && self.newest.segments.iter().any(|segment| segment.offset == offset) {
            return Err(Error::corrupt(offset, "a segment that is in use was dropped"));
        }
        self.report.dropped_bytes += payload.end - payload.start;
        Ok(())
    }

    /// Both copies of the map of what was dropped.
    fn gap_map(&mut self) {
        if let Err(error) = self.bare.check_gap_map() {
            self.report.damages.push(Damage::new(&error, HEADER_LEN));
        }
    }

    fn commit(&mut self, offset: u64) -> Result<()> {
        let after_gap = std::mem::take(&mut self.after_gap);
        let (commit, chain_hash, _) = match check_commit(self.bare, offset, None) {
            // Its records, or the commit before it, are what was set aside.
            Err(_) if after_gap => self.bare.commit_at(offset)?,
            checked => checked?,
        };
        self.report.commits += 1;
        let follows = self.prev.is_some_and(|(hash, number)| hash == commit.prev_chain_hash && number + 1 == commit.commit_no);
        if after_gap && !follows {
            self.report.gaps += 1;
            self.prev = Some((chain_hash, commit.commit_no));
            return decode(&commit.toc_delta).map(|_| ());
        }
        let (expected, number) = match self.prev {
            None => (*blake3::hash(self.bare.bytes(0..HEADER_LEN)?).as_bytes(), 0),
            Some((hash, number)) => (hash, number + 1),
        };
        self.prev = Some((chain_hash, commit.commit_no));
        if commit.prev_chain_hash != expected || commit.commit_no != number {
            return Err(Error::corrupt(offset, format!("commit {} does not follow from the one before", commit.commit_no)));
        }
        decode(&commit.toc_delta).map(|_| ())
    }

    /// Reads what a record means.
    fn content(&self, kind: RecordType, record: &RecordHeader, payload: &[u8]) -> Result<()> {
        let offset = record.self_offset;
        match kind {
            RecordType::Frames => {
                let head = BlockHead::decode(payload, offset)?;
                let body = head.body(payload, record, None, self.bare)?;
                for (frame_id, entry) in (head.first_frame_id..).zip(&head.entries) {
                    let (_, content) = entry.read(&body, offset)?;
                    if hash_payload(content) != entry.content_hash {
                        return Err(Error::corrupt(offset, format!("frame {frame_id} does not match its content hash")));
                    }
                }
                Ok(())
            }
            RecordType::Event => Event::decode(payload, record).map(|_| ()),
            RecordType::Answer => Answer::decode(payload, record).map(|_| ()),
            RecordType::Erasure => Erasure::decode(payload, record).map(|_| ()),
            RecordType::Toc => decode(payload).map(|_| ()),
            RecordType::Vectors => VectorSegment::open(self.bare.slice(offset, kind)?)?.verify(),
            RecordType::Text => self.bare.slice(offset, kind)?.all().map(|_| ()),
            RecordType::Run => {
                let slice = self.bare.slice(offset, kind)?;
                let kind = slice.get(8..9)?.first().copied().and_then(crate::format::run::RunKind::from_u8);
                let kind = kind.ok_or_else(|| Error::corrupt(offset, "a run of unknown kind"))?;
                let run = Run::open(slice, kind)?;
                let words = run.iter().collect::<Result<Vec<_>>>()?;
                if words.windows(2).any(|pair| pair[0] >= pair[1]) {
                    return Err(Error::corrupt(offset, "a run that is not sorted"));
                }
                Ok(())
            }
            RecordType::Dictionary => {
                let place = DictionaryPlace { offset, copy_offset: offset };
                Dictionary::decode(payload, record, place).map(|_| ())
            }
            RecordType::Commit => Ok(()),
            RecordType::Filler if payload.iter().any(|b| *b != 0) => Err(Error::corrupt(offset, "a filler that holds something")),
            RecordType::Filler => Ok(()),
        }
    }

    fn frames_of(&self, record: &RecordHeader) -> Vec<u64> {
        if record.kind != RecordType::Frames as u8 {
            return Vec::new();
        }
        let start = record.payload_offset();
        let head = self.bare.bytes(start..start + record.payload_len).and_then(|payload| BlockHead::decode(payload, record.self_offset));
        head.map_or_else(|_| Vec::new(), |h| (h.first_frame_id..).take(h.entries.len()).collect())
    }
}
