//! Configuration files that hold credentials.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::config_files(data));
