//! The origin of requests to the MCP endpoint (MCP 2025-11-25, "Security Warning" of the Streamable HTTP transport): a page of another site
//! must not ask in the name of whoever looks at it, and a name that was bound to a loopback address must not open it.

use axum::extract::{Request, State as Given};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::State;
use super::hosts::Hosts;

/// Middleware that refuses a request of a foreign origin, or to a foreign host, with status 403.
pub(super) async fn checked(Given(state): Given<State>, request: Request, next: Next) -> Response {
    match foreign(&state.hosts, request.headers()) {
        None => next.run(request).await,
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
    }
}

/// The reason why a request is refused. A request without an origin is not of a page.
fn foreign(hosts: &Hosts, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(header::HOST).unwrap_or_default();
    let (name, _) = split(host);
    if !hosts.accept(name) {
        return Some("this host is not served here");
    }
    let origin = text(header::ORIGIN)?;
    let authority = origin
        .parse::<Uri>()
        .ok()
        .and_then(|uri| Some(uri.authority()?.as_str().to_owned()));
    // A proxy may add TLS, so the scheme is not compared; the port of the scheme may be left out.
    let same = authority
        .is_some_and(|origin| split(&origin).0.eq_ignore_ascii_case(name) && ports_agree(&origin, host));
    (!same).then_some("requests of pages of other origins are refused")
}

/// The name and the port of an authority.
fn split(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (authority, None),
    }
}

fn ports_agree(one: &str, other: &str) -> bool {
    let port = |authority: &str| {
        split(authority)
            .1
            .filter(|port| !matches!(*port, "80" | "443"))
            .map(str::to_owned)
    };
    port(one) == port(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(hosts: &Hosts, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        foreign(hosts, &headers).is_none()
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        for hosts in [Hosts::Any, Hosts::Local(vec!["registry.example".to_owned()])] {
            assert!(asked(&hosts, "registry.example", None));
            assert!(asked(
                &hosts,
                "registry.example",
                Some("https://registry.example")
            ));
            assert!(asked(
                &hosts,
                "Registry.example:443",
                Some("https://registry.example")
            ));
            for foreign in [
                "https://evil.example",
                "https://registry.example.evil.example",
                "http://registry.example:8080",
                "null",
                "",
            ] {
                assert!(!asked(&hosts, "registry.example", Some(foreign)), "{foreign}");
            }
        }
    }

    #[test]
    fn a_site_of_this_machine_is_asked_by_its_own_names_alone() {
        let local = Hosts::Local(Vec::new());
        for own in ["127.0.0.1:4780", "localhost:4780", "[::1]:4780", "LOCALHOST"] {
            assert!(asked(&local, own, None), "{own}");
        }
        assert!(asked(&local, "[::1]:4780", Some("http://[::1]:4780")));
        for rebound in [
            "evil.example:4780",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "",
        ] {
            assert!(!asked(&local, rebound, None), "{rebound}");
        }
        assert!(asked(&Hosts::Any, "evil.example", None), "nobody knows its names");
    }
}
