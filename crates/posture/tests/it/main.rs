//! The risk score, from outside: the published examples, the promised properties, vectors, exports.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a failing assertion is what a test is for; clippy knows only `#[test]` functions, not their helpers; exact numbers are what is promised"
)]

mod estates;
mod laws;
mod page;
mod plain;
mod properties;
mod vectors;
mod verify;
mod worked;

use posture::score::{Factor, Inputs, Ratio, Score, Strength};

fn x(number: f64) -> Strength {
    Strength::observed(Ratio::new(number).unwrap())
}

fn inputs(factors: &[(Factor, f64)]) -> Inputs {
    let mut inputs = Inputs::nothing_applies("2026-11").unwrap();
    for (factor, strength) in factors {
        inputs.set(*factor, x(*strength));
    }
    inputs
}

fn bytes(score: &Score) -> String {
    serde_json::to_string(score).unwrap()
}
