//! How long a randomised test goes on: a fixed amount in a test run, a time in a soak run (`npm run soak`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{on_all_cores, threads};

/// `MV2_SOAK_SECONDS`: go on so long, instead of the fixed amount. `MV2_SEED`: where seeds begin (default 1).
pub struct Budget {
    until: Option<Instant>,
    cases: u64,
    pub seed: u64,
}

impl Budget {
    /// `cases` rounds in a test run.
    pub fn of(cases: u64) -> Budget {
        let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
        let until = number("MV2_SOAK_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
        Budget { until, cases, seed: number("MV2_SEED").unwrap_or(1) }
    }

    /// So long in a test run.
    pub fn seconds(seconds: u64) -> Budget {
        let budget = Budget::of(u64::MAX);
        Budget { until: budget.until.or_else(|| Some(Instant::now() + Duration::from_secs(seconds))), ..budget }
    }

    /// Whether round `n`, from 0, is to be run.
    pub fn has(&self, n: u64) -> bool {
        self.until.map_or(n < self.cases, |until| Instant::now() < until)
    }
}

impl Budget {
    /// The seed of round `n`.
    pub fn seed_of(&self, n: u64) -> u64 {
        self.seed.wrapping_mul(1 << 32) + n
    }

    /// Runs rounds on all cores, each with its number and seed. Gives how many there were and what failed, panics included.
    pub fn run(&self, round: impl Fn(u64, u64) -> Result<(), String> + Sync) -> (u64, Vec<String>) {
        let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
        let failures = Mutex::new(Vec::new());
        on_all_cores(threads(), |_| {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if !self.has(n) {
                    break;
                }
                done.fetch_add(1, Ordering::Relaxed);
                let seed = self.seed_of(n);
                let result = catch_unwind(AssertUnwindSafe(|| round(n, seed))).unwrap_or_else(|panic| {
                    let text = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string()));
                    Err(format!("panic: {}", text.unwrap_or_default()))
                });
                if let Err(message) = result {
                    failures.lock().expect("lock").push(format!("seed {seed}: {message}"));
                }
            }
        });
        (done.into_inner(), failures.into_inner().expect("lock"))
    }
}

/// The first failures, or nothing.
pub fn assert_none(failures: &[String]) {
    let first = failures.iter().take(6).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} fail; the first:\n{first}", failures.len());
}

/// A line that `npm run soak` puts into its log.
pub fn figures(row: &str, text: &str) {
    println!("figures {row}: {text}");
}
