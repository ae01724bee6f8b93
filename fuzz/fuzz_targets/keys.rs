//! Private and public keys in every file format, and SSH's line files.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::keys(data));
