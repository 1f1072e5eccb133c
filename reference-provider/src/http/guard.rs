//! The door to the tools: which requests come in, decided by their headers alone, before a byte of a body is read.
//!
//! - A page of another site must not call in the name of whoever looks at it. Browsers send `Origin` with every POST and a page cannot
//!   choose it: it must be of the loopback interface or of the public URL. Agents send none.
//! - A page must not reach a provider on the machine of its visitor by a name that was bound to the machine's address: `Host` must be one
//!   that the provider knows. Off loopback it does not know its names, and `Origin` is what keeps such a page out.
//! - Tools take JSON, which no page can send without asking first, and that question is never answered with yes.
//! - Where callers need a token, it is looked at last: who may not call from where they are learns nothing about it.
//!
//! The pages behind cancellation and payment addresses and the webhook are not behind this door: their addresses and signatures are keys.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::problem::problem;
use crate::provider::Provider;

/// Middleware for whatever lists or calls tools.
pub(super) async fn admitted(
    State(provider): State<Arc<Provider>>,
    request: Request,
    next: Next,
) -> Response {
    match refusal(&provider, request.uri(), request.headers()) {
        None => next.run(request).await,
        Some(refusal) => refusal,
    }
}

/// Middleware for what takes its input as a body.
pub(super) async fn takes_json(request: Request, next: Next) -> Response {
    if request.method() == Method::POST && !is_json(request.headers()) {
        return problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "a tool takes JSON: send Content-Type: application/json",
        );
    }
    next.run(request).await
}

/// Returns true if a body is said to be JSON, by one header.
fn is_json(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return false;
    };
    let essence = value.to_str().ok().and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn refusal(provider: &Provider, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    if !asks_for_us(provider, uri, headers) {
        return Some(problem(
            StatusCode::FORBIDDEN,
            "foreign_host",
            "this host is not served here; serve with --public-host NAME if a proxy passes it on",
        ));
    }
    let public_url = provider.public_url.as_deref();
    let is_ours = |origin: &HeaderValue| {
        origin
            .to_str()
            .is_ok_and(|origin| is_own_origin(public_url, origin))
    };
    if !headers.get_all(header::ORIGIN).iter().all(is_ours) {
        return Some(problem(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "pages of other sites may not call",
        ));
    }
    if !provider.access.admits(headers) {
        let mut response = problem(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "send the token of this provider: Authorization: Bearer …",
        );
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return Some(response);
    }
    None
}

/// Returns true if every host that a request names is one by which this provider may be called.
fn asks_for_us(provider: &Provider, uri: &Uri, headers: &HeaderMap) -> bool {
    if !provider.is_local() {
        return true;
    }
    let public = provider
        .public_url
        .as_deref()
        .and_then(|url| url.parse::<Uri>().ok());
    let public = public.as_ref().and_then(Uri::host);
    let known = |authority: &str| {
        let name = host_name(authority);
        is_local_name(name)
            || public
                .into_iter()
                .chain(provider.public_hosts.iter().map(String::as_str))
                .any(|known| known.eq_ignore_ascii_case(name))
    };
    let hosts = headers.get_all(header::HOST);
    uri.authority().is_none_or(|authority| known(authority.as_str()))
        && hosts.iter().count() <= 1
        && hosts.iter().all(|host| host.to_str().is_ok_and(known))
}

/// Returns true for names that nobody can bind to another address: an address itself, and `localhost` (RFC 6761, section 6.3).
fn is_local_name(name: &str) -> bool {
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    bare.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost")
}

/// The host of `host:port`, without the dot that may end a name.
fn host_name(authority: &str) -> &str {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    host.strip_suffix('.').unwrap_or(host)
}

/// Returns true if a page of this origin may call: one of the loopback interface, or of the public URL.
fn is_own_origin(public_url: Option<&str>, origin: &str) -> bool {
    let Some((scheme, host, port)) = origin_of(origin) else {
        return false;
    };
    let near = ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str());
    near || public_url.and_then(origin_of) == Some((scheme, host, port))
}

/// The scheme, the host and the port of a URL of a web page.
fn origin_of(url: &str) -> Option<(String, String, u16)> {
    let url: Uri = url.parse().ok()?;
    let (scheme, host) = (url.scheme_str()?, url.host()?);
    let usual = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    // A user before the host is of no origin.
    if url.authority()?.as_str().contains('@') {
        return None;
    }
    let port = url.port_u16().unwrap_or(usual);
    Some((scheme.to_owned(), host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_a_host_is_found_whatever_its_port_and_case() {
        for (authority, name, is_local) in [
            ("localhost:4700", "localhost", true),
            ("LOCALHOST", "LOCALHOST", true),
            ("localhost.:80", "localhost", true),
            ("127.0.0.1:4700", "127.0.0.1", true),
            ("[::1]:4700", "[::1]", true),
            ("[::1]", "[::1]", true),
            ("evil.example:4700", "evil.example", false),
            ("127.0.0.1.evil.example", "127.0.0.1.evil.example", false),
            ("localhost.evil.example", "localhost.evil.example", false),
            ("notlocalhost", "notlocalhost", false),
            ("", "", false),
        ] {
            assert_eq!(host_name(authority), name);
            assert_eq!(is_local_name(name), is_local, "{authority}");
        }
    }

    #[test]
    fn an_origin_is_compared_whole() {
        let public = Some("https://book.example/salons");
        for own in [
            "http://localhost:6274",
            "https://localhost",
            "http://127.0.0.1:1",
            "http://[::1]:1",
            "https://book.example",
            "https://book.example:443",
            "https://BOOK.example",
        ] {
            assert!(is_own_origin(public, own), "{own}");
        }
        for foreign in [
            "null",
            "",
            "localhost",
            "http://book.example",
            "https://book.example:8443",
            "https://book.example.evil.example",
            "https://evil.example",
            "http://localhost.evil.example",
            "http://evil.example@localhost",
            "file://localhost",
            "chrome-extension://localhost",
        ] {
            assert!(!is_own_origin(public, foreign), "{foreign}");
        }
        assert!(!is_own_origin(None, "https://book.example"));
    }
}
