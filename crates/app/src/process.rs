//! What this process owes to the secrets it reads when it fails: no image of its memory on a disk,
//! and no quotation of what it was reading.

use std::backtrace::Backtrace;
use std::io::Write as _;
use std::panic::PanicHookInfo;

/// Prepares the process; a face calls it first of all.
pub fn keep_secrets() {
    refuse_core_dumps();
    std::panic::set_hook(Box::new(say_where));
    #[cfg(debug_assertions)]
    crate::config::rehearse();
}

/// A core file would hold the values being read, and the installation's key. A limit of 0 stops
/// files; on Linux a handler that dumps are piped to ignores the limit, so there the process says
/// of itself that it is not to be dumped, which also keeps others of the same account from looking
/// into its memory.
fn refuse_core_dumps() {
    // Refused only where a sandbox forbids the calls; it then answers for dumps itself.
    #[cfg(unix)]
    let _ = rustix::process::setrlimit(
        rustix::process::Resource::Core,
        rustix::process::Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// The message of a panic may quote the input that caused it, so only the place is told. With
/// `RUST_BACKTRACE` the names of functions are, too: they hold no values.
fn say_where(panic: &PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let trace = Backtrace::capture();
    let mut text = format!(
        "error: internal error at {place}; what it says is withheld, since it may quote what was read\n\
         hint: a run that did not finish leaves nothing behind; please report the place and the version\n"
    );
    if trace.status() == std::backtrace::BacktraceStatus::Captured {
        text.push_str(&format!("{trace}\n"));
    }
    // Nobody is left to tell.
    drop(std::io::stderr().write_all(text.as_bytes()));
}
