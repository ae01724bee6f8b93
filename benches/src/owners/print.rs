//! Figures as text.

use inventory::owners::measure::{Curve, Measured};

/// The figures of one estate.
pub fn report(title: &str, measured: &Measured) -> String {
    let mut text = format!("\n== {title}\n");
    for (name, curve) in [
        ("best proposal (person or team)", &measured.best),
        ("best person", &measured.person),
        ("best team", &measured.team),
    ] {
        text.push_str(&of_curve(name, curve));
    }
    text.push_str(&format!(
        "  every proposal: calibration error {:.1} points\n",
        measured.every_calibration_error * 100.0
    ));
    text
}

fn of_curve(name: &str, curve: &Curve) -> String {
    let mut text = format!(
        "  {name}: {} labelled, calibration error {:.1} points; ",
        curve.labelled,
        curve.calibration_error * 100.0
    );
    text.push_str(&match curve.recall_at(0.9) {
        Some(point) => format!(
            "precision {:.1} % at recall {:.1} % (confidence >= {:.2})\n",
            point.precision * 100.0,
            point.recall * 100.0,
            point.at
        ),
        None => "precision never reaches 90 %\n".to_owned(),
    });
    text.push_str("    confidence  proposed  precision  recall\n");
    for point in curve
        .points
        .iter()
        .step_by(2)
        .filter(|point| point.proposed > 0)
    {
        text.push_str(&format!(
            "    >= {:.2}     {:>8}   {:>6.1} %  {:>5.1} %\n",
            point.at,
            point.proposed,
            point.precision * 100.0,
            point.recall * 100.0
        ));
    }
    text
}
