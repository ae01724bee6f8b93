//! One inventory out of several kinds of reading: files, machine and network together; the same
//! input twice; every log line there is.

use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use app::query::{Found, export, show};
use app::{Installation, Silent};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use testkit::both_databases;

use crate::setting::{examples, import, installation};

/// A real server for one certificate, gone with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn openssl(folder: &Path, words: &str) {
    let output = Command::new("openssl")
        .args(words.split(' '))
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("openssl is missing: apt-get install openssl ({error})"));
    assert!(
        output.status.success(),
        "{words}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// `openssl s_server` with `server.pem` of the folder, and its port.
fn serve(folder: &Path) -> (Server, u16) {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let child = Command::new("openssl")
        .args([
            "s_server",
            "-quiet",
            "-accept",
            &format!("127.0.0.1:{port}"),
            "-cert",
            "server.pem",
            "-key",
            "server.key",
        ])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(child);
    for _ in 0..500 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return (server, port);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("openssl s_server does not listen on {port}");
}

async fn exported(installation: &Installation) -> Vec<Value> {
    let mut lines = Vec::new();
    export::export(installation, None, |value| -> Result<(), app::Error> {
        lines.push(value.clone());
        Ok(())
    })
    .await
    .unwrap();
    lines
}

both_databases! {
    /// R48, R103: a certificate that lies in a folder of a machine, in an imported archive of files
    /// and is served by an endpoint is one record, with everything that holds and presents it.
    async fn a_certificate_in_files_and_on_an_endpoint_is_one_record(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let copies = tempfile::tempdir().unwrap();
        openssl(folder.path(), "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.pem -days 30 -subj /CN=shop.acme.example -addext subjectAltName=DNS:localhost,IP:127.0.0.1");
        openssl(folder.path(), "x509 -in server.pem -outform DER -out copy.der");
        std::fs::rename(folder.path().join("copy.der"), copies.path().join("copy.der")).unwrap();
        let installation = installation(&t, data.path()).await;
        let (server, port) = serve(folder.path());

        let mut scan = app::scan::Request { time_budget_s: Some(0), ..app::scan::Request::default() };
        scan.settings.roots = vec![folder.path().display().to_string()];
        scan.settings.processes = false;
        app::scan::run(&installation, scan, &Silent).await.unwrap();
        import(&installation, &[copies.path().to_owned()]).await;
        let asked = app::scan_tls::Request { targets: vec![format!("127.0.0.1:{port}")], timeout_s: Some(5), ..app::scan_tls::Request::default() };
        let seen = app::scan_tls::run(&installation, asked, &Silent).await.unwrap();
        assert_eq!(seen.tls.served(), 1, "{:?}", seen.tls);
        drop(server);

        let lines = exported(&installation).await;
        let certificates: Vec<&Value> = lines.iter().filter(|line| line["type"] == "record" && line["name"] == "shop.acme.example" && line["subtype"] == "x509_certificate").collect();
        assert_eq!(certificates.len(), 1, "{certificates:?}");
        let id = certificates[0]["id"].as_str().unwrap();
        let Found::One(shown) = show::show(&installation, id, &[], false, None).await.unwrap() else { panic!("{id}") };
        let shown = serde_json::to_value(&shown).unwrap();
        let sources: BTreeSet<&str> = shown["sightings"].as_array().unwrap().iter().map(|said| said["source"].as_str().unwrap().split('[').next().unwrap()).collect();
        assert_eq!(sources.len(), 3, "{sources:?}");
        let mut places: Vec<String> = shown["edges"].as_array().unwrap().iter()
            .filter(|edge| ["stored_in", "found_in", "presents"].contains(&edge["kind"].as_str().unwrap()))
            .map(|edge| {
                let name = edge["other"]["name"].as_str().unwrap();
                format!("{} {}", edge["kind"].as_str().unwrap(), name.rsplit('/').next().unwrap())
            })
            .collect();
        places.sort();
        places.dedup();
        assert_eq!(places, [format!("presents 127.0.0.1:{port}"), "stored_in copy.der".to_owned(), "stored_in server.pem".to_owned()]);
        // Its private key lies beside it and is not a second certificate.
        let key = lines.iter().filter(|line| line["type"] == "record" && line["kind"] == "credential").count();
        assert_eq!(key, 2, "the certificate and its key");
    }

    /// R35: two installations with one key that read the same input at the same time write the same
    /// export to the byte; only the name of the run differs. A changed input makes a difference.
    async fn the_same_input_gives_the_same_export_to_the_byte(t: TestDb) {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let one = installation(&t, first.path()).await;
        std::fs::copy(first.path().join(app::installation::KEY_FILE), second.path().join(app::installation::KEY_FILE)).unwrap();
        let other = testkit::TestDb::sqlite().await;
        let two = installation(&other, second.path()).await;
        for installation in [&one, &two] {
            import(installation, &[examples()]).await;
        }
        let text = |lines: Vec<Value>| lines.iter().skip(1).map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let (a, b) = (text(exported(&one).await), text(exported(&two).await));
        assert!(a.len() > 100_000, "{}", a.len());
        assert!(a == b, "the exports differ: {:?}", a.lines().zip(b.lines()).find(|(a, b)| a != b));

        // Again, into one of them: the same records, sightings and relations.
        import(&one, &[examples()]).await;
        let stands = |lines: &[Value]| -> Vec<String> {
            let kept = lines.iter().filter(|line| ["record", "sighting", "edge"].contains(&line["type"].as_str().unwrap()));
            kept.map(ToString::to_string).collect()
        };
        let (again, once) = (exported(&one).await, exported(&two).await);
        assert_eq!(stands(&again), stands(&once));
        let changed = first.path().join("more.env");
        std::fs::write(&changed, "EXTRA_API_TOKEN=CANARY-one-more-0001\n").unwrap();
        import(&one, &[changed]).await;
        assert!(stands(&exported(&one).await).len() > stands(&again).len());
    }

    /// R1: a service account with three tokens and two workloads; when one token is gone from a
    /// complete export, that token is retired, and account, workloads and other tokens stay.
    async fn a_credential_goes_and_its_identity_stays(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("cluster.json");
        let installation = installation(&t, data.path()).await;
        let mut reports = Vec::new();
        for tokens in [3, 2] {
            std::fs::write(&file, cluster(tokens)).unwrap();
            let request = app::import::Request {
                paths: vec![file.clone()],
                stdin: None,
                scopes: [("cluster".to_owned(), "prod".to_owned())].into(),
                observed_at: Some(crate::setting::now()),
                complete: true,
                columns: std::collections::BTreeMap::new(),
            };
            reports.push(app::import::run(&installation, request, &Silent).await.unwrap());
        }
        assert!(reports[1].complete, "{:?}", reports[1]);
        let Found::One(shown) = show::show(&installation, "system:serviceaccount:shop:robot", &[], true, None).await.unwrap() else { panic!("robot") };
        assert_eq!(shown.record.retired_at, None);
        let lines = exported(&installation).await;
        let standing = |kind: &str, retired: bool| {
            lines.iter().filter(|line| line["type"] == "record" && line["kind"] == kind && line["referenced_at"].is_null() && line["retired_at"].is_null() != retired).count()
        };
        assert_eq!((standing("credential", false), standing("credential", true)), (2, 1), "{lines:?}");
        assert_eq!((standing("workload", false), standing("workload", true)), (2, 0));
        assert_eq!((standing("identity", false), standing("identity", true)), (1, 0));
        let proofs = lines.iter().filter(|line| line["type"] == "edge" && line["kind"] == "authenticates").count();
        assert_eq!(proofs, 2, "the relation of the token that is gone ended with it");
    }

    /// Nothing the product or its libraries log, at the most verbose level, holds a secret value.
    async fn no_log_line_holds_a_secret(t: TestDb) {
        listen();
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        let broken = data.path().join("broken.tfstate");
        let state = std::fs::read_to_string(examples().join("terraform/terraform.tfstate")).unwrap();
        std::fs::write(&broken, state.get(..state.rfind("CANARY").unwrap() + 9).unwrap()).unwrap();
        let report = import(&installation, &[broken]).await;
        assert!(!report.complete);
        let pasted = model::Secret::new("CANARY+acme/deploy/bot/secret+EXAMPLEKEY");
        app::query::paste::paste(&installation, pasted, None).await.unwrap();
        exported(&installation).await;
        let wrong: PathBuf = data.path().join("absent");
        assert!(app::backup::restore(&installation, &wrong).await.is_err());
        assert!(LINES.load(Ordering::SeqCst) > 10, "nothing was logged: the listener is not heard");
        let caught = CAUGHT.lock().unwrap();
        assert!(caught.is_empty(), "{caught:?}");
    }
}

/// A token as clusters before 1.24 made them, with a signature that is none.
fn legacy_token(n: usize) -> String {
    let claims = serde_json::json!({"iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:shop:robot",
        "kubernetes.io/serviceaccount/namespace": "shop", "kubernetes.io/serviceaccount/secret.name": format!("robot-token-{n}"),
        "kubernetes.io/serviceaccount/service-account.name": "robot", "kubernetes.io/serviceaccount/service-account.uid": "u-robot"});
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    format!(
        "{}.{}.{}",
        part(r#"{"alg":"RS256","kid":"k"}"#.to_owned()),
        part(claims.to_string()),
        part(format!("CANARY-signature-{n}"))
    )
}

/// What `kubectl get sa,secrets,deployments -A -o json` shows of one service account.
fn cluster(tokens: usize) -> String {
    let mut items = vec![
        serde_json::json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "shop", "uid": "u-robot"}}),
    ];
    for n in 0..tokens {
        items.push(serde_json::json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
            "metadata": {"name": format!("robot-token-{n}"), "namespace": "shop", "annotations": {"kubernetes.io/service-account.name": "robot", "kubernetes.io/service-account.uid": "u-robot"}},
            "data": {"token": STANDARD.encode(legacy_token(n))}}));
    }
    for n in 0..2 {
        items.push(serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": format!("web{n}"), "namespace": "shop"},
            "spec": {"replicas": 1, "selector": {}, "template": {"metadata": {}, "spec": {"serviceAccountName": "robot", "containers": [{"name": "c", "image": "i"}]}}}}));
    }
    serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

static LINES: AtomicU64 = AtomicU64::new(0);
static CAUGHT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Hears every line of every test of this program.
struct Ear;

fn hear(line: String) {
    LINES.fetch_add(1, Ordering::SeqCst);
    if line.contains(testkit::CANARY) {
        CAUGHT.lock().unwrap().push(line);
    }
}

impl tracing::Subscriber for Ear {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        hear(format!("{span:?}"));
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        hear(format!("{values:?}"));
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        hear(format!("{event:?}"));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

impl log::Log for Ear {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        hear(record.args().to_string());
    }
    fn flush(&self) {}
}

fn listen() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Ear).unwrap();
        log::set_logger(&Ear).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}
