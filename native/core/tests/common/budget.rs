//! How long a randomised test goes on: a fixed amount in a test run, a time in a soak run (`npm run soak`).

use std::time::{Duration, Instant};

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

/// A line that `npm run soak` puts into its log.
pub fn figures(row: &str, text: &str) {
    println!("figures {row}: {text}");
}
