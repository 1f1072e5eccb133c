//! What is printed.

use std::fmt::Write;

use crate::cold::Cold;
use crate::figures::Figures;
use crate::memory::Memory;
use crate::warm::Size;

pub(crate) fn ratio(figures: Figures) -> String {
    format!("{:.2} ({:.2}–{:.2})", figures.median, figures.least, figures.most)
}

/// The runner over the loop, by the number of providers.
pub(crate) fn warm(sizes: &[Size]) -> String {
    let mut text = format!(
        "{:>9}  {:>13}  {:>18}  {:>18}  {:>13}  {:>16}\n",
        "providers", "calls of each", "wall, times", "CPU, times", "peak MiB", "loop, ms of each"
    );
    for size in sizes {
        let _ = writeln!(
            text,
            "{:>9}  {:>13}  {:>18}  {:>18}  {:>13}  {:>16.2}",
            size.providers,
            format!("{:.1} / {:.1}", size.calls.0, size.calls.1),
            ratio(size.wall),
            ratio(size.cpu),
            format!(
                "{:.0} / {:.0}",
                size.peak.0.median / 1024.0,
                size.peak.1.median / 1024.0
            ),
            size.loop_wall.median,
        );
        if let Some((wall, cpu)) = size.over_hurl {
            let _ = writeln!(
                text,
                "{:>9}  over hurl: wall {}, CPU {}",
                "",
                ratio(wall),
                ratio(cpu)
            );
        }
        if size.strange > 0 {
            let _ = writeln!(
                text,
                "{:>9}  {} results or answers were not as they should be",
                "", size.strange
            );
        }
    }
    text
}

/// A cold start of the runner over one of the loop.
pub(crate) fn cold(cold: &Cold) -> String {
    let mut text = format!(
        "cold, one provider, {} starts: wall {} times the loop's {:.1} ms\n",
        cold.starts,
        ratio(cold.wall),
        cold.loop_wall.median
    );
    if let Some(times) = cold.over_hurl {
        let _ = writeln!(text, "the same over hurl: wall {} times", ratio(times));
    }
    text
}

/// The memory of the command, by the number of providers and the format of its report.
pub(crate) fn memory(measured: &[Memory]) -> String {
    let mut text = format!(
        "{:>9}  {:>6}  {:>22}\n",
        "providers", "format", "peak MiB of the command"
    );
    for memory in measured {
        let Figures { median, least, most } = memory.peak;
        let mib = format!(
            "{:.0} ({:.0}–{:.0})",
            median / 1024.0,
            least / 1024.0,
            most / 1024.0
        );
        let _ = writeln!(text, "{:>9}  {:>6}  {mib:>22}", memory.providers, memory.format);
    }
    text
}
