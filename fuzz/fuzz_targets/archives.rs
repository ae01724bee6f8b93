//! Archives and streams through the import driver.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::archives(data));
