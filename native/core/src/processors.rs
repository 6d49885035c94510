//! How many threads work at a time.

use std::sync::OnceLock;

/// Processors that this process may use. Asked for once: the answer comes from the control group's files, which takes longer than a put.
pub(crate) fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, |count| count.get()))
}
