//! Texts of 160 tokens a second of one core through MiniLM, and what loading it costs.
//! usage: cargo run --release -p mv2 --example minilm_bench <folder of models>

use std::path::PathBuf;

use mv2::embed::minilm::MiniLm;

/// CPU seconds of this thread: other processes do not count.
fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn main() {
    let folder = std::env::args().nth(1).map(PathBuf::from).expect("the folder of models");
    let started = cpu_seconds();
    let model = MiniLm::installed(&folder).expect("installed");
    println!("load: {:.1} ms", (cpu_seconds() - started) * 1e3);
    for (words, rounds) in [(158, 60), (18, 400), (6, 600)] {
        // Each a word of the vocabulary, so that a text has two tokens more than words.
        let text =
            "treaty senate river winter letter market engine garden ".repeat(words).split(' ').take(words).collect::<Vec<_>>().join(" ");
        let mut best = f64::INFINITY;
        let started = cpu_seconds();
        for _ in 0..rounds {
            let started = cpu_seconds();
            assert!(model.embed(&text).is_some());
            best = best.min(cpu_seconds() - started);
        }
        let mean = (cpu_seconds() - started) / rounds as f64;
        println!(
            "{} tokens: mean {:.2} ms, {:.1} a second; best {:.2} ms, {:.1} a second",
            words + 2,
            mean * 1e3,
            1.0 / mean,
            best * 1e3,
            1.0 / best
        );
    }
}
