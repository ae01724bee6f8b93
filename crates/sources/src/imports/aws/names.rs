//! How things of AWS are named (`docs/naming.md`).

use model::{Alias, NodeKind, NodeRef};

/// The provider's name in every node.
pub(crate) const PROVIDER: &str = "aws";

/// The parts of `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub(crate) partition: &'a str,
    /// `iam`, `s3`, `lambda` …
    pub(crate) service: &'a str,
    /// The region; empty for what is global.
    pub(crate) region: &'a str,
    /// The account's number; empty for S3 and what AWS itself owns (`aws`).
    pub(crate) account: &'a str,
    /// The rest.
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next().filter(|rest| !rest.is_empty())?,
        })
    }

    /// The account's number, when it is one.
    pub(crate) fn account_id(self) -> Option<&'a str> {
        is_account_id(self.account).then_some(self.account)
    }
}

/// True for twelve digits.
pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account an ARN lies in.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    Arn::parse(arn)?.account_id()
}

/// An account.
pub(crate) fn account(id: &str) -> NodeRef {
    NodeRef::global(NodeKind::Account, PROVIDER, id)
}

/// A user, role, or root user by its ARN.
pub(crate) fn identity(arn: &str) -> NodeRef {
    NodeRef::global(NodeKind::Identity, PROVIDER, arn)
}

/// A policy by its ARN or id.
pub(crate) fn policy(id: &str) -> NodeRef {
    NodeRef::global(NodeKind::Policy, PROVIDER, id)
}

/// A credential by its id.
pub(crate) fn credential(id: impl Into<String>) -> NodeRef {
    NodeRef::global(NodeKind::Credential, PROVIDER, id)
}

/// Any thing of AWS by its ARN or id.
pub(crate) fn thing(kind: NodeKind, id: &str) -> NodeRef {
    NodeRef::global(kind, PROVIDER, id)
}

/// An IAM thing of which the name is known and the path is not. Names are unique in an account
/// whatever the path, so the alias merges it with the one whose full ARN is known.
pub(crate) fn by_name(account: &str, word: &str, name: &str) -> (NodeRef, Alias) {
    let kind = match word {
        "group" => NodeKind::Group,
        "instance-profile" => NodeKind::Workload,
        _ => NodeKind::Identity,
    };
    (
        NodeRef::global(
            kind,
            PROVIDER,
            format!("arn:aws:iam::{account}:{word}/{name}"),
        ),
        name_alias(account, word, name),
    )
}

fn name_alias(account: &str, word: &str, name: &str) -> Alias {
    Alias::same(format!(
        "aws:iam_name:{account}:{word}/{}",
        name.to_lowercase()
    ))
}

/// The alias of [`by_name`] for an IAM thing whose ARN has a path or lies in another partition than
/// the one [`by_name`] supposes; `None` where the ARN is the one [`by_name`] makes.
pub(crate) fn alias_of_path(arn: &str) -> Option<Alias> {
    let parts = Arn::parse(arn)?;
    let account = parts.account_id()?;
    let (word, rest) = parts.resource.split_once('/')?;
    match rest.rsplit_once('/') {
        Some((_, name)) => Some(name_alias(account, word, name)),
        None => (parts.partition != "aws").then(|| name_alias(account, word, rest)),
    }
}

/// The alias that joins an access key with its slot in the credential report. The user's path is no
/// part of it: `list-access-keys` does not state it, and names are unique in an account without it.
pub(crate) fn key_slot(user_arn: &str, created: model::TimeUs) -> Option<Alias> {
    let parts = Arn::parse(user_arn)?;
    let account = parts.account_id()?;
    let user = parts
        .resource
        .rsplit_once('/')
        .map_or(parts.resource, |(_, name)| name)
        .to_lowercase();
    // The root user's ARN ends in `:root`; a user may be called so too.
    let word = if parts.resource.contains('/') {
        "user/"
    } else {
        ""
    };
    Some(Alias::same(format!(
        "aws:key_slot:{account}:{word}{user}:{}",
        created.as_micros().div_euclid(1_000_000)
    )))
}

/// True for an AWS access key id.
pub(crate) fn is_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && (text.starts_with("AKIA") || text.starts_with("ASIA"))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_split() {
        let arn = Arn::parse("arn:aws:iam::123456789012:role/ci/deploy").unwrap();
        assert_eq!(arn.account_id(), Some("123456789012"));
        assert_eq!(arn.resource, "role/ci/deploy");
        assert_eq!(Arn::parse("arn:aws:iam"), None);
        assert_eq!(account_of("arn:aws:iam::aws:policy/ReadOnlyAccess"), None);
        assert_eq!(account_of("arn:aws:s3:::bucket"), None);
    }

    #[test]
    fn the_path_is_no_part_of_the_name() {
        let (_, by_name) = by_name("123456789012", "user", "Deploy");
        assert_eq!(
            alias_of_path("arn:aws:iam::123456789012:user/ci/x/deploy"),
            Some(by_name)
        );
        assert_eq!(alias_of_path("arn:aws:iam::123456789012:user/deploy"), None);
        assert_eq!(
            alias_of_path("arn:aws-cn:iam::123456789012:user/deploy"),
            Some(super::by_name("123456789012", "user", "deploy").1)
        );
    }

    #[test]
    fn a_slot_is_of_the_user_whatever_the_path() {
        let at = model::TimeUs::parse("2026-01-01T00:00:00Z").unwrap();
        let slot = |arn: &str| key_slot(arn, at).map(|alias| alias.text);
        let plain = slot("arn:aws:iam::123456789012:user/deploy-bot");
        assert_eq!(
            plain.as_deref(),
            Some("aws:key_slot:123456789012:user/deploy-bot:1767225600")
        );
        assert_eq!(
            slot("arn:aws:iam::123456789012:user/ci/x/Deploy-Bot"),
            plain
        );
        let root = slot("arn:aws:iam::123456789012:root");
        assert!(root.is_some());
        assert_ne!(root, slot("arn:aws:iam::123456789012:user/root"));
        assert_eq!(slot("deploy-bot"), None);
    }
}
