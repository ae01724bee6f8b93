//! Remote access: what its configuration files hold.

use formats::files::{self, ConfigFile, FileFormat};

fn read(path: &str, text: &str) -> ConfigFile {
    let format = files::detect(path, text.as_bytes()).unwrap();
    let file = files::parse(format, text.as_bytes()).unwrap();
    let shown = format!("{file:?} {}", serde_json::to_string(&file).unwrap());
    assert!(!shown.contains("CANARY"), "{shown}");
    file
}

fn rows(file: &ConfigFile) -> Vec<String> {
    file.entries
        .iter()
        .map(|entry| {
            format!(
                "{} {} {} {}",
                entry.id,
                entry.subtype,
                entry.credential_type,
                if entry.has_secret { "secret" } else { "-" }
            )
        })
        .collect()
}

/// A key pair that openssl made (`openssl pkey -pubout -outform DER | sha256sum`), and a key to hunt for.
#[test]
fn wireguard_keys_with_their_public_half() {
    let file = read(
        "etc/wireguard/wg0.conf",
        "[Interface]\nAddress = 10.0.0.1/24\nListenPort = 51820\nPrivateKey = 4Iy9nfBPH3CLYg5aplNnPDiLHwET5h9uo8HaEX6y3nU=\n\n[Peer]\nPublicKey = 3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=\nPresharedKey = CANARYCANARYCANARYCANARYCANARYCANARYCANARYA=\nEndpoint = vpn.example.com:51820\nAllowedIPs = 10.0.0.2/32\n\n[Peer]\nPublicKey = x\n",
    );
    assert_eq!(file.format, FileFormat::Wireguard);
    assert_eq!(
        rows(&file),
        [
            "Interface wireguard_private_key private_key secret",
            "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08= wireguard_preshared_key shared_key secret",
            "x wireguard_preshared_key none -",
        ]
    );
    let key = file.entries[0].private_key.as_ref().unwrap();
    assert_eq!(
        key.spki_sha256.as_deref(),
        Some("58d79bde6ba1ea5d312b3913579c3c6ad1fb77988f433455b77086f50916ec50")
    );
    assert_eq!(
        file.entries[1].host.as_deref(),
        Some("vpn.example.com:51820")
    );
    // A name that says nothing, told by its content; a broken key is named and does not hide the peer.
    let broken = read(
        "backup/office.conf",
        "[Interface]\nPrivateKey = CANARYshort\n[Peer]\nPresharedKey = CANARYCANARYCANARYCANARYCANARYCANARYCANARYA=\n",
    );
    assert_eq!(broken.problems.len(), 1);
    assert_eq!(broken.entries.len(), 2);
    assert!(files::detect("app.conf", b"[Interface]\nname = eth0\n").is_none());
}

#[test]
fn openvpn_profiles_hold_their_files() {
    let key = include_str!("../fixtures/ec_prime256v1.pem");
    let certificate = include_str!("../fixtures/leaf.pem");
    let file = read(
        "home/ann/office.ovpn",
        &format!(
            "client\nremote vpn.example.com 1194 udp\nauth-user-pass login.txt\n<cert>\n{certificate}</cert>\n<key>\n{key}</key>\n<tls-crypt>\n-----BEGIN OpenVPN Static key V1-----\nCANARY\n-----END OpenVPN Static key V1-----\n</tls-crypt>\n<auth-user-pass>\nann\nCANARY-pass\n</auth-user-pass>\n<ca>\nnothing\n</ca>\n<key>\nno key\n</key>\n<cert>\nopen\n"
        ),
    );
    assert_eq!(
        rows(&file),
        [
            "auth-user-pass openvpn_reference none -",
            "cert openvpn_certificate none -",
            "key openvpn_private_key private_key secret",
            "tls-crypt openvpn_static_key shared_key secret",
            "auth-user-pass openvpn_login password secret",
        ]
    );
    assert!(file.entries[1].certificate.is_some());
    assert!(
        file.entries[2]
            .private_key
            .as_ref()
            .unwrap()
            .spki_sha256
            .is_some()
    );
    assert_eq!(file.entries[4].user.as_deref(), Some("ann"));
    assert!(
        file.entries
            .iter()
            .all(|entry| entry.host.as_deref() == Some("vpn.example.com:1194"))
    );
    let reasons: Vec<&str> = file.problems.iter().map(|problem| problem.reason).collect();
    assert_eq!(
        reasons,
        [
            "the block holds no private key",
            "a block is not closed",
            "the block holds no certificate that can be read"
        ]
    );
}

#[test]
fn secrets_of_strongswan() {
    let file = read(
        "etc/ipsec.secrets",
        "# comment\ninclude /etc/ipsec.d/*.secrets\n192.0.2.1 2001:db8::1 : PSK \"CANARY-psk\"\nann : EAP \"CANARY-eap\"\n: RSA gateway.pem \"CANARY-pass\"\n: ECDSA open.pem\nrubbish\n",
    );
    assert_eq!(
        rows(&file),
        [
            "192.0.2.1 2001:db8::1 ipsec_preshared_key shared_key secret",
            "ann ipsec_login password secret",
            " ipsec_passphrase password secret",
            " ipsec_passphrase password -",
        ]
    );
    assert_eq!(file.entries[2].get("file"), Some("gateway.pem"));
    assert_eq!(file.problems.len(), 1);
    let file = read(
        "etc/swanctl/conf.d/office.conf",
        "connections {\n  office {\n    remote { \n  auth = psk\n }\n  }\n}\nsecrets {\n  ike-office {\n    id-1 = gw.example.com\n    secret = \"CANARY-ike\"\n  }\n  private-x {\n    file = x.pem\n    secret = CANARYpass\n  }\n}\n}\n",
    );
    assert_eq!(
        rows(&file),
        [
            "ike-office ipsec_preshared_key shared_key secret",
            "private-x ipsec_passphrase password secret",
        ]
    );
    assert_eq!(file.entries[0].user.as_deref(), Some("gw.example.com"));
    assert_eq!(file.problems.len(), 1, "a brace too many");
}

#[test]
fn only_these_files_are_of_remote_access() {
    let with: Vec<_> = FileFormat::ALL
        .iter()
        .filter_map(|format| Some((format.name(), format.remote_access()?)))
        .collect();
    assert_eq!(
        with,
        [
            ("ipsec_secrets", "ipsec"),
            ("openvpn", "openvpn"),
            ("swanctl", "ipsec"),
            ("wireguard", "wireguard"),
        ]
    );
}

#[test]
fn secrets_of_an_application_are_told_with_its_ids() {
    let client = "0a1b2c3d-0000-4000-8000-000000000001";
    let tenant = "99999999-0000-4000-8000-000000000000";
    let file = read(
        "app/.env",
        &format!(
            "PROD_AZURE_CLIENT_SECRET=CANARY-secret-value-1\nPROD_AZURE_CLIENT_ID={client}\nPROD_AZURE_TENANT_ID={tenant}\nARM_CLIENT_SECRET=CANARY-secret-value-2\nARM_CLIENT_ID=not-a-guid\nAWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nAWS_SECRET_ACCESS_KEY=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\nAZURE_CLIENT_SECRET=CANARY-secret-value-3\n"
        ),
    );
    let secrets: Vec<_> = file
        .entries
        .iter()
        .filter(|entry| entry.has_secret)
        .map(|entry| {
            (
                entry.id.as_str(),
                entry.subtype,
                entry.public_id.as_deref(),
                entry.get("tenant"),
            )
        })
        .collect();
    assert_eq!(
        secrets,
        [
            (
                "PROD_AZURE_CLIENT_SECRET",
                "entra_client_secret",
                Some(client),
                Some(tenant)
            ),
            ("ARM_CLIENT_SECRET", "env_secret", None, None),
            (
                "AWS_SECRET_ACCESS_KEY",
                "aws_access_key",
                Some("AKIAIOSFODNN7EXAMPLE"),
                None
            ),
            // Of another prefix: the ids above are not its own.
            ("AZURE_CLIENT_SECRET", "env_secret", None, None),
        ]
    );
}
