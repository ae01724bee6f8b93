//! Exported documents of every importable format.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::imports(data));
