//! A register kept by hand beside what is really there: what both know, what only the sheet knows and
//! what only reality knows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use graph::{Estate, NodeIx};
use model::{NodeId, NodeKind};
use serde::Serialize;

use super::is_governed;
use super::proof::name_of;

/// What a row of the register says to find its record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SheetRow {
    /// The line or row, from 1, the header being 1.
    pub line: u64,
    /// The provider's id, when there is a column.
    pub native_id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The account, project, tenant or domain.
    pub account: Option<String>,
}

/// A row with its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// The row.
    pub row: SheetRow,
    /// The record.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// How it was found: `id`, `name and account`, `name`.
    pub by: &'static str,
    /// Its index.
    #[serde(skip)]
    pub ix: NodeIx,
}

/// The register beside reality.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Reconciliation {
    /// Rows with one record.
    pub matched: Vec<Matched>,
    /// Rows with none.
    pub only_in_sheet: Vec<SheetRow>,
    /// Records that several rows speak of are listed under the first; the others are here.
    pub repeated: Vec<Matched>,
    /// Rows that several records fit, with them.
    pub ambiguous: Vec<(SheetRow, Vec<(NodeId, String)>)>,
    /// Governed identities that no row names.
    pub only_in_reality: Vec<(NodeId, String)>,
}

/// Compares rows with the identities and credentials that other sources show. What only a register
/// itself shows is not reality: `is_register` says which connectors are registers.
pub fn reconcile(
    sheet: &[SheetRow],
    estate: &Estate,
    is_register: impl Fn(&str) -> bool,
) -> Reconciliation {
    let real = Real::of(estate, is_register);
    let mut found = Reconciliation::default();
    let mut named: BTreeSet<NodeIx> = BTreeSet::new();
    for row in sheet {
        let (fits, by) = real.find(estate, row);
        let mut fits = fits.into_iter();
        match (fits.next(), fits.next()) {
            (None, _) => found.only_in_sheet.push(row.clone()),
            (Some(ix), None) => {
                let Some(node) = estate.node(ix) else {
                    continue;
                };
                let matched = Matched {
                    row: row.clone(),
                    id: node.id,
                    name: name_of(estate, ix).to_owned(),
                    by,
                    ix,
                };
                if named.insert(ix) {
                    found.matched.push(matched);
                } else {
                    found.repeated.push(matched);
                }
            }
            (Some(first), Some(second)) => {
                let all = [first, second].into_iter().chain(fits).take(20);
                let all = all.filter_map(|ix| label(estate, ix));
                found.ambiguous.push((row.clone(), all.collect()));
            }
        }
    }
    let maybe: BTreeSet<NodeId> = found
        .ambiguous
        .iter()
        .flat_map(|(_, all)| all.iter().map(|(id, _)| *id))
        .collect();
    found.only_in_reality = real
        .all
        .iter()
        .filter(|ix| is_governed(estate, **ix) && !named.contains(ix))
        .filter_map(|ix| label(estate, *ix))
        .filter(|(id, _)| !maybe.contains(id))
        .collect();
    found
}

fn label(estate: &Estate, ix: NodeIx) -> Option<(NodeId, String)> {
    Some((estate.node(ix)?.id, name_of(estate, ix).to_owned()))
}

/// What is really there, by id and by name.
#[derive(Default)]
struct Real {
    all: Vec<NodeIx>,
    by_id: HashMap<String, BTreeSet<NodeIx>>,
    by_name: HashMap<String, BTreeSet<NodeIx>>,
}

impl Real {
    fn of(estate: &Estate, is_register: impl Fn(&str) -> bool) -> Self {
        let mut real = Self::default();
        for ix in estate.indices() {
            let Some(node) = estate.node(ix) else {
                continue;
            };
            let counts = matches!(node.kind, NodeKind::Identity | NodeKind::Credential);
            let mut sources = estate
                .sources_of(ix)
                .filter(|source| source.connector != crate::apply::sources::BY_HAND)
                .peekable();
            if !counts || node.retired || node.referenced || sources.peek().is_none() {
                continue;
            }
            if sources.all(|source| is_register(&source.connector)) {
                continue;
            }
            real.all.push(ix);
            let native = estate.text(node.native_id);
            real.by_id
                .entry(native.to_lowercase())
                .or_default()
                .insert(ix);
            let last = native.rsplit(['/', ':', '\\']).next().unwrap_or(native);
            for name in [name_of(estate, ix), last, native] {
                real.by_name
                    .entry(name.to_lowercase())
                    .or_default()
                    .insert(ix);
            }
        }
        real
    }

    fn find(&self, estate: &Estate, row: &SheetRow) -> (BTreeSet<NodeIx>, &'static str) {
        let by_id = row
            .native_id
            .as_ref()
            .and_then(|id| self.by_id.get(&id.trim().to_lowercase()));
        if let Some(fits) = by_id {
            return (fits.clone(), "id");
        }
        let names = [&row.name, &row.native_id];
        let fits = names
            .into_iter()
            .flatten()
            .find_map(|name| self.by_name.get(&name.trim().to_lowercase()));
        let Some(fits) = fits else {
            return (BTreeSet::new(), "");
        };
        let Some(account) = &row.account else {
            return (fits.clone(), "name");
        };
        let account = account.trim().to_lowercase();
        let in_account = |ix: &&NodeIx| {
            estate.node(**ix).is_some_and(|node| {
                let native = estate.text(node.native_id).to_lowercase();
                estate.text(node.tenant).to_lowercase() == account || native.contains(&account)
            })
        };
        let here: BTreeSet<NodeIx> = fits.iter().filter(in_account).copied().collect();
        (here, "name and account")
    }
}

/// How many rows each state has, for a summary.
impl Reconciliation {
    /// Counts by state.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        BTreeMap::from([
            ("matched", self.matched.len()),
            ("repeated", self.repeated.len()),
            ("ambiguous", self.ambiguous.len()),
            ("only_in_sheet", self.only_in_sheet.len()),
            ("only_in_reality", self.only_in_reality.len()),
        ])
    }
}
