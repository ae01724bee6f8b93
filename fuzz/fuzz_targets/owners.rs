//! Tables of owners (CSV, XLSX), CODEOWNERS files and git histories.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::owners(data));
