//! From a question to a response: off the threads that must not block, and with a page for what went wrong.

use std::fmt::Display;

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

use super::{State, layout, trouble};
use crate::app::{AppError, Kind};
use crate::model::RunId;

/// Makes a page where waiting for the store is allowed.
pub(super) async fn page(
    state: State,
    make: impl FnOnce(&State) -> Result<Markup, AppError> + Send + 'static,
) -> Response {
    made(state, make, |markup| Html(markup.into_string()).into_response()).await
}

/// The same for another kind of document.
pub(super) async fn document(
    state: State,
    kind: &'static str,
    make: impl FnOnce(&State) -> Result<String, AppError> + Send + 'static,
) -> Response {
    made(state, make, move |text| {
        ([(header::CONTENT_TYPE, kind)], text).into_response()
    })
    .await
}

/// Something, as it is answered.
pub(super) async fn made<T: Send + 'static>(
    state: State,
    make: impl FnOnce(&State) -> Result<T, AppError> + Send + 'static,
    respond: impl FnOnce(T) -> Response,
) -> Response {
    match tokio::task::spawn_blocking(move || make(&state)).await {
        Ok(Ok(made)) => respond(made),
        Ok(Err(error)) if error.kind() == Kind::Usage => failed(StatusCode::NOT_FOUND, &error.to_string()),
        Ok(Err(error)) => broken(&error),
        Err(error) => broken(&error),
    }
}

/// The page could not be made. Why is nobody's business: paths of files may stand in it.
pub(super) fn broken(why: &dyn Display) -> Response {
    let page = failed(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made.");
    trouble::note(page, why)
}

/// Something that was named is not there.
pub(super) fn unknown(what: impl Into<String>) -> AppError {
    AppError::Unknown {
        what: what.into(),
        hint: None,
    }
}

/// The run of this id, which is whole: its beginning would name another run tomorrow.
pub(super) fn whole(state: &State, run: &str) -> Result<RunId, AppError> {
    let found = state.history.find(run)?;
    if found.as_str() == run {
        Ok(found)
    } else {
        Err(unknown(format!("There is no run {run}.")))
    }
}

/// The page of an error.
pub(super) fn failed(status: StatusCode, why: &str) -> Response {
    let title = if status == StatusCode::NOT_FOUND {
        "Not found"
    } else {
        "Something went wrong"
    };
    let body = html! {
        h1 { (title) }
        p { (super::words::said(why)) }
        p { a href="/" { "All capabilities" } }
    };
    (status, Html(layout::page(title, &body).into_string())).into_response()
}
