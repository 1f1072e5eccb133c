//! Responses: made on threads that may block, and with a page for every error.

use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

use super::error::WebError;
use super::work::{self, Work, WorkError};
use super::{State, layout, server_error, text};
use crate::model::RunId;

/// Responds with a page. `make` may wait for the store.
pub(super) async fn page(
    state: State,
    make: impl FnOnce(&State) -> Result<Markup, WebError> + Send + 'static,
) -> Response {
    respond(state, make, |markup| Html(markup.into_string()).into_response()).await
}

/// Responds with a document of another media type. `make` may wait for the store.
pub(super) async fn document(
    state: State,
    media_type: &'static str,
    make: impl FnOnce(&State) -> Result<String, WebError> + Send + 'static,
) -> Response {
    respond(state, make, move |text| {
        ([(header::CONTENT_TYPE, media_type)], text).into_response()
    })
    .await
}

/// Runs `make` on a thread that may block, and turns its value into a response.
pub(super) async fn respond<T: Send + 'static>(
    state: State,
    make: impl FnOnce(&State) -> Result<T, WebError> + Send + 'static,
    into_response: impl FnOnce(T) -> Response,
) -> Response {
    match work::run(Work::Page, move || make(&state)).await {
        Ok(Ok(value)) => into_response(value),
        Ok(Err(error)) if error.is_of_request() => error_page(StatusCode::NOT_FOUND, &error.to_string()),
        Ok(Err(error)) => internal_error(&error),
        Err(WorkError::Busy) => busy(),
        Err(WorkError::Failed(error)) => internal_error(&error),
    }
}

/// The page for a visitor who has to come again, because too much is going on.
pub(super) fn busy() -> Response {
    let mut response = error_page(StatusCode::SERVICE_UNAVAILABLE, &WorkError::Busy.to_string());
    let wait = HeaderValue::from(work::COME_AGAIN.as_secs());
    response.headers_mut().insert(header::RETRY_AFTER, wait);
    response
}

/// The page for an error of the site. It hides the reason, which may contain paths of files; the operator is notified.
pub(super) fn internal_error(error: &dyn Display) -> Response {
    let page = error_page(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made.");
    server_error::attach(page, error)
}

/// The page for an error that the visitor may read.
pub(super) fn error_page(status: StatusCode, reason: &str) -> Response {
    let title = if status == StatusCode::NOT_FOUND {
        "Not found"
    } else {
        "Something went wrong"
    };
    let body = html! {
        h1 { (title) }
        p { (text::cleaned(reason)) }
        p { a href="/" { "All capabilities" } }
    };
    (status, Html(layout::error(title, &body).into_string())).into_response()
}

/// Finds a run by its whole id. The beginning of an id is refused, because it could name another run later.
pub(super) fn whole_run(state: &State, run: &str) -> Result<RunId, WebError> {
    let found = state.history.find(run)?;
    if found.as_str() == run {
        Ok(found)
    } else {
        Err(WebError::UnknownRun(run.to_owned()))
    }
}
