//! Tokens, JSON Web Tokens, connection strings and pasted values.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::tokens(data));
