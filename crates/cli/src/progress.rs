//! Progress bars, on standard error and only on a terminal.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::context::Context;
use crate::render::safe;

/// Shows how far a use case has got; stops it when the person presses Ctrl-C once.
#[derive(Debug)]
pub(crate) struct Bars {
    bar: Option<Mutex<ProgressBar>>,
    stop: Arc<AtomicBool>,
}

impl Bars {
    pub(crate) fn new(context: &Context) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        watch(stop.clone());
        Self {
            bar: context.shows_progress().then(|| Mutex::new(spinner())),
            stop,
        }
    }

    /// Takes the bar away before the answer is printed.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .finish_and_clear();
        }
    }
}

/// The first Ctrl-C asks the use case to end early, the second ends the process: nothing is half
/// written either way.
fn watch(stop: Arc<AtomicBool>) {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.store(true, Ordering::Relaxed);
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::abort();
            }
        }
    });
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {human_pos}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

impl app::Progress for Bars {
    fn stage(&self, name: &str, total: Option<u64>) {
        let Some(bar) = &self.bar else { return };
        let bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
        let template = match total {
            Some(total) => {
                bar.set_length(total);
                "{spinner} {msg} {wide_bar} {human_pos}/{human_len}"
            }
            None => "{spinner} {msg} {human_pos}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_position(0);
        bar.set_message(model::text::bounded(&safe(name), 60));
    }

    fn advance(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.lock().unwrap_or_else(PoisonError::into_inner).inc(done);
        }
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
