//! JSON responses.

use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Problem;
use crate::model::encoded;
use crate::web::State;
use crate::web::paging::Paged;
use crate::web::work::{self, Work};

/// Responds with a value as JSON. `make` may wait for the store.
pub(super) async fn json<T: Serialize + 'static>(
    state: State,
    make: impl FnOnce(&State) -> Result<T, Problem> + Send + 'static,
) -> Response {
    json_of(Work::Page, state, make).await
}

/// Responds with the outcome of some kind of work as JSON.
pub(super) async fn json_of<T: Serialize + 'static>(
    kind: Work,
    state: State,
    make: impl FnOnce(&State) -> Result<T, Problem> + Send + 'static,
) -> Response {
    let body = work::run(kind, move || {
        let value = make(&state)?;
        serde_json::to_string(&value).map_err(|error| Problem::internal(&error))
    });
    match body.await {
        Ok(Ok(body)) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Ok(Err(problem)) => problem.into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Responds with a page of a list as JSON. The header `Link` (RFC 8288) names the page that follows: the same request with the
/// parameter `name`.
pub(super) async fn list<T: Serialize + Send + 'static, C: Display + Send + 'static>(
    state: State,
    name: &'static str,
    limit: Option<usize>,
    make: impl FnOnce(&State) -> Result<Paged<T, C>, Problem> + Send + 'static,
) -> Response {
    let body = work::run(Work::Page, move || {
        let page = make(&state)?;
        let limit = limit.map_or_else(String::new, |limit| format!("&limit={limit}"));
        let next = page.next.map(|next| {
            let next = encoded(&next.to_string());
            format!("<?{name}={next}{limit}>; rel=\"next\"")
        });
        let body = serde_json::to_string(&page.items).map_err(|error| Problem::internal(&error))?;
        Ok::<_, Problem>((body, next))
    });
    let (body, next) = match body.await {
        Ok(Ok(made)) => made,
        Ok(Err(problem)) => return problem.into_response(),
        Err(error) => return Problem::from(error).into_response(),
    };
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    if let Some(next) = next.and_then(|next| HeaderValue::from_str(&next).ok()) {
        response.headers_mut().insert(header::LINK, next);
    }
    response
}
