//! JSON of any size, split into its elements.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::json(data));
