//! IAM users and roles: authorization details, credential report, Terraform state, Lambda and EC2.

use model::{
    Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge, SinkClosed,
    SourceRef, Status, TimeUs,
};

use super::Teller;

/// Identities of the whole estate for each account.
pub(super) const PER_ACCOUNT: u64 = 2_000;
pub(super) const DETAILS: &str = "aws.authorization_details";
pub(super) const REPORT: &str = "aws.credential_report";
const KEYS: &str = "aws.access_keys";
const STATE: &str = "terraform.state";
const CONFIG: &str = "aws.config";

pub(super) fn account(number: u64) -> String {
    format!("{:012}", 100_000_000_000 + number * 7_919)
}

fn of_aws(kind: NodeKind, native_id: String) -> NodeRef {
    NodeRef::global(kind, "aws", native_id)
}

impl Teller<'_> {
    fn account(&mut self) -> String {
        account(self.number / PER_ACCOUNT)
    }

    fn aws_attributes(
        &mut self,
        name: &str,
        subtype: &str,
        account: &str,
        created: TimeUs,
    ) -> Attributes {
        let team = self.team();
        let mut attributes = Attributes {
            class: Some(Class::Machine),
            tenant: Some(account.to_owned()),
            status: Some(Status::Enabled),
            created: Some(Fact::known(created)),
            ..Attributes::named(name, subtype)
        };
        if self.rng.chance(60) {
            attributes.tags.insert("team".to_owned(), team.to_owned());
            attributes.declared_owner = Some(format!("{team}@example.com"));
        }
        attributes
    }

    /// 20 %: 1.2 access keys, each also a slot of the credential report; 30 % with a password, 60 %
    /// in Terraform state.
    pub(super) fn aws_user(&mut self) -> Result<(), SinkClosed> {
        let (account, name, created) = (self.account(), self.name(), self.past(2_000));
        let arn = format!("arn:aws:iam::{account}:user/{name}");
        let user = of_aws(NodeKind::Identity, arn.clone());
        let used = self.use_fact();
        let group = of_aws(
            NodeKind::Group,
            format!("arn:aws:iam::{account}:group/{}", self.team()),
        );
        let attributes = self
            .aws_attributes(&name, "aws_iam_user", &account, created)
            .with("path", "/")
            .with("group_count", 1);
        let said = self
            .saw(user.clone(), attributes)
            .alias(Alias::lookup(format!("aws:id:AIDA{}", self.rng.base32(17))))
            .edge(ObservedEdge::to(EdgeKind::MemberOf, group));
        self.say(&SourceRef::new(DETAILS, account.as_str()), said)?;

        let report = SourceRef::new(REPORT, account.as_str());
        let attributes = Attributes {
            last_used: Some(used.clone()),
            created: Some(Fact::known(created)),
            tenant: Some(account.clone()),
            ..Attributes::named(name.as_str(), "aws_iam_user")
        }
        .with("mfa_active", self.rng.chance(20));
        let said = self.saw(user.clone(), attributes);
        self.say(&report, said)?;

        self.access_key(&user, &arn, &account, 1, &used)?;
        if self.rng.chance(20) {
            self.access_key(&user, &arn, &account, 2, &used)?;
        }
        if self.rng.chance(30) {
            let password = of_aws(NodeKind::Credential, format!("{arn}#password"));
            let attributes = Attributes {
                tenant: Some(account.clone()),
                last_used: Some(used.clone()),
                last_rotated: Some(Fact::known(created)),
                ..Attributes::named(format!("{name} password"), "aws_console_password")
            };
            let said = self
                .saw(password, attributes)
                .edge(ObservedEdge::to(EdgeKind::Authenticates, user.clone()));
            self.say(&report, said)?;
        }
        if self.rng.chance(60) {
            self.terraform(user, &name, "aws_iam_user", &account)?;
        }
        Ok(())
    }

    fn access_key(
        &mut self,
        user: &NodeRef,
        arn: &str,
        account: &str,
        slot: u64,
        used: &Fact<TimeUs>,
    ) -> Result<(), SinkClosed> {
        let (id, created) = (format!("AKIA{}", self.rng.base32(16)), self.past(900));
        let alias = Alias::same(format!(
            "aws:key_slot:{arn}:{}",
            created.as_micros() / 1_000_000
        ));
        let proves = ObservedEdge::to(EdgeKind::Authenticates, user.clone());
        let attributes = Attributes {
            tenant: Some(account.to_owned()),
            status: Some(Status::Enabled),
            created: Some(Fact::known(created)),
            expires: Some(Fact::never()),
            ..Attributes::named(id.as_str(), "aws_access_key")
        };
        let said = self
            .saw(of_aws(NodeKind::Credential, id), attributes)
            .alias(alias.clone())
            .edge(proves.clone());
        self.say(&SourceRef::new(KEYS, account), said)?;
        let name = format!("access key {slot}");
        let attributes = Attributes {
            tenant: Some(account.to_owned()),
            status: Some(Status::Enabled),
            last_rotated: Some(Fact::known(created)),
            last_used: Some(used.clone()),
            ..Attributes::named(name, "aws_access_key")
        }
        .with("last_used_region", "eu-west-1")
        .with(
            "last_used_service",
            self.rng.pick(&["s3", "sts", "ec2", "kms"]),
        );
        let slot = of_aws(NodeKind::Credential, format!("{arn}#access_key_{slot}"));
        let said = self.saw(slot, attributes).alias(alias).edge(proves);
        self.say(&SourceRef::new(REPORT, account), said)
    }

    /// 25 %: details, configuration history and Terraform state, 1.1 functions in two of them.
    pub(super) fn aws_role(&mut self) -> Result<(), SinkClosed> {
        let (account, name, created) = (self.account(), self.name(), self.past(2_000));
        let role = of_aws(
            NodeKind::Identity,
            format!("arn:aws:iam::{account}:role/{name}"),
        );
        let used = self.use_fact();
        let mut attributes = self.aws_attributes(&name, "aws_iam_role", &account, created);
        attributes.last_used = Some(used);
        let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"}}]});
        let attributes = attributes
            .with("trust_policy", trust)
            .with("max_session_seconds", 3_600);
        let policy = format!("arn:aws:iam::{account}:policy/{}", self.team());
        let policy = ObservedEdge::to(EdgeKind::AttachedPolicy, of_aws(NodeKind::Policy, policy));
        let said = self
            .saw(role.clone(), attributes)
            .alias(Alias::lookup(format!("aws:id:AROA{}", self.rng.base32(17))))
            .edge(policy);
        self.say(&SourceRef::new(DETAILS, account.as_str()), said)?;
        let attributes = Attributes {
            tenant: Some(account.clone()),
            ..Attributes::named(name.as_str(), "aws_iam_role")
        }
        .with("configuration_state", "OK");
        let said = self.saw(role.clone(), attributes);
        self.say(&SourceRef::new(CONFIG, account.as_str()), said)?;
        self.terraform(role.clone(), &name, "aws_iam_role", &account)?;
        let functions = 1 + u64::from(self.rng.chance(10));
        for _ in 0..functions {
            let function = format!(
                "arn:aws:lambda:eu-west-1:{account}:function:{name}-{}",
                self.rng.base32(4)
            );
            for source in [CONFIG, STATE] {
                let attributes = Attributes {
                    tenant: Some(account.clone()),
                    ..Attributes::named(name.as_str(), "aws_lambda_function")
                }
                .with("runtime", "python3.13");
                let runs = ObservedEdge::to(EdgeKind::RunsAs, role.clone());
                let node = of_aws(NodeKind::Workload, function.clone());
                let said = self.saw(node, attributes).edge(runs);
                self.say(&SourceRef::new(source, account.as_str()), said)?;
            }
        }
        Ok(())
    }

    pub(super) fn terraform(
        &mut self,
        node: NodeRef,
        name: &str,
        subtype: &str,
        scope: &str,
    ) -> Result<(), SinkClosed> {
        let attributes = Attributes {
            tenant: Some(scope.to_owned()),
            ..Attributes::named(name, subtype)
        }
        .with("module", self.team())
        .with("address", format!("{subtype}.{name}"));
        let said = self.saw(node, attributes).at(format!("{scope}.tfstate"));
        self.say(&SourceRef::new(STATE, scope), said)
    }
}
