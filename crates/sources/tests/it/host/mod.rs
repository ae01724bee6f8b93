//! The scan of a machine, on a made-up one with real keys.

mod agents;
mod hostile;
mod machine;
mod whole;
