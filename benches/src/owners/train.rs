//! Learns the weights: two logistic regressions by Adam, then isotonic regression on other seeds.

use inventory::owners::evidence::KINDS;
use inventory::owners::generate::{self, TRAINING};
use inventory::owners::{Example, Known, Model, Proposer};

use super::{CALIBRATION_SEEDS, TRAINING_SEEDS};

/// How often every example is looked at.
const EPOCHS: u32 = 12;
/// Examples a step.
const BATCH: usize = 64;
/// How strongly weights are held to zero.
const RIDGE: f64 = 1e-4;
/// How many examples one point of the calibration rests on.
const POOL: usize = 120;

/// The text of `weights.rs`.
pub(super) fn train(identities: u64) -> String {
    let bare = Model::of_weights(Vec::new(), Vec::new());
    let training = examples(&bare, &TRAINING_SEEDS, identities);
    let weights = |team: bool| {
        let of_form: Vec<&Example> = training
            .iter()
            .filter(|example| example.team == team)
            .collect();
        fit(&of_form)
    };
    let mut model = Model::of_weights(weights(false), weights(true));
    model.calibrate(&examples(&bare, &CALIBRATION_SEEDS, identities), POOL);
    print(&model, identities, training.len())
}

fn examples(model: &Model, seeds: &[u64], identities: u64) -> Vec<Example> {
    let mut all = Vec::new();
    let mut estates = 0_u32;
    for seed in seeds {
        for (number, rates) in (0..).zip(TRAINING) {
            let made = generate::generate(seed + 1000 * number, identities, rates);
            let proposer = Proposer::new(&made.estate, model, &Known::default());
            for truth in &made.truths {
                let right = |ix| truth.person == Some(ix) || truth.team == Some(ix);
                let of_one = proposer.examples(truth.subject, right);
                // The records of one estate are numbered after those of the estate before.
                all.extend(of_one.into_iter().map(|example| Example {
                    subject: example.subject + estates,
                    ..example
                }));
            }
            estates += u32::try_from(made.estate.len()).unwrap_or(0);
        }
    }
    all
}

/// Adam on the log-loss, the same every time: no shuffling but a fixed stride.
fn fit(examples: &[&Example]) -> Vec<f64> {
    let width = examples.first().map_or(0, |example| example.values.len());
    let mut weights = vec![0.0; width];
    let (mut mean, mut square) = (vec![0.0; width], vec![0.0; width]);
    let stride = 7919;
    let order: Vec<&Example> = (0..examples.len())
        .filter_map(|at| {
            examples
                .get(at.wrapping_mul(stride) % examples.len())
                .copied()
        })
        .collect();
    let mut step = 0_i32;
    for epoch in 0..EPOCHS {
        let rate = 0.05 / (1.0 + f64::from(epoch));
        for batch in order.chunks(BATCH) {
            step += 1;
            let mut gradient: Vec<f64> = weights.iter().map(|weight| RIDGE * weight).collect();
            let share = 1.0 / f64::from(u32::try_from(batch.len()).unwrap_or(1));
            for example in batch {
                let sum: f64 = weights
                    .iter()
                    .zip(&example.values)
                    .map(|(w, x)| w * x)
                    .sum();
                let error = 1.0 / (1.0 + (-sum).exp()) - f64::from(u8::from(example.right));
                for (slot, value) in gradient.iter_mut().zip(&example.values) {
                    *slot += error * value * share;
                }
            }
            let (fix_mean, fix_square) = (1.0 - 0.9_f64.powi(step), 1.0 - 0.999_f64.powi(step));
            let moments = mean.iter_mut().zip(&mut square);
            for (at, ((weight, gradient), (mean, square))) in
                (0..).zip(weights.iter_mut().zip(&gradient).zip(moments))
            {
                *mean = 0.9 * *mean + 0.1 * gradient;
                *square = 0.999 * *square + 0.001 * gradient * gradient;
                *weight -= rate * (*mean / fix_mean) / ((*square / fix_square).sqrt() + 1e-8);
                // Evidence never speaks against whom it names; what does is a feature of its own.
                if at < KINDS.len() {
                    *weight = weight.max(0.0);
                }
            }
        }
    }
    weights
}

fn print(model: &Model, identities: u64, count: usize) -> String {
    let mut text =
        "//! Learned weights; written by `bench owners --train`.\n\nuse super::WeightRow;\n\n\
        /// Where the weights come from.\n"
            .to_owned();
    text.push_str(&format!(
        "pub(super) const SOURCE: &str =\n    \"our own generator (owners::generate), 2026-11-22: {count} candidates of {identities} identities by three rate settings, seeds {TRAINING_SEEDS:?}; calibrated on seeds {CALIBRATION_SEEDS:?}\";\n\n"
    ));
    text.push_str("/// Feature, weight for persons, weight for teams.\npub(super) const WEIGHTS: &[WeightRow] = &[\n");
    for (name, person, team) in model.weights() {
        text.push_str(&format!(
            "    (\"{name}\", {}, {}),\n",
            short(person),
            short(team)
        ));
    }
    text.push_str("];\n");
    let names = [
        ("FIRST_PERSON", "the best person of a record"),
        ("OTHER_PERSONS", "other persons"),
        ("FIRST_TEAM", "the best team of a record"),
        ("OTHER_TEAMS", "other teams"),
    ];
    for ((name, form), points) in names.into_iter().zip(model.calibration()) {
        text.push_str(&format!(
            "\n/// Score to confidence, for {form}.\npub(super) const {name}: &[(f64, f64)] = &[\n"
        ));
        for (score, right) in points {
            text.push_str(&format!("    ({}, {}),\n", short(*score), short(*right)));
        }
        text.push_str("];\n");
    }
    text
}

fn short(number: f64) -> String {
    format!("{:?}", (number * 1e4).round() / 1e4)
}
