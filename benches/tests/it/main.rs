//! Judges seeded estates whose truth is known.

mod ranks;
