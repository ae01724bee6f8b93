//! Source repositories as far as they say who answers for what: CODEOWNERS files, and the authors of
//! files by the git history.

mod codeowners;
mod history;
#[cfg(test)]
mod tests;

use model::{NodeKind, NodeRef};

use super::{Document, ImportContext};
use crate::spec::{ConnectorSpec, Permission, Step};

pub use codeowners::CodeOwners;
pub use history::GitHistory;

const fn spec(
    id: &'static str,
    title: &'static str,
    adds: &'static str,
    cannot_see: &'static [&'static str],
    obtain: &'static str,
) -> ConnectorSpec {
    ConnectorSpec {
        id,
        title,
        step: Step::RepositoriesAndSaas,
        kinds: KINDS,
        authoritative: false,
        adds,
        cannot_see,
        obtain,
        permissions: &[Permission {
            action: "read the repository",
            why: "its content is all that is read",
            without_it: "",
        }],
        doc: include_str!("doc.md"),
    }
}

const KINDS: &[NodeKind] = &[
    NodeKind::Repo,
    NodeKind::Resource,
    NodeKind::Person,
    NodeKind::Team,
];

/// The name of a repository: what the user gave, else the folder it lies in.
fn repository(cx: &ImportContext<'_>, folder: &str) -> NodeRef {
    let given = cx.options.scopes.get("repo").map(String::as_str);
    NodeRef::global(NodeKind::Repo, "git", given.unwrap_or(folder))
}

/// The folder of a document, without the folders in which such files may lie.
fn root(document: &Document<'_>) -> String {
    let name = document.name();
    let (folder, _) = name.rsplit_once(['/', '!']).unwrap_or_default();
    let inner = [".github", ".gitlab", "docs", ".bitbucket"]
        .iter()
        .find_map(|part| folder.strip_suffix(part));
    inner
        .unwrap_or(folder)
        .trim_end_matches(['/', '!'])
        .to_owned()
}

/// An e-mail address in lower case; none for what is no address.
fn email(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let fits = !local.is_empty()
        && !domain.is_empty()
        && text.len() <= 254
        && !text.contains(|ch: char| {
            ch.is_whitespace() || ch.is_control() || matches!(ch, '<' | '>' | ',' | '/')
        });
    fits.then(|| text.to_lowercase())
}
