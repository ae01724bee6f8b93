//! `import`: exported files in.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use inventory::{RunKind, Spool};
use model::TimeUs;
use model::text::count;
use sources::imports::ImportOptions;
use sources::imports::drive::{self, Import, ImportReport, Input, Limits};
use sources::signals::Recognising;

use crate::progress::Progress;
use crate::runs::{Reading, RunReport};
use crate::{Error, Installation};

/// Names of scopes a user may give; anything else is a slip.
pub const SCOPE_KEYS: &[&str] = &[
    "access_key",
    "account",
    "bucket",
    "child",
    "cluster",
    "domain",
    "folder",
    "host",
    "issuer",
    "network",
    "organization",
    "parent",
    "permission_set",
    "policy",
    "principal",
    "project",
    "region",
    "register",
    "resource",
    "saml_provider",
    "tenant",
    "workspace",
];

/// What to import.
pub struct Request {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Standard input, when `-` was named.
    pub stdin: Option<Box<dyn Read + Send>>,
    /// `--scope key=value`.
    pub scopes: BTreeMap<String, String>,
    /// `--observed-at TIME`.
    pub observed_at: Option<TimeUs>,
    /// `--complete`.
    pub complete: bool,
    /// `--map column=field`.
    pub columns: BTreeMap<String, String>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("paths", &self.paths)
            .field("stdin", &self.stdin.is_some())
            .finish_non_exhaustive()
    }
}

/// Imports files into the inventory.
///
/// # Errors
/// A named file is not there, no file was in a known format, an option makes no sense, or the
/// database fails. What could not be read of a known format is no error: it is in the report.
pub async fn run(
    installation: &Installation,
    request: Request,
    progress: &dyn Progress,
) -> Result<RunReport, Error> {
    check(&request)?;
    let names: Vec<String> = request
        .paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let title = format!(
        "import {}{}",
        names.join(" "),
        if request.stdin.is_some() { " -" } else { "" }
    );
    let begun = installation
        .begin_run(RunKind::Import, title.trim_end())
        .await?;
    let read = tokio::task::block_in_place(|| read(installation, request, progress));
    installation.end_run(begun, read).await
}

fn check(request: &Request) -> Result<(), Error> {
    for path in &request.paths {
        if let Err(error) = std::fs::symlink_metadata(path) {
            let failed = Error::failed(format!("cannot read `{}`: {error}", path.display()));
            return Err(match neighbour(path) {
                Some(near) => failed.hint(format!("did you mean `{}`?", near.display())),
                None => failed,
            });
        }
    }
    if request.paths.is_empty() && request.stdin.is_none() {
        return Err(Error::usage("nothing to import")
            .hint("name files or folders, or `-` for standard input"));
    }
    for key in request.scopes.keys() {
        if !SCOPE_KEYS.contains(&key.as_str()) {
            let error = Error::usage(format!(
                "`{key}` is not a kind of scope; known: {}",
                SCOPE_KEYS.join(", ")
            ));
            return Err(
                match model::suggest::nearest(key, SCOPE_KEYS.iter().copied()) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error,
                },
            );
        }
    }
    Ok(())
}

/// The file in the same folder whose name is nearest to one that is not there.
fn neighbour(path: &Path) -> Option<PathBuf> {
    /// A folder with more files is no help to somebody who mistyped a name.
    const MAX_LOOKED_AT: usize = 4_096;
    let wrong = path.file_name()?.to_str()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let names: Vec<String> = std::fs::read_dir(folder.unwrap_or(Path::new(".")))
        .ok()?
        .take(MAX_LOOKED_AT)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let near = model::suggest::nearest(wrong, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near))
}

fn read(
    installation: &Installation,
    request: Request,
    progress: &dyn Progress,
) -> Result<(Spool, Reading), Error> {
    let mut spool = Spool::new(installation.spool_directory()?);
    let options = ImportOptions {
        scopes: request.scopes,
        observed_at: request.observed_at,
        complete: request.complete,
        columns: request.columns,
    };
    let total: u64 = request
        .paths
        .iter()
        .filter_map(|path| std::fs::metadata(path).ok())
        .filter(std::fs::Metadata::is_file)
        .map(|meta| meta.len())
        .sum();
    progress.stage("reading", (total > 0).then_some(total));
    let stop = AtomicBool::new(false);
    let tell = |now: &drive::Progress<'_>| {
        progress.advance(now.bytes);
        if progress.cancelled() {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let job = Import {
        formats: sources::catalog::FORMATS,
        fingerprinter: &installation.fingerprinter,
        options: &options,
        now: installation.clock.now(),
        limits: Limits::default(),
        cancel: Some(&stop),
        progress: Some(&tell),
    };
    let mut inputs: Vec<Input<'_>> = request.paths.into_iter().map(Input::Path).collect();
    if let Some(reader) = request.stdin {
        inputs.push(Input::Stream {
            name: "-".to_owned(),
            reader: Box::new(reader),
        });
    }
    let report = drive::import(inputs, job, &mut Recognising::new(&mut spool)).map_err(
        |error| match error {
            drive::ImportError::Mapping(message) => Error::usage(message),
            drive::ImportError::Closed => {
                Error::failed("the temporary file for observations cannot be written")
                    .hint("free some space in the data directory")
            }
        },
    )?;
    if report.recognised == 0 && !report.cancelled && report.complete {
        return Err(Error::failed("nothing here is in a format countersign knows").hint(
            "`countersign coverage plan` lists the formats and how to export each; a CSV can be read with --map",
        ));
    }
    progress.stage("storing", None);
    let reading = Reading {
        complete: report.complete,
        cancelled: report.cancelled,
        notes: notes(&report),
    };
    Ok((spool, reading))
}

fn notes(report: &ImportReport) -> Vec<String> {
    let mut notes: Vec<String> = report
        .formats
        .iter()
        .map(|(format, totals)| {
            let title = sources::catalog::spec(format).map_or(*format, |spec| spec.title);
            format!(
                "{title}: {} from {}",
                count(totals.observations, "observation"),
                count(totals.documents, "document")
            )
        })
        .collect();
    if report.unrecognised > 0 {
        notes.push(format!(
            "passed over, in no format countersign knows: {}",
            count(report.unrecognised, "document")
        ));
    }
    notes
}
