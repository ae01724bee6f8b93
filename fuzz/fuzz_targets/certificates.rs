//! Certificates, requests, bundles and chains.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::certificates(data));
