//! The TLS scanner against real servers.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use model::observation::Collected;
use model::{CoverageState, EdgeKind, NodeKind, NodeRef, TimeUs};
use sources::tls::{
    ClientCertificate, EndpointReport, FaultCode, ScanContext, Settings, State, Target, TlsReport,
    Trust, TrustRoots, scan,
};

use crate::tls_servers::{EC, Issue, LOOPBACK, Lab, free_ports, program, python_with_aiosmtpd};

/// Scans with the system's time; `roots` is a PEM file.
fn look(targets: &[String], settings: &Settings, now: TimeUs) -> (TlsReport, Collected) {
    let targets: Vec<Target> = targets
        .iter()
        .map(|text| Target::parse(text).unwrap())
        .collect();
    let mut sink = Collected::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut seen = 0;
    let report = runtime
        .block_on(scan(
            &targets,
            settings,
            &mut ScanContext {
                now,
                sink: &mut sink,
                progress: &mut |done, _| seen = done,
            },
        ))
        .unwrap();
    assert_eq!(seen, report.asked);
    (report, sink)
}

/// Certificates made by the test are valid from now.
fn now() -> TimeUs {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    TimeUs::from_seconds(i64::try_from(since.as_secs()).unwrap())
}

fn codes(report: &EndpointReport) -> Vec<&'static str> {
    report
        .faults
        .iter()
        .map(|fault| fault.code.name())
        .collect()
}

fn endpoint(report: &TlsReport, port: u16) -> &EndpointReport {
    report
        .endpoints
        .iter()
        .find(|one| one.endpoint.ends_with(&format!(":{port}")))
        .unwrap_or_else(|| panic!("no endpoint with port {port} in {report:#?}"))
}

const CA: &[&str] = &[
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=keyCertSign,cRLSign",
];
const INTERMEDIATE: &[&str] = &[
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=keyCertSign,cRLSign",
    "subjectKeyIdentifier=hash",
    "authorityKeyIdentifier=keyid",
];

/// A root, an intermediate and a leaf for localhost.
fn authorities(lab: &Lab) {
    lab.self_signed("root", EC, "/CN=Lab Root", CA);
    let intermediate = |days| Issue {
        subject: "/CN=Lab Intermediate",
        extensions: INTERMEDIATE,
        days,
        ..Issue::default()
    };
    lab.issued("inter", "root", &intermediate(1_000));
    lab.issued("leaf", "inter", &Issue::default());
}

/// Settings that trust the lab's root.
fn trusting(lab: &Lab) -> Settings {
    Settings {
        roots: Some(TrustRoots::from_file(&lab.dir.path().join("root.pem")).unwrap()),
        total_timeout: Duration::from_secs(8),
        ..Settings::default()
    }
}

/// Starts `openssl s_server` with further arguments.
fn s_server(lab: &mut Lab, port: u16, certificate: &str, chain: &[&str], more: &[&str]) {
    let openssl = program("openssl", "openssl").unwrap();
    let (cert, key) = (format!("{certificate}.pem"), format!("{certificate}.key"));
    let accept = format!("127.0.0.1:{port}");
    let mut command = lab.command(&openssl);
    command.args([
        "s_server", "-www", "-accept", &accept, "-cert", &cert, "-key", &key,
    ]);
    if !chain.is_empty() {
        let files: Vec<String> = chain.iter().map(|name| format!("{name}.pem")).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let bundle = format!("chain-{port}.pem");
        lab.join(&bundle, &files);
        lab.hand_over();
        command.args(["-cert_chain", &bundle]);
    }
    command.args(more);
    let log = format!("s_server-{port}.log");
    lab.start(command, &log);
    lab.wait_for(port, &log);
}

#[test]
fn chains_as_served_and_what_is_wrong_with_them() {
    let mut lab = Lab::new();
    authorities(&lab);
    lab.issued(
        "other",
        "inter",
        &Issue {
            extensions: &[
                "subjectAltName=DNS:*.example.com",
                "basicConstraints=CA:FALSE",
            ],
            ..Issue::default()
        },
    );
    lab.issued(
        "nosan",
        "inter",
        &Issue {
            extensions: &["basicConstraints=CA:FALSE"],
            ..Issue::default()
        },
    );
    lab.self_signed("self", EC, "/CN=localhost", &[LOOPBACK]);
    lab.self_signed("impostor", EC, "/CN=Lab Intermediate", CA);
    lab.issued(
        "weak",
        "inter",
        &Issue {
            key: &["rsa:1024"],
            ..Issue::default()
        },
    );
    lab.issued(
        "sha1",
        "inter",
        &Issue {
            digest: "-sha1",
            ..Issue::default()
        },
    );
    lab.hand_over();
    let [good, alone, order, other, nosan, own, impostor, weak, sha1] = free_ports();
    let low: &[&str] = &["-cipher", "DEFAULT:@SECLEVEL=0"];
    s_server(&mut lab, good, "leaf", &["inter"], &[]);
    s_server(
        &mut lab,
        alone,
        "leaf",
        &[],
        &["-no-CAfile", "-no-CApath", "-no-CAstore"],
    );
    s_server(&mut lab, order, "leaf", &["root", "inter"], &[]);
    s_server(&mut lab, other, "other", &["inter"], &[]);
    s_server(&mut lab, nosan, "nosan", &["inter"], &[]);
    s_server(&mut lab, own, "self", &[], &[]);
    s_server(&mut lab, impostor, "leaf", &["impostor"], &[]);
    s_server(&mut lab, weak, "weak", &["inter"], low);
    s_server(&mut lab, sha1, "sha1", &["inter"], low);
    let targets: Vec<String> = [good, alone, order, other, nosan, own, impostor, weak, sha1]
        .iter()
        .map(|port| format!("127.0.0.1:{port}"))
        .collect();
    let (report, sink) = look(&targets, &trusting(&lab), now());
    assert_eq!(report.served(), 9, "{report:#?}");
    assert!(
        sink.coverage
            .iter()
            .all(|one| one.state == CoverageState::Complete)
    );

    let at = |port| endpoint(&report, port);
    assert_eq!(codes(at(good)), [""; 0]);
    assert_eq!(
        at(good).trust,
        Some(Trust::Trusted {
            root: "CN=Lab Root".into(),
            verified: true
        })
    );
    assert_eq!(at(good).tls_version.as_deref(), Some("TLS 1.3"));
    assert_eq!(
        at(good).cipher_suite.as_deref(),
        Some("TLS_AES_256_GCM_SHA384")
    );
    assert_eq!(
        at(good).client_certificate,
        Some(ClientCertificate::NotRequested)
    );
    assert_eq!(at(good).chain.len(), 2);
    assert_eq!(codes(at(alone)), ["incomplete_chain"]);
    assert!(matches!(at(alone).trust, Some(Trust::Untrusted { .. })));
    assert_eq!(codes(at(order)), ["out_of_order"]);
    assert!(matches!(at(order).trust, Some(Trust::Trusted { .. })));
    assert_eq!(codes(at(other)), ["name_mismatch"]);
    assert_eq!(codes(at(nosan)), ["missing_san"]);
    assert_eq!(codes(at(own)), ["self_signed_leaf"]);
    assert_eq!(
        codes(at(impostor)),
        ["bad_signature", "unrelated_certificate"]
    );
    assert_eq!(codes(at(weak)), ["weak_key"]);
    assert_eq!(codes(at(sha1)), ["weak_signature"]);
    assert_eq!(
        at(sha1).trust,
        Some(Trust::Trusted {
            root: "CN=Lab Root".into(),
            verified: false
        })
    );

    leaf_is_one_record_with_its_places(&report, &sink, good, alone);
    the_clock_decides(&lab, good);
}

/// The same leaf on two endpoints is one node; the chain is edges; possession was proven.
fn leaf_is_one_record_with_its_places(report: &TlsReport, sink: &Collected, good: u16, alone: u16) {
    let leaf = endpoint(report, good).chain[0].as_ref().unwrap();
    let node = NodeRef::certificate(&leaf.sha256);
    let places: Vec<_> = sink
        .observations
        .iter()
        .filter(|(_, observation)| observation.node == node)
        .filter_map(|(_, observation)| observation.place.clone())
        .collect();
    for port in [good, alone] {
        assert!(places.contains(&format!("127.0.0.1:{port}")), "{places:?}");
    }
    let name = format!("127.0.0.1:{good}");
    let (source, seen) = sink
        .observations
        .iter()
        .find(|(_, one)| one.node == NodeRef::global(NodeKind::Resource, "endpoint", name.as_str()))
        .unwrap();
    assert_eq!(
        (source.connector.as_str(), source.scope.as_str()),
        ("tls", "network")
    );
    assert_eq!(seen.edges[0].kind, EdgeKind::Presents);
    assert_eq!(seen.edges[0].to, node);
    assert_eq!(seen.attributes.extra["key_possession"], "proven");
    let (_, leaf) = sink
        .observations
        .iter()
        .find(|(_, one)| one.node == node)
        .unwrap();
    assert_eq!(leaf.edges[0].kind, EdgeKind::SignedBy);
    assert_eq!(leaf.edges[0].attributes["basis"], "signature");
}

/// The same server at other times: not yet valid, expired, and expired above the leaf.
fn the_clock_decides(lab: &Lab, good: u16) {
    let target = [format!("localhost:{good}")];
    let at = |days| {
        let (report, _) = look(&target, &trusting(lab), now().plus_days(days));
        endpoint(&report, good)
            .faults
            .iter()
            .map(|fault| (fault.code, fault.position))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        at(-1),
        [
            (FaultCode::NotYetValid, 0),
            (FaultCode::ExpiredIntermediate, 1)
        ]
    );
    assert_eq!(at(91), [(FaultCode::Expired, 0)]);
    assert_eq!(
        at(1_001),
        [(FaultCode::Expired, 0), (FaultCode::ExpiredIntermediate, 1)]
    );
}

#[test]
fn old_servers_and_mutual_tls() {
    let mut lab = Lab::new();
    authorities(&lab);
    lab.issued(
        "rsa",
        "inter",
        &Issue {
            key: &["rsa:2048"],
            ..Issue::default()
        },
    );
    lab.hand_over();
    let [old, plain_rsa, wants12, wants13, asks, ipv4] = free_ports();
    let low = "ALL:@SECLEVEL=0";
    let need: &[&str] = &[
        "-Verify",
        "2",
        "-CAfile",
        "root.pem",
        "-verify_return_error",
    ];
    s_server(
        &mut lab,
        old,
        "leaf",
        &["inter"],
        &["-tls1_1", "-cipher", low],
    );
    s_server(
        &mut lab,
        plain_rsa,
        "rsa",
        &["inter"],
        &["-tls1_2", "-cipher", "AES128-SHA"],
    );
    s_server(
        &mut lab,
        wants12,
        "leaf",
        &["inter"],
        &[need, &["-tls1_2"]].concat(),
    );
    s_server(
        &mut lab,
        wants13,
        "leaf",
        &["inter"],
        &[need, &["-tls1_3"]].concat(),
    );
    s_server(
        &mut lab,
        asks,
        "leaf",
        &["inter"],
        &["-verify", "2", "-CAfile", "root.pem"],
    );
    s_server(
        &mut lab,
        ipv4,
        "leaf",
        &["inter"],
        &["-tls1_2", "-cipher", "NULL:@SECLEVEL=0"],
    );
    let targets: Vec<String> = [old, plain_rsa, wants12, wants13, asks, ipv4]
        .iter()
        .map(|port| format!("localhost:{port}"))
        .collect();
    let (report, sink) = look(&targets, &trusting(&lab), now());
    let at = |port| endpoint(&report, port);

    assert_eq!(
        at(old).tls_version.as_deref(),
        Some("TLS 1.1"),
        "{:#?}",
        at(old)
    );
    assert!(
        at(old).reason.contains("nothing newer than TLS 1.1"),
        "{}",
        at(old).reason
    );
    assert_eq!(at(old).chain.len(), 2);
    assert!(matches!(
        at(old).trust,
        Some(Trust::Trusted { verified: true, .. })
    ));
    assert_eq!(
        at(plain_rsa).cipher_suite.as_deref(),
        Some("TLS_RSA_WITH_AES_128_CBC_SHA")
    );
    assert_eq!(
        at(wants12).client_certificate,
        Some(ClientCertificate::Required)
    );
    assert_eq!(
        at(wants13).client_certificate,
        Some(ClientCertificate::Required)
    );
    assert_eq!(
        at(asks).client_certificate,
        Some(ClientCertificate::Requested)
    );
    for port in [wants12, wants13, asks] {
        assert_eq!(at(port).chain.len(), 2);
    }
    let text = serde_json::to_string(&sink.observations).unwrap();
    assert!(
        text.contains("\"client_certificate_authorities\":[\"CN=Lab Root\"]"),
        "{text}"
    );

    // No suite in common: TLS is spoken and nothing is shown.
    assert_eq!(at(ipv4).state, State::Refused);
    assert!(
        at(ipv4).reason.contains("endpoint speaks TLS but refused"),
        "{}",
        at(ipv4).reason
    );
    let gap = sink
        .coverage
        .iter()
        .find(|one| one.place == format!("localhost:{ipv4}"))
        .unwrap();
    assert_eq!(gap.state, CoverageState::Failed);
}

#[test]
fn what_is_not_tls_is_said() {
    let http = answering(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let mute = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mute_port = mute.local_addr().unwrap().port();
    let [closed] = free_ports();
    let settings = Settings {
        total_timeout: Duration::from_millis(700),
        ..Settings::default()
    };
    let name = "does-not-exist.invalid:443".to_owned();
    let targets = [
        format!("127.0.0.1:{http}"),
        format!("127.0.0.1:{closed}"),
        format!("127.0.0.1:{mute_port}"),
        format!("smtp://127.0.0.1:{http}"),
        name,
    ];
    let (report, sink) = look(&targets[..3], &settings, now());
    let states: Vec<State> = report.endpoints.iter().map(|one| one.state).collect();
    assert_eq!(states, [State::NotTls, State::Closed, State::Silent]);
    assert!(
        report.endpoints[0].reason.contains("HTTP/1.1 400"),
        "{}",
        report.endpoints[0].reason
    );
    assert!(
        sink.coverage
            .iter()
            .all(|one| one.state == CoverageState::Failed)
    );
    assert_eq!(sink.coverage.len(), 3);
    assert_eq!(sink.observations, []);

    let (report, _) = look(&targets[3..], &settings, now());
    assert!(
        report.endpoints[0].reason.contains("does not speak smtp"),
        "{}",
        report.endpoints[0].reason
    );
    assert_eq!(report.endpoints[1].state, State::Failed);

    // In a range the closed ports are answers and only the silent one is a doubt.
    let last = http.min(65_530) + 3;
    let (report, sink) = look(
        &[format!("127.0.0.1:{http}-{last},{mute_port}")],
        &settings,
        now(),
    );
    assert_eq!(
        report.asked,
        usize::from(last - http) + 1 + usize::from(!(http..=last).contains(&mute_port))
    );
    assert!(report.not_tls >= 1 && report.silent >= 1);
    assert!(
        sink.coverage.iter().all(|one| !one.state.is_shortfall()),
        "{:#?}",
        sink.coverage
    );
}

/// A listener that answers everything with the same bytes.
fn answering(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            drop(stream.set_read_timeout(Some(Duration::from_millis(100))));
            let mut buffer = [0; 1_024];
            drop(stream.read(&mut buffer));
            drop(stream.write_all(answer));
        }
    });
    port
}

/// A self-signed certificate for a server of another product, and what must be seen of it.
fn served_over(lab: &Lab, scheme: &str, port: u16) -> EndpointReport {
    let settings = Settings {
        total_timeout: Duration::from_secs(8),
        ..Settings::default()
    };
    let (mut report, sink) = look(&[format!("{scheme}://127.0.0.1:{port}")], &settings, now());
    let served = report.endpoints.remove(0);
    assert_eq!(served.state, State::Served, "{served:#?}");
    let blocks = formats::pem::scan(&lab.read("own.pem")).blocks;
    let own = formats::x509::parse_der(blocks[0].data.expose()).unwrap();
    assert_eq!(served.chain[0].as_ref().unwrap().sha256, own.sha256);
    assert_eq!(served.protocol, scheme);
    assert!(matches!(served.trust, Some(Trust::NotJudged { .. })));
    let endpoint = &sink.observations[0].1;
    assert_eq!(endpoint.attributes.extra["protocol"], scheme);
    assert_eq!(endpoint.attributes.extra["key_possession"], "proven");
    served
}

fn own_certificate(lab: &Lab) {
    lab.self_signed("own", EC, "/CN=localhost", &[LOOPBACK]);
    lab.hand_over();
}

#[test]
fn postgresql() {
    let (Some(initdb), Some(postgres)) = (
        program("initdb", "postgresql"),
        program("postgres", "postgresql"),
    ) else {
        return;
    };
    let mut lab = Lab::new();
    own_certificate(&lab);
    let [port] = free_ports();
    let data = lab.path("data");
    let output = lab
        .command(&initdb)
        .args([
            "-D",
            &data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    std::fs::set_permissions(
        lab.dir.path().join("own.key"),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    let mut command = lab.command(&postgres);
    command.args(["-D", &data, "-p", &port.to_string()]);
    for setting in [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", lab.dir.path().display()),
        "fsync=off".to_owned(),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", lab.path("own.pem")),
        format!("ssl_key_file={}", lab.path("own.key")),
    ] {
        command.args(["-c", &setting]);
    }
    lab.start(command, "postgres.log");
    lab.wait_for(port, "postgres.log");
    let served = served_over(&lab, "postgres", port);
    assert_eq!(served.tls_version.as_deref(), Some("TLS 1.3"));
}

#[test]
fn openldap() {
    let Some(slapd) = program("slapd", "slapd") else {
        return;
    };
    let mut lab = Lab::new();
    std::fs::create_dir(lab.dir.path().join("db")).unwrap();
    lab.write(
        "slapd.conf",
        format!(
            "include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n\
         TLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
         database mdb\nsuffix \"dc=lab,dc=test\"\ndirectory {}\n",
            lab.path("own.pem"),
            lab.path("own.key"),
            lab.path("db"),
        ),
    );
    own_certificate(&lab);
    let [port] = free_ports();
    let mut command = lab.command(&slapd);
    command.args([
        "-h",
        &format!("ldap://127.0.0.1:{port}"),
        "-f",
        &lab.path("slapd.conf"),
        "-d",
        "0",
    ]);
    lab.start(command, "slapd.log");
    lab.wait_for(port, "slapd.log");
    served_over(&lab, "ldap", port);
}

#[test]
fn dovecot() {
    let Some(dovecot) = program("dovecot", "dovecot-imapd") else {
        return;
    };
    let mut lab = Lab::new();
    std::fs::create_dir(lab.dir.path().join("run")).unwrap();
    let [port] = free_ports();
    lab.write("dovecot.conf", format!(
        "base_dir = {run}\nstate_dir = {run}\nlog_path = /dev/stderr\nprotocols = imap\nlisten = 127.0.0.1\n\
         default_internal_user = nobody\ndefault_login_user = nobody\ndefault_internal_group = nogroup\n\
         ssl = yes\nssl_cert = <{cert}\nssl_key = <{key}\n\
         service imap-login {{\n chroot =\n inet_listener imap {{\n port = {port}\n }}\n inet_listener imaps {{\n port = 0\n }}\n}}\n\
         service anvil {{\n chroot =\n}}\n\
         passdb {{\n driver = static\n args = nopassword=y\n}}\n\
         userdb {{\n driver = static\n args = uid=65534 gid=65534 home={run}\n}}\n",
        run = lab.path("run"),
        cert = lab.path("own.pem"),
        key = lab.path("own.key"),
    ));
    own_certificate(&lab);
    let mut command = lab.command(&dovecot);
    command.args(["-F", "-c", &lab.path("dovecot.conf")]);
    lab.start(command, "dovecot.log");
    lab.wait_for(port, "dovecot.log");
    served_over(&lab, "imap", port);
}

#[test]
fn mariadb() {
    let Some(mariadbd) = program("mariadbd", "mariadb-server") else {
        return;
    };
    let mut lab = Lab::new();
    std::fs::create_dir(lab.dir.path().join("db")).unwrap();
    own_certificate(&lab);
    let [port] = free_ports();
    let mut command = lab.command(&mariadbd);
    // Without grant tables an empty directory is enough for the server to greet and speak TLS.
    command.args([
        "--no-defaults",
        "--skip-grant-tables",
        "--bind-address=127.0.0.1",
    ]);
    command.args(["--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M"]);
    for (option, value) in [
        ("datadir", lab.path("db")),
        ("port", port.to_string()),
        ("socket", lab.path("s")),
        ("pid-file", lab.path("pid")),
        ("ssl-cert", lab.path("own.pem")),
        ("ssl-key", lab.path("own.key")),
    ] {
        command.arg(format!("--{option}={value}"));
    }
    lab.start(command, "mariadb.log");
    lab.wait_for(port, "mariadb.log");
    served_over(&lab, "mysql", port);
}

#[test]
fn smtp() {
    let Some(python) = python_with_aiosmtpd() else {
        return;
    };
    let mut lab = Lab::new();
    own_certificate(&lab);
    lab.write("server.py", include_str!("smtp_server.py"));
    let [port] = free_ports();
    // The interpreter of a virtual environment may lie in a home that nobody else may enter.
    let mut command = std::process::Command::new(&python);
    command.arg(lab.path("server.py")).arg(port.to_string());
    command
        .args([lab.path("own.pem"), lab.path("own.key")])
        .stdin(std::process::Stdio::null());
    lab.start(command, "smtp.log");
    lab.wait_for(port, "smtp.log");
    served_over(&lab, "smtp", port);
}
