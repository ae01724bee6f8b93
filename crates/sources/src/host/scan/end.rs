//! The part of a scan that hands things on, and its end.

use model::{Attributes, Class, Coverage, NodeKind, Observation, SinkClosed};

use super::Scan;
use crate::host::context::{Finish, HostReport, Progress};
use crate::host::read;
use crate::host::read::out::Output;
use crate::host::walk::Stop;

impl Scan<'_, '_, '_> {
    pub(super) fn take(&mut self, output: Output, path: &str) -> Result<(), SinkClosed> {
        self.report.known_hosts += output.known_hosts;
        self.report.public_trust_roots += output.trust_roots;
        self.named.extend(output.users);
        for gap in output.gaps {
            let place = if gap.place.is_empty() {
                path.to_owned()
            } else {
                format!("{path}:{}", gap.place)
            };
            self.gaps.place(&place, gap.state, gap.reason);
        }
        for observation in output.observations {
            self.give(observation)?;
        }
        Ok(())
    }

    fn give(&mut self, mut observation: Observation) -> Result<(), SinkClosed> {
        observation.attributes.sanitise();
        self.report.observed += 1;
        self.cx
            .sink
            .observe(&self.source, observation)
            .inspect_err(|SinkClosed| self.closed = true)
    }

    pub(super) fn may_go_on(&self) -> Result<(), Stop> {
        if (self.cx.cancelled)() {
            return Err(Stop::Cancelled);
        }
        if (self.cx.time_is_up)() {
            return Err(Stop::TimeUp);
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, doing: &'static str, place: &str) {
        let progress = Progress {
            doing,
            place: place.to_owned(),
            entries: self.report.entries,
            files_read: self.report.files_read,
            observed: self.report.observed,
        };
        (self.cx.progress)(&progress);
    }

    pub(super) fn end(mut self, finish: Finish) -> Result<HostReport, SinkClosed> {
        self.report.finish = finish;
        let listed = if self.settings.accounts_and_services && self.settings.roots.is_empty() {
            self.accounts.listed(&self.named)
        } else {
            self.named.clone()
        };
        self.report.accounts = (self.accounts.len() as u64, listed.len() as u64);
        for name in &listed {
            if let Some(observation) =
                self.accounts
                    .observation(name, self.cx.identity, self.cx.now)
            {
                self.give(observation)?;
            }
        }
        for name in std::mem::take(&mut self.named) {
            if !self.accounts.has(&name) {
                self.give(self.unlisted_account(&name))?;
            }
        }
        self.give(self.host())?;
        self.cx.sink.cover(Coverage::complete(
            &self.source,
            Some(NodeKind::Host),
            "inventory",
        ))?;
        for place in std::mem::take(&mut self.places_read) {
            let mut row = Coverage::complete(&self.source, None, "inventory");
            place.clone_into(&mut row.place);
            self.cx.sink.cover(row)?;
        }
        let gaps = std::mem::take(&mut self.gaps);
        self.report.gaps = gaps.give(&self.source, self.cx.sink)?;
        Ok(self.report)
    }

    /// An account that something here speaks of and `/etc/passwd` does not list: one of a directory
    /// service, or one that was deleted.
    fn unlisted_account(&self, name: &str) -> Observation {
        let attributes = Attributes::named(name, "local_user").with("in_passwd", false);
        Observation::new(
            read::out::local_user(&self.cx.identity.id, name),
            self.cx.now,
            attributes,
        )
        .at("/etc/passwd")
    }

    fn host(&self) -> Observation {
        let identity = self.cx.identity;
        let mut attributes = Attributes::named(identity.name.clone(), "host")
            .with("accounts", self.report.accounts.0)
            .with("accounts_listed", self.report.accounts.1)
            .with("public_trust_roots", self.report.public_trust_roots)
            .with("known_hosts", self.report.known_hosts)
            .with("default_services", self.report.default_services)
            .with("named_by_host_name", identity.named_by_host_name);
        attributes.class = Some(Class::Device);
        Observation::new(identity.node(), self.cx.now, attributes)
            .alias(model::Alias::lookup(format!(
                "hostname:{}",
                identity.name.to_lowercase()
            )))
            .at("/")
    }
}
