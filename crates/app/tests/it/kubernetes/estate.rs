//! Two real clusters with one estate, and what their users export of them.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use testkit::ControlPlane;

/// What is exported of one cluster.
pub(crate) struct Exports {
    /// The command of the documentation.
    pub(crate) json: String,
    /// The same with `-o yaml`.
    pub(crate) yaml: String,
    /// `kubectl get --raw`: a list whose items do not repeat their kind.
    pub(crate) raw_pods: String,
    /// `kubectl get events,… -o json`, which nobody asked for.
    pub(crate) others: String,
}

/// The exports of two clusters that were built alike; `None` when no cluster can be had.
pub(crate) fn exports() -> Option<&'static [Exports; 2]> {
    /// Built once, whether that goes well or not; each test then says why not.
    static EXPORTS: OnceLock<Result<Option<[Exports; 2]>, String>> = OnceLock::new();
    let built = EXPORTS.get_or_init(|| {
        let [first, second] = [(); 2].map(|()| thread::spawn(export));
        let both = [first.join(), second.join()].map(|done| {
            done.map_err(|why| why.downcast_ref::<String>().cloned().unwrap_or_default())
        });
        let [first, second] = both;
        Ok(first?.zip(second?).map(|(first, second)| [first, second]))
    });
    built.as_ref().expect("two clusters").as_ref()
}

fn export() -> Option<Exports> {
    let cluster = ControlPlane::start()?;
    furnish(&cluster);
    let obtain = sources::imports::kubernetes::SPEC.obtain;
    let arguments: Vec<&str> = obtain.split_whitespace().skip(1).collect();
    let get = |form: &str| {
        let (_, rest) = arguments.split_last().unwrap();
        let mut all = rest.to_vec();
        all.push(form);
        cluster.kubectl(&all)
    };
    Some(Exports {
        json: get("json"),
        yaml: get("yaml"),
        raw_pods: cluster.kubectl(&["get", "--raw", "/api/v1/pods"]),
        others: cluster.kubectl(&["get", "leases,priorityclasses", "-A", "-o", "json"]),
    })
}

const NAMESPACES: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {owner: payments}}
---
apiVersion: v1
kind: Namespace
metadata: {name: tools}
";

fn furnish(cluster: &ControlPlane) {
    cluster.apply(NAMESPACES);
    // A pod is refused before its service account is there.
    for namespace in ["shop", "tools"] {
        let account = ["get", "serviceaccount", "default", "-n", namespace];
        cluster.until(&account, |_| true);
    }
    cluster.apply(&with_material(
        include_str!("estate.yaml"),
        cluster.folder(),
    ));
    let job = "create job nightly-by-hand --from=cronjob/nightly -n shop";
    cluster.kubectl(&job.split(' ').collect::<Vec<_>>());
    cluster.kubectl(&["certificate", "approve", "jane"]);

    let told = |resource: &[&str], path: &str| {
        let path = format!("jsonpath={{{path}}}");
        let asked = [&["get"], resource, &["-o", &path]].concat();
        cluster.until(&asked, |text| !text.is_empty())
    };
    told(&["csr", "jane"], ".status.certificate");
    told(&["clusterrole", "monitoring"], ".rules[0].verbs");
    told(&["secret", "builder-token", "-n", "shop"], ".data.token");
    let token = told(&["secret", "deployer-token", "-n", "shop"], ".data.token");
    use_token(cluster, &token);
    // Three of web, one each of db, the job, the agent and the one by itself.
    cluster.until(&["get", "pods", "-A", "-o", "name"], |text| {
        text.lines().count() == 7
    });
}

/// Signs in with a legacy token until the API server has written down that somebody did.
fn use_token(cluster: &ControlPlane, encoded: &str) {
    let token = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
    let signed_in = ["auth", "whoami", "--token", &token, "-o", "json"];
    let used = "jsonpath={.metadata.labels.kubernetes\\.io/legacy-token-last-used}";
    let asked = ["get", "secret", "deployer-token", "-n", "shop", "-o", used];
    let who = cluster.until(&signed_in, |_| true);
    assert!(who.contains("system:serviceaccount:shop:deployer"), "{who}");
    cluster.until(&asked, |day| !day.is_empty());
}

/// Puts keys and certificates made for this test alone into the manifests.
fn with_material(manifests: &str, folder: &Path) -> String {
    let run = |program: &str, arguments: &str| {
        let done = Command::new(program)
            .args(arguments.split(' '))
            .current_dir(folder)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{program} {arguments}: {error}");
    };
    let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    run(
        "openssl",
        &format!(
            "req -x509 {new_key} -subj /CN=shop.example.com -addext subjectAltName=DNS:shop.example.com -days 90 -keyout tls.key -out tls.crt"
        ),
    );
    run(
        "openssl",
        &format!(
            "req {new_key} -subj /O=developers/CN=jane@example.com -keyout jane.key -out jane.csr"
        ),
    );
    run("ssh-keygen", "-q -t ed25519 -N  -f deploy-key -C deploy@ci");
    let encoded = |file: &str| STANDARD.encode(std::fs::read(folder.join(file)).unwrap());
    manifests
        .replace("@TLS_CERTIFICATE@", &encoded("tls.crt"))
        .replace("@TLS_KEY@", &encoded("tls.key"))
        .replace("@SSH_KEY@", &encoded("deploy-key"))
        .replace("@REQUEST@", &encoded("jane.csr"))
}
