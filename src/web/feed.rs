//! The Atom feed of changes of standing.

use axum::extract::State as Given;
use axum::response::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use maud::{PreEscaped, html};

use super::error::WebError;
use super::{State, respond, text};
use crate::model::RunId;

/// The largest number of entries of the feed.
const ENTRIES: usize = 100;

pub(super) async fn show(Given(state): Given<State>) -> Response {
    respond::document(state, "application/atom+xml; charset=utf-8", feed).await
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn feed(state: &State) -> Result<String, WebError> {
    let standings = state.history.standings_so_far(&state.bundle, None)?;
    let mut changes: Vec<_> = standings
        .claims
        .iter()
        .flat_map(|claim| {
            let of = &claim.history.claim;
            let latest = claim.now.latest.as_ref().map(|(run, _)| run);
            // How much was proven is known of the latest run that counts.
            let proof = move |run: &RunId| (latest == Some(run)).then(|| claim.proof_in_words()).flatten();
            claim
                .history
                .transitions()
                .into_iter()
                .map(move |change| (of, proof(&change.run), change))
        })
        .collect();
    changes.sort_by(|left, right| right.2.at.cmp(&left.2.at).then_with(|| left.0.cmp(right.0)));
    changes.truncate(ENTRIES);
    let updated = changes
        .first()
        .map_or(DateTime::UNIX_EPOCH, |(_, _, change)| change.at);
    let feed = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" {
            id { "urn:proofhouse:standings" }
            title { "Changes of standing" }
            (PreEscaped(format!("<link rel=\"self\" href=\"{}\"/>", state.address("/feed.atom"))))
            author { name { "proofhouse" } }
            updated { (instant(updated)) }
            @for (claim, proof, change) in &changes {
                entry {
                    id { "urn:proofhouse:" (change.run) ":" (claim.provider) ":" (claim.capability) }
                    title { (claim.provider) " " (claim.capability) ": " (change.to) @if let Some(mark) = change.origin.mark() { ", " (mark) } @if let Some(proof) = proof { ", " (proof) } }
                    updated { (instant(change.at)) }
                    (PreEscaped(format!("<link href=\"{}\"/>", state.address(&format!("/runs/{}", change.run)))))
                    summary { @if let Some(reason) = change.reasons.first() { (text::one_line(&reason.to_string())) } }
                }
            }
        }
    };
    Ok(feed.into_string())
}
