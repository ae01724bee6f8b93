//! A credential without an end where the policy demands one.

use model::finding::{Evidence, Severity};
use model::{NodeKind, Signal};

use super::commands::{Act, suggest};
use super::controls::{cis, csf, iso, nhi, nis2, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct NoExpiry;

const SPEC: RuleSpec = RuleSpec {
    id: "no-expiry",
    title: "Credential that never ends",
    severity: Severity::Low,
    kinds: &[NodeKind::Credential, NodeKind::Identity],
    what: weighed!(
        "A source says that the credential has no end, and the policy demands one for its form. Of an identity: the directory never asks for a new password."
    ),
    why: "Nothing stops it but a person who remembers it. What nobody remembers works for ever.",
    limits: "Where a source says nothing about an end, the rule cannot know. Forms for which the policy demands no end are not looked at.",
    remedies: &[
        "Set an end when it is issued; most providers allow one.",
        "Where the provider offers none, put its replacement on a schedule and ask for a dated exception.",
    ],
    controls: &[
        nhi(
            "NHI7:2025",
            "a secret without an end is the longest-lived there is",
        ),
        csf("PR.AA-01", "credentials are issued without a planned end"),
        nist("IA-5", "authenticators are to have a set life"),
        iso(
            "5.17",
            "authentication information is given out without an end",
        ),
        nis2("21(2)(i)", "access does not end by itself"),
        cis(
            "5.3",
            "what nobody uses stays open because nothing closes it",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["AG2"],
};

impl Rule for NoExpiry {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if case.is(NodeKind::Identity) {
            return of_password(case);
        }
        let demanded = case.limit().is_some_and(|limit| limit.must_expire);
        if !demanded || !case.is_live() || case.node.credential_type.is_none() {
            return Judgement::NotApplicable;
        }
        if case.says(Signal::ProviderManaged) || case.says(Signal::RotatesItself) {
            return Judgement::NotApplicable;
        }
        if case.node.expires.is_unknown() {
            return Judgement::Unknown(case.why_unknown("end", case.node.expires, "inventory"));
        }
        if !case.node.expires.is_never() {
            return Judgement::Quiet;
        }
        fire(case, case.evidence("its source says that it has no end"))
    }
}

/// Only a directory answers this; elsewhere an identity has no password of its own to end.
fn of_password(case: &Case<'_>) -> Judgement {
    if !case.is_machine() || case.says(Signal::RotatesItself) {
        return Judgement::NotApplicable;
    }
    match case.signal(Signal::PasswordNeverExpires) {
        Some(true) => fire(
            case,
            case.evidence("the directory never asks for a new password"),
        ),
        Some(false) => Judgement::Quiet,
        None => Judgement::NotApplicable,
    }
}

fn fire(case: &Case<'_>, evidence: Evidence) -> Judgement {
    let firing = Firing::sure(
        format!("`{}` works until somebody revokes it", case.name()),
        vec![evidence],
    )
    .severity(case.weigh(SPEC.severity));
    Judgement::Fires(suggest(firing, case, Act::LetPasswordExpire))
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::NoExpiry;

    const KEY: &str = "credential:k";

    #[test]
    fn fires_on_what_never_ends() {
        fires_as(
            RULE,
            "credential:k type=api_key expires=never",
            KEY,
            Severity::Low,
        );
        quiet(RULE, "credential:k type=api_key expires=900d", KEY);
        quiet(RULE, "credential:k type=api_key expires=-1d", KEY);
        unknown(
            RULE,
            "credential:k type=api_key expires=not_observable",
            KEY,
        );
        unknown(RULE, "credential:k type=api_key", KEY);
        let admin = "credential:k type=api_key expires=never
             credential:k -authenticates-> identity:admin
             identity:admin privileged=yes";
        fires_as(RULE, admin, KEY, Severity::Medium);
    }

    #[test]
    fn the_policy_and_the_provider_take_forms_out() {
        for text in [
            "credential:k type=second_factor expires=never",
            "credential:k expires=never",
            "credential:k type=api_key expires=never status=disabled",
            "credential:k type=api_key expires=never +provider_managed",
            "credential:k type=api_key expires=never +rotates_itself",
        ] {
            not_applicable(RULE, text, KEY);
        }
    }

    #[test]
    fn a_password_that_the_directory_never_ends_counts_too() {
        let account = "identity:svc";
        fires_as(
            RULE,
            "identity:svc class=machine +password_never_expires",
            account,
            Severity::Low,
        );
        quiet(
            RULE,
            "identity:svc class=machine -password_never_expires",
            account,
        );
        not_applicable(RULE, "identity:svc class=machine", account);
        not_applicable(
            RULE,
            "identity:svc class=human +password_never_expires",
            account,
        );
        not_applicable(
            RULE,
            "identity:svc class=machine +password_never_expires +rotates_itself",
            account,
        );
    }

    #[test]
    fn without_a_demand_there_is_nothing_to_judge_by() {
        let text = "credential:k type=api_key expires=never".to_owned();
        let judged = crate::rules::testing::judge_without_limits(RULE, &text, KEY);
        assert_eq!(judged, crate::Judgement::NotApplicable);
    }
}
