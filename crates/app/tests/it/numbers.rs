//! What is counted over the example estate: the ratio, coverage by field, vendors, copies.

use app::query::{coverage, summary};
use serde_json::Value;
use testkit::both_databases;

use crate::setting::{examples, import, installation, rows};

/// Active identities as the example estate's own files hold them, counted by hand in SQL: one of
/// each record that stands for itself.
const STANDING: &str = "SELECT COALESCE(v.class, ''), COALESCE(v.environment, ''), CAST(COUNT(*) AS BIGINT) FROM node_version v \
    WHERE v.kind = 'identity' AND v.to_run IS NULL AND v.retired_us IS NULL AND v.referenced_us IS NULL \
    AND NOT EXISTS (SELECT 1 FROM member m WHERE m.node_key = v.node_key AND m.to_run IS NULL AND m.root_key <> m.node_key) \
    GROUP BY 1, 2 ORDER BY 1, 2";

both_databases! {
    /// R65: machines per person, by environment and type, with the rule that says who counts.
    async fn machines_per_person_by_environment_and_type(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        let ratio = summary::summary(&installation, None).await.unwrap().ratio;
        let mut counted: [i64; 4] = [0; 4];
        let mut prod = (0, 0);
        for row in rows(&installation, STANDING).await {
            let cells: Vec<&str> = row.split('|').collect();
            let total: i64 = cells[2].parse().unwrap();
            let group = match cells[0] {
                "machine" | "agent" | "device" => 0,
                "human" => 1,
                "external" => 2,
                _ => 3,
            };
            counted[group] += total;
            if cells[1] == "prod" && group == 0 { prod.0 += total }
            if cells[1] == "prod" && group == 1 { prod.1 += total }
        }
        assert!(counted[0] > 15 && counted[1] >= 3, "{counted:?}");
        assert_eq!([ratio.machines, ratio.humans, ratio.external, ratio.unknown], counted);
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let exact = counted[0] as f64 / counted[1] as f64;
        assert!((ratio.machines_per_human.unwrap() - exact).abs() <= 0.05, "{ratio:?} is not {exact}");
        let of = |name: &str| ratio.by_environment.iter().find(|part| part.environment == name).unwrap();
        assert_eq!((of("prod").machines, of("prod").humans), prod);
        assert_eq!(of("prod").machines_per_human, None, "nobody to divide by is not zero");
        assert!(of("").machines_per_human.is_some());
        assert_eq!(ratio.by_environment.iter().map(|part| part.machines).sum::<i64>(), ratio.machines);
        let by_type = |subtype: &str| ratio.groups.iter().filter(|row| row.subtype == subtype).map(|row| row.total).sum::<i64>();
        assert_eq!((by_type("claude_desktop"), by_type("k8s_service_account"), by_type("ad_gmsa")), (1, 3, 2));
        for word in ["machine, agent or device", "human", "external", "unknown", "template counts once", "retired"] {
            assert!(ratio.rule.contains(word), "the rule does not speak of {word}: {}", ratio.rule);
        }
    }

    /// R64: how much of what has to be known each source says, field by field, in percent.
    async fn coverage_by_source_and_field_in_percent(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        let metrics = coverage::metrics(&installation, None).await.unwrap();
        let of = |source: &str, kind: &str, field: &str| {
            let found = metrics.iter().find(|row| row.source.starts_with(source) && row.kind == kind && row.field == field);
            let row = found.unwrap_or_else(|| panic!("{source} {kind} {field}"));
            (row.records, row.counts.known, row.counts.never, row.known_percent)
        };
        // The register has four rows: all with a purpose, three with an owner.
        assert_eq!(of("csv.mapped", "identity", "purpose"), (4, 4, 0, 100));
        assert_eq!(of("csv.mapped", "identity", "owner"), (4, 3, 0, 75));
        assert_eq!(of("csv.mapped", "identity", "created"), (4, 0, 0, 0));
        // Two of six accounts of the directory have a description, all lie in its domain.
        assert_eq!(of("ad.ldif", "identity", "purpose"), (6, 2, 0, 33));
        assert_eq!(of("ad.ldif", "identity", "system"), (6, 6, 0, 100));
        // Never is known: five that have not been used say so, and a share is rounded down.
        let (records, known, never, percent) = of("aws.credential_report", "credential", "expiry");
        assert_eq!((records, known, never, percent), (7, 1, 5, 85));
        assert_eq!(of("aws.credential_report", "credential", "revocation").3, 100);
        for row in &metrics {
            let counts = &row.counts;
            let sum = counts.known + counts.never + counts.not_observable + counts.no_data_yet + counts.nothing_said;
            assert_eq!(sum, row.records, "{row:?}");
            assert_eq!(row.known_percent, (counts.known + counts.never) * 100 / row.records, "{row:?}");
        }
        let fields: std::collections::BTreeSet<&str> = metrics.iter().map(|row| row.field).collect();
        assert_eq!(fields.len(), 7, "{fields:?}");
    }

    /// R66: the outside companies, what each stands behind, who owns it and when it was last used.
    async fn outside_companies_with_owners_and_last_use(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        let register = data.path().join("register.csv");
        std::fs::write(&register, "name,type,owner,vendor,last used\nsync-eu,service account,amy@acme.example,Datalens Inc,2026-11-01\nsync-us,service account,,Datalens Inc,2026-10-01\nfeed,service account,bob@acme.example,Northwind,never\n").unwrap();
        import(&installation, &[register, examples()]).await;
        let vendors = summary::summary(&installation, None).await.unwrap().vendors;
        let of = |vendor: &str, subtype: &str| {
            let found = vendors.iter().find(|row| row.vendor == vendor && row.subtype == subtype);
            let row = found.unwrap_or_else(|| panic!("{vendor} {subtype}: {vendors:?}"));
            (row.total, row.owned, row.last_used_at.map(|at| at.to_string()))
        };
        assert_eq!(of("Datalens Inc", "service_account"), (2, 1, Some("2026-11-01T00:00:00Z".to_owned())));
        assert_eq!(of("Northwind", "service_account"), (1, 1, None), "never used is not used");
        assert_eq!(of("Datalens Inc", "entra_service_principal").0, 1);
        assert_eq!(of("anthropic", "claude_desktop").0, 1);
        assert_eq!(of("aws", "aws_access_key").2.as_deref(), Some("2026-11-20T21:14:00Z"));
    }

    /// R59, R61: each copy of one secret is the same secret, with its places, whatever the file.
    async fn copies_of_one_secret_are_one_secret_with_its_places(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let tree = tempfile::tempdir().unwrap();
        let secret = "CANARYx7Kq93bfTtLmW02";
        let files = [
            (".env", format!("PAYMENTS_API_TOKEN={secret}\n")),
            ("deploy.env", format!("export TOKEN='{secret}'\n")),
            ("cluster.json", format!(r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"pay","namespace":"shop"}},"type":"Opaque","stringData":{{"token":"{secret}"}}}}"#)),
            (".netrc", format!("machine pay.example login bot password {secret}\n")),
            ("other.env", "PAYMENTS_API_TOKEN=CANARYx7Kq93bfTtLmW03\n".to_owned()),
        ];
        for (name, content) in &files {
            std::fs::write(tree.path().join(name), content).unwrap();
        }
        let installation = installation(&t, data.path()).await;
        let report = import(&installation, &[tree.path().to_owned()]).await;
        assert!(report.complete, "{report:?}");
        let copies = summary::summary(&installation, None).await.unwrap().copies;
        assert_eq!(copies.len(), 1, "one secret lies in several places: {copies:?}");
        let mut places: Vec<&str> = copies[0].places.iter().map(|place| place.name.rsplit('/').next().unwrap()).collect();
        places.sort_unstable();
        assert_eq!(places, [".env", ".netrc", "deploy.env", "pay"]);
        assert_eq!(copies[0].total, 4);
        let all = rows(&installation, "SELECT * FROM sighting").await.join("\n");
        testkit::assert_no_canary_bytes(all.as_bytes(), "the sightings");
    }

    /// R67: each attribute of each record has its source and the time it was observed.
    async fn every_attribute_has_a_source_and_a_time(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        let ids = rows(&installation, "SELECT n.id FROM node n JOIN node_version v ON v.node_key = n.node_key WHERE v.to_run IS NULL AND v.referenced_us IS NULL").await;
        let (mut attributes, mut relations) = (0, 0);
        for id in &ids {
            let app::query::Found::One(shown) = app::query::show::show(&installation, id, &[], false, None).await.unwrap() else {
                panic!("{id} is not one record");
            };
            let shown: Value = serde_json::to_value(&shown).unwrap();
            let sources: Vec<&Value> = shown["sightings"].as_array().unwrap().iter().map(|said| &said["source"]).collect();
            for attribute in shown["attributes"].as_array().unwrap() {
                for said in std::iter::once(attribute).chain(attribute["others"].as_array().unwrap()) {
                    assert!(sources.contains(&&said["source"]), "{attribute} of {id} comes from none of {sources:?}");
                    let at = said["observed_at"].as_str().unwrap_or_default();
                    assert!(at.starts_with("20"), "{attribute} of {id} has no time");
                    attributes += 1;
                }
            }
            for edge in shown["edges"].as_array().unwrap() {
                assert!(edge["source"].as_str().is_some_and(|source| !source.is_empty()), "{edge}");
                relations += 1;
            }
        }
        assert!(attributes > 500 && relations > 150, "{attributes} attributes, {relations} relations");
    }
}
