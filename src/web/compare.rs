//! The page that puts two of a kind side by side: two runs, two providers, or two versions of a contract.

use axum::extract::{Query, State as Given};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::compared::Compared;
use super::error::WebError;
use super::{State, compare_providers, compare_runs, compare_versions, layout, respond, text};
use crate::model::{CapabilityId, ProviderId, RunId, clip};

/// The longest name that is read, in characters.
const LONGEST: usize = 200;

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CompareQuery {
    #[serde(default)]
    a: String,
    #[serde(default)]
    b: String,
}

pub(super) async fn show(Given(state): Given<State>, Query(query): Query<CompareQuery>) -> Response {
    let respond =
        |(status, markup): (StatusCode, Markup)| (status, Html(markup.into_string())).into_response();
    respond::respond(state, move |state| page(state, &query), respond).await
}

/// The page, also where two names cannot be compared: then it says why above the form.
fn page(state: &State, query: &CompareQuery) -> Result<(StatusCode, Markup), WebError> {
    let (a, b) = (name(&query.a), name(&query.b));
    let compared = match (a.is_empty(), b.is_empty()) {
        (false, false) => compare(state, &a, &b).map(Some),
        _ => Ok(None),
    };
    let (status, compared, mistake) = match compared {
        Ok(compared) => (StatusCode::OK, compared, None),
        Err(error) if error.is_of_request() => (StatusCode::NOT_FOUND, None, Some(error.to_string())),
        Err(error) => return Err(error),
    };
    let title = compared.as_ref().map_or("Compare", |compared| &compared.title);
    let body = html! {
        h1 { (title) }
        @if compared.is_none() { p { "Two runs, two providers, or two versions of a capability, side by side." } }
        @if let Some(mistake) = mistake { p role="alert" class="bad" { (text::cleaned(&mistake)) } }
        form action="/compare" method="get" {
            label { "first" input name="a" value=(text::cleaned(&a)) maxlength=(LONGEST) placeholder="run, platform:tenant or tool@version" size="36"; }
            label { "second" input name="b" value=(text::cleaned(&b)) maxlength=(LONGEST) placeholder="another of the same kind" size="36"; }
            button type="submit" { "Compare" }
            @if compared.is_some() { p { a href={ "/compare?a=" (b) "&b=" (a) } { "the other way round" } } }
        }
        @if let Some(compared) = &compared { (compared.body) }
    };
    let path = match &compared {
        Some(_) => format!("/compare?a={a}&b={b}"),
        None => "/compare".to_owned(),
    };
    let card = layout::Card {
        title,
        path: &path,
        says: "Two runs, two providers, or two versions of a capability, side by side.",
    };
    Ok((status, layout::page(state, card, &body)))
}

fn name(asked: &str) -> String {
    clip(asked.trim(), LONGEST)
}

/// What a name is the name of.
enum Named {
    Run(RunId),
    Provider(ProviderId),
    /// A capability, with a version or without.
    Capability(CapabilityId),
}

impl Named {
    fn of(name: &str) -> Result<Self, WebError> {
        let capability = || name.split('@').next().unwrap_or_default().parse();
        if let Ok(run) = name.parse() {
            Ok(Self::Run(run))
        } else if let Ok(provider) = name.parse() {
            Ok(Self::Provider(provider))
        } else if let Ok(capability) = capability() {
            Ok(Self::Capability(capability))
        } else {
            Err(WebError::Incomparable(format!(
                "“{}” is neither the id of a run, nor a provider, nor a capability",
                text::one_line(name)
            )))
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Run(_) => "a run",
            Self::Provider(_) => "a provider",
            Self::Capability(_) => "a capability",
        }
    }
}

fn compare(state: &State, a: &str, b: &str) -> Result<Compared, WebError> {
    match (Named::of(a)?, Named::of(b)?) {
        (Named::Run(a), Named::Run(b)) => compare_runs::of(state, &a, &b),
        (Named::Provider(a), Named::Provider(b)) => compare_providers::of(state, &a, &b),
        (Named::Capability(one), Named::Capability(other)) if one == other => {
            compare_versions::of(state, a, b)
        }
        (Named::Capability(one), Named::Capability(other)) => Err(WebError::Incomparable(format!(
            "{one} and {other} are two capabilities: only versions of one are compared"
        ))),
        (a, b) => Err(WebError::Incomparable(format!(
            "{} and {} cannot be compared",
            a.kind(),
            b.kind()
        ))),
    }
}
