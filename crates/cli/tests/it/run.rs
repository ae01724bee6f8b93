//! Runs the binary on an installation of its own.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// An installation for one test.
pub(crate) struct Home {
    folder: TempDir,
}

/// What a command did.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// The answer as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out, self.err))
    }

    /// The answer as JSON lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A credential report in which one key is used, one is not, and a root user.
const REPORT: &str = "\
user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
deploy,arn:aws:iam::123456789012:user/deploy,2024-01-02T03:04:05+00:00,false,N/A,N/A,N/A,false,true,2024-01-02T03:04:06+00:00,2025-06-01T00:00:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
backup,arn:aws:iam::123456789012:user/backup,2024-01-02T03:04:05+00:00,false,N/A,N/A,N/A,false,true,2024-02-02T03:04:06+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
";

/// A secret no table knows.
pub(crate) const PASSWORD: &str = "CANARY-orders-9f3k2";

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// With a credential report and a settings file read.
    pub(crate) fn with_estate() -> Self {
        let home = Self::new();
        std::fs::write(home.path().join("report.csv"), REPORT).unwrap();
        std::fs::write(
            home.path().join("orders.env"),
            format!("DB_PASSWORD={PASSWORD}\n"),
        )
        .unwrap();
        let report = home.path().join("report.csv").display().to_string();
        let env = home.path().join("orders.env").display().to_string();
        let done = home.run(&["import", &report, &env]);
        assert!(matches!(done.code, 0 | 3), "{}", done.err);
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Done {
        self.run_with(args, "")
    }

    pub(crate) fn run_with(&self, args: &[&str], stdin: &str) -> Done {
        let output = Command::new(assert_cmd::cargo::cargo_bin!("countersign"))
            .arg("--data")
            .arg(self.path().join("data"))
            .arg("--offline")
            .args(args)
            .write_stdin(stdin)
            .output()
            .unwrap();
        Done {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
