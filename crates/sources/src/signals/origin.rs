//! What made a thing: infrastructure code and the tools that apply it.

use model::{EdgeKind, Signal};

use super::{Family, Said, Seen, Statement, declared};

pub(super) const FAMILY: Family = Family {
    title: "Terraform and the marks of other tools",
    applies: |seen| {
        !seen.attributes().tags.is_empty()
            || seen.word("managed_by").is_some()
            || seen.word("terraform_address").is_some()
            || !seen.observation.edges.is_empty()
    },
    read,
    states: &[Statement::yes(
        Signal::FromCode,
        "a Terraform state or plan holds it, or its tags name such a tool (Terraform, Pulumi, CloudFormation, Helm, Flux, Argo CD …)",
    )],
};

/// Tools that apply code, as tags write them.
const TOOLS: &[&str] = &[
    "ansible",
    "argocd",
    "bicep",
    "cdk",
    "cloudformation",
    "crossplane",
    "flux",
    "helm",
    "kustomize",
    "opentofu",
    "pulumi",
    "terraform",
    "terragrunt",
];

/// Tags and labels that only such a tool writes.
const MARKS: &[&str] = &[
    "argocd.argoproj.io/instance",
    "aws:cloudformation:stack-name",
    "goog-terraform-provisioned",
    "helm.sh/chart",
    "helm.toolkit.fluxcd.io/name",
    "kustomize.toolkit.fluxcd.io/name",
];

/// Tags that name the tool, normalised.
const KEYS: &[&str] = &[
    "managed-by",
    "provisioner",
    "provisioned-by",
    "created-by",
    "deployed-by",
];

fn read(seen: &Seen<'_>, said: &mut Said) {
    let of_terraform = seen
        .edges(EdgeKind::ManagedBy)
        .chain(seen.edges(EdgeKind::CreatedBy))
        .find(|edge| edge.to.provider == "terraform");
    if let Some(edge) = of_terraform {
        let address = edge
            .attributes
            .get("address")
            .and_then(|word| word.as_str());
        said.seen(Signal::FromCode, address.unwrap_or("Terraform"));
        return;
    }
    if let Some(address) = seen.text("terraform_address") {
        said.seen(Signal::FromCode, address);
        return;
    }
    let by_tool = |value: &str| TOOLS.iter().find(|tool| starts_as(value, tool)).copied();
    if let Some(tool) = seen.text("managed_by").and_then(by_tool) {
        said.seen(Signal::FromCode, tool);
        return;
    }
    for (key, value) in &seen.attributes().tags {
        if MARKS.contains(&key.as_str()) {
            said.seen(Signal::FromCode, key.as_str());
            return;
        }
        if let Some(tool) = by_tool(value)
            && declared::is_one_of(key, KEYS)
        {
            said.seen(Signal::FromCode, tool);
            return;
        }
    }
}

fn starts_as(value: &str, tool: &str) -> bool {
    value
        .get(..tool.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(tool))
}
