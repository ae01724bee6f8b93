//! What commands that read or change something have in common: they judge at the end.

use app::policy::InForce;
use app::{Installation, RunReport};
use clap::Args;

use super::assess::Gate;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::progress::Bars;

/// Options of commands that read sources.
#[derive(Debug, Clone, Args)]
pub(crate) struct Judging {
    #[command(flatten)]
    gate: Gate,
    /// Do not judge what was read; the next command that judges does it
    #[arg(long, conflicts_with = "fail_on")]
    no_assess: bool,
}

impl Judging {
    /// Reads the policy, so that a broken one stops the command before it reads anything.
    pub(crate) fn policy(&self, installation: &Installation) -> Result<InForce, Failure> {
        self.gate.policy(installation)
    }

    /// Judges what a run has read. Whoever stopped the run did not want to wait for more.
    pub(crate) async fn judge(
        &self,
        installation: &Installation,
        policy: &InForce,
        read: &mut RunReport,
        bars: &Bars,
    ) -> Result<(), Failure> {
        if !self.no_assess && !read.cancelled {
            app::assess::after(installation, policy, read, bars).await?;
        }
        Ok(())
    }

    /// 10 when something as bad as asked for is open, else how the command ended anyway.
    pub(crate) async fn exit(
        &self,
        installation: &Installation,
        otherwise: Exit,
    ) -> Result<Exit, Failure> {
        self.gate.exit(installation, otherwise).await
    }
}

/// Judges at once what a person has just said, so that the next list shows it.
pub(super) async fn follow(installation: &Installation, context: &Context) -> Result<(), Failure> {
    let policy = app::policy::load(installation, None)?;
    let bars = Bars::new(context);
    let outcome = app::assess::run(installation, &policy, &bars).await;
    bars.clear();
    let done = outcome?.assessed;
    context.say(&format!(
        "judged: findings: {} new, {} as before, {} fixed",
        done.opened, done.standing, done.fixed
    ));
    Ok(())
}
