//! Which published package a server's command starts, and whether its version is fixed.

/// A package named on a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    /// Where it is published: `npm`, `pypi`, `oci`, `go`.
    pub(super) registry: &'static str,
    /// Its name.
    pub(super) name: String,
    /// Its version, tag or digest.
    pub(super) version: Option<String>,
    /// True when the same thing runs tomorrow.
    pub(super) pinned: bool,
}

/// Options of `docker run` that take no value.
const FLAGS_OF_RUN: &[&str] = &[
    "-i",
    "-t",
    "-it",
    "-d",
    "--rm",
    "--init",
    "--interactive",
    "--tty",
    "--privileged",
    "--detach",
    "--read-only",
    "-q",
    "--quiet",
    "--sig-proxy",
    "--no-healthcheck",
    "-P",
    "--publish-all",
    "-ti",
];

/// Finds the package a command starts; `None` for a program that lies on the machine.
pub(super) fn package(command: &str, arguments: &[String]) -> Option<Package> {
    let program = command.rsplit(['/', '\\']).next()?;
    let program = program.trim_end_matches(".exe").trim_end_matches(".cmd");
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match (program, words.first().copied()) {
        ("npx" | "bunx" | "pnpx", _) => named(&words, &["-p", "--package"], npm),
        ("pnpm" | "yarn" | "bun" | "npm", Some("dlx" | "x" | "exec")) => {
            named(words.get(1..)?, &["-p", "--package"], npm)
        }
        ("uvx", _) => named(&words, &["--from"], pypi),
        ("uv", Some("tool")) => named(words.get(2..)?, &["--from"], pypi),
        ("uv", Some("run")) => after(&words, "--with").map(pypi),
        ("pipx", Some("run")) => named(words.get(1..)?, &["--spec"], pypi),
        ("docker" | "podman" | "nerdctl", Some("run")) => image(words.get(1..)?).map(oci),
        ("go", Some("run")) => words
            .get(1)
            .filter(|word| word.contains('@'))
            .map(|word| go(word)),
        ("deno", _) => words
            .iter()
            .find_map(|word| word.strip_prefix("npm:"))
            .map(npm),
        ("cmd", Some("/c" | "/C")) => package(words.get(1)?, arguments.get(2..)?),
        _ => None,
    }
}

fn named(words: &[&str], with_value: &[&str], read: fn(&str) -> Package) -> Option<Package> {
    for option in with_value {
        if let Some(value) = after(words, option) {
            return Some(read(value));
        }
    }
    let first = words.iter().find(|word| !word.starts_with('-'))?;
    Some(read(first))
}

fn after<'a>(words: &[&'a str], option: &str) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(at, word)| {
        if *word == option {
            return words.get(at + 1).copied();
        }
        word.strip_prefix(option)?.strip_prefix('=')
    })
}

fn image<'a>(words: &[&'a str]) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            return Some(word);
        }
        if !word.contains('=') && !FLAGS_OF_RUN.contains(word) {
            words.next();
        }
    }
    None
}

fn npm(word: &str) -> Package {
    let (name, version) = match word.get(1..).and_then(|rest| rest.rfind('@')) {
        Some(at) => word
            .split_at_checked(at + 1)
            .map_or((word, None), |(name, version)| {
                (name, Some(version.trim_start_matches('@')))
            }),
        None => (word, None),
    };
    let exact = version.is_some_and(|version| {
        version.starts_with(|ch: char| ch.is_ascii_digit()) && version.matches('.').count() >= 2
    });
    Package {
        registry: "npm",
        name: name.to_owned(),
        version: version.map(str::to_owned),
        pinned: exact,
    }
}

fn pypi(word: &str) -> Package {
    let (name, version) = word
        .split_once("==")
        .or_else(|| {
            if word.starts_with("git+") {
                None
            } else {
                word.split_once('@')
            }
        })
        .map_or((word, None), |(name, version)| (name, Some(version.trim())));
    let commit = word.starts_with("git+")
        && word
            .rsplit('@')
            .next()
            .is_some_and(|end| end.len() == 40 && end.bytes().all(|byte| byte.is_ascii_hexdigit()));
    Package {
        registry: "pypi",
        name: name.trim().to_owned(),
        version: version.map(str::to_owned),
        pinned: commit
            || version.is_some_and(|version| version.starts_with(|ch: char| ch.is_ascii_digit())),
    }
}

fn oci(word: &str) -> Package {
    if let Some((name, digest)) = word.split_once('@') {
        return Package {
            registry: "oci",
            name: name.to_owned(),
            version: Some(digest.to_owned()),
            pinned: true,
        };
    }
    let tag = word.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    Package {
        registry: "oci",
        name: tag.map_or(word, |(name, _)| name).to_owned(),
        version: tag.map(|(_, tag)| tag.to_owned()),
        // A tag can be moved; only a digest is the same thing tomorrow.
        pinned: false,
    }
}

fn go(word: &str) -> Package {
    let (name, version) = word.split_once('@').unwrap_or((word, ""));
    Package {
        registry: "go",
        name: name.to_owned(),
        version: Some(version.to_owned()),
        pinned: version.starts_with('v') && version.contains('.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_their_versions() {
        for (line, want) in [
            (
                "npx -y @modelcontextprotocol/server-github",
                "npm @modelcontextprotocol/server-github None false",
            ),
            (
                "npx -y @scope/server@1.2.3 --x",
                "npm @scope/server Some(\"1.2.3\") true",
            ),
            ("npx server@latest", "npm server Some(\"latest\") false"),
            (
                "uvx mcp-server-git==2025.1.1",
                "pypi mcp-server-git Some(\"2025.1.1\") true",
            ),
            (
                "uvx --from git+https://x/y server",
                "pypi git+https://x/y None false",
            ),
            (
                "docker run -i --rm -e TOKEN mcp/github:1.0 stdio",
                "oci mcp/github Some(\"1.0\") false",
            ),
            (
                "docker run --rm -e A=b reg:5000/x@sha256:ab",
                "oci reg:5000/x Some(\"sha256:ab\") true",
            ),
            ("cmd /c npx -y a@1.0.0", "npm a Some(\"1.0.0\") true"),
            ("/usr/bin/python server.py", "none"),
        ] {
            let mut words = line.split(' ').map(str::to_owned);
            let command = words.next().unwrap();
            let said = package(&command, &words.collect::<Vec<_>>()).map_or(
                "none".to_owned(),
                |package| {
                    format!(
                        "{} {} {:?} {}",
                        package.registry, package.name, package.version, package.pinned
                    )
                },
            );
            assert_eq!(said, want, "{line}");
        }
    }
}
