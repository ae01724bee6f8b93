//! Microsoft Graph as JSON: lists with their pages one after the other, single objects, and what
//! the Azure CLI and Graph PowerShell make of them.

mod grants;
mod kinds;

use std::collections::HashMap;

use model::{Coverage, CoverageState, NodeKind};
use serde::Deserialize;
use serde_json::Value;

use super::relations::Relations;
use super::resource::{Activity, FederatedCredential, Resource};
use super::{Reading, Sort, credentials::Holder};
use crate::imports::{
    Document, Format, ImportContext, JsonElement, Match, Probe, ReadError, Shape,
};
use crate::spec::{ConnectorSpec, Permission, Step};
use kinds::{Context, Kind};

/// The Microsoft Graph format.
#[derive(Debug)]
pub struct Graph;

/// What it is, as data.
const SPEC: ConnectorSpec = ConnectorSpec {
    id: "entra.graph",
    title: "Microsoft Entra (Microsoft Graph JSON)",
    step: Step::Directories,
    kinds: KINDS,
    authoritative: true,
    adds: "app registrations with every secret and certificate, service principals, managed and agent identities, who consented to what, directory roles, owners and last sign-in",
    cannot_see: &[
        "use of a single secret or certificate (only the sign-in logs tell)",
        "sign-ins of service principals without /beta/reports/servicePrincipalSignInActivities",
        "sign-ins of users before April 2020 (interactive) and May 2020 (non-interactive)",
        "more than 20 owners or members per object when they came with $expand",
        "rights on Azure resources (Azure RBAC): import an AzureHound file for them",
        "owners and members listed in a file of their own: Graph does not say of what they are",
    ],
    obtain: "az rest --method get --url 'https://graph.microsoft.com/v1.0/applications?$expand=owners&$top=999' > applications.json   (and servicePrincipals, users, groups, oauth2PermissionGrants, directoryRoles?$expand=members, roleManagement/directory/roleAssignments?$expand=principal, organization, /beta/reports/servicePrincipalSignInActivities)",
    permissions: &[
        Permission {
            action: "Application.Read.All",
            why: "applications, service principals, their credentials and owners",
            without_it: "",
        },
        Permission {
            action: "Directory.Read.All",
            why: "users, groups, grants, directory roles, the tenant",
            without_it: "grants, roles and people are missing; applications are still read",
        },
        Permission {
            action: "AuditLog.Read.All",
            why: "sign-in activity of users and service principals",
            without_it: "last use stays unknown",
        },
        Permission {
            action: "RoleManagement.Read.Directory",
            why: "role assignments and definitions",
            without_it: "who is privileged stays unknown",
        },
    ],
    doc: include_str!("doc.md"),
};

const KINDS: &[NodeKind] = &[
    NodeKind::Application,
    NodeKind::Credential,
    NodeKind::FederationProvider,
    NodeKind::Group,
    NodeKind::Host,
    NodeKind::Identity,
    NodeKind::Role,
    NodeKind::Tenant,
    NodeKind::Vendor,
    NodeKind::Workload,
];

impl Format for Graph {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        if !matches!(probe.shape, Shape::Json { .. }) {
            return Match::No;
        }
        if probe.has_key("@odata.context")
            && memchr::memmem::find(probe.head, b"graph.microsoft").is_some()
        {
            return Match::Sure;
        }
        kinds::detect(probe)
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let probe = document.probe();
        let whole = probe.head.trim_ascii_start().starts_with(b"{") && !probe.has_key("value");
        let tenant = cx
            .options
            .scopes
            .get("tenant")
            .map(|tenant| tenant.to_ascii_lowercase());
        let mut reader = Reader {
            file: document.name().to_owned(),
            context: Context::default(),
            next_page: false,
            reading: Reading {
                source: cx.source_or_file(&SPEC, "tenant", document),
                observed: cx.observed_at(None, document),
                tenant,
                relations: Relations::default(),
                service_principals: HashMap::new(),
                waiting: Vec::new(),
                place: String::new(),
                asked_sign_in: false,
                listed: std::collections::BTreeSet::new(),
                omits_empty: false,
                cx,
            },
        };
        let read = if whole {
            document.json_documents(&mut |element| reader.element(element))
        } else {
            document.json_elements(&mut |element| reader.element(element))
        };
        reader.finish()?;
        read
    }
}

struct Reader<'c, 'x> {
    file: String,
    context: Context,
    /// A page named a next one that was not seen yet.
    next_page: bool,
    reading: Reading<'c, 'x>,
}

impl Reader<'_, '_> {
    fn element(&mut self, element: JsonElement<'_>) -> Result<(), ReadError> {
        match element {
            JsonElement::Skipped { offset, reason, .. } => {
                self.reading.place = format!("{}:byte {offset}", self.file);
                self.reading.gap(reason)
            }
            JsonElement::Value {
                key: "@odata.context",
                bytes,
                ..
            } => {
                self.next_page = false;
                let text: String = serde_json::from_slice(bytes).unwrap_or_default();
                self.enter(&text);
                Ok(())
            }
            JsonElement::Value {
                key: "@odata.nextLink",
                ..
            } => {
                self.next_page = true;
                Ok(())
            }
            JsonElement::Value {
                key: "error",
                bytes,
                ..
            } => self.refused(&serde_json::from_slice(bytes).unwrap_or_default()),
            JsonElement::Value {
                key: "" | "value",
                offset,
                bytes,
                ..
            } => {
                self.reading.place = format!("{}:byte {offset}", self.file);
                match serde_json::from_slice::<Value>(bytes) {
                    Ok(value) => self.object(kinds::graph_case(value)),
                    Err(error) => self.reading.gap(format!("not JSON: {error}")),
                }
            }
            JsonElement::Value { .. } => Ok(()),
        }
    }

    fn enter(&mut self, context: &str) {
        self.context = Context::parse(context);
        self.reading.asked_sign_in = self.context.selects_sign_in;
    }

    /// An answer of Graph that is an error instead of data.
    fn refused(&mut self, error: &Value) -> Result<(), ReadError> {
        let code = error
            .get("code")
            .and_then(Value::as_str)
            .unwrap_or("unknown");
        let gap = Coverage::gap(
            &self.reading.source,
            CoverageState::Denied,
            self.file.as_str(),
            format!(
                "Graph answered `{code}` instead of data; grant the permission and export again"
            ),
        );
        Ok(self.reading.cx.sink.cover(gap)?)
    }

    fn object(&mut self, value: Value) -> Result<(), ReadError> {
        if let Some(context) = value.get("@odata.context").and_then(Value::as_str) {
            let context = context.to_owned();
            self.enter(&context);
        }
        if let Some(error) = value
            .get("error")
            .filter(|error| error.get("code").is_some())
        {
            return self.refused(error);
        }
        // A whole document that holds a list (`{"value": […]}` one a line).
        if let Some(Value::Array(list)) = value.get("value") {
            for item in list.clone() {
                self.object(kinds::graph_case(item))?;
            }
            return Ok(());
        }
        let Some(kind) = kinds::kind_of(&self.context, &value) else {
            return self
                .reading
                .gap("not an object of Graph that is read here (its type is not told by @odata.type, the context or its fields)");
        };
        self.dispatch(kind, value)
    }

    fn dispatch(&mut self, kind: Kind, value: Value) -> Result<(), ReadError> {
        let reading = &mut self.reading;
        let sort = match kind {
            Kind::Application => Some(Sort::Application),
            Kind::ServicePrincipal => Some(Sort::ServicePrincipal),
            Kind::User => Some(Sort::User),
            Kind::Group => Some(Sort::Group),
            Kind::Role => Some(Sort::Role),
            _ => None,
        };
        reading.listed.extend(sort);
        match kind {
            Kind::AppRoleAssignment => typed(reading, value, Reading::app_role_assignment),
            Kind::PermissionGrant => typed(reading, value, Reading::permission_grant),
            Kind::RoleAssignment => typed(reading, value, Reading::role_assignment),
            Kind::Activity => typed(reading, value, Reading::activity),
            Kind::Federated => {
                let parent = self.context.parent.clone();
                typed(
                    reading,
                    value,
                    |reading: &mut Reading<'_, '_>, credential: &FederatedCredential| {
                        reading.federated_of(parent, credential)
                    },
                )
            }
            Kind::Application => typed(reading, value, Reading::application),
            Kind::ServicePrincipal => typed(reading, value, |reading, resource: &Resource| {
                for assignment in resource.app_role_assignments.iter().flatten() {
                    typed(reading, assignment.clone(), Reading::app_role_assignment)?;
                }
                reading.service_principal(resource)
            }),
            Kind::User => typed(reading, value, Reading::user),
            Kind::Group => typed(reading, value, Reading::group),
            Kind::Device => typed(reading, value, Reading::device),
            Kind::Role => typed(reading, value, Reading::role),
            Kind::Organization => typed(reading, value, Reading::organization),
        }
    }

    fn finish(mut self) -> Result<(), ReadError> {
        if self.next_page {
            let gap = Coverage::gap(
                &self.reading.source,
                CoverageState::Truncated,
                self.file.as_str(),
                "the last page names a next page (@odata.nextLink) that is not in the file; export all pages",
            );
            self.reading.cx.sink.cover(gap)?;
        }
        self.reading.settle_waiting(&self.file)?;
        let relations = std::mem::take(&mut self.reading.relations);
        let source = self.reading.source.clone();
        relations.settle(
            self.reading.cx,
            self.reading.observed,
            &source,
            &self.file,
            "export role assignments with $expand=principal and members with their @odata.type",
        )?;
        self.cover(&source)
    }

    /// Graph exports one sort of object a list. A kind can only be whole when every sort that
    /// belongs to it is in the file; else the file says nothing about what it lacks.
    fn cover(&mut self, source: &model::SourceRef) -> Result<(), ReadError> {
        let kinds: &[(NodeKind, &[Sort])] = &[
            (NodeKind::Application, &[Sort::Application]),
            (
                NodeKind::Credential,
                &[Sort::Application, Sort::ServicePrincipal],
            ),
            (NodeKind::Group, &[Sort::Group]),
            (NodeKind::Identity, &[Sort::ServicePrincipal, Sort::User]),
            (NodeKind::Role, &[Sort::Role, Sort::ServicePrincipal]),
        ];
        for (kind, sorts) in kinds {
            let have = sorts
                .iter()
                .filter(|sort| self.reading.listed.contains(sort))
                .count();
            if have == sorts.len() {
                self.reading
                    .cx
                    .covered(source, &[*kind], "inventory", &self.file)?;
            } else if have > 0 {
                let mut coverage = Coverage::complete(source, Some(*kind), "inventory");
                coverage.state = CoverageState::Partial;
                self.file.clone_into(&mut coverage.place);
                "the file lists only some sorts of this kind (applications, service principals, users are lists of their own)"
                    .clone_into(&mut coverage.reason);
                self.reading.cx.sink.cover(coverage)?;
            }
        }
        Ok(())
    }
}

impl Reading<'_, '_> {
    /// The tenant itself: from here on its id is the scope, unless the user gave one.
    fn organization(&mut self, resource: &Resource) -> Result<(), ReadError> {
        if self.tenant.is_none()
            && let Some(id) = &resource.id
        {
            let tenant = id.to_ascii_lowercase();
            self.source = model::SourceRef::new(SPEC.id, tenant.as_str());
            self.tenant = Some(tenant);
        }
        self.tenant(resource)
    }

    /// A federated credential from a list of its own, which names the application in its context.
    fn federated_of(
        &mut self,
        application: Option<String>,
        credential: &FederatedCredential,
    ) -> Result<(), ReadError> {
        let Some(guid) = application else {
            return self.gap("a federated credential without its application; export …/applications?$expand=federatedIdentityCredentials");
        };
        let holder = Holder {
            name: guid.clone(),
            guid,
            kind: NodeKind::Application,
            app_id: None,
        };
        self.federated(&holder, credential)
    }

    fn activity(&mut self, activity: &Activity) -> Result<(), ReadError> {
        let Some(app_id) = activity.app_id.clone() else {
            return self.gap("a sign-in row without appId was passed over");
        };
        let attributes = grants::activity_attributes(activity);
        self.wait(&app_id, super::Awaited::Usage(Box::new(attributes)))
    }
}

/// Reads a value as its type; what does not fit is a gap, and reading goes on.
fn typed<'c, 'x, T: for<'de> Deserialize<'de>>(
    reading: &mut Reading<'c, 'x>,
    value: Value,
    read: impl FnOnce(&mut Reading<'c, 'x>, &T) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    match serde_json::from_value::<T>(value) {
        Ok(value) => read(reading, &value),
        Err(error) => reading.gap(format!("a field is not as Graph writes it: {error}")),
    }
}

#[cfg(test)]
mod tests;
