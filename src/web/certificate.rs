//! The pages of certificates: the list, and one certificate with its verification.

use axum::extract::{Path, State as Given};
use axum::response::Response;
use maud::{Markup, html};

use super::error::WebError;
use super::{State, layout, respond, text, view};
use crate::app::{Certificates, ShownCertificate};
use crate::certificate::{Assurance, Extension, Verification};
use crate::model::ProviderId;
use crate::summary::RuleState;

/// The largest number of skipped tests that are shown.
const MANY: usize = 200;

pub(super) async fn list(Given(state): Given<State>) -> Response {
    respond::page(state, |state| {
        let shown = view::all_certificates(state)?;
        let body = html! {
            h1 { "Certificates" }
            (outdated(state))
            @if shown.is_empty() { p { "This registry shows no certificates." } } @else { (table(&shown)) }
        };
        let card = layout::Card {
            title: "Certificates",
            path: "/certificates",
            says: "The certificates of this registry, each verified when it is shown.",
        };
        Ok(layout::page(state, card, &body))
    })
    .await
}

/// A warning where the trust file of today cannot be used.
fn outdated(state: &State) -> Markup {
    let outdated = state
        .certificates
        .as_ref()
        .is_some_and(Certificates::trust_is_outdated);
    html! {
        @if outdated {
            p class="bad" {
                "The trust file of this registry has a mistake. Certificates are verified with the file before it: a key or a run that was revoked since may still be trusted here."
            }
        }
    }
}

/// A name that leads to its page, where it has one here. It must have been checked to be a name.
fn linked(has_page: bool, folder: &str, name: &str) -> Markup {
    html! { @if has_page { a href={ (folder) (name) } { (text::one_line(name)) } } @else { (text::one_line(name)) } }
}

/// The valid certificates of a provider.
pub(super) fn of_provider(state: &State, provider: &ProviderId) -> Result<Markup, WebError> {
    let mut shown = view::all_certificates(state)?;
    shown.retain(|one| {
        let about = one.found.about.as_ref();
        one.found.holds() && about.is_some_and(|about| about.provider == provider.as_str())
    });
    Ok(html! {
        @if !shown.is_empty() {
            h2 { "Certificates" }
            (table(&shown))
        }
    })
}

fn table(shown: &[ShownCertificate]) -> Markup {
    let rows = html! {
        @for one in shown {
            tr {
                @match &one.found.about {
                    Some(about) => {
                        th scope="row" { a href={ "/certificates/" (one.id) } { (text::one_line(&about.provider)) } }
                        td { (text::one_line(&about.capability)) }
                        td class="words" { (holds(&one.found)) }
                        td { @if let Some(proof) = about.proof_in_words() { (text::one_line(&proof)) } }
                        td { (text::instant(about.not_after)) }
                    },
                    None => {
                        th scope="row" { a href={ "/certificates/" (one.id) } { "file " (one.id) } }
                        td {}
                        td class="words" { (holds(&one.found)) }
                        td {} td {}
                    },
                }
            }
        }
    };
    layout::table(
        "Verified now, times in UTC",
        &["provider", "capability", "holds", "proven", "until"],
        &rows,
    )
}

fn holds(found: &Verification) -> Markup {
    match (found.holds(), found.third_party) {
        (true, true) => html! { span class="good" { "yes, a registry vouches for it" } },
        (true, false) => html! { span class="good" { "yes, by the provider's own word" } },
        (false, _) => html! { span class="bad" { "no" } },
    }
}

pub(super) async fn show(Given(state): Given<State>, Path(name): Path<String>) -> Response {
    if let Some(id) = name.strip_suffix(".json") {
        let id = id.to_owned();
        return respond::document(state, "application/json", move |state| {
            Ok(view::find_certificate(state, &id)?.text)
        })
        .await;
    }
    respond::page(state, move |state| {
        let shown = view::find_certificate(state, &name)?;
        Ok(page(state, &shown, &outdated(state)))
    })
    .await
}

fn checks(found: &Verification) -> Markup {
    html! {
        @for checked in &found.checks {
            tr {
                th scope="row" { (checked.check) }
                td {
                    @match checked.holds {
                        Some(true) => span class="good" { "ok" },
                        Some(false) => span class="bad" { "FAIL" },
                        None => span class="faint" { "not looked at" },
                    }
                }
                td class="words" { (text::prose(&text::to_the_second(&text::one_line(&checked.note)))) }
            }
        }
    }
}

fn page(state: &State, shown: &ShownCertificate, outdated: &Markup) -> Markup {
    let found = &shown.found;
    let title = match &found.about {
        Some(about) => format!(
            "{} keeps {}",
            text::one_line(&about.provider),
            text::one_line(&about.capability)
        ),
        None => format!("File {}", shown.id),
    };
    let body = html! {
        p class="faint" { a href="/certificates" { "certificates" } }
        (outdated)
        article class={ "certificate " @if found.holds() { "good-edge" } @else { "bad-edge" } } {
            @if found.about.is_some() { p class="faint" { "Certificate of conformance" } }
            h1 { (title) }
            p class="verdict" {
                "Holds: " (holds(found))
                @if let Some(about) = &found.about { ", until " (text::instant(about.not_after)) " UTC" }
            }
            @let vouches = found.vouches();
            @if !vouches.is_empty() {
                ul { @for line in &vouches { li { (text::said(line)) } } }
            }
            @match &found.about {
                Some(about) => (about_it(state, about)),
                None => p { "Its signature is invalid, so its contents are not trusted." },
            }
        }
        h2 { "Verification" }
        (layout::table("Each claim of the certificate, checked now", &["check", "result", "what was found"], &checks(found)))
        @if let Some(countersigned) = &found.countersigned {
            h2 { "The provider's certificate, which the registry countersigns" }
            @if let Some(about) = &countersigned.about { (about_it(state, about)) }
            (layout::table("Each claim of the provider's certificate, checked now", &["check", "result", "what was found"], &checks(countersigned)))
        }
        p { a href={ "/certificates/" (shown.id) ".json" } { "The signed file" } " " code { (shown.id) } ", for " code { "proofhouse verify FILE --trust TRUST" } "." }
    };
    let card = layout::Card {
        title: &title,
        path: &format!("/certificates/{}", shown.id),
        says: &match &found.about {
            Some(about) if found.holds() => format!("{title}, until {}.", about.not_after.format("%Y-%m-%d")),
            _ => format!("{title}: it does not hold."),
        },
    };
    layout::page(state, card, &body)
}

fn about_it(state: &State, about: &Extension) -> Markup {
    // The badge shows the standing of today, the certificate that of its run. Both ids must be valid for the address of a badge.
    let badge = format!("/badge/{}/{}.svg", about.provider, about.capability);
    let is_named = about.provider.parse::<ProviderId>().is_ok()
        && about.capability.parse::<crate::model::CapabilityRef>().is_ok();
    // Only a run that is kept here has a page.
    let is_kept = respond::whole_run(state, &about.run).is_ok();
    html! {
        dl {
            dt { "provider" } dd { (linked(is_named, "/providers/", &about.provider)) }
            dt { "capability" } dd { (linked(is_named, "/capabilities/", &about.capability)) }
            dt { "run" } dd { (linked(is_kept, "/runs/", &about.run)) " " (text::instant(about.started_on)) }
            dt { "run by" } dd { @match about.assurance { Assurance::SelfAttested => "the signer", Assurance::RegistryRun => "a registry" } }
            dt { "issued" } dd { (text::instant(about.issued_on)) }
            dt { "holds until" } dd { (text::instant(about.not_after)) }
            @if let Some(proof) = about.proof_in_words() { dt { "proven" } dd { (text::one_line(&proof)) } }
            @if let Some(edition) = &about.edition { dt { "digest of the edition" } dd { (text::one_line(&edition.digest)) } }
            dt { "required tests" } dd { (about.required) }
            dt { "calls" } dd { (about.calls) }
            @if let Some(base) = &state.base_url { dt { "registry" } dd { (base) } }
        }
        @if is_named {
            p { img src=(badge) alt={ "Standing of " (about.provider) " in " (about.capability) " today" } height="20"; }
        }
        @let untested = about.rules.iter().filter(|rule| rule.state == RuleState::NotTested);
        @if untested.clone().next().is_some() {
            h2 { "Rules that were not tested" }
            ul {
                @for rule in untested.take(MANY) {
                    li { (text::one_line(&rule.id)) @if let Some(reason) = rule.reason { ": " (reason.description()) } }
                }
            }
        }
        @if !about.skipped_tests.is_empty() {
            h2 { "Tests that were not executed" }
            ul {
                @for skipped in about.skipped_tests.iter().take(MANY) {
                    li { (text::one_line(&skipped.name)) ": " (text::one_line(&skipped.reason)) }
                }
            }
        }
    }
}
