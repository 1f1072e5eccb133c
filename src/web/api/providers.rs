//! Routes of providers and their standings.

use axum::extract::{Path, State as Given};
use axum::response::Response;

use super::query::{LIST_PAGE, ProviderQuery, QueryParams, size};
use super::respond::{json, list as json_list};
use crate::web::{State, paging, view};

pub(super) async fn list(
    Given(state): Given<State>,
    QueryParams(query): QueryParams<ProviderQuery>,
) -> Response {
    json_list(state, "after", query.limit, move |state| {
        let size = size(query.limit.or(Some(LIST_PAGE)))?;
        let after = paging::after(query.after.as_deref())?;
        Ok(view::providers(state, after.as_ref(), size)?)
    })
    .await
}

pub(super) async fn show(Given(state): Given<State>, Path(provider): Path<String>) -> Response {
    json(state, move |state| Ok(view::provider(state, &provider)?)).await
}
