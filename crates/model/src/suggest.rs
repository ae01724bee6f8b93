//! "Did you mean": the nearest word of a list.

/// Gives the candidate nearest to `wrong`, when one is near enough to be a likely slip.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&wrong, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(wrong.len()) / 3).max(1))
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn suggests_only_what_is_near() {
        assert_eq!(
            nearest("identty", ["identity", "credential"]),
            Some("identity")
        );
        assert_eq!(
            nearest("lastused", ["last_used", "last_rotated"]),
            Some("last_used")
        );
        assert_eq!(nearest("zzz", ["identity", "credential"]), None);
    }
}
