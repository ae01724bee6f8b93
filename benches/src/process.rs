//! What a process used: time, processor, memory.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Clock ticks per second in `/proc`, fixed by the kernel's interface.
const TICKS: f64 = 100.0;

/// Seconds by the clock and seconds of processor, from when it was made.
#[derive(Debug, Clone)]
pub struct Stopwatch {
    started: Instant,
    cpu: f64,
}

/// What passed.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Spent {
    /// Seconds by the clock.
    pub wall_s: f64,
    /// Seconds of processor, of all threads of this process.
    pub cpu_s: f64,
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            cpu: cpu_seconds(),
        }
    }

    /// What passed since the start.
    pub fn spent(&self) -> Spent {
        Spent {
            wall_s: self.elapsed().as_secs_f64(),
            cpu_s: cpu_seconds() - self.cpu,
        }
    }

    /// The clock alone.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

impl std::ops::AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.wall_s += other.wall_s;
        self.cpu_s += other.cpu_s;
    }
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in parentheses may hold anything; user and system time are fields 14 and 15.
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks = |at| {
        let field: Option<f64> = after
            .split_whitespace()
            .nth(at)
            .and_then(|text| text.parse().ok());
        field.unwrap_or_default()
    };
    (ticks(11) + ticks(12)) / TICKS
}

/// The most memory this process ever held, in bytes (`VmHWM`).
pub fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line
        .and_then(|line| line.split_whitespace().next())
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    kib * 1024
}
