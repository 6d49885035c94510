//! Storage that records every operation, fails on demand, and shows the states that a disk may hold after a crash.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::{MemoryStorage, Storage};
use crate::error::{Code, Error, Result};

/// One recorded operation.
#[derive(Debug, Clone)]
pub enum Operation {
    Write { offset: u64, bytes: Vec<u8> },
    SetLen(u64),
    Sync,
}

/// What an injected fault does to the operation it hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Fails with EIO and changes nothing.
    Error,
    /// Fails with ENOSPC after writing half.
    NoSpace,
    /// Fails with EIO after writing half.
    Short,
}

#[derive(Default)]
struct State {
    operations: Vec<Operation>,
    /// Faults to come, each so many operations after the one before; the others succeed.
    faults: VecDeque<(usize, Fault)>,
}

/// A memory file with a journal of what was done to it since [`SimulatedStorage::new`].
pub struct SimulatedStorage {
    base: Vec<u8>,
    live: MemoryStorage,
    state: Mutex<State>,
}

impl SimulatedStorage {
    pub fn new(base: Vec<u8>) -> Self {
        SimulatedStorage { live: MemoryStorage::new(base.clone()), base, state: Mutex::default() }
    }

    pub fn operations(&self) -> Vec<Operation> {
        self.state().operations.clone()
    }

    /// How many operations were recorded so far.
    pub fn operation_count(&self) -> usize {
        self.state().operations.len()
    }

    pub fn base(&self) -> &[u8] {
        &self.base
    }

    pub fn to_vec(&self) -> Vec<u8> {
        self.live.to_vec()
    }

    /// Lets the `n`-th write, cut or sync from now on (0 is the next one) fail.
    pub fn fail_at(&self, n: usize, fault: Fault) {
        self.state().faults = VecDeque::from([(n, fault)]);
    }

    /// Lets another operation fail: the `n`-th after the last one that is to fail.
    pub fn fail_then(&self, n: usize, fault: Fault) {
        self.state().faults.push_back((n, fault));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts down to the fault; returns it when its turn has come.
    fn fault(&self) -> Option<Fault> {
        let mut state = self.state();
        match state.faults.front_mut() {
            Some((0, fault)) => {
                let fault = *fault;
                state.faults.pop_front();
                Some(fault)
            }
            Some((n, _)) => {
                *n -= 1;
                None
            }
            None => None,
        }
    }
}

fn fault_error(fault: Fault) -> Error {
    match fault {
        Fault::NoSpace => Error::new(Code::NoSpace, "write: injected: no space left"),
        Fault::Error | Fault::Short => Error::new(Code::Io, "injected: input/output error"),
    }
}

impl Storage for SimulatedStorage {
    fn len(&self) -> Result<u64> {
        self.live.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        self.live.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        let fault = self.fault();
        let written = match fault {
            None => bytes,
            Some(Fault::Error) => &[],
            Some(Fault::NoSpace | Fault::Short) => &bytes[..bytes.len() / 2],
        };
        if !written.is_empty() {
            self.live.write_at(offset, written)?;
            self.state().operations.push(Operation::Write { offset, bytes: written.to_vec() });
        }
        fault.map_or(Ok(()), |f| Err(fault_error(f)))
    }

    fn set_len(&self, len: u64) -> Result<()> {
        if let Some(fault) = self.fault() {
            return Err(fault_error(fault));
        }
        self.live.set_len(len)?;
        self.state().operations.push(Operation::SetLen(len));
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        if let Some(fault) = self.fault() {
            return Err(fault_error(fault));
        }
        self.state().operations.push(Operation::Sync);
        Ok(())
    }
}

/// Applies operations to the bytes of a file.
pub fn apply(bytes: &mut Vec<u8>, operation: &Operation) {
    match operation {
        // A write of nothing does not extend the file.
        Operation::Write { bytes: new, .. } if new.is_empty() => {}
        Operation::Write { offset, bytes: new } => {
            let end = *offset as usize + new.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[*offset as usize..end].copy_from_slice(new);
        }
        Operation::SetLen(len) => bytes.resize(*len as usize, 0),
        Operation::Sync => {}
    }
}

/// A disk writes these whole or not at all, in any order.
const SECTOR_BYTES: usize = 512;
/// Shows the states that a disk may hold when the power fails after `operations`: what was synced is there, and of what came after any
/// part, in any order, each write cut at any byte, and the file perhaps longer than it ever was.
///
/// Systematic states, unless `max_cuts` is 0: all; each prefix; each operation left out; each write cut before, after and around each of its
/// sectors (of a longer write, `max_cuts` of them); the file extended by zeros, garbage and old bytes. Then one random state for each of
/// `seeds`. `visit` gets a name and the bytes; the same bytes may come more than once.
pub fn crash_states(base: &[u8], operations: &[Operation], max_cuts: usize, seeds: Range<u64>, visit: &mut dyn FnMut(&str, &[u8])) {
    let synced = operations.iter().rposition(|o| matches!(o, Operation::Sync)).map_or(0, |at| at + 1);
    let mut durable = base.to_vec();
    operations[..synced].iter().for_each(|o| apply(&mut durable, o));
    let disk = Disk { durable, pending: &operations[synced..] };
    if max_cuts > 0 {
        disk.prefixes_and_holes(visit);
        disk.cuts(max_cuts, visit);
        disk.extensions(visit);
    }
    for seed in seeds {
        visit(&format!("seed {seed}"), &disk.random(seed ^ (operations.len() as u64) << 32));
    }
}

/// What is on the disk for sure, and the operations that no sync has followed.
struct Disk<'a> {
    durable: Vec<u8>,
    pending: &'a [Operation],
}

impl Disk<'_> {
    fn with(&self, operations: impl IntoIterator<Item = Operation>) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        operations.into_iter().for_each(|o| apply(&mut bytes, &o));
        bytes
    }

    fn prefixes_and_holes(&self, visit: &mut dyn FnMut(&str, &[u8])) {
        for count in 0..=self.pending.len() {
            visit(&format!("the first {count} unsynced operations"), &self.with(self.pending[..count].iter().cloned()));
        }
        for left_out in 0..self.pending.len() {
            let others = self.pending.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, o)| o.clone());
            visit(&format!("without unsynced operation {left_out}"), &self.with(others));
        }
    }

    /// Each write with a part of it missing; what came after it is there, or is not.
    fn cuts(&self, max_cuts: usize, visit: &mut dyn FnMut(&str, &[u8])) {
        for (index, operation) in self.pending.iter().enumerate() {
            let Operation::Write { offset, bytes } = operation else { continue };
            for (from, to) in cuts_of(*offset as usize, bytes.len(), max_cuts) {
                let part = |range: Range<usize>| Operation::Write { offset: offset + range.start as u64, bytes: bytes[range].to_vec() };
                let kinds = [
                    ("up to", vec![part(0..from)]),
                    ("from", vec![part(from..bytes.len())]),
                    ("without", vec![part(0..from), part(to..bytes.len())]),
                    ("only", vec![part(from..to)]),
                ];
                for (kind, parts) in kinds {
                    let before = self.pending[..index].iter().cloned().chain(parts);
                    let after = self.pending[index + 1..].iter().cloned();
                    let name = format!("unsynced operation {index} {kind} bytes {from}..{to}");
                    if index + 1 < self.pending.len() {
                        visit(&format!("{name}, then all"), &self.with(before.clone().chain(after)));
                    }
                    visit(&name, &self.with(before));
                }
            }
        }
    }

    fn extensions(&self, visit: &mut dyn FnMut(&str, &[u8])) {
        let mut random = Random::new(self.durable.len() as u64);
        for (name, bytes) in [("nothing", self.durable.clone()), ("everything", self.with(self.pending.iter().cloned()))] {
            for len in [1, 63, 64, 512, 4160] {
                let old = self.durable[self.durable.len() - len.min(self.durable.len())..].to_vec();
                for (kind, tail) in [("zeros", vec![0; len]), ("garbage", random.bytes(len)), ("old bytes", old)] {
                    visit(&format!("{name}, longer by {len} bytes of {kind}"), &[bytes.as_slice(), &tail].concat());
                }
            }
        }
    }

    /// Any subset of the sectors, in any order of the writes.
    fn random(&self, seed: u64) -> Vec<u8> {
        let mut random = Random::new(seed);
        let mut pending = self.pending.to_vec();
        if random.below(2) == 0 {
            random.shuffle(&mut pending);
        }
        let mut bytes = self.durable.clone();
        if random.below(3) == 0 {
            // The length reaches the disk before the data.
            let longest = self.with(self.pending.iter().cloned()).len();
            bytes.resize(longest.max(bytes.len()), 0);
        }
        for operation in &pending {
            let way = random.below(6);
            match operation {
                Operation::Write { offset, bytes: new } if way < 4 => {
                    let cut = random.below(new.len() + 1);
                    let kept = match way {
                        0 => vec![(0, new.len())],
                        1 => vec![(0, cut)],
                        2 => vec![(cut, new.len())],
                        _ => sectors_of(*offset as usize, new.len()).into_iter().filter(|_| random.below(2) == 0).collect(),
                    };
                    for (from, to) in kept {
                        apply(&mut bytes, &Operation::Write { offset: offset + from as u64, bytes: new[from..to].to_vec() });
                    }
                }
                Operation::Write { .. } if way == 4 => {}
                other => apply(&mut bytes, other),
            }
        }
        let len = random.below(2000);
        match random.below(6) {
            0 => bytes.extend(vec![0; len]),
            1 => bytes.extend(random.bytes(len)),
            2 => {
                let from = random.below(bytes.len());
                let old = bytes[from..(from + len).min(bytes.len())].to_vec();
                bytes.extend(old);
            }
            _ => {}
        }
        bytes
    }
}

/// The parts of a write that lie in one sector each, as ranges of its bytes.
fn sectors_of(offset: usize, len: usize) -> Vec<(usize, usize)> {
    let first = offset / SECTOR_BYTES;
    let last = (offset + len).div_ceil(SECTOR_BYTES);
    (first..last).map(|sector| ((sector * SECTOR_BYTES).saturating_sub(offset), ((sector + 1) * SECTOR_BYTES - offset).min(len))).collect()
}

fn cuts_of(offset: usize, len: usize, max_cuts: usize) -> Vec<(usize, usize)> {
    let sectors = sectors_of(offset, len);
    let step = sectors.len().div_ceil(max_cuts).max(1);
    sectors.into_iter().step_by(step).collect()
}

/// A small seeded generator (SplitMix64), so that a failing state is named by its seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
