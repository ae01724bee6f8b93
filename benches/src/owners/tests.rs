use super::*;

/// The bar of the product, on a smaller estate whose seed and rates nothing was trained on.
#[test]
fn proposals_meet_the_bar() {
    let measured = generated(&Model::committed(), 7, 1_500, &generate::HELD_OUT);
    let text = report("bar", &measured);
    let point = measured
        .best
        .recall_at(0.9)
        .unwrap_or_else(|| panic!("{text}"));
    assert!(point.recall >= 0.6, "{text}");
    assert!(measured.best.calibration_error < 0.05, "{text}");
    assert!(measured.every_calibration_error < 0.05, "{text}");
}
