//! Wall time, CPU time and memory of the present process.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::job::Measured;

/// What Linux counts a second of a process in, on every machine.
const TICKS: f64 = 100.0;

/// A moment of a process.
pub(crate) struct Moment {
    wall: Instant,
    cpu: Duration,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self {
            cpu: cpu(),
            wall: Instant::now(),
        }
    }

    /// Adds what has passed since.
    pub(crate) fn add_to(&self, measured: &mut Measured) {
        measured.wall += self.wall.elapsed().as_secs_f64();
        measured.cpu += cpu().saturating_sub(self.cpu).as_secs_f64();
    }
}

/// The time that all threads of this process have run, in the system too.
fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// The seconds that all processes have run which this one has started and which have ended, in the system too; 0 where the system does
/// not say.
pub(crate) fn cpu_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold blanks; it ends with the last bracket. `cutime` and `cstime` are fields 16 and 17 of the line.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(13).take(2);
    ticks.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// The most memory that this process has held, in KiB; 0 where the system does not say.
pub(crate) fn peak() -> u64 {
    peak_of(std::process::id())
}

/// The same of another process, as long as it lives.
pub(crate) fn peak_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or_default()
}
