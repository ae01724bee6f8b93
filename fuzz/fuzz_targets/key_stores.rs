//! PKCS#12 and Java key stores.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::key_stores(data));
