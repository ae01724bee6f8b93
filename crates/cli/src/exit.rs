//! How a command ends: exit codes, and errors as a person reads them.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::context::Context;
use crate::render::safe_lines;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Something went wrong.
    Error,
    /// The command line makes no sense.
    Usage,
    /// Done, but something that was asked for could not be read.
    Incomplete,
    /// Nothing matched, or more than one thing did.
    NoSingleMatch,
    /// Findings as bad as `--fail-on` asks for are open.
    Findings,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Usage => 2,
            Exit::Incomplete => 3,
            Exit::NoSingleMatch => 4,
            Exit::Findings => 10,
        })
    }
}

/// Why a command did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A use case failed.
    App(app::Error),
    /// The answer could not be written, or the system failed.
    Io(io::Error),
}

impl From<app::Error> for Failure {
    fn from(error: app::Error) -> Self {
        Self::App(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Io(error.into())
    }
}

impl Failure {
    /// A command line that makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::App(app::Error::usage(message))
    }

    /// Says what went wrong and what to do about it. A reader that went away is no error.
    pub(crate) fn report(&self, context: &Context) -> Exit {
        let (exit, message, hint) = match self {
            Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => return Exit::Done,
            Self::Io(error) => (Exit::Error, error.to_string(), None),
            Self::App(error) => (
                match error.kind() {
                    app::Kind::Failed => Exit::Error,
                    app::Kind::Usage => Exit::Usage,
                    app::Kind::NoSingleMatch => Exit::NoSingleMatch,
                },
                error.to_string(),
                error.way_out(),
            ),
        };
        let mut text = format!(
            "{} {}\n",
            context.paint_error("error:"),
            safe_lines(&message)
        );
        if let Some(hint) = hint {
            let _ = writeln!(text, "{} {}", context.paint("hint:"), safe_lines(hint));
        }
        // Nobody is left to tell.
        drop(io::stderr().write_all(text.as_bytes()));
        exit
    }
}
