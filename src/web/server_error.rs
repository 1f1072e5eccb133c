//! Errors of the site itself. The visitor reads that an error occurred; the operator reads which one.

use std::fmt::Display;

use axum::extract::{Request, State as Given};
use axum::middleware::Next;
use axum::response::Response;

use super::State;

/// The error that occurred while a response was made.
#[derive(Clone)]
struct ServerError(String);

/// Attaches an error to the response that stands in for the requested one. [`notify`] passes it on.
pub(super) fn attach(mut response: Response, error: &dyn Display) -> Response {
    response.extensions_mut().insert(ServerError(error.to_string()));
    response
}

/// Middleware that notifies the operator of an attached error, with the method and the path of the request.
pub(super) async fn notify(Given(state): Given<State>, request: Request, next: Next) -> Response {
    let (method, address) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    if let Some(ServerError(error)) = response.extensions().get() {
        (state.notify)(&format!("{method} {}: {error}", address.path()));
    }
    response
}
