//! What the first bytes of a document tell, and its lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::probe(data));
