//! Plots of latency over runs, as SVG: a point for each run, at the time that was measured in it, over a band.
//!
//! Every element is closed: what stays open in SVG holds all that follows it, and is drawn nowhere.

use maud::{Markup, html};

use crate::model::{RunId, TestName};
use crate::standing::{ClaimHistory, Latency};

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 120.0;
/// The space for the labels of the axis.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 12.0;
const FOOT: f64 = 22.0;
/// The largest number of runs that a plot shows.
const MOST: usize = 60;
/// The number of runs before one that tell what is usual.
const USUAL: usize = 5;

/// What one run measured.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Measured {
    run: RunId,
    /// The time that the point stands at.
    ms: u64,
    /// The upper end of the band.
    high: u64,
    /// True if it is further from the runs before it than they are from each other.
    unusual: bool,
}

/// The plot of one test: the time of a call in each run that counts, over the band from the median to the 95th percentile of all.
pub(super) fn of_test(history: &ClaimHistory, test: &TestName) -> Markup {
    let measured = measured(history, |name| name == test);
    let Some(all) = Latency::of(measured.iter().map(|point| point.ms)) else {
        return html! {};
    };
    let title = format!(
        "{test}: median {} ms, p95 {} ms of {} runs",
        all.p50, all.p95, all.count
    );
    draw(&title, &measured, Band::Whole(all.p50, all.p95))
}

/// The plot of a whole claim: the median of the calls of each run that counts, and a band up to their 95th percentile.
pub(super) fn of_claim(history: &ClaimHistory) -> Markup {
    let measured = measured(history, |_| true);
    let Some(last) = measured.last() else {
        return html! {};
    };
    let capability = &history.claim.capability;
    let title = format!(
        "{capability}: median {} ms, p95 {} ms in the latest run",
        last.ms, last.high
    );
    draw(&title, &measured, Band::OfRuns)
}

/// The runs that count, the oldest first, by the times of the tests that are `wanted`.
fn measured(history: &ClaimHistory, wanted: impl Fn(&TestName) -> bool) -> Vec<Measured> {
    let runs = &history.runs[history.runs.len().saturating_sub(MOST)..];
    let mut found: Vec<Measured> = Vec::new();
    for run in runs {
        let times = run.times.iter().filter(|(name, _)| wanted(name));
        let Some(latency) = Latency::of(times.map(|(_, ms)| *ms)) else {
            continue;
        };
        found.push(Measured {
            run: run.run.clone(),
            ms: latency.p50,
            high: latency.p95,
            unusual: is_unusual(&found, latency.p50),
        });
    }
    found
}

/// Returns true if a time is further above those before it than they lie apart, and not by a hair.
fn is_unusual(before: &[Measured], ms: u64) -> bool {
    let usual = &before[before.len().saturating_sub(4 * USUAL)..];
    let Some(usual) = Latency::of(usual.iter().map(|point| point.ms)).filter(|usual| usual.count >= USUAL)
    else {
        return false;
    };
    let spread = (usual.longest - usual.p50).max(usual.p50 / 2).max(2);
    ms > usual.longest + spread
}

/// What stands behind the points.
#[derive(Debug, Clone, Copy)]
enum Band {
    /// One span for all runs.
    Whole(u64, u64),
    /// From the point of each run up to its own upper end.
    OfRuns,
}

fn draw(title: &str, measured: &[Measured], band: Band) -> Markup {
    let highest = measured.iter().map(|point| point.high).max().unwrap_or(0).max(1);
    let right = WIDTH - RIGHT;
    let floor = HEIGHT - FOOT;
    let x = |at: usize| match measured.len() {
        // One run alone stands in the middle.
        1 => f64::midpoint(LEFT, right),
        many => LEFT + (right - LEFT - 8.0) * at as f64 / (many - 1) as f64 + 4.0,
    };
    let y = |ms: u64| floor - (floor - TOP) * ms.min(highest) as f64 / highest as f64;
    let place = |at: usize, ms: u64| format!("{:.1},{:.1}", x(at), y(ms));
    let line: Vec<_> = measured
        .iter()
        .enumerate()
        .map(|(at, point)| place(at, point.ms))
        .collect();
    let area = match band {
        Band::Whole(low, high) => {
            // A band of one value still shows as a line.
            let (top, bottom) = (y(high).min(y(low) - 1.0), y(low));
            format!("{LEFT:.1},{bottom:.1} {LEFT:.1},{top:.1} {right:.1},{top:.1} {right:.1},{bottom:.1}")
        }
        Band::OfRuns => {
            let tops = measured.iter().enumerate().rev();
            let tops = tops.map(|(at, point)| place(at, point.high));
            line.iter().cloned().chain(tops).collect::<Vec<_>>().join(" ")
        }
    };
    html! {
        svg class="plot" role="img" aria-label=(title) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
            title { (title) }
            line class="axis" x1=(LEFT) y1=(floor) x2=(right) y2=(floor) {}
            line class="axis" x1=(LEFT) y1=(TOP) x2=(right) y2=(TOP) {}
            polygon class="band" points=(area) {}
            @if let ([only], Band::OfRuns) = (measured, band) {
                line class="span" x1=(x(0)) y1=(y(only.ms)) x2=(x(0)) y2=(y(only.high)) {}
            }
            @if line.len() > 1 { polyline class="p50" points=(line.join(" ")) {} }
            @for (at, point) in measured.iter().enumerate() {
                @let class = if point.unusual { "point unusual" } else { "point" };
                @let size = if point.unusual { "5" } else { "3" };
                circle class=(class) cx=(format!("{:.1}", x(at))) cy=(format!("{:.1}", y(point.ms))) r=(size) {
                    title { "run " (point.run) ": " (point.ms) " ms" @if point.unusual { ", slower than usual" } }
                }
            }
            text x=(LEFT - 6.0) y=(TOP + 4.0) text-anchor="end" { (highest) " ms" }
            text x=(LEFT - 6.0) y=(floor + 4.0) text-anchor="end" { "0" }
            @if measured.len() > 1 {
                text x=(LEFT) y=(HEIGHT - 6.0) { "oldest" }
                text x=(right) y=(HEIGHT - 6.0) text-anchor="end" { "latest run" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RunOrigin;
    use crate::standing::{Claim, JudgedRun, Rate, Standing};

    fn history(times: &[u64]) -> ClaimHistory {
        let mut history = ClaimHistory::without_runs(Claim {
            provider: "a:b".parse().unwrap(),
            capability: "booking.create_booking@0.1.0".parse().unwrap(),
        });
        for (at, ms) in times.iter().enumerate() {
            let when = chrono::DateTime::from_timestamp(1_795_262_400 + at as i64, 0).unwrap();
            history.runs.push(JudgedRun {
                run: RunId::new(when, at as u64),
                at: when,
                origin: RunOrigin::Own,
                standing: Standing::Conformant,
                reasons: Vec::new(),
                edition: None,
                must: std::collections::BTreeSet::new(),
                rate: Rate::default(),
                times: vec![("one".parse().unwrap(), *ms), ("two".parse().unwrap(), ms * 3)],
            });
        }
        history
    }

    /// What an SVG draws: each shape with its numbers. It fails where an element stays open or holds a shape within a shape.
    fn shapes(svg: &str) -> Vec<(String, Vec<f64>)> {
        use quick_xml::events::Event;
        let mut reader = quick_xml::Reader::from_str(svg);
        let (mut open, mut found) = (Vec::new(), Vec::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) => {
                    let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
                    if ["line", "polyline", "polygon", "circle"].contains(&name.as_str()) {
                        assert_eq!(open, ["svg"], "{name} stands within another shape");
                        let numbers = tag.attributes().map(Result::unwrap);
                        let numbers = numbers.filter(|one| one.key.as_ref() != b"class");
                        let numbers = numbers.flat_map(|one| {
                            let text = String::from_utf8(one.value.to_vec()).unwrap();
                            let all = text.split([' ', ',']).map(|part| part.parse().unwrap());
                            all.collect::<Vec<f64>>()
                        });
                        found.push((name.clone(), numbers.collect()));
                    }
                    open.push(name);
                }
                Event::End(_) => drop(open.pop().unwrap()),
                Event::Eof => break,
                _ => {}
            }
        }
        assert!(open.is_empty(), "{open:?} stay open");
        found
    }

    #[test]
    fn a_plot_has_ink_for_every_run_within_its_frame() {
        for times in [&[7][..], &[7, 9, 300], &[0, 0], &[5; 61]] {
            let history = history(times);
            for plot in [of_test(&history, &"one".parse().unwrap()), of_claim(&history)] {
                let shapes = shapes(&plot.into_string());
                let of = |wanted: &'static str| shapes.iter().filter(move |(name, _)| name == wanted);
                assert_eq!(of("circle").count(), times.len().min(MOST), "{times:?}");
                assert_eq!(of("polyline").count(), usize::from(times.len() > 1));
                assert_eq!(of("polygon").count(), 1);
                for (name, numbers) in &shapes {
                    let fits = numbers.iter().all(|one| (0.0..=WIDTH).contains(one));
                    assert!(fits && numbers.len() > 2, "{name}: {numbers:?}");
                }
            }
        }
    }

    #[test]
    fn a_point_is_what_its_run_measured_and_no_median_hides_a_slow_run() {
        let history = history(&[10, 11, 10, 12, 10, 11, 90]);
        let found = measured(&history, |name| name.as_str() == "one");
        assert_eq!(
            found.last().map(|point| (point.ms, point.unusual)),
            Some((90, true))
        );
        assert!(found[..6].iter().all(|point| !point.unusual), "{found:?}");
        let plot = of_test(&history, &"one".parse().unwrap()).into_string();
        let shapes = shapes(&plot);
        let (_, last) = shapes.iter().rfind(|(name, _)| name == "circle").unwrap();
        let (_, first) = shapes.iter().find(|(name, _)| name == "circle").unwrap();
        assert!(last[1] < TOP + 1.0 && first[1] > HEIGHT / 2.0, "{plot}");
        assert!(plot.contains("slower than usual"), "{plot}");
    }

    #[test]
    fn a_test_without_times_has_no_plot() {
        assert_eq!(of_test(&history(&[]), &"one".parse().unwrap()).into_string(), "");
        assert_eq!(
            of_test(&history(&[3]), &"none".parse().unwrap()).into_string(),
            ""
        );
    }
}
