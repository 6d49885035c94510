//! What the fuzz targets of `native/fuzz` once found: each input is run again by the target that found it, without the fuzzer.

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

use std::path::Path;
use std::time::{Duration, Instant};

const TARGETS: [(&str, fn(&[u8])); 12] = [
    ("header", fuzz::header),
    ("record", fuzz::record),
    ("commit", fuzz::commit),
    ("table", fuzz::table),
    ("frames", fuzz::frames),
    ("run", fuzz::run),
    ("text", fuzz::text),
    ("vectors", fuzz::vectors),
    ("session", fuzz::session),
    ("query", fuzz::query),
    ("gaps", fuzz::gaps),
    ("file", fuzz::file),
];

#[test]
fn what_was_found_is_answered_in_time() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fuzz");
    let mut count = 0;
    for (name, target) in TARGETS {
        let Ok(found) = std::fs::read_dir(folder.join(name)) else { continue };
        for entry in found {
            let path = entry.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("reads");
            let started = Instant::now();
            target(&bytes);
            assert!(started.elapsed() < Duration::from_secs(5), "{}", path.display());
            count += 1;
        }
    }
    let known =
        std::fs::read_dir(&folder).expect("the folder").flatten().all(|entry| TARGETS.iter().any(|(name, _)| entry.file_name() == *name));
    assert!(known && count > 0, "{count} fixtures");
}
