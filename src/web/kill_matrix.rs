//! The pages of the kill matrix of the bundled suites: which test fails because of which fault. An overview, and a page for each tool.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, layout, respond, text};
use crate::app::{Fault, faults_by_tool, published_matrix};

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct KillQuery {
    /// The tool whose faults are shown. All tools in an overview without one.
    #[serde(default)]
    tool: String,
}

pub(super) async fn show(Given(state): Given<State>, Query(query): Query<KillQuery>) -> Response {
    respond::page(state, move |state| page(state, &query.tool)).await
}

fn page(state: &State, tool: &str) -> Result<Markup, WebError> {
    if tool.is_empty() {
        let card = layout::Card {
            title: "Kill matrix",
            path: "/kill-matrix",
            says: &format!(
                "Which test fails because of which of {} faults of the reference provider.",
                published_matrix().faults.len()
            ),
        };
        return Ok(layout::page(state, card, &overview()));
    }
    let body = of_tool(tool)?;
    let card = layout::Card {
        title: &format!("Kill matrix of {tool}"),
        path: &format!("/kill-matrix?tool={tool}"),
        says: &format!("Which test fails because of which fault of {tool}."),
    };
    Ok(layout::page(state, card, &body))
}

fn overview() -> Markup {
    let by_tool = faults_by_tool();
    let all = &published_matrix().faults;
    let killed = |faults: &[&Fault]| faults.iter().filter(|fault| fault.reason.is_none()).count();
    let rows = html! {
        @for (tool, faults) in &by_tool {
            @let tests: BTreeSet<_> = faults.iter().flat_map(|fault| fault.killers()).collect();
            tr id=(tool) {
                th scope="row" { a href={ "/kill-matrix?tool=" (tool) } { (tool) } }
                td class="number" { (faults.len()) }
                td class="number" { (killed(faults)) }
                td class="number" { (faults.len() - killed(faults)) }
                td class="number" { (tests.len()) }
            }
        }
        tr class="total" {
            th scope="row" { "all" }
            td class="number" { (all.len()) }
            td class="number" { (killed(&all.iter().collect::<Vec<_>>())) }
            td class="number" { (all.iter().filter(|fault| fault.reason.is_some()).count()) }
            td {}
        }
    };
    html! {
        h1 { "Kill matrix" }
        p {
            "The reference provider can be told to be wrong in one way at a time. " code { "proofhouse prove" }
            " runs the suites against each such fault, and against providers that are correct. A fault is killed when a test fails because of it."
        }
        (layout::table_with_numbers("Faults by the tool whose rules they break", &["tool", "faults", "killed", "excused", "tests that kill them"], 1..5, &rows))
        @let excused: Vec<_> = all.iter().filter(|fault| fault.reason.is_some()).collect();
        @if !excused.is_empty() {
            h2 id="excused" { "Faults that no test kills" }
            ul { @for fault in excused { li { code { (fault.name) } " " (text::prose(&fault.does)) ": " (text::prose(fault.reason.as_deref().unwrap_or_default())) } } }
        }
    }
}

/// Tests by faults of one tool: those that kill most come first.
fn of_tool(tool: &str) -> Result<Markup, WebError> {
    let by_tool = faults_by_tool();
    let (tool, faults) = by_tool
        .get_key_value(tool)
        .ok_or_else(|| WebError::InvalidFilter("no fault breaks a rule of such a tool".to_owned()))?;
    let mut tests: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for (at, fault) in faults.iter().enumerate() {
        for test in fault.killers() {
            let kills = tests.entry(test).or_insert_with(|| vec![false; faults.len()]);
            if let Some(kill) = kills.get_mut(at) {
                *kill = true;
            }
        }
    }
    let count = |kills: &[bool]| kills.iter().filter(|kill| **kill).count();
    let mut rows: Vec<_> = tests.into_iter().collect();
    rows.sort_by_key(|(_, kills)| std::cmp::Reverse(count(kills)));
    let head = html! {
        tr {
            th scope="col" { "test" }
            th scope="col" class="number" { "kills" }
            @for fault in faults { th scope="col" class="cell" { a class="upright" href={ "#" (fault.name) } { (fault.name) } } }
        }
    };
    let cells = html! {
        tr class="total" {
            th scope="row" { "killed by" }
            td {}
            @for at in 0..faults.len() { td class="cell" { (rows.iter().filter(|(_, kills)| kills.get(at) == Some(&true)).count()) } }
        }
        @for (test, kills) in &rows {
            tr {
                th scope="row" { (test.strip_prefix(&format!("{tool}/")).unwrap_or(test)) }
                td class="number" { (count(kills)) }
                @for kill in kills {
                    @if *kill { td class="cell good" { span role="img" aria-label="kills" { "✓" } } } @else { td class="cell" {} }
                }
            }
        }
    };
    let body = html! {
        p class="faint" { a href="/kill-matrix" { "kill matrix" } }
        h1 { (tool) }
        p { (faults.len()) " faults break its rules, and " (rows.len()) " tests kill them. Those that kill most come first." }
        (layout::contents(&[("matrix", "tests by faults", true), ("faults", "faults", true), ("rules", "rules", true)]))
        h2 id="matrix" { "Tests by faults" }
        (layout::grid("Tests by the faults that they kill", &head, &cells))
        h2 id="faults" { "Faults" }
        details open[faults.len() < 20] {
            summary { (faults.len()) " faults" }
            @for fault in faults {
                p id=(fault.name) {
                    code { (fault.name) } " " (text::prose(&fault.does)) br;
                    span class="faint" {
                        "breaks " (fault.breaks) " · "
                        @match &fault.reason {
                            Some(reason) => { "killed by no test: " (text::prose(reason)) },
                            None => { "killed by " (fault.killers().len()) " tests" },
                        }
                    }
                }
            }
        }
        h2 id="rules" { "Rules" }
        (rules(tool))
    };
    Ok(body)
}

fn rules(tool: &str) -> Markup {
    let of_tool = |capability: &str| {
        let id = capability.split('@').next().unwrap_or_default();
        id.rsplit('.').next() == Some(tool)
    };
    let rows = html! {
        @for rule in published_matrix().rules.iter().filter(|rule| of_tool(&rule.capability)) {
            tr {
                th scope="row" { a href={ "/capabilities/" (rule.capability) "#rule-" (rule.rule) } { (rule.rule) } }
                td { (rule.capability) }
                td { (rule.state) }
                td class="number" { @if !rule.faults.is_empty() { (rule.killed.len()) " of " (rule.faults.len()) } }
                td class="words" { @if let Some(reason) = &rule.reason { (text::prose(reason)) } }
            }
        }
    };
    layout::table_with_numbers(
        "Each rule with the faults that break it",
        &["rule", "contract", "state", "faults killed", "why"],
        3..4,
        &rows,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overview_counts_each_fault_once_and_each_tool_has_tests_as_rows() {
        let page = overview().into_string();
        let all = published_matrix().faults.len();
        assert!(page.contains(&format!(">{all}<")), "{page}");
        let sum: usize = faults_by_tool().values().map(Vec::len).sum();
        assert_eq!(sum, all);
        let page = of_tool("create_booking").unwrap().into_string();
        assert!(page.contains("<th scope=\"row\">happy_path</th>"), "{page}");
        assert!(page.contains("id=\"accepts_past\"") && page.contains("href=\"#accepts_past\""));
        assert!(of_tool("<script>").is_err());
    }
}
