//! Replays every corpus through the entry points of the fuzzer.

#[cfg(test)]
mod corpus;
