//! Places where software keeps what nobody signs in with: examples, fixtures, tests, and packages
//! of others with theirs. What lies there is found like anything else and said to lie there.

/// The environment of files in such a place.
pub(crate) const TEST: &str = "test";

/// Names of folders, in lower case.
const FOLDERS: &[&str] = &[
    "__fixtures__",
    "__tests__",
    "dist-packages",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "node_modules",
    "sample",
    "samples",
    "site-packages",
    "spec",
    "specs",
    "test",
    "test-data",
    "test_data",
    "testdata",
    "tests",
    "testing",
    "vendor",
];

/// Folders of two names: caches of package sources.
const CACHES: &[(&str, &str)] = &[(".cargo", "registry"), ("pkg", "mod")];

/// What follows `.env.` in settings that are shown or used in tests.
const SETTINGS: &[&str] = &["dist", "example", "sample", "template", "test", "testing"];

/// The folders above a person's own files; a user called `test` is no test.
const HOMES: &[&str] = &["home", "users"];

/// Says whether a path, with either separator, lies in such a place.
pub(crate) fn environment(path: &str) -> Option<&'static str> {
    let lower = path.to_lowercase();
    let mut parts: Vec<&str> = lower
        .split(['/', '\\'])
        .filter(|part| !part.is_empty())
        .collect();
    let file = parts.pop().unwrap_or_default();
    let begin = match parts.first() {
        Some(first) if HOMES.contains(first) => 2,
        _ => 0,
    };
    let folders = parts.get(begin..).unwrap_or_default();
    let setting = file
        .rsplit_once(".env.")
        .is_some_and(|(_, last)| SETTINGS.contains(&last));
    let cached = folders
        .iter()
        .zip(folders.iter().skip(1))
        .any(|(a, b)| CACHES.contains(&(*a, *b)));
    let named = folders.iter().any(|folder| FOLDERS.contains(folder));
    (setting || cached || named).then_some(TEST)
}

#[cfg(test)]
mod tests {
    use super::environment;

    #[test]
    fn folders_of_tests_are_told_and_users_are_not() {
        for path in [
            "/home/jane/src/app/tests/fixtures/key.pem",
            "/srv/app/Examples/.aws/credentials",
            "/home/jane/.cargo/registry/src/x/key.pem",
            "/root/go/pkg/mod/golang.org/x/key.pem",
            "/opt/app/node_modules/tls/server.key",
            "/srv/app/.env.test",
            "/srv/app/prod.env.example",
            "C:\\Users\\jane\\src\\testdata\\id_rsa",
        ] {
            assert_eq!(environment(path), Some("test"), "{path}");
        }
        for path in [
            "/home/test/.ssh/id_rsa",
            "/Users/vendor/.aws/credentials",
            "/srv/app/latest/.env",
            "/srv/app/.env.production",
            "/etc/ssl/private/test.key",
            "/srv/contest/key.pem",
            "/srv/registry/key.pem",
            "",
        ] {
            assert_eq!(environment(path), None, "{path}");
        }
    }
}
