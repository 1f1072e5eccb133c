//! Headers of every response: security policy and cache tags.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};

use super::gzip;
use super::held_body::held;
use super::respond;
use crate::model::hex;

/// The content security policy of a page: the site's own style sheet, pictures and forms only, and no frames.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// The content security policy of a page with the site's own script, which may connect to the site only.
pub(super) const WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The largest response in bytes. No page comes near it; a larger body is an error.
const LARGEST: usize = 32 * 1024 * 1024;

/// Middleware that sets the security headers of a response.
pub(super) async fn secured(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        // A page with a script sets its own policy.
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Middleware that tags every complete response with a digest of its bytes, and answers 304 to a browser that has them. Streams are
/// left alone.
pub(super) async fn cached(request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let takes_gzip = gzip::is_taken(request.headers());
    let may = matches!(*request.method(), Method::GET | Method::HEAD);
    let response = next.run(request).await;
    let streams = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if !may || streams || response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = match to_bytes(body, LARGEST).await {
        Ok(bytes) => bytes,
        Err(error) => return respond::internal_error(&error),
    };
    let shrinks = gzip::shrinks(parts.headers.get(header::CONTENT_TYPE), bytes.len());
    let digest = hex(&Sha256::digest(&bytes)[..16]);
    // The same page in another encoding has other bytes, and a tag of its own.
    let tag = match shrinks && takes_gzip {
        true => format!("\"{digest}-gzip\""),
        false => format!("\"{digest}\""),
    };
    if shrinks {
        let vary = HeaderValue::from_static("accept-encoding");
        parts.headers.append(header::VARY, vary);
    }
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, value);
    }
    parts
        .headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    if known.is_some_and(|known| matches(&known, &tag)) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    let bytes = match shrinks && takes_gzip {
        false => bytes,
        true => match gzip::shrunk(bytes).await {
            Some(bytes) => {
                let encoding = HeaderValue::from_static("gzip");
                parts.headers.insert(header::CONTENT_ENCODING, encoding);
                parts.headers.remove(header::CONTENT_LENGTH);
                bytes
            }
            None => return respond::internal_error(&"an answer could not be shrunk"),
        },
    };
    match held(bytes) {
        Some(body) => Response::from_parts(parts, body),
        None => respond::busy(),
    }
}

fn matches(known: &HeaderValue, tag: &str) -> bool {
    known.to_str().is_ok_and(|known| {
        known
            .split(',')
            .map(|one| one.trim().trim_start_matches("W/"))
            .any(|one| one == "*" || one == tag)
    })
}
