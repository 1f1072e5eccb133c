//! The transparency log as files: the checkpoint and the tiles (C2SP `tlog-tiles`).

use axum::extract::{Path, State as Given};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::WebError;
use super::{State, respond};
use crate::app::AppError;
use crate::transparency::{Log, Tile};

/// The time for which a tile may be kept by others: it never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// The signed size and root of the log.
pub(super) async fn checkpoint(Given(state): Given<State>) -> Response {
    respond::document(state, "text/plain; charset=utf-8", |state| {
        Ok(log_of(state)?.checkpoint().map_err(AppError::from)?)
    })
    .await
}

/// A tile of hashes, or a bundle of entries.
pub(super) async fn tile(Given(state): Given<State>, Path(path): Path<String>) -> Response {
    let Ok(tile) = path.parse::<Tile>() else {
        return respond::error_page(StatusCode::NOT_FOUND, "There is no such tile.");
    };
    let read = move |state: &State| {
        let bytes = log_of(state)?.tile(&tile).map_err(AppError::from)?;
        bytes.ok_or(WebError::UnknownTile)
    };
    respond::respond(state, read, |bytes| {
        let headers = [
            (header::CONTENT_TYPE, "application/octet-stream"),
            (header::CACHE_CONTROL, FOREVER),
        ];
        (headers, bytes).into_response()
    })
    .await
}

fn log_of(state: &State) -> Result<&Log, WebError> {
    state.log.as_ref().ok_or(WebError::UnknownTile)
}
