//! Tables of estates in shorthand and what is judged on them.

use std::fmt::Debug;

use graph::{Brief, Classify as _, Estate, Labels, shorthand};
use model::labels::Classification;

use super::Classifier;

/// Rows about one node: an estate and one label of it.
pub(super) struct Table<T> {
    on: &'static str,
    pick: fn(Labels) -> T,
}

impl<T: PartialEq + Debug> Table<T> {
    /// About `identity:a`.
    pub(super) fn of(pick: fn(Labels) -> T) -> Self {
        Self::on("identity:a", pick)
    }

    /// About another node.
    pub(super) fn on(on: &'static str, pick: fn(Labels) -> T) -> Self {
        Self { on, pick }
    }

    /// Checks one row.
    pub(super) fn row(&self, text: &str, expected: impl Into<T>) {
        let whole = judged(text, self.on);
        assert_eq!(
            (self.pick)(Labels::of(&whole)),
            expected.into(),
            "{text}\n{whole:#?}"
        );
    }
}

/// Everything about one node; the short answer must agree with the long one.
pub(super) fn judged(text: &str, on: &str) -> Classification {
    let estate: Estate = shorthand::estate(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let ix = shorthand::find(&estate, on).unwrap_or_else(|| panic!("no {on}: {text}"));
    let classifier = Classifier::new(&estate);
    let whole = classifier.classification(ix);
    assert_eq!(Labels::of(&whole), classifier.labels(ix), "{text}");
    assert_eq!(Brief::of(whole.clone()), classifier.brief(ix), "{text}");
    whole
}
