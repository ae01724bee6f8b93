//! What servers say before and at the beginning of TLS.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::starttls(data));
