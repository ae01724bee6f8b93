//! Edits by hand: joining and parting records, removing sources, erasing a person, retention.
//! Each is a run of its own, so history says who did what and when.

mod erase;
mod remove;
mod retain;
mod said;
mod say;

use std::collections::BTreeSet;

use model::TimeUs;
use store::{Db, Tx};

use crate::InventoryError;
use crate::apply::{self, Applied, Work, groups, refresh};
use crate::run::{self, RunStart};

pub use erase::{Erased, erase_person};
pub use remove::{merge_scope, remove_source};
pub use retain::{Retained, retain};
pub(crate) use said::Word;
pub use said::{Field, check};
pub use say::{Other, RelationChange, Statement, say};

/// Makes two records one, on a person's word.
///
/// # Errors
/// One of them is unknown, they are the same already or of different kinds, or the database fails.
pub async fn merge(
    db: &Db,
    start: &RunStart,
    a: i64,
    b: i64,
    now: TimeUs,
) -> Result<Applied, InventoryError> {
    let mut edit = Edit::begin(db, start, now).await?;
    let kinds = edit
        .tx
        .query(
            "SELECT node_key, kind FROM node WHERE node_key IN ($1, $2)",
            vec![a.into(), b.into()],
        )
        .await?;
    match kinds.as_slice() {
        [one, other] if one.text(1)? == other.text(1)? => {}
        [one, other] => {
            return Err(InventoryError::Refused(format!(
                "a record of kind {} and one of kind {} cannot be one thing",
                one.text(1)?,
                other.text(1)?
            )));
        }
        _ => {
            return Err(InventoryError::Refused(
                "these are one record already".to_owned(),
            ));
        }
    }
    let (low, high) = (a.min(b), a.max(b));
    edit.tx
        .exec(
            "DELETE FROM apart WHERE low_key = $1 AND high_key = $2",
            vec![low.into(), high.into()],
        )
        .await?;
    groups::unite(
        &mut edit.tx,
        &mut edit.work,
        BTreeSet::from([(a, b)]),
        "hand",
    )
    .await?;
    if edit.work.touched.is_empty() {
        return Err(InventoryError::Refused(
            "a person parted other members of these records; undo that first with `identity merge` on them".to_owned(),
        ));
    }
    edit.commit().await
}

/// Takes a member out of the record it was merged into and keeps it out: names the two share never
/// join them again.
///
/// # Errors
/// The record is not merged into another, or the database fails.
pub async fn split(
    db: &Db,
    start: &RunStart,
    member: i64,
    now: TimeUs,
) -> Result<Applied, InventoryError> {
    let mut edit = Edit::begin(db, start, now).await?;
    let group = groups::memberships(&mut edit.tx, &BTreeSet::from([member])).await?;
    let Some(root) = group.get(&member).copied() else {
        return Err(InventoryError::Refused(
            "this record is not merged into another; name the member to take out by its own id (`identity show` lists members)".to_owned(),
        ));
    };
    let others = group
        .iter()
        .filter(|(_, of)| **of == root)
        .map(|(key, _)| *key)
        .chain([root]);
    for other in others.filter(|other| *other != member).collect::<Vec<_>>() {
        edit.tx
            .exec(
                "INSERT INTO apart (low_key, high_key, from_run, because) VALUES ($1, $2, $3, 'hand') \
                 ON CONFLICT (low_key, high_key) DO NOTHING",
                vec![member.min(other).into(), member.max(other).into(), edit.work.seq.into()],
            )
            .await?;
    }
    groups::change(&mut edit.tx, &mut edit.work, member, None, "hand").await?;
    edit.work.touched.extend([member, root]);
    edit.commit().await
}

/// A run in the making: one transaction, committed whole or not at all.
pub(crate) struct Edit {
    pub(crate) tx: Tx,
    pub(crate) work: Work,
    run_key: i64,
}

impl Edit {
    pub(crate) async fn begin(
        db: &Db,
        start: &RunStart,
        now: TimeUs,
    ) -> Result<Self, InventoryError> {
        let mut tx = db.write().await?;
        let run_key = run::insert(&mut tx, start).await?;
        let seq = run::next_seq(&mut tx).await?;
        let work = Work::start(&mut tx, seq, now).await?;
        Ok(Self { tx, work, run_key })
    }

    pub(crate) async fn commit(mut self) -> Result<Applied, InventoryError> {
        refresh::refresh(&mut self.tx, &mut self.work).await?;
        self.work.batches.flush(&mut self.tx).await?;
        apply::finish(self.tx, self.run_key, &self.work).await
    }
}
