//! What every command is given: the global options and where to write.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use app::Installation;
use model::TimeUs;

use crate::cli::{Format, Global};
use crate::exit::Failure;
use crate::render::{Out, safe_lines};

/// The global options, resolved.
#[derive(Debug)]
pub(crate) struct Context {
    options: app::Options,
    as_of: Option<TimeUs>,
    format: Option<Format>,
    output: Option<PathBuf>,
    quiet: bool,
    colour: bool,
}

impl Context {
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            options: app::Options {
                data: global.data.clone(),
                db: global.db.clone(),
                offline: global.offline,
            },
            as_of: global.as_of,
            format: global.format,
            output: global.output.clone(),
            quiet: global.quiet,
            colour: !global.no_color && !app::config::no_color(),
        }
    }

    /// The options of the installation.
    pub(crate) fn options(&self) -> &app::Options {
        &self.options
    }

    /// Opens the installation.
    pub(crate) async fn open(&self) -> Result<Installation, Failure> {
        Ok(Installation::open(&self.options).await?)
    }

    /// Opens the installation for a command that changes it: the past cannot be changed.
    pub(crate) async fn open_to_write(&self) -> Result<Installation, Failure> {
        if self.as_of.is_some() {
            return Err(Failure::usage(
                "--as-of reads what was known then; this command changes what is known now",
            ));
        }
        self.open().await
    }

    /// `--as-of`.
    pub(crate) fn as_of(&self) -> Option<TimeUs> {
        self.as_of
    }

    /// The format asked for, or `default`.
    pub(crate) fn format(&self, default: Format) -> Format {
        self.format.unwrap_or(default)
    }

    /// Where the answer goes.
    pub(crate) fn out(&self, default: Format) -> Result<Out, Failure> {
        Out::open(
            self.format(default),
            self.output.as_deref(),
            self.colour && io::stdout().is_terminal(),
        )
    }

    /// Tells the person something that is not the answer.
    pub(crate) fn say(&self, message: &str) {
        if !self.quiet {
            let text = format!("{}\n", safe_lines(message));
            // A closed stderr is no reason to stop.
            drop(io::stderr().write_all(text.as_bytes()));
        }
    }

    /// True when progress can be shown.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// True when a person can be asked.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Bold on a terminal.
    pub(crate) fn paint(&self, text: &str) -> String {
        self.painted(text, "1")
    }

    /// Bold red on a terminal.
    pub(crate) fn paint_error(&self, text: &str) -> String {
        self.painted(text, "1;31")
    }

    fn painted(&self, text: &str, code: &str) -> String {
        if self.colour && io::stderr().is_terminal() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
