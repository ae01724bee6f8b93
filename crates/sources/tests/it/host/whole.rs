//! What is found on a machine, and how it is told.

use model::{Class, Fact};

use super::machine::{Machine, Scanned};

#[test]
fn ssh_keys_with_their_owners_and_modes() {
    let machine = Machine::bare();
    machine.run(
        "/home/ann/.ssh",
        "ssh-keygen -q -t ed25519 -N '' -C ann@laptop -f id_ed25519",
    );
    machine.run(
        "/home/ann/.ssh",
        "ssh-keygen -q -t rsa -b 2048 -N CANARY-pass -C ann@work -f work",
    );
    machine.run(
        "/etc/ssh",
        "ssh-keygen -q -t ed25519 -N '' -C root@web1 -f ssh_host_ed25519_key",
    );
    machine.mode("/home/ann/.ssh/work", 0o644);
    let scanned = machine.scan();

    let open = scanned.in_file("/home/ann/.ssh/id_ed25519");
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].attributes.extra["encrypted"], false);
    assert_eq!(open[0].attributes.name.as_deref(), Some("ann@laptop"));
    let public = scanned.in_file("/home/ann/.ssh/id_ed25519.pub");
    assert_eq!(public[0].node, open[0].node, "one key, two places");
    assert!(Scanned::edges(open[0]).contains(&"used_by->user:ann".to_owned()));

    let work = scanned.in_file("/home/ann/.ssh/work");
    assert_eq!(work[0].attributes.extra["encrypted"], true);
    let stored = work[0]
        .edges
        .iter()
        .find(|edge| edge.attributes.contains_key("mode"))
        .unwrap();
    assert_eq!(stored.attributes["mode"], "0644");
    assert_eq!(stored.attributes["readable_by_others"], "everyone");

    let host = scanned.in_file("/etc/ssh/ssh_host_ed25519_key");
    assert_eq!(host[0].attributes.extra["ssh_host_key"], true);
    assert!(
        Scanned::edges(host[0])
            .iter()
            .any(|edge| edge.starts_with("presents<-"))
    );
}

#[test]
fn who_may_log_in() {
    let machine = Machine::bare();
    machine.run(
        "/tmp",
        "ssh-keygen -q -t ed25519 -N '' -C deploy@ci -f deploy",
    );
    let key = std::fs::read_to_string(machine.real("/tmp/deploy.pub")).unwrap();
    machine.write(
        "/home/ann/.ssh/authorized_keys",
        format!("# mine\nfrom=\"10.0.0.0/8\",command=\"/bin/backup --password=CANARY-forced\" {key}broken line\n"),
    );
    machine.write("/root/.ssh/authorized_keys", &key);
    machine.write(
        "/home/ann/.ssh/known_hosts",
        format!("git.example,10.0.0.1 {key}"),
    );
    let scanned = machine.scan();
    let logins = scanned.in_file("/home/ann/.ssh/authorized_keys");
    assert_eq!(logins.len(), 1);
    let edge = logins[0]
        .edges
        .iter()
        .find(|edge| edge.to.native_id == "user:ann")
        .unwrap();
    assert_eq!(edge.kind, model::EdgeKind::Authenticates);
    assert_eq!(edge.attributes["from"], serde_json::json!(["10.0.0.0/8"]));
    assert_eq!(
        edge.attributes["forced_command"],
        "/bin/backup --password=‹secret›"
    );
    assert!(
        scanned
            .coverage()
            .iter()
            .any(|row| row.starts_with("failed /home/ann/.ssh/authorized_keys:line 3"))
    );
    assert_eq!(scanned.report.known_hosts, 1);
    // root has a locked password and no shell account of a person, but a key lets somebody in.
    assert!(scanned.named("user:root").is_some());
    assert!(scanned.named("user:daemon").is_none());
    assert_eq!(scanned.report.accounts, (4, 2));
    assert_eq!(
        scanned.named("user:ann").unwrap().attributes.class,
        Some(Class::Human)
    );
}

#[test]
fn certificates_and_stores() {
    let machine = Machine::bare();
    let site = "/srv/app/tls";
    machine.run(site, "openssl req -x509 -newkey rsa:2048 -nodes -keyout server.key -out server.crt -days 90 -subj /CN=shop.example -addext subjectAltName=DNS:shop.example");
    machine.run(site, "openssl pkcs12 -export -in server.crt -inkey server.key -out server.p12 -passout pass:CANARY-own");
    machine.run(site, "openssl pkcs12 -export -in server.crt -inkey server.key -out weak.p12 -passout pass:changeit");
    machine.run(site, "keytool -importcert -noprompt -alias shop -file server.crt -keystore trust.jks -storetype JKS -storepass changeit");
    machine.run(
        site,
        "openssl x509 -in server.crt -outform DER -out copy.der",
    );
    let scanned = machine.scan();
    let certificates = scanned.of("x509_certificate");
    let places: Vec<&str> = certificates
        .iter()
        .map(|one| one.place.as_deref().unwrap())
        .collect();
    assert_eq!(
        places,
        ["copy.der", "server.crt", "trust.jks", "weak.p12"].map(|name| format!("{site}/{name}"))
    );
    assert!(
        certificates
            .iter()
            .all(|one| one.node == certificates[0].node),
        "one certificate, four places"
    );
    assert_eq!(scanned.in_file("/srv/app/tls/server.key").len(), 1);
    let own = scanned.named("/srv/app/tls/server.p12").unwrap();
    assert_eq!(own.attributes.subtype.as_deref(), Some("pkcs12_store"));
    assert_eq!(own.attributes.extra["opened"], "protected");
    assert_eq!(
        scanned
            .named("/srv/app/tls/weak.p12")
            .unwrap()
            .attributes
            .extra["default_password"],
        true
    );
    let text = scanned.coverage().join("\n");
    assert!(
        text.contains(
            "not_attempted /srv/app/tls/server.p12: a key store with a password of its own"
        ),
        "{text}"
    );
}

#[test]
fn credential_files_and_what_they_reveal() {
    let machine = Machine::bare();
    machine.write(
        "/home/ann/.aws/credentials",
        "[default]\naws_access_key_id = AKIAY34FZKBOKMUTVV7A\naws_secret_access_key = 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\n",
    );
    machine.write("/home/ann/.aws/config", "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = default\n");
    machine.write("/home/ann/src/shop/.env", "DATABASE_URL=postgres://shop:CANARY-db@db.example:5432/shop\nDEBUG=true\nAPI_TOKEN=CANARY-9f8e7d6c5b4a3210\n");
    machine.write(
        "/home/ann/src/shop/.env.example",
        "API_TOKEN=CANARY-not-read-0000\n",
    );
    machine.write(
        "/home/ann/src/shop/.git/config",
        "[remote \"origin\"]\n\turl = https://ann:CANARY-git-token-123@git.example/shop.git\n",
    );
    machine.write(
        "/home/ann/.netrc",
        "machine api.example login ann password CANARY-netrc\n",
    );
    machine.write(
        "/home/ann/.npmrc",
        "//registry.example/:_authToken=CANARY-npm-token-1234567890\n",
    );
    let scanned = machine.scan();
    let key = scanned.named("AKIAY34FZKBOKMUTVV7A").expect("the AWS key");
    assert_eq!(key.node.provider, "aws");
    assert_eq!(key.attributes.tenant.as_deref(), Some("609629065308"));
    assert!(key.attributes.fingerprint.is_some());
    assert!(Scanned::edges(key).contains(&"used_by->user:ann".to_owned()));
    let assumes = scanned
        .all()
        .find(|one| one.place.as_deref() == Some("/home/ann/.aws/config"))
        .unwrap();
    assert_eq!(
        Scanned::edges(assumes),
        ["connects_to->arn:aws:iam::123456789012:role/deploy"]
    );
    for (path, count) in [
        ("/home/ann/src/shop/.env", 2),
        ("/home/ann/src/shop/.env.example", 0),
        ("/home/ann/src/shop/.git/config", 1),
        ("/home/ann/.netrc", 1),
        ("/home/ann/.npmrc", 1),
    ] {
        assert_eq!(scanned.in_file(path).len(), count, "{path}");
    }
    let database = scanned.in_file("/home/ann/src/shop/.env")[0];
    assert_eq!(database.attributes.extra["host"], "db.example");
    assert_eq!(database.attributes.extra["account"], "shop");
}

#[test]
fn services_jobs_and_processes_with_their_accounts() {
    let machine = Machine::bare();
    machine.write(
        "/etc/systemd/system/shop.service",
        "[Unit]\nDescription=Shop\n[Service]\nUser=app\nEnvironment=\"DB_PASSWORD=CANARY-unit\" MODE=fast\n\
         EnvironmentFile=-/etc/shop/settings\nExecStart=/opt/shop --token=CANARY-exec-token\n",
    );
    machine.write(
        "/etc/shop/settings",
        "PAYMENT_SECRET=CANARY-payment-0123456789\n",
    );
    machine.write(
        "/usr/lib/systemd/system/systemd-timesyncd.service",
        "[Service]\nUser=systemd-timesync\nExecStart=/x\n",
    );
    machine.write(
        "/usr/lib/systemd/system/postgresql.service",
        "[Service]\nUser=postgres\nExecStart=/x\n",
    );
    machine.write(
        "/etc/crontab",
        "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n",
    );
    machine.write(
        "/etc/cron.d/backup",
        "0 3 * * * app /opt/backup --api-key CANARY-cron-key\n",
    );
    machine.write("/etc/cron.daily/logrotate", "#!/bin/sh\n");
    machine.write(
        "/etc/cron.daily/report",
        "#!/bin/sh\nexport REPORT_TOKEN=CANARY-script-token\n",
    );
    machine.write("/var/spool/cron/crontabs/ann", "@daily /home/ann/sync\n");
    for process in ["41", "42"] {
        machine.write(
            &format!("/proc/{process}/environ"),
            "HOME=/\0GITHUB_TOKEN=CANARY-process-token\0",
        );
        machine.link("/usr/bin/runner", &format!("/proc/{process}/exe"));
    }
    let scanned = machine.scan();
    let unit = scanned.named("systemd:shop.service").unwrap();
    assert!(Scanned::edges(unit).contains(&"runs_as->user:app".to_owned()));
    assert_eq!(
        unit.attributes.extra["command"],
        serde_json::json!(["/opt/shop --token=‹secret›"])
    );
    assert_eq!(scanned.in_file("/etc/systemd/system/shop.service").len(), 2);
    // R17: each runs on this machine, under its account; R19: the script's secret is the job's.
    let host = scanned.of("host")[0].node.native_id.clone();
    for id in [
        "systemd:shop.service",
        "cron:/etc/cron.d/backup:1",
        "cron:/etc/cron.daily/report",
        "cron:/var/spool/cron/crontabs/ann:1",
    ] {
        let edges = Scanned::edges(scanned.named(id).unwrap());
        assert!(
            edges.contains(&format!("runs_on->{host}")),
            "{id}: {edges:?}"
        );
        assert!(
            edges.iter().any(|edge| edge.starts_with("runs_as->user:")),
            "{id}: {edges:?}"
        );
    }
    for (file, job) in [
        ("/etc/cron.daily/report", "cron:/etc/cron.daily/report"),
        ("/etc/cron.d/backup", "cron:/etc/cron.d/backup:1"),
        ("/etc/systemd/system/shop.service", "systemd:shop.service"),
    ] {
        for secret in scanned.in_file(file) {
            let edges = Scanned::edges(secret);
            assert!(
                edges.contains(&format!("used_by->{job}")),
                "{file}: {edges:?}"
            );
        }
        assert!(!scanned.in_file(file).is_empty(), "{file}");
    }
    let payment = scanned.in_file("/etc/shop/settings");
    assert!(Scanned::edges(payment[0]).contains(&"used_by->systemd:shop.service".to_owned()));
    assert!(scanned.named("user:app").is_some(), "runs something");

    let jobs: Vec<&str> = scanned
        .of("cron_job")
        .iter()
        .map(|one| one.node.native_id.as_str())
        .collect();
    assert_eq!(
        jobs,
        [
            "cron:/etc/cron.d/backup:1",
            "cron:/etc/cron.daily/report",
            "cron:/var/spool/cron/crontabs/ann:1"
        ]
    );
    assert_eq!(scanned.in_file("/etc/cron.daily/report").len(), 1);
    // The distribution's two units, its cron line and its script.
    assert_eq!(scanned.report.default_services, 4);

    let process = scanned.of("process");
    assert_eq!(process.len(), 1);
    assert_eq!(process[0].attributes.instances, Some(2));
    assert!(
        process[0]
            .node
            .native_id
            .starts_with("process:/usr/bin/runner:")
    );
    let token = scanned
        .all()
        .find(|one| {
            Scanned::edges(one)
                .iter()
                .any(|edge| edge.starts_with("used_by->process:"))
        })
        .unwrap();
    assert_eq!(token.attributes.name.as_deref(), Some("GITHUB_TOKEN"));
}

#[test]
fn public_roots_are_counted_and_added_ones_are_listed() {
    let machine = Machine::bare();
    let mut bundle = String::new();
    for number in 0..25 {
        let name = format!("root{number}");
        machine.run("/usr/share/ca-certificates/mozilla", &format!("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out {name}.crt -days 900 -subj /CN={name}"));
        bundle.push_str(
            &std::fs::read_to_string(
                machine.real(&format!("/usr/share/ca-certificates/mozilla/{name}.crt")),
            )
            .unwrap(),
        );
    }
    machine.run("/usr/local/share/ca-certificates", "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out corp.crt -days 900 -subj /CN=Corp-Inspection");
    bundle.push_str(
        &std::fs::read_to_string(machine.real("/usr/local/share/ca-certificates/corp.crt"))
            .unwrap(),
    );
    machine.write("/etc/ssl/certs/ca-certificates.crt", bundle);
    let scanned = machine.scan();
    let stores: Vec<&str> = scanned
        .of("trust_store")
        .iter()
        .map(|one| one.node.native_id.as_str())
        .collect();
    assert_eq!(
        stores,
        [
            "/usr/share/ca-certificates",
            "/etc/ssl/certs/ca-certificates.crt"
        ]
    );
    assert_eq!(scanned.report.public_trust_roots, 26);
    let listed: Vec<(&str, &str)> = scanned
        .of("x509_certificate")
        .iter()
        .map(|one| {
            (
                one.attributes.name.as_deref().unwrap(),
                one.place.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            ("Corp-Inspection", "/etc/ssl/certs/ca-certificates.crt"),
            (
                "Corp-Inspection",
                "/usr/local/share/ca-certificates/corp.crt"
            ),
        ]
    );
    assert!(
        scanned
            .of("x509_certificate")
            .iter()
            .all(|one| one.attributes.extra["local_trust_anchor"] == true)
    );
}

#[test]
fn a_clean_machine_is_told_in_a_few_lines() {
    let scanned = Machine::bare().scan();
    let ids: Vec<&str> = scanned
        .all()
        .map(|one| one.node.native_id.as_str())
        .collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_eq!(ids[0], "user:ann");
    let host = scanned.of("host")[0];
    assert_eq!(host.node.native_id.len(), 16);
    assert_eq!(host.attributes.extra["accounts"], 4);
    assert_eq!(
        scanned.named("user:ann").unwrap().attributes.last_rotated,
        Some(Fact::known(model::TimeUs::EPOCH.plus_days(20_100)))
    );
}

#[test]
fn the_ssh_servers_configuration_is_followed() {
    let machine = Machine::bare();
    machine.run("/tmp", "ssh-keygen -q -t ed25519 -N '' -C ca -f ca");
    machine.run("/tmp", "ssh-keygen -q -t ed25519 -N '' -C ann -f ann");
    machine.run(
        "/tmp",
        "ssh-keygen -q -s ca -I ann@example -n ann -V +52w ann.pub",
    );
    let read = |name: &str| std::fs::read_to_string(machine.real(&format!("/tmp/{name}"))).unwrap();
    machine.write(
        "/etc/ssh/sshd_config",
        "TrustedUserCAKeys /etc/keys/ca\nAuthorizedKeysFile /etc/keys/of/%u\n",
    );
    machine.write("/etc/keys/ca", read("ca.pub"));
    machine.write("/etc/keys/of/ann", read("ann.pub"));
    machine.write("/home/ann/.ssh/id-cert.pub", read("ann-cert.pub"));
    let scanned = machine.scan();
    let authority = &scanned.in_file("/etc/keys/ca")[0];
    assert_eq!(
        authority.attributes.extra["user_certificate_authority"],
        true
    );
    assert!(
        Scanned::edges(authority)
            .iter()
            .any(|edge| edge.starts_with("trusts<-"))
    );
    let login = scanned.in_file("/etc/keys/of/ann");
    assert!(Scanned::edges(login[0]).contains(&"authenticates->user:ann".to_owned()));
    let certificate = scanned.of("ssh_certificate")[0];
    assert_eq!(
        certificate.attributes.extra["principals"],
        serde_json::json!(["ann"])
    );
    let signer = format!("signed_by->{}", authority.node.native_id);
    assert!(Scanned::edges(certificate).contains(&signer), "{signer}");
}

#[test]
fn homes_of_a_directory_service_are_read() {
    let machine = Machine::bare();
    machine.write(
        "/home/kim/.netrc",
        "machine a.example login kim password CANARY-directory\n",
    );
    let scanned = machine.scan();
    let login = scanned.in_file("/home/kim/.netrc")[0];
    assert!(Scanned::edges(login).contains(&"used_by->user:kim".to_owned()));
    assert_eq!(
        scanned.named("user:kim").unwrap().attributes.extra["in_passwd"],
        false
    );
}

#[test]
fn units_of_a_user_run_as_that_user_and_unknown_accounts_are_named() {
    let machine = Machine::bare();
    machine.write(
        "/home/ann/.config/systemd/user/sync.service",
        "[Service]\nExecStart=/bin/sync --token=CANARY-user-unit\n",
    );
    machine.write("/etc/cron.d/gone", "0 3 * * * leaver /opt/x\n");
    let scanned = machine.scan();
    let unit = scanned.named("systemd:ann/sync.service").unwrap();
    assert!(Scanned::edges(unit).contains(&"runs_as->user:ann".to_owned()));
    assert_eq!(
        scanned.named("user:leaver").unwrap().attributes.extra["in_passwd"],
        false
    );
}
