//! Routes of contracts, their providers and results.

use axum::extract::{Path, State as Given};
use axum::response::Response;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

use super::query::{LIST_PAGE, ProviderQuery, QueryParams, parse, size};
use super::respond::{json, list as list_page};
use crate::app::{CapabilityPage, ResultFilter, diff_contracts};
use crate::model::Outcome;
use crate::web::{State, paging, view};

pub(super) async fn list(Given(state): Given<State>) -> Response {
    json(state, |state| Ok(view::capabilities(state))).await
}

pub(super) async fn show(Given(state): Given<State>, Path(name): Path<String>) -> Response {
    json(state, move |state| Ok(view::capability(state, &name)?)).await
}

/// The page of a ranking. The header `Link` of a response names the page that follows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RankQuery {
    /// The place of the ranking at which the page begins; the best one is 0.
    from: Option<usize>,
    /// The largest number of providers, up to 500. The default is 100.
    limit: Option<usize>,
}

pub(super) async fn ranking(
    Given(state): Given<State>,
    Path(name): Path<String>,
    QueryParams(query): QueryParams<RankQuery>,
) -> Response {
    list_page(state, "from", query.limit, move |state| {
        let size = size(query.limit.or(Some(LIST_PAGE)))?;
        Ok(view::ranking(state, &name, query.from.unwrap_or_default(), size)?)
    })
    .await
}

pub(super) async fn matrix(
    Given(state): Given<State>,
    Path(name): Path<String>,
    QueryParams(query): QueryParams<ProviderQuery>,
) -> Response {
    list_page(state, "after", query.limit, move |state| {
        let size = size(query.limit.or(Some(LIST_PAGE)))?;
        let after = paging::after(query.after.as_deref())?;
        Ok(view::matrix(state, &name, after.as_ref(), size)?)
    })
    .await
}

/// The version to compare with.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiffQuery {
    /// The later version. The default is the newest one.
    to: Option<String>,
}

pub(super) async fn diff(
    Given(state): Given<State>,
    Path(name): Path<String>,
    QueryParams(query): QueryParams<DiffQuery>,
) -> Response {
    json(state, move |state| {
        let diff = diff_contracts(&state.bundle.registry, &name, query.to.as_deref())?;
        Ok(diff.view())
    })
    .await
}

/// The filters and the page of the list of results.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResultQuery {
    /// Only of this provider, `platform:tenant`.
    provider: Option<String>,
    /// Only of this test.
    test: Option<String>,
    /// Only results with this outcome.
    outcome: Option<Outcome>,
    /// Only results that started at this instant or later.
    since: Option<DateTime<Utc>>,
    /// Only results that started before this instant.
    until: Option<DateTime<Utc>>,
    /// The cursor `next` of the page before. Without it, the first page.
    before: Option<String>,
    /// The largest number of results, up to 500. The default is 50.
    limit: Option<usize>,
}

pub(super) async fn results(
    Given(state): Given<State>,
    Path(name): Path<String>,
    QueryParams(query): QueryParams<ResultQuery>,
) -> Response {
    json(state, move |state| {
        let found = CapabilityPage::find(&state.bundle.registry, &name, None)?;
        let reference = &found.capability.reference;
        let filter = ResultFilter {
            capability: Some(reference.id.clone()),
            version: Some(reference.version.clone()),
            provider: parse("provider", query.provider.as_deref())?,
            test: parse("test", query.test.as_deref())?,
            outcome: query.outcome,
            since: query.since,
            until: query.until,
            before: parse("before", query.before.as_deref())?,
            limit: 0,
        };
        Ok(view::results(state, filter, size(query.limit)?)?)
    })
    .await
}
