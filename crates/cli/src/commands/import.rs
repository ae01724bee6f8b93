//! `import`: exported files in.

use std::path::{Path, PathBuf};

use app::import;
use clap::Args;
use model::TimeUs;

use super::judging::Judging;
use super::{report, summary};
use crate::cli::{Format, pair, time};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::progress::Bars;

/// Reads exported files, folders and archives (zip, tar, gz); formats are told by content
///
/// Read are what `countersign export` wrote, AWS credential reports and authorization details, organisations, Identity Center,
/// Kubernetes objects, Entra and AzureHound JSON, GCP service accounts and policies, LDIF and
/// SharpHound, Terraform state and plans, certificates, keys and stores, credential files, and CSV
/// with a column mapping. `countersign coverage plan` says how each is obtained.
///
/// A file proves no completeness by itself: an import adds and updates, and retires nothing unless
/// --complete says that the files hold everything. What could not be read is listed with file and
/// place, everything around it is stored, and the exit code is 3.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign import credential-report.csv authorization-details.json
  kubectl get sa,secrets,rolebindings -A -o json | countersign import - --scope cluster=prod
  countersign import inventory.jsonl --complete
  countersign import exports/ --observed-at 2026-01-31 --complete
  countersign import cmdb.csv --map 'Account Name=name' --map Owner=owner")]
pub(crate) struct Import {
    /// Files, folders, archives, or - for standard input
    #[arg(value_name = "FILE", required = true)]
    paths: Vec<PathBuf>,
    /// KEY=VALUE: what the files speak about, where they do not say (cluster=prod, account=…)
    #[arg(long = "scope", value_name = "KEY=VALUE", value_parser = pair)]
    scopes: Vec<(String, String)>,
    /// When the files were exported, where they do not say
    #[arg(long, value_name = "TIME", value_parser = time)]
    observed_at: Option<TimeUs>,
    /// The files hold everything of their scope: what they no longer show is retired
    #[arg(long)]
    complete: bool,
    /// COLUMN=FIELD: what a column of a CSV holds
    #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = pair)]
    columns: Vec<(String, String)>,
    #[command(flatten)]
    judging: Judging,
}

impl Import {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let (stdin, paths): (Vec<PathBuf>, Vec<PathBuf>) = self
            .paths
            .into_iter()
            .partition(|path| path == Path::new("-"));
        let request = import::Request {
            paths,
            stdin: (!stdin.is_empty()).then(|| Box::new(std::io::stdin()) as _),
            scopes: self.scopes.into_iter().collect(),
            observed_at: self.observed_at,
            complete: self.complete,
            columns: self.columns.into_iter().collect(),
        };
        let installation = context.open_to_write().await?;
        let policy = self.judging.policy(&installation)?;
        let bars = Bars::new(context);
        let outcome = import::run(&installation, request, &bars).await;
        bars.clear();
        let mut done = outcome?;
        let judged = self
            .judging
            .judge(&installation, &policy, &mut done, &bars)
            .await;
        bars.clear();
        judged?;
        if context.format(Format::Table) == Format::Table {
            summary::show(&installation, context).await?;
        } else {
            let mut out = context.out(Format::Table)?;
            out.object(&done)?;
            out.finish()?;
        }
        let exit = report::run(&done, context);
        self.judging.exit(&installation, exit).await
    }
}
