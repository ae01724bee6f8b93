use super::*;
use model::{Attributes, ObservedEdge, TimeUs};

#[test]
fn what_goes_in_comes_out_sorted_by_id() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = Spool::new(directory.path());
    let source = SourceRef::new("t", "s");
    let account = NodeRef::global(NodeKind::Account, "aws", "1");
    for number in 0..100 {
        let node = NodeRef::global(NodeKind::Identity, "aws", format!("user-{number}"));
        let observation = Observation::new(
            node,
            TimeUs::EPOCH,
            Attributes::named(format!("u{number}"), "t"),
        )
        .edge(ObservedEdge::to(EdgeKind::PartOf, account.clone()))
        .edge(ObservedEdge::to(EdgeKind::PartOf, account.clone()))
        // An account cannot authenticate anything: the kinds table refuses it.
        .edge(ObservedEdge::to(EdgeKind::Authenticates, account.clone()));
        spool.observe(&source, observation).unwrap();
    }
    spool.seal().unwrap();
    assert_eq!(spool.len(), 100);
    assert!(spool.entries.is_sorted());
    assert_eq!(spool.mentions.len(), 1);
    assert_eq!(spool.edges_refused, 100);
    assert!(
        spool
            .losses()
            .iter()
            .any(|loss| loss.starts_with("100 relations between kinds"))
    );
    for entry in &spool.entries {
        let record = spool.record(entry.offset, entry.length).unwrap();
        assert_eq!(record.edges.len(), 1);
        assert_eq!(
            NodeRef::global(record.kind, record.provider, record.native_id).id(),
            entry.id
        );
    }
}
