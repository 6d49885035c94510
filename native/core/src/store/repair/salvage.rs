//! Salvage: a new file with everything of a damaged one that checks. The damaged one is only read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::super::Store;
use super::rescue::mended_header;
use super::survey::survey;
use super::{RepairReport, remade_vectors, write_repair};
use crate::error::{Code, Error, Result};
use crate::format::ALIGN;
use crate::format::MAX_SAFE;
use crate::format::commit::{NONE, TRAILER_LEN, TRAILER_MAGIC, Trailer};
use crate::format::event::EventType;
use crate::format::gaps::GapMap;
use crate::format::header::{FORMAT_MINOR, HEADER_LEN, Header, MAGIC};
use crate::format::record::{MARKER, Payload, RECORD_HEADER_LEN, RecordHeader, RecordType, hash_payload};
use crate::format::toc::{Op, SegmentClass, VectorState};
use crate::index::vector::VectorSegment;
use crate::storage::{FileStorage, NewFile, Storage, log_of};
use crate::store::compact::Progress;
use crate::store::rebuild::Damage;
use crate::store::sessions::event_records;
use crate::store::snapshot::{CommitPoint, Snapshot};
use crate::store::state::State;
use crate::store::write::{Layout, Place, Sealed, Syncs, Transaction};
use crate::store::{Options, recover};

/// What a salvage came to.
#[derive(Debug, Clone, Default)]
pub struct SalvageReport {
    /// How the header was brought back, when it did not check.
    pub header: Option<String>,
    /// Frames of the new file, the lost ones among them.
    pub frame_count: u64,
    pub sessions: u64,
    /// Records that were found at another place than they were written for, and put back.
    pub moved_records: u64,
    /// Bytes of the damaged file that are in no record of the new one.
    pub dropped_bytes: u64,
    pub repair: RepairReport,
}

const NEW_HEADER: &str = "made anew";

/// Where a record lies in the damaged file, and whether its payload checks.
struct Found {
    place: usize,
    len: usize,
    is_whole: bool,
}

/// Reads what is left of the file at `input` and writes it to `output`, which must not exist. Nothing is left there when this fails.
///
/// `NotMv2` when the file is of another kind, `Corrupt` when nothing can be recovered.
pub fn salvage(input: &Path, output: &Path, options: &Options, now_ms: i64, progress: Progress<'_>) -> Result<SalvageReport> {
    let storage = FileStorage::open(input, false)?;
    let len = storage.len()?;
    let backing = storage.map(len)?;
    let bytes = &backing[..len as usize];
    let mut report = SalvageReport::default();
    let header = read_header(bytes, options, now_ms, &mut report).map_err(|e| e.in_file(input))?;
    let found = scan(bytes, &header, &mut report, progress)?;
    if found.is_empty() {
        let error = Error::new(Code::Corrupt, "no record of this file checks, so nothing can be recovered");
        return Err(error.in_file(input).hint("restore it from a copy"));
    }
    let file = NewFile::begin(output)?;
    let is_header_new = report.header.as_ref().is_some_and(|told| told.starts_with(NEW_HEADER));
    let (copied, repair) = lay(bytes, (&header, is_header_new), &found, &file, options, now_ms)?;
    report.repair = repair;
    report.dropped_bytes = len.saturating_sub(HEADER_LEN).saturating_sub(copied);
    let store = Store::with_storage(Arc::new(file.storage()), None, options.clone())?;
    store.settle(now_ms)?;
    let snapshot = store.snapshot();
    report.frame_count = snapshot.state_counters().next_frame_id;
    report.sessions = snapshot.state.sessions.session_count;
    file.take_name()?;
    Ok(report)
}

/// The header, as it is, or with one bit put right, or made anew with the salt that the trailers tell.
fn read_header(bytes: &[u8], options: &Options, now_ms: i64, report: &mut SalvageReport) -> Result<Header> {
    let whole = bytes.get(..HEADER_LEN as usize).unwrap_or(bytes);
    let error = match Header::decode(whole) {
        Ok(header) => return Ok(header),
        Err(error) if error.code == Code::Unsupported => return Err(error),
        Err(error) => error,
    };
    let mut mended = whole.to_vec();
    for bit in 0..if mended.len() == HEADER_LEN as usize { mended.len() * 8 } else { 0 } {
        mended[bit / 8] ^= 1 << (bit % 8);
        if let Ok(header) = Header::decode(&mended) {
            report.header = Some(format!("bit {} of byte {} was put right", bit % 8, bit / 8));
            return Ok(header);
        }
        mended[bit / 8] ^= 1 << (bit % 8);
    }
    let salt = find_salt(bytes).ok_or(error)?;
    report.header = Some(format!("{NEW_HEADER}: its identity is another one, and proofs reach back to the first commit only"));
    let mut file_uuid = salt;
    file_uuid.reverse();
    Ok(Header {
        format_minor: FORMAT_MINOR,
        compat: 0,
        ro_compat: 0,
        incompat: 0,
        file_uuid,
        file_salt: salt,
        created_by: options.writer.clone(),
        created_ms: now_ms,
    })
}

/// The salt that the first trailer tells whose checksum holds.
fn find_salt(bytes: &[u8]) -> Option<[u8; 16]> {
    let mut at = 0;
    while let Some(next) = find(bytes, at, &TRAILER_MAGIC) {
        if let Some(trailer) = bytes.get(next..next + TRAILER_LEN as usize) {
            let salt: [u8; 16] = trailer[32..48].try_into().ok()?;
            let end =
                u64::from_le_bytes(trailer[8..16].try_into().ok()?).wrapping_add(u64::from_le_bytes(trailer[16..24].try_into().ok()?));
            if Trailer::decode(trailer, end.wrapping_add(TRAILER_LEN), &salt).is_some() {
                return Some(salt);
            }
        }
        at = next + 1;
    }
    None
}

/// Every record whose header checks, by the offset that it was written for.
fn scan(bytes: &[u8], header: &Header, report: &mut SalvageReport, progress: Progress<'_>) -> Result<BTreeMap<u64, Found>> {
    let mut found: BTreeMap<u64, Found> = BTreeMap::new();
    let mut at = HEADER_LEN.min(bytes.len() as u64) as usize;
    if !bytes.starts_with(&MAGIC) {
        at = 0;
    }
    let mut told = None;
    while let Some(place) = next_candidate(bytes, at, header) {
        if told.is_none_or(|told| place - told > (8 << 20)) {
            told = Some(place);
            if !progress(place as u64, bytes.len() as u64) {
                return Err(Error::new(Code::Aborted, "the salvage was stopped").hint("nothing was written"));
            }
        }
        let Some((record, payload)) = read_record(bytes, place, header) else {
            at = place + 1;
            continue;
        };
        let is_whole = hash_payload(payload) == record.payload_hash;
        let len = RECORD_HEADER_LEN as usize + payload.len();
        let other = found.get(&record.self_offset);
        if other.is_none_or(|other| !other.is_whole) {
            report.moved_records += u64::from(record.self_offset != place as u64);
            found.insert(record.self_offset, Found { place, len, is_whole });
        }
        // A whole payload is no place to look for records; a broken one may hide the next.
        at = if is_whole { place + len } else { place + ALIGN as usize };
    }
    Ok(found)
}

/// The next place that has the marker of a record, or, at a multiple of 64, a header with one bit changed.
fn next_candidate(bytes: &[u8], from: usize, header: &Header) -> Option<usize> {
    let exact = find(bytes, from, &MARKER);
    let until = exact.unwrap_or(bytes.len());
    let mut at = from.next_multiple_of(ALIGN as usize);
    while at + RECORD_HEADER_LEN as usize <= until {
        if mended_header(&bytes[at..], at as u64, MAX_SAFE, &header.file_salt).is_some() {
            return Some(at);
        }
        at += ALIGN as usize;
    }
    exact
}

fn find(bytes: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let first = needle[0];
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|b| *b == first)?;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
}

/// The record at `place`, which says itself where it belongs, and what there is of its payload.
fn read_record<'a>(bytes: &'a [u8], place: usize, header: &Header) -> Option<(RecordHeader, &'a [u8])> {
    let head = bytes.get(place..place + RECORD_HEADER_LEN as usize)?;
    let self_offset = u64::from_le_bytes(head[24..32].try_into().ok()?);
    let decoded = RecordHeader::decode(head, self_offset, MAX_SAFE, &header.file_salt).ok();
    let record = decoded.or_else(|| mended_header(head, place as u64, MAX_SAFE, &header.file_salt))?;
    let start = place + RECORD_HEADER_LEN as usize;
    let end = start.checked_add(usize::try_from(record.payload_len).ok()?)?;
    Some((record, bytes.get(start..end.min(bytes.len()))?))
}

/// Writes the records to where they belong; those that no valid commit holds get one, which also says what is lost. Returns how many bytes were
/// copied, and what had to be repaired.
fn lay(
    bytes: &[u8],
    (header, is_header_new): (&Header, bool),
    found: &BTreeMap<u64, Found>,
    file: &NewFile,
    options: &Options,
    now_ms: i64,
) -> Result<(u64, RepairReport)> {
    let file = file.storage();
    file.write_at(0, &header.encode())?;
    let map = map_of(bytes, header);
    if let Some(map) = &map {
        file.write_at(HEADER_LEN, &map.encode(&header.file_salt))?;
    }
    let storage = log_of(Arc::new(file), &header.file_salt)?;
    // What is in no record that can be told by its header may still hold frames.
    copy_raw(bytes, map.as_ref(), found, storage.as_ref())?;
    let mut copied = 0;
    for (offset, record) in found {
        let mut head = bytes[record.place..record.place + RECORD_HEADER_LEN as usize].to_vec();
        if let Some((mended, _)) = read_record(bytes, record.place, header) {
            head = mended.encode(&header.file_salt);
        }
        storage.write_at(*offset, &head)?;
        let payload = &bytes[record.place + RECORD_HEADER_LEN as usize..record.place + record.len];
        let is_dropped = map.as_ref().is_some_and(|map| map.at(offset + RECORD_HEADER_LEN).is_some());
        if !is_dropped {
            storage.write_at(offset + RECORD_HEADER_LEN, payload)?;
        }
        let end = (offset + record.len as u64).next_multiple_of(ALIGN);
        let is_commit = head[4] == RecordType::Commit as u8;
        let trailer_at = (record.place + record.len).next_multiple_of(ALIGN as usize);
        if storage.len()? < end {
            storage.set_len(end)?;
        }
        copied += (record.len as u64).next_multiple_of(ALIGN);
        if let Some(trailer) = bytes.get(trailer_at..trailer_at + TRAILER_LEN as usize).filter(|_| is_commit)
            && Trailer::decode(trailer, end + TRAILER_LEN, &header.file_salt).is_some()
        {
            storage.write_at(end, trailer)?;
            copied += TRAILER_LEN;
        }
    }
    let recovered = recover::recover(storage.as_ref(), &Arc::new(header.clone()), &Arc::default(), 0);
    let end = recovered.as_ref().map_or(HEADER_LEN, |r| r.snapshot.commit.end);
    let records = found.range(end..).filter(|(_, f)| f.is_whole).map(|(o, f)| (*o, f)).collect();
    let mut rest = Rest { bytes, header, is_header_new, records, storage: storage.as_ref(), options, now_ms };
    let (place, before) = match recovered {
        Ok(recovered) => {
            let commit = recovered.snapshot.commit;
            let (prev, ..) = recovered.snapshot.commit_at(commit.offset)?;
            (Place::after(&commit, prev.toc_offset), Before { commit, state: recovered.snapshot.state, damages: recovered.damages })
        }
        Err(_) => {
            let commit = rest.first_commit()?.point;
            rest.records.retain(|(offset, _)| *offset >= commit.end);
            (Place::after(&commit, 0), Before { commit, state: Arc::default(), damages: Vec::new() })
        }
    };
    let repair = rest.commit(&place, &before)?;
    Ok((copied, repair))
}

/// The map of what a compaction dropped, where a copy of it checks.
fn map_of(bytes: &[u8], header: &Header) -> Option<GapMap> {
    let read = |at: u64, out: &mut [u8]| match bytes.get(at as usize..at as usize + out.len()) {
        Some(part) => {
            out.copy_from_slice(part);
            Ok(())
        }
        None => Err(Error::corrupt(at, "the file ends before")),
    };
    GapMap::find(bytes.len() as u64, &header.file_salt, &read).ok().flatten()
}

/// Copies all bytes to where they belong in the log: as the map says, else as the records around them do.
fn copy_raw(bytes: &[u8], map: Option<&GapMap>, found: &BTreeMap<u64, Found>, storage: &dyn Storage) -> Result<()> {
    if let Some(map) = map {
        let (mut at, mut place) = (HEADER_LEN, HEADER_LEN + map.area_len());
        for end in map.gaps().iter().map(|gap| gap.start).chain([u64::MAX]) {
            let len = (end - at).min((bytes.len() as u64).saturating_sub(place));
            write_some(storage, at, &bytes[place.min(bytes.len() as u64) as usize..][..len as usize])?;
            place += len;
            at = map.at(end).map_or(end, |gap| gap.end);
        }
        return Ok(());
    }
    // Bytes that no record claims end where the next record begins.
    // A record without its payload claims no more than its header.
    let end_of = |f: &Found| f.place + if f.is_whole { f.len } else { RECORD_HEADER_LEN as usize };
    let mut places: Vec<(usize, usize, u64)> = found.iter().map(|(offset, f)| (f.place, end_of(f), *offset)).collect();
    places.sort_unstable();
    let mut from = HEADER_LEN as usize;
    for (place, end, offset) in places {
        if let Some(at) = offset.checked_sub(place.saturating_sub(from) as u64).filter(|at| *at >= HEADER_LEN && from < place) {
            write_some(storage, at, &bytes[from..place])?;
        }
        from = from.max(end);
    }
    Ok(())
}

fn write_some(storage: &dyn Storage, at: u64, bytes: &[u8]) -> Result<()> {
    if bytes.is_empty() { Ok(()) } else { storage.write_at(at, bytes) }
}

/// The newest commit that is valid, and what the file holds by it.
struct Before {
    commit: CommitPoint,
    state: Arc<State>,
    damages: Vec<Damage>,
}

impl Before {
    fn next_frame_id(&self) -> u64 {
        self.state.counters.next_frame_id
    }
}

/// What is to be committed: records that no valid commit holds, and what a repair has to say.
struct Rest<'a> {
    bytes: &'a [u8],
    header: &'a Header,
    is_header_new: bool,
    records: Vec<(u64, &'a Found)>,
    storage: &'a dyn Storage,
    options: &'a Options,
    now_ms: i64,
}

impl Rest<'_> {
    /// A commit 0 in the place of one that is gone; it ends where the first record begins, where that can be had.
    fn first_commit(&self) -> Result<Sealed> {
        let wanted = self.records.iter().map(|(offset, _)| *offset).find(|offset| *offset > HEADER_LEN);
        let place = Place {
            commit_no: 0,
            prev_commit_offset: 0,
            prev_chain_hash: *blake3::hash(&self.header.encode()).as_bytes(),
            start: HEADER_LEN,
            durable_commit_no: NONE,
            toc_offset: 0,
        };
        let seal = |padding: usize| {
            let writer = format!("{}{}", self.options.writer, " ".repeat(padding));
            let layout = Layout::new(HEADER_LEN, self.options.epoch, self.header.file_salt);
            layout.seal(&place, &[Op::Vectors(VectorState::Undecided)], self.now_ms, &writer, Syncs { before: false, after: true })
        };
        let fitting = (0..256).map(seal).find(|sealed| wanted.is_none_or(|wanted| sealed.point.end == wanted));
        let sealed = fitting.unwrap_or_else(|| seal(0));
        self.storage.write_at(HEADER_LEN, &sealed.bytes)?;
        Ok(sealed)
    }

    /// Writes the records behind `commit` again, each at its offset, with what a repair adds, and a commit that holds them. Nothing is written
    /// where nothing is amiss.
    fn commit(&self, place: &Place, before: &Before) -> Result<RepairReport> {
        let commit = before.commit;
        let len = self.storage.len()?.max(commit.end);
        let bare = Snapshot {
            header: Arc::new(self.header.clone()),
            commit: CommitPoint { end: len, ..commit },
            state: before.state.clone(),
            backing: self.storage.map(len)?,
            gaps: self.storage.gap_map().cloned(),
            donor: None,
            cache: Arc::default(),
        };
        let look = |tail: Option<u64>| {
            let seen = if tail.is_some() { bare.clone() } else { Snapshot { commit, ..bare.clone() } };
            survey(&seen, &before.damages, tail, &|_, _| {})
        };
        let mut tail = Some(commit.end).filter(|_| len > commit.end || commit.commit_no == 0);
        let mut found = look(tail)?;
        let is_torn =
            self.records.is_empty() && commit.commit_no > 0 && !found.rescued.iter().any(|r| r.frame_id >= before.next_frame_id());
        if tail.is_some() && is_torn {
            // What a crash left behind the last commit, and nothing of it can be read.
            tail = None;
            found = look(tail)?;
        }
        if tail.is_none() && found.broken.is_empty() && !self.is_header_new {
            self.storage.set_len(commit.end)?;
            return Ok(RepairReport::of(&found, len - commit.end));
        }
        name_vectors(&mut found.state, &bare)?;
        mend_sessions(&mut found.state, &bare, &|at| at < place.start || self.records.iter().any(|(offset, _)| *offset == at));
        let mut layout = Layout::new(place.start, self.options.epoch, self.header.file_salt);
        for (offset, record) in &self.records {
            let Some((header, payload)) = read_record(self.bytes, record.place, self.header) else { continue };
            let kind = RecordType::from_u8(header.kind);
            let Some(kind) = kind.filter(|k| !matches!(k, RecordType::Commit | RecordType::Toc | RecordType::Filler)) else { continue };
            if *offset >= place.start && layout.fill_until(*offset) {
                layout.push(&Payload::again(kind, payload, &header));
            }
        }
        if !found.rescued.is_empty() {
            // Of two blocks with a frame the one behind counts: a rescued one has to lie behind what it takes the place of.
            layout.fill_until(len);
        }
        let base = Arc::new(Snapshot { state: Arc::new(found.state.clone()), ..bare });
        let remade = remade_vectors(&base, &found, self.options.models.as_deref())?;
        let mut report = RepairReport::of(&found, len - commit.end);
        (report.lost_vectors, report.commit_no) = (remade.lost, Some(place.commit_no));
        let state = &found.state;
        let mut ops = vec![Op::Vectors(state.vectors.clone()), Op::Counters(state.counters), Op::Sessions(state.sessions)];
        ops.extend(state.precision_op());
        // Without any commit of the old file there is none that would name the old header.
        ops.extend((self.is_header_new && place.commit_no > 1).then_some(Op::SetAside { offset: 0, len: HEADER_LEN }));
        let mut transaction = Transaction { base: &base, layout, ops, commit_no: place.commit_no, folded: false };
        write_repair(&mut transaction, &found, &remade, &before.state, commit.end)?;
        let Transaction { layout, ops, .. } = transaction;
        let syncs = Syncs { before: false, after: true };
        let sealed = layout.seal(place, &ops, self.now_ms.max(commit.time_ms), &self.options.writer, syncs);
        self.storage.write_at(place.start, &sealed.bytes)?;
        self.storage.set_len(sealed.point.end)?;
        Ok(report)
    }
}

/// Where the commit is gone that said which vectors the file holds: whatever made them, they can be searched with a vector that is given.
fn name_vectors(state: &mut State, bare: &Snapshot) -> Result<()> {
    let unnamed = matches!(state.vectors, VectorState::None | VectorState::Undecided);
    let first = state.segments_of(SegmentClass::Vectors).next().map(|s| s.offset);
    if let Some(offset) = first.filter(|_| unnamed) {
        let segment = VectorSegment::open(bare.slice(offset, RecordType::Vectors)?)?;
        state.vectors = VectorState::Caller { dim: segment.dim() as u32 };
    }
    Ok(())
}

/// Lets the state of sessions name events that are there: the newest of those that are.
fn mend_sessions(state: &mut State, bare: &Snapshot, is_kept: &dyn Fn(u64) -> bool) {
    let sessions = &mut state.sessions;
    let active = sessions.active.as_ref().map(|active| (active.id, active.start_offset));
    let (mut last_event, mut last_action) = (0, 0);
    event_records(bare, HEADER_LEN, bare.commit.end, |offset, event| match event.kind {
        _ if !is_kept(offset) => {}
        EventType::Action if active == Some((event.session, event.start_offset)) => last_action = offset,
        EventType::Action => {}
        _ => last_event = offset,
    });
    if !is_kept(sessions.last_event_offset) {
        sessions.last_event_offset = last_event;
    }
    if let Some(active) = sessions.active.as_mut().filter(|active| !is_kept(active.last_action_offset)) {
        active.last_action_offset = last_action;
    }
}
