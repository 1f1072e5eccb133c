//! Plots of latency over time, as SVG.

use maud::{Markup, html};

use crate::model::TestName;
use crate::standing::{ClaimHistory, Latency};

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 150.0;
/// The space for the labels of the axis.
const LEFT: f64 = 50.0;
const FOOT: f64 = 20.0;
/// The largest number of runs that a plot shows.
const MOST: usize = 60;

/// The plot of one test: after each run that counts, the median and the 95th percentile of all latencies up to it.
pub(super) fn latency(history: &ClaimHistory, test: &TestName) -> Markup {
    let mut times = Vec::new();
    let mut points = Vec::new();
    for run in &history.runs {
        times.extend(
            run.times
                .iter()
                .filter(|(name, _)| name == test)
                .map(|(_, ms)| *ms),
        );
        points.extend(Latency::of(times.iter().copied()));
    }
    let points = points.split_off(points.len().saturating_sub(MOST));
    let highest = points.iter().map(|point| point.p95).max().unwrap_or(0).max(1);
    let Some(last) = points.last() else {
        return html! {};
    };
    let title = format!("{test}: median {} ms, p95 {} ms", last.p50, last.p95);
    let line = |of: fn(&Latency) -> u64| {
        let step = (WIDTH - LEFT - 10.0) / (points.len().max(2) - 1) as f64;
        let places = points.iter().enumerate().map(|(at, point)| {
            let x = LEFT + step * at as f64;
            let y = (HEIGHT - FOOT) - (HEIGHT - FOOT - 10.0) * of(point) as f64 / highest as f64;
            format!("{x:.1},{y:.1}")
        });
        let mut places: Vec<_> = places.collect();
        if let [only] = places.as_slice() {
            // A line needs two points to be visible.
            let y = only.split_once(',').map_or("0", |(_, y)| y);
            places.push(format!("{:.1},{y}", WIDTH - 10.0));
        }
        places.join(" ")
    };
    html! {
        svg class="plot" role="img" aria-label=(title) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
            title { (title) }
            line class="axis" x1=(LEFT) y1=(HEIGHT - FOOT) x2=(WIDTH) y2=(HEIGHT - FOOT);
            line class="axis" x1=(LEFT) y1="10" x2=(WIDTH) y2="10";
            text x=(LEFT - 6.0) y="14" text-anchor="end" { (highest) " ms" }
            text x=(LEFT - 6.0) y=(HEIGHT - FOOT + 4.0) text-anchor="end" { "0" }
            text x=(LEFT) y=(HEIGHT - 4.0) { "oldest run" }
            text x=(WIDTH) y=(HEIGHT - 4.0) text-anchor="end" { "latest run" }
            polyline class="p50" points=(line(|point| point.p50));
            polyline class="p95" points=(line(|point| point.p95));
        }
    }
}
