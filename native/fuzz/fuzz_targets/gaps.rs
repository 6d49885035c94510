#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mv2_fuzz::gaps(data));
