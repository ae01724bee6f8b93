use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formats::files::{self, ConfigFile, FileFormat};

use crate::fixture;

fn read(path: &str, text: &str) -> ConfigFile {
    let format = files::detect(path, text.as_bytes()).unwrap_or_else(|| panic!("{path}"));
    let file = files::parse(format, text.as_bytes()).unwrap();
    let shown = format!("{file:?}{}", serde_json::to_string(&file).unwrap());
    assert!(!shown.contains("CANARY"), "{path}: {shown}");
    file
}

/// `id|subtype|host|user|secret or reference` per entry.
fn rows(file: &ConfigFile) -> Vec<String> {
    file.entries
        .iter()
        .map(|entry| {
            let secret = entry
                .secret
                .as_ref()
                .map(|secret| String::from_utf8_lossy(secret.expose()).into_owned());
            let tail = secret
                .or_else(|| entry.reference.as_ref().map(|place| format!("-> {place}")))
                .unwrap_or_default();
            format!(
                "{}|{}|{}|{}|{tail}",
                entry.id,
                entry.subtype,
                entry.host.as_deref().unwrap_or(""),
                entry.user.as_deref().unwrap_or("")
            )
        })
        .collect()
}

#[test]
fn aws_files() {
    let id = format!("AKIA{}", "Y34FZKBOKMUTVV7A");
    let file = read(
        "/home/a/.aws/credentials",
        &format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = CANARYsecret\n"),
    );
    assert_eq!(rows(&file), ["default|aws_access_key|||CANARYsecret"]);
    assert_eq!(
        (
            file.entries[0].public_id.as_deref(),
            file.entries[0].get("account")
        ),
        (Some(id.as_str()), Some("609629065308"))
    );
    let file = read(
        "/home/a/.aws/config",
        "[profile a]\nrole_arn=arn:aws:iam::1:role/x\nsource_profile=default\n[profile b]\ncredential_process = /bin/get --x --secret CANARYcmd\n[profile c]\nweb_identity_token_file=/var/t\nrole_arn=arn:aws:iam::1:role/y\n[sso-session s]\nsso_start_url=https://x.awsapps.com/start\n",
    );
    assert_eq!(
        rows(&file),
        [
            "a|aws_assume_role|||",
            "b|aws_credential_process|||-> command: /bin/get --x --secret ***",
            "c|aws_web_identity|||-> file: /var/t",
            "s|aws_sso_session|https://x.awsapps.com/start||"
        ]
    );
}

#[test]
fn kubeconfig_pairs_users_with_clusters() {
    let certificate = STANDARD.encode(fixture("leaf.pem"));
    let key = STANDARD.encode(fixture("leaf.key.pem"));
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: prod\nclusters:\n- name: c1\n  cluster: {{server: 'https://k8s.example.com:6443', insecure-skip-tls-verify: true}}\n\
         contexts:\n- name: prod\n  context: {{cluster: c1, user: admin, namespace: web}}\n- name: ci\n  context: {{cluster: c1, user: ci}}\n\
         users:\n- name: admin\n  user:\n    client-certificate-data: {certificate}\n    client-key-data: {key}\n- name: ci\n  user: {{token: CANARYtoken}}\n\
         - name: sso\n  user:\n    exec: {{command: aws, args: [eks, get-token, --token, CANARYarg, --password=CANARYarg]}}\n- name: file\n  user: {{tokenFile: /var/run/token}}\n"
    );
    let file = read("/home/a/.kube/config", &text);
    let admin = &file.entries[0];
    assert_eq!(
        (admin.subtype, admin.user.as_deref(), admin.get("groups")),
        (
            "kubeconfig_client_certificate",
            Some("leaf.example.com"),
            Some("system:masters")
        )
    );
    assert_eq!(
        (
            admin.host.as_deref(),
            admin.get("current"),
            admin.get("insecure_skip_tls_verify")
        ),
        (
            Some("https://k8s.example.com:6443"),
            Some("true"),
            Some("true")
        )
    );
    assert_eq!(
        admin.private_key.as_ref().unwrap().spki_sha256.as_ref(),
        Some(&admin.certificate.as_ref().unwrap().spki_sha256)
    );
    assert_eq!(
        rows(&file)[1..],
        [
            "ci|kubeconfig_token|https://k8s.example.com:6443||CANARYtoken",
            "sso|kubeconfig_exec|||-> command: aws",
            "file|kubeconfig_token|||-> file: /var/run/token"
        ]
    );
    assert_eq!(
        files::detect("anything.yaml", text.as_bytes()),
        Some(FileFormat::Kubeconfig)
    );
}

#[test]
fn docker_and_registries() {
    let auth = STANDARD.encode("bot:CANARYpass");
    let file = read(
        "/home/a/.docker/config.json",
        &format!(
            r#"{{"auths":{{"https://index.docker.io/v1/":{{"auth":"{auth}"}},"ghcr.io":{{}}}},"credHelpers":{{"gcr.io":"gcloud"}},"credsStore":"pass"}}"#
        ),
    );
    assert_eq!(
        rows(&file),
        [
            "https://index.docker.io/v1/|docker_registry_login|index.docker.io|bot|CANARYpass",
            "ghcr.io|docker_registry_login|ghcr.io||-> the credential store",
            "gcr.io|docker_credential_helper|gcr.io||-> credential helper docker-credential-gcloud",
            "*|docker_credential_helper|*||-> credential helper docker-credential-pass",
        ]
    );
    let file = read(
        ".npmrc",
        "registry=https://npm.example.com/\n//npm.example.com/:_authToken=CANARYnpm\n//r.example.com/:_authToken=${NPM_TOKEN}\n",
    );
    assert_eq!(
        rows(&file),
        [
            "npm.example.com|npm_registry_token|npm.example.com||CANARYnpm",
            "r.example.com|npm_registry_token|r.example.com||-> ${NPM_TOKEN}"
        ]
    );
    let file = read(
        ".pypirc",
        "[distutils]\nindex-servers = pypi\n[pypi]\nusername = __token__\npassword = CANARYpypi\n",
    );
    assert_eq!(
        rows(&file),
        ["pypi|pypi_api_token|upload.pypi.org|__token__|CANARYpypi"]
    );
}

#[test]
fn line_files() {
    let file = read(
        ".netrc",
        "machine a.example.com login bob password CANARY1\nmacdef init\nmachine x\n\ndefault\n login anon\n password CANARY2\n",
    );
    assert_eq!(
        rows(&file),
        [
            "a.example.com|netrc_login|a.example.com|bob|CANARY1",
            "default|netrc_login|default|anon|CANARY2"
        ]
    );
    let file = read(
        ".git-credentials",
        "https://bob:CANARY@github.com\nnonsense\n",
    );
    assert_eq!(
        rows(&file),
        ["github.com|git_credential|github.com|bob|CANARY"]
    );
    assert_eq!(file.problems[0].line, 2);
    let file = read(
        "/r/.git/config",
        "[remote \"origin\"]\n\turl = https://x-access-token:CANARYtok@github.com/o/r.git\n[remote \"b\"]\n\turl = git@github.com:o/r.git\n",
    );
    assert_eq!(
        rows(&file),
        ["github.com|git_remote|github.com|x-access-token|CANARYtok"]
    );
    assert_eq!(
        (
            file.entries[0].get("remote"),
            file.entries[0].get("repository")
        ),
        (Some("origin"), Some("o/r.git"))
    );
    let file = read(
        "/h/.gitconfig",
        "[http \"https://u:CANARYurl@git.example.com/\"]\n extraheader = Authorization: Basic CANARYhead\n",
    );
    assert_eq!(
        rows(&file),
        [
            "https://u:***@git.example.com|git_extra_header|https://u:***@git.example.com||CANARYhead"
        ]
    );
    let file = read(".pgpass", "db:5432:orders:app:CANARY\\:x:y\nbroken\n");
    assert_eq!(
        rows(&file),
        ["db:5432/orders|postgresql_login|db|app|CANARY:x:y"]
    );
    let file = read(
        ".my.cnf",
        "[client]\nuser=root\npassword=\"CANARY\"\nhost=db\n",
    );
    assert_eq!(rows(&file), ["client|mysql_login|db|root|CANARY"]);
    let file = read(".htpasswd", "bob:$apr1$CANARY$x\n");
    assert_eq!(file.entries[0].get("hash"), Some("apr1 (MD5)"));
}

#[test]
fn dotenv_tells_secrets_from_settings() {
    let key = String::from_utf8(fixture("ec_prime256v1.pem")).unwrap();
    let text = format!(
        "# c\nexport DB_PASSWORD='CANARY#1' # note\nDEBUG=true\nAPI_TOKEN=${{VAULT}}\nSECRET=changeme\nDATABASE_URL=postgres://app:CANARY@db/x\nHOME_URL=https://example.com\nKEY=\"{key}\"\nOPEN=\"abc\n"
    );
    let file = read(".env.production", &text);
    let kinds: Vec<_> = file
        .entries
        .iter()
        .map(|e| (e.id.as_str(), e.subtype, e.line))
        .collect();
    assert_eq!(
        kinds,
        [
            ("DB_PASSWORD", "env_secret", Some(2)),
            ("API_TOKEN", "env_secret", Some(4)),
            ("DATABASE_URL", "env_connection_string", Some(6)),
            ("KEY", "env_private_key", Some(8)),
        ]
    );
    assert_eq!(
        file.entries[0].secret.as_ref().unwrap().expose(),
        b"CANARY#1"
    );
    assert_eq!(
        file.entries[3].private_key.as_ref().unwrap().spki_sha256,
        Some(crate::expected("spki", "ec_prime256v1"))
    );
    assert_eq!(file.problems.len(), 1);
}

#[test]
fn cloud_credential_files() {
    let key = String::from_utf8(fixture("rsa_pkcs8.pem")).unwrap();
    let json = serde_json::json!({"type":"service_account","project_id":"p1","private_key_id":"k1","private_key":key,"client_email":"sa@p1.iam.gserviceaccount.com"});
    let file = read("key.json", &json.to_string());
    let entry = &file.entries[0];
    assert_eq!(
        (
            file.format,
            entry.user.as_deref(),
            entry.public_id.as_deref(),
            entry.get("project")
        ),
        (
            FileFormat::GcpCredentials,
            Some("sa@p1.iam.gserviceaccount.com"),
            Some("k1"),
            Some("p1")
        )
    );
    assert_eq!(
        entry.private_key.as_ref().unwrap().spki_sha256,
        Some(crate::expected("spki", "rsa_pkcs1"))
    );
    let wif = serde_json::json!({"type":"external_account","audience":"//iam.googleapis.com/x","credential_source":{"file":"/var/t"},
        "service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/sa@p.iam:generateAccessToken"});
    let file = read("adc.json", &wif.to_string());
    assert_eq!(
        (
            file.entries[0].user.as_deref(),
            file.entries[0].reference.as_deref(),
            file.entries[0].has_secret
        ),
        (Some("sa@p.iam"), Some("file: /var/t"), false)
    );
    let azure =
        serde_json::json!([{"client_id":"app-1","tenant":"t-1","client_secret":"CANARYsp"}]);
    assert_eq!(
        rows(&read(
            "/home/a/.azure/service_principal_entries.json",
            &azure.to_string()
        )),
        ["app-1|entra_client_secret||app-1|CANARYsp"]
    );
    let msal = serde_json::json!({"Account":{"a":{"home_account_id":"h","username":"bob@x"}},"RefreshToken":{"r":{"home_account_id":"h","environment":"login.microsoftonline.com","client_id":"c","secret":"CANARYrt"}}});
    assert_eq!(
        rows(&read(
            "/home/a/.azure/msal_token_cache.json",
            &msal.to_string()
        )),
        ["c|azure_refresh_token|login.microsoftonline.com|bob@x|CANARYrt"]
    );
}

#[test]
fn developer_tools() {
    assert_eq!(
        rows(&read(
            "/h/.config/gh/hosts.yml",
            "github.com:\n  users:\n    bob:\n      oauth_token: CANARYgh\n  oauth_token: CANARYgh\n  user: bob\n"
        )),
        ["github.com|forge_cli_token|github.com|bob|CANARYgh"]
    );
    assert_eq!(
        rows(&read(
            "/h/.cargo/credentials.toml",
            "[registry]\ntoken = \"CANARYcio\"\n[registries.own]\ntoken = \"CANARY2\"\n"
        )),
        [
            "crates.io|cargo_registry_token|crates.io||CANARYcio",
            "own|cargo_registry_token|||CANARY2"
        ]
    );
    assert_eq!(
        rows(&read(
            "/h/.terraform.d/credentials.tfrc.json",
            r#"{"credentials":{"app.terraform.io":{"token":"CANARYtf"}}}"#
        )),
        ["app.terraform.io|terraform_cloud_token|app.terraform.io||CANARYtf"]
    );
    assert_eq!(
        rows(&read(
            "/h/.m2/settings.xml",
            "<settings><servers><!-- <server><id>x</id><password>no</password></server> --><server><id>nexus</id><username>ci</username><password>CANARY&amp;1</password></server></servers></settings>"
        )),
        ["nexus|maven_server||ci|CANARY&1"]
    );
    assert_eq!(
        rows(&read(
            "rclone.conf",
            "[s3]\ntype = s3\naccess_key_id = AK\nsecret_access_key = CANARYrc\n"
        )),
        ["s3|rclone_remote|||CANARYrc"]
    );
    assert_eq!(
        rows(&read(
            "/h/.gem/credentials",
            "---\n:rubygems_api_key: CANARYgem\n"
        )),
        ["rubygems_api_key|rubygems_api_key|rubygems.org||CANARYgem"]
    );
}
