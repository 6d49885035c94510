//! Storage that records every operation, fails on demand, and shows the states that a disk may hold after a crash.

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
    /// Fault of the n-th mutating operation from now on; later ones succeed.
    fault: Option<(usize, Fault)>,
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

    pub fn base(&self) -> &[u8] {
        &self.base
    }

    pub fn to_vec(&self) -> Vec<u8> {
        self.live.to_vec()
    }

    /// Lets the `n`-th write, cut or sync from now on (0 is the next one) fail.
    pub fn fail_at(&self, n: usize, fault: Fault) {
        self.state().fault = Some((n, fault));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts down to the fault; returns it when its turn has come.
    fn fault(&self) -> Option<Fault> {
        let mut state = self.state();
        match state.fault {
            Some((0, fault)) => {
                state.fault = None;
                Some(fault)
            }
            Some((n, fault)) => {
                state.fault = Some((n - 1, fault));
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
