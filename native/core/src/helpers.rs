//! Threads that wait for a search to share its work.
//!
//! Kept, because starting one costs: between a thread's creation and its first instruction passed 0.85 ms in a Node process (median,
//! measured in a search of 2 ms), and 0.06 ms until one that waits has woken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::processors::processors;

/// Threads beside the one that searches. More gain little: a scan then waits for memory.
const MOST: usize = 3;

fn pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let make = || {
        let count = (processors() - 1).min(MOST);
        let named = ThreadPoolBuilder::new().num_threads(count).thread_name(|_| "mv2-search".to_string());
        if count == 0 { None } else { named.build().ok() }
    };
    POOL.get_or_init(make).as_ref()
}

/// Whether a search has the threads. Another one meanwhile does without: it would have to wait for them, and all processors are at work.
static IN_USE: AtomicBool = AtomicBool::new(false);

struct Use;

impl Use {
    fn begin() -> Option<Use> {
        IN_USE.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok().then_some(Use)
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        IN_USE.store(false, Ordering::Release);
    }
}

/// What `work` gives on this thread, after `first`, and on up to `threads` − 1 others meanwhile. Work that is shared by taking the next piece until none
/// is left loses nothing by a thread that comes late, or never: then this one does all.
pub(crate) fn together<F, T: Send>(threads: usize, work: &(dyn Fn() -> T + Sync), first: impl FnOnce() -> F) -> (F, Vec<T>) {
    let alone = |first: F| (first, vec![work()]);
    if threads <= 1 {
        return alone(first());
    }
    let (Some(pool), Some(_in_use)) = (pool(), Use::begin()) else { return alone(first()) };
    let others = Mutex::new(Vec::new());
    let (first, own) = pool.in_place_scope(|scope| {
        for _ in 1..threads.min(pool.current_num_threads() + 1) {
            scope.spawn(|_| {
                let done = work();
                others.lock().unwrap_or_else(PoisonError::into_inner).push(done);
            });
        }
        (first(), work())
    });
    let mut all = others.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.push(own);
    (first, all)
}
