//! Pages of the manual that are made from the tables of the stations.

/// The page of signals: what sources recognise, and from what.
pub fn signals() -> String {
    sources::signals::reference_page()
}
