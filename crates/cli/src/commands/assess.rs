//! `assess`: judges what is known.

use std::path::PathBuf;

use app::assess::{self, Report};
use app::policy::InForce;
use clap::Args;
use model::finding::Severity;
use model::text::count;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::progress::Bars;
use crate::render::{Out, Text};

/// Judges the inventory as it stands: what things are for, whose they are, what is wrong and how much
/// that matters
///
/// `scan` and `import` do this by themselves. It is wanted after `identity set`, `owner assign`, a
/// changed policy, or when time has passed: what was fine last month may have expired.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign assess
  countersign assess --policy policy.toml --fail-on high")]
pub(crate) struct Assess {
    #[command(flatten)]
    gate: Gate,
}

/// Options of everything that judges.
#[derive(Debug, Clone, Args)]
pub(crate) struct Gate {
    /// The policy file; default: policy.toml in the data directory
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// End with exit code 10 when a finding of this severity or worse is open
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(crate) fail_on: Option<Severity>,
}

fn severity(word: &str) -> Result<Severity, String> {
    Severity::parse(word).ok_or_else(|| {
        let known: Vec<&str> = Severity::ALL.iter().map(|level| level.name()).collect();
        match model::suggest::nearest(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known: {}", known.join(", ")),
        }
    })
}

impl Gate {
    /// Judges what is known and says what was found.
    pub(crate) async fn judge(
        &self,
        installation: &app::Installation,
        bars: &Bars,
    ) -> Result<Report, Failure> {
        let policy = self.policy(installation)?;
        Ok(assess::run(installation, &policy, bars).await?)
    }

    /// Reads the policy, so that a broken one stops a command before it starts.
    pub(crate) fn policy(&self, installation: &app::Installation) -> Result<InForce, Failure> {
        Ok(app::policy::load(installation, self.policy.as_deref())?)
    }

    /// 10 when something as bad as asked for is open, else how the command ended anyway.
    pub(crate) async fn exit(
        &self,
        installation: &app::Installation,
        otherwise: Exit,
    ) -> Result<Exit, Failure> {
        let Some(least) = self.fail_on else {
            return Ok(otherwise);
        };
        let open = assess::open_at_or_above(installation, least).await?;
        Ok(if open > 0 { Exit::Findings } else { otherwise })
    }
}

impl Assess {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open_to_write().await?;
        let bars = Bars::new(context);
        let outcome = self.gate.judge(&installation, &bars).await;
        bars.clear();
        let report = outcome?;
        let mut out = context.out(Format::Table)?;
        if !out.object(&report)? {
            write(&report, &mut out)?;
        }
        out.finish()?;
        self.gate.exit(&installation, Exit::Done).await
    }
}

fn write(report: &Report, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    if report.still_stands {
        return text.line("Nothing was read, said or demanded anew, and no deadline has passed: the last assessment stands.");
    }
    let done = &report.assessed;
    text.line(&format!(
        "Judged {}; findings: {} new, {} as before, {} fixed.",
        count(done.judged, "record"),
        done.opened,
        done.standing,
        done.fixed
    ))?;
    let by = |counts: &std::collections::BTreeMap<&'static str, u64>, order: &[&'static str]| {
        order
            .iter()
            .filter_map(|name| Some((name, counts.get(name)?)))
            .filter(|(_, count)| **count > 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    text.labelled(
        "findings",
        &by(
            &report.by_severity,
            &["critical", "high", "medium", "low", "info"],
        ),
    )?;
    text.labelled(
        "risk    ",
        &by(&report.by_band, &["critical", "high", "medium", "low"]),
    )?;
    text.labelled(
        "unasked ",
        &format!(
            "{} of the findings have nobody to ask: their subjects have no owner",
            report.unassignable
        ),
    )?;
    text.line("Next: `countersign finding ls`, `countersign rule ls`.")
}
