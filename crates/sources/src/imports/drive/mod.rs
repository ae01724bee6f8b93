//! The import driver: files, folders, archives and streams in; each document to the format that
//! knows it.
//!
//! Formats never open files, unpack or walk; everything hostile about that is met here, once, with
//! bounds. What could not be read becomes a gap in the coverage with its place, and reading goes on.

mod archive;
mod desk;
mod meter;
mod report;
mod tar;
mod walk;
mod zip;

use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use model::{Fingerprinter, Sink, TimeUs};

use super::{Format, ImportOptions};
use crate::spec::{ConnectorSpec, Step};

use desk::{Desk, Stop};
use meter::Meter;

pub use meter::Progress;
pub use report::{DocumentReport, FormatTotals, ImportReport};

/// The driver's own entry in the catalogue: it speaks only about what could not be read.
pub const SPEC: ConnectorSpec = ConnectorSpec {
    id: "import",
    title: "Imported files, folders and archives",
    step: Step::Directories,
    kinds: &[],
    authoritative: false,
    adds: "Exported files of any known format, without an account and without a network.",
    cannot_see: &[
        "Archives in other formats than zip, tar and gzip, and encrypted members of archives.",
        "What a symbolic link points to outside of the imported folder.",
    ],
    obtain: "countersign import FILE-OR-FOLDER… (or `-` for standard input)",
    permissions: &[],
    doc: include_str!("doc.md"),
};

/// One thing to import.
pub enum Input<'a> {
    /// A file or a folder.
    Path(PathBuf),
    /// A stream under a name to show, such as standard input.
    Stream {
        /// The name to show.
        name: String,
        /// Where the bytes come from.
        reader: Box<dyn Read + 'a>,
    },
}

impl std::fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Stream { name, .. } => f.debug_tuple("Stream").field(name).finish(),
        }
    }
}

impl Input<'_> {
    /// The name to show, which is also the scope of the driver's own statements.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => model::text::label(&path.to_string_lossy()),
            Self::Stream { name, .. } => model::text::label(name),
        }
    }
}

/// The bounds of one import. The defaults let every real export pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Archives within archives; a support bundle is a zip of tar.gz, three levels are its limit.
    pub max_nesting: u8,
    /// Decompressed bytes of one file, all its nested archives together.
    pub max_unpacked_bytes: u64,
    /// Decompressed bytes for each compressed byte. Repetitive JSON reaches 60:1, zeros 1,000:1.
    pub max_ratio: u64,
    /// How much may be decompressed before the ratio counts, so that small exports of very
    /// repetitive lines pass.
    pub ratio_from_bytes: u64,
    /// Members read of one archive.
    pub max_members: u64,
    /// The largest archive kept aside to be read: a zip is read from its end, so one that comes
    /// from a stream or lies in another archive has to be.
    pub max_spooled_bytes: u64,
    /// How deep folders may lie in each other.
    pub max_folder_depth: usize,
    /// Files and folders looked at in one input.
    pub max_entries: u64,
    /// Documents listed one by one in the report; problems go on to twice as many.
    pub max_listed: usize,
    /// Unrecognised documents listed one by one in the coverage, the rest is one statement.
    pub max_unrecognised: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_nesting: 3,
            max_unpacked_bytes: 8 << 30,
            max_ratio: 200,
            ratio_from_bytes: 64 << 20,
            max_members: 100_000,
            max_spooled_bytes: 2 << 30,
            max_folder_depth: 256,
            max_entries: 5_000_000,
            max_listed: 10_000,
            max_unrecognised: 1_000,
        }
    }
}

/// What an import needs besides its inputs.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    /// The formats to choose from: [`crate::catalog::FORMATS`].
    pub formats: &'a [&'static dyn Format],
    /// Replaces secret values.
    pub fingerprinter: &'a Fingerprinter,
    /// What the user said.
    pub options: &'a ImportOptions,
    /// The current time, for documents that state none.
    pub now: TimeUs,
    /// The bounds.
    pub limits: Limits,
    /// Set by another thread to stop at the next opportunity.
    pub cancel: Option<&'a AtomicBool>,
    /// Called for each document and each MiB read.
    pub progress: Option<&'a dyn Fn(&Progress<'_>)>,
}

impl std::fmt::Debug for Import<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import")
            .field("options", self.options)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl<'a> Import<'a> {
    /// Every format of the catalogue, default bounds, no progress, no way to stop.
    pub fn new(fingerprinter: &'a Fingerprinter, options: &'a ImportOptions, now: TimeUs) -> Self {
        Self {
            formats: crate::catalog::FORMATS,
            fingerprinter,
            options,
            now,
            limits: Limits::default(),
            cancel: None,
            progress: None,
        }
    }
}

/// Why an import gave no report at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The receiver of the observations is gone; whoever holds it knows why.
    #[error("the import stopped because its results could not be taken")]
    Closed,
    /// `--map` names something that is no field; the user can fix it.
    #[error("{0}")]
    Mapping(String),
}

/// Reads every input in the order given; folders in the order of their names.
///
/// Problems with single documents are in the report and in the coverage, never an error here.
///
/// # Errors
/// The sink takes no more, or `--map` names an unknown field.
pub fn import(
    inputs: Vec<Input<'_>>,
    job: Import<'_>,
    sink: &mut dyn Sink,
) -> Result<ImportReport, ImportError> {
    super::csv::check_mapping(&job.options.columns).map_err(ImportError::Mapping)?;
    let meter = Meter::new(job.cancel, job.progress);
    let mut desk = Desk::new(sink, &meter, job);
    for input in inputs {
        desk.begin_input(&input.name());
        let stopped = read_input(&mut desk, input).and_then(|()| desk.end_input());
        match stopped {
            Ok(()) => {}
            Err(Stop::Closed) => return Err(ImportError::Closed),
            Err(Stop::Cancelled) => {
                desk.cancelled().map_err(|_| ImportError::Closed)?;
                break;
            }
        }
    }
    Ok(desk.into_report())
}

fn read_input(desk: &mut Desk<'_>, input: Input<'_>) -> Result<(), Stop> {
    let name = input.name();
    match input {
        Input::Path(path) => walk::path(desk, &path, &name),
        Input::Stream { name, reader } => {
            let counted = meter::Counted::new(reader, desk.meter);
            let place = archive::Place::top(name, None, desk.limits());
            archive::open(desk, &place, Box::new(BufReader::new(counted)))
        }
    }
}

#[cfg(test)]
mod tests;
