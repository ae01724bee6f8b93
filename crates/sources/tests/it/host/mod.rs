//! The scan of a machine, on a made-up one with real keys.

mod agents;
mod hostile;
mod installed;
mod machine;
mod whole;
