//! What went wrong at the site itself. Whoever asked is told that something did; what it was is told to whoever runs the site.

use std::fmt::Display;

use axum::extract::{Request, State as Given};
use axum::middleware::Next;
use axum::response::Response;

use super::State;

/// What went wrong while a response was made.
#[derive(Clone)]
struct Trouble(String);

/// Notes on a response why it is none of what was asked for.
pub(super) fn note(mut response: Response, what: &dyn Display) -> Response {
    response.extensions_mut().insert(Trouble(what.to_string()));
    response
}

/// Tells what was noted, with the address that was asked for.
pub(super) async fn told(Given(state): Given<State>, request: Request, next: Next) -> Response {
    let (method, address) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    if let Some(Trouble(what)) = response.extensions().get() {
        (state.tell)(&format!("{method} {}: {what}", address.path()));
    }
    response
}
