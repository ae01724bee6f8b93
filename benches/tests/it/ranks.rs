//! The planted accounts come first, two runs say the same, and what was not looked at makes a verdict
//! less certain and never worse.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use app::Installation;
use app::query::findings::{self, Request};
use benches::estate::{Estate, PLANTED};
use benches::{assess, import};
use inventory::judgement::{self, VerdictRow};
use inventory::read::{Reader, When};

/// Identities of the default lane: as large as a build without optimisation judges in seconds.
const FEW: u64 = 10_000;
const MANY: u64 = 100_000;

struct Judged {
    folder: tempfile::TempDir,
    url: String,
}

impl Judged {
    async fn of(estate: Estate) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("estate.db").display());
        let judged = Self { folder, url };
        judged.tell(estate).await;
        judged
    }

    /// Imports and judges; gives how many records were retired.
    async fn tell(&self, estate: Estate) -> u64 {
        let told = import::import(&self.url, self.folder(), estate)
            .await
            .unwrap();
        let now = estate.observed();
        let assessed = assess::assess(&self.url, self.folder(), now).await.unwrap();
        assert!(assessed.outcome["judged"] > 0);
        told.outcome["nodes_retired"]
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn installation(&self) -> Installation {
        let now = Estate::first(1).observed();
        assess::installation(&self.url, self.folder(), now)
            .await
            .unwrap()
    }

    /// The list as `finding ls` gives it, without the times of the runs.
    async fn findings(&self, limit: Option<usize>) -> Vec<findings::Row> {
        let request = Request {
            limit,
            ..Request::default()
        };
        let installation = self.installation().await;
        let mut rows = Vec::new();
        findings::run::<app::Error>(&installation, &request, |row| {
            rows.push(findings::Row { since: None, ..row });
            Ok(())
        })
        .await
        .unwrap();
        rows
    }

    /// The verdicts by the stable id of the record.
    async fn verdicts(&self) -> BTreeMap<String, VerdictRow> {
        let installation = self.installation().await;
        let reader = Reader::open(&installation.db, When::Latest).await.unwrap();
        let sql = "SELECT node_key, id FROM node";
        let ids: BTreeMap<i64, String> = installation
            .db
            .read(sql, Vec::new())
            .await
            .unwrap()
            .iter()
            .map(|row| (row.get_i64(0).unwrap(), row.text(1).unwrap().to_owned()))
            .collect();
        let keys: BTreeSet<i64> = ids.keys().copied().collect();
        judgement::verdicts(&reader, &keys)
            .await
            .unwrap()
            .into_iter()
            .map(|(key, verdict)| (ids[&key].clone(), verdict))
            .collect()
    }
}

/// R29.
async fn the_planted_stand_first(identities: u64) {
    let estate = Estate::first(identities).judged();
    let judged = Judged::of(estate).await;
    let planted: BTreeSet<String> = (0..identities)
        .filter(|number| estate.is_planted(*number))
        .map(|number| format!("{number:06x}"))
        .collect();
    assert_eq!(planted.len() as u64, PLANTED);
    let first = judged.findings(Some(planted.len() + 1)).await;
    let (ranked, after) = first.split_at(planted.len());
    for row in ranked {
        assert_eq!(row.rule, "privileged-unowned-dormant", "{row:?}");
    }
    let found: BTreeSet<String> = ranked
        .iter()
        .map(|row| row.subject.name.rsplit('-').next().unwrap().to_owned())
        .collect();
    assert_eq!(found, planted);
    assert_ne!(
        after[0].rule, "privileged-unowned-dormant",
        "nobody else is all three"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_planted_accounts_are_ranked_first() {
    the_planted_stand_first(FEW).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "slow: 100,000 identities"]
async fn the_planted_accounts_are_ranked_first_of_a_hundred_thousand() {
    the_planted_stand_first(MANY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_give_the_same_bytes() {
    let estate = Estate::first(1_500).judged();
    let (one, two) = (Judged::of(estate).await, Judged::of(estate).await);
    let lines = |rows: Vec<findings::Row>| -> Vec<String> {
        rows.iter()
            .map(|row| serde_json::to_string(row).unwrap())
            .collect()
    };
    let (one, two) = (
        lines(one.findings(None).await),
        lines(two.findings(None).await),
    );
    assert!(one.len() > 1_000, "{}", one.len());
    assert!(one == two);
}

/// X2: without the permission to see sign-ins of the directory in the cloud.
#[tokio::test(flavor = "multi_thread")]
async fn a_permission_less_widens_intervals_and_retires_nothing() {
    let whole = Estate::first(3_000).judged();
    let less = Estate {
        denied: true,
        ..whole
    };
    let (with, without) = (Judged::of(whole).await, Judged::of(less).await);
    let (known, dark) = (with.verdicts().await, without.verdicts().await);
    assert!(known.keys().eq(dark.keys()), "the same records are judged");
    let mut wider = 0;
    for (id, one) in &known {
        let (a, b) = (
            one.verdict.score.as_ref().unwrap(),
            dark[id].verdict.score.as_ref().unwrap(),
        );
        assert!(
            b.lo <= a.lo && b.hi >= a.hi && b.c <= a.c,
            "{id}: {} became {}",
            a.vector,
            b.vector
        );
        wider += u64::from((b.lo < a.lo || b.hi > a.hi) && b.c < a.c);
    }
    assert!(wider > 200, "{wider} of about 300 principals");

    let keys = |rows: Vec<findings::Row>| -> BTreeSet<String> {
        rows.into_iter().map(|row| row.key).collect()
    };
    let (seen, left) = (
        keys(with.findings(None).await),
        keys(without.findings(None).await),
    );
    let new: Vec<&String> = left.difference(&seen).collect();
    assert!(new.is_empty(), "fire on what was not looked at: {new:?}");
    assert!(left.len() < seen.len());

    let retired = with.tell(Estate { day: 1, ..less }).await;
    assert_eq!(retired, 0, "what a source may no longer see is not gone");
}
