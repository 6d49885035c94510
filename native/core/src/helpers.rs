//! Threads that wait for work to share: of a search, or of a batch that is made ready to be put.
//!
//! Kept, because starting one costs: between a thread's creation and its first instruction passed 0.85 ms in a Node process (median,
//! measured in searches of 2 ms). One that waits wakes in 0.06 ms (a program of its own, same machine).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::processors::processors;

/// Threads beside the one that asks for them. A search asks for one: more gain it little, as a scan waits for memory.
const MOST: usize = 7;

/// Whether a thread has begun to wait.
static READY: AtomicBool = AtomicBool::new(false);

/// The threads, once they wait. They are started when work is to be shared for the second time: a process that makes one search has no use for
/// them, and none is made to wait for their start.
fn pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    static ASKED: AtomicBool = AtomicBool::new(false);
    if !ASKED.swap(true, Ordering::Relaxed) {
        return None;
    }
    let make = || {
        let count = (processors() - 1).min(MOST);
        let named = ThreadPoolBuilder::new().num_threads(count).thread_name(|_| "mv2-helper".to_string());
        let told = named.start_handler(|_| READY.store(true, Ordering::Release));
        if count == 0 { None } else { told.build().ok() }
    };
    POOL.get_or_init(make).as_ref().filter(|_| READY.load(Ordering::Acquire))
}

/// Whether somebody has the threads. Another one meanwhile does without: it would have to wait for them, and all processors are at work.
static IN_USE: AtomicBool = AtomicBool::new(false);

struct Use;

impl Use {
    fn begin() -> Option<Use> {
        // Made only where it is due: a second one, dropped, would give the threads back.
        IN_USE.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok().then(|| Use)
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn work_runs_here_and_on_another_thread_at_the_same_time() {
        if processors() == 1 {
            return;
        }
        let begun = Instant::now();
        // Other tests may have the threads just then.
        loop {
            let arrived = AtomicUsize::new(0);
            let meet = || {
                arrived.fetch_add(1, Ordering::SeqCst);
                let since = Instant::now();
                while arrived.load(Ordering::SeqCst) < 2 && since.elapsed() < Duration::from_millis(200) {
                    std::hint::spin_loop();
                }
                (arrived.load(Ordering::SeqCst) == 2, std::thread::current().id())
            };
            let (first, all) = together(2, &meet, || "first");
            assert_eq!(first, "first");
            if let [(true, one), (true, other)] = all[..] {
                assert_ne!(one, other);
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "no other thread helped");
        }
    }

    #[test]
    fn a_search_that_finds_the_threads_in_use_does_all_itself() {
        let here = std::thread::current().id();
        let begun = Instant::now();
        let in_use = loop {
            if let Some(in_use) = Use::begin() {
                break in_use;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the threads stay in use");
        };
        let (_, all) = together(2, &|| std::thread::current().id(), || ());
        assert_eq!(all, [here]);
        drop(in_use);
        let (_, all) = together(1, &|| std::thread::current().id(), || ());
        assert_eq!(all, [here]);
    }

    #[test]
    fn a_panic_gives_the_threads_back() {
        if processors() == 1 {
            return;
        }
        let (here, begun) = (std::thread::current().id(), Instant::now());
        // Until the panic is one of a call that had the threads: another one of them worked then.
        let is_shared = AtomicBool::new(false);
        while !is_shared.load(Ordering::SeqCst) {
            let work = || is_shared.fetch_or(std::thread::current().id() != here, Ordering::SeqCst);
            let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| together(2, &work, || panic!("on purpose"))));
            assert!(broken.is_err());
            assert!(begun.elapsed() < Duration::from_secs(60), "no other thread helped");
        }
        let begun = Instant::now();
        while Use::begin().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the threads stay in use");
        }
    }
}
