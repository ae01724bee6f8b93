//! Targets of a TLS scan as people write them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::tls_targets(data));
