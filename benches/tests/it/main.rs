//! Judges seeded estates whose truth is known.

#[cfg(test)]
mod ranks;
