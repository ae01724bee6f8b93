//! Where the installation keeps its things. The only place that reads our environment.

use std::path::{Path, PathBuf};

use crate::Error;

/// What the user said about the installation; the rest is default.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--data DIR`.
    pub data: Option<PathBuf>,
    /// `--db URL`.
    pub db: Option<String>,
    /// `--offline`: no socket is opened, whatever else is asked.
    pub offline: bool,
}

/// Settings as they are in force, each with where it came from; for `config show`.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Setting {
    /// The name.
    pub name: &'static str,
    /// The value; a database address never shows its password.
    pub value: String,
    /// `option`, `environment` or `default`.
    pub from: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// Settings in force.
#[derive(Debug, Clone)]
pub struct Config {
    /// Everything the installation keeps: key, database, spool.
    pub data: PathBuf,
    /// The database.
    pub db: store::DbUrl,
    /// No socket may be opened.
    pub offline: bool,
    settings: Vec<Setting>,
}

impl Config {
    /// Options first, then `COUNTERSIGN_DATA`, `COUNTERSIGN_DB` and `COUNTERSIGN_OFFLINE`, then
    /// defaults: the data directory of the user's platform and SQLite in it.
    ///
    /// # Errors
    /// A setting makes no sense, or no home directory is known; name one with `--data`.
    pub fn resolve(options: &Options) -> Result<Self, Error> {
        Self::resolve_with(options, &|name| environment(name))
    }

    fn resolve_with(
        options: &Options,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let (data, data_from) = match (&options.data, env("COUNTERSIGN_DATA")) {
            (Some(data), _) => (data.clone(), "option"),
            (None, Some(data)) => (PathBuf::from(data), "environment"),
            (None, None) => (default_data(env)?, "default"),
        };
        let (url, db_from) = match (&options.db, env("COUNTERSIGN_DB")) {
            (Some(url), _) => (store::DbUrl::parse(url)?, "option"),
            (None, Some(url)) => (store::DbUrl::parse(&url)?, "environment"),
            (None, None) => (store::DbUrl::sqlite(data.join("countersign.db")), "default"),
        };
        let offline_env = env("COUNTERSIGN_OFFLINE")
            .is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
        let offline = options.offline || offline_env;
        let offline_from = match (options.offline, offline_env) {
            (true, _) => "option",
            (false, true) => "environment",
            _ => "default",
        };
        if offline && url.dialect() == store::Dialect::Postgres {
            return Err(
                Error::usage("--offline refuses every socket, and PostgreSQL needs one")
                    .hint("use the embedded database, or leave --offline out"),
            );
        }
        let settings = vec![
            Setting {
                name: "data",
                value: data.display().to_string(),
                from: data_from,
                meaning: "directory with everything this installation keeps (--data, COUNTERSIGN_DATA)",
            },
            Setting {
                name: "db",
                value: url.to_string(),
                from: db_from,
                meaning: "database (--db, COUNTERSIGN_DB)",
            },
            Setting {
                name: "offline",
                value: offline.to_string(),
                from: offline_from,
                meaning: "refuse every socket (--offline, COUNTERSIGN_OFFLINE)",
            },
        ];
        Ok(Self {
            data,
            db: url,
            offline,
            settings,
        })
    }

    /// Every setting with where it came from.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }
}

/// The home directory of whoever runs the program.
pub fn home() -> Option<PathBuf> {
    environment(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from)
}

/// The name of whoever runs the program, for the record of who did what.
pub fn actor() -> String {
    ["SUDO_USER", "USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| environment(name))
        .map_or_else(|| "unknown".to_owned(), |name| model::text::label(&name))
}

/// True when the user asked for no colour (<https://no-color.org>).
pub fn no_color() -> bool {
    environment("NO_COLOR").is_some()
}

/// In test builds, `COUNTERSIGN_TEST_PANIC_AT_SECRET=N` makes the N-th secret value panic.
#[cfg(debug_assertions)]
pub(crate) fn rehearse() {
    if let Some(count) = environment("COUNTERSIGN_TEST_PANIC_AT_SECRET") {
        model::rehearsal::panic_at_secret(count.parse().unwrap_or(0));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads our environment"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn default_data(env: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, Error> {
    let below = |name: &str, rest: &str| env(name).map(|base| Path::new(&base).join(rest));
    let found = if cfg!(windows) {
        below("LOCALAPPDATA", "countersign")
    } else if cfg!(target_os = "macos") {
        below("HOME", "Library/Application Support/countersign")
    } else {
        below("XDG_DATA_HOME", "countersign").or_else(|| below("HOME", ".local/share/countersign"))
    };
    found.ok_or_else(|| {
        Error::usage("no home directory is known").hint("name a directory with --data DIR")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn option_beats_environment_beats_default() {
        let env = |name: &str| match name {
            "HOME" => Some("/home/amy".to_owned()),
            "COUNTERSIGN_DB" => {
                Some("postgres://amy:CANARY-password@127.0.0.1/inventory".to_owned())
            }
            _ => None,
        };
        let config = Config::resolve_with(&Options::default(), &env).unwrap();
        assert!(config.data.starts_with("/home/amy"));
        assert_eq!(config.db.dialect(), store::Dialect::Postgres);
        assert!(!format!("{config:?}").contains("CANARY"));
        let options = Options {
            data: Some("/d".into()),
            db: Some("sqlite:/x.db".into()),
            offline: true,
        };
        let config = Config::resolve_with(&options, &env).unwrap();
        assert_eq!(config.data, Path::new("/d"));
        assert!(
            config
                .settings()
                .iter()
                .all(|setting| setting.from == "option")
        );
    }

    #[test]
    fn offline_refuses_a_database_server() {
        let options = Options {
            db: Some("postgres://127.0.0.1/db".into()),
            offline: true,
            data: Some("/d".into()),
        };
        let error = Config::resolve_with(&options, &|_| None).unwrap_err();
        assert_eq!(error.kind(), crate::Kind::Usage);
    }
}
