//! Facts about identities to findings and scores. Pure: the same input gives the same output, to the last bit.

pub mod score;
