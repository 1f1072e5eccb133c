//! Ascribes each request to who asks, and bounds how much one visitor has under way through a proxy.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State as Given};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use super::client::{Client, Peer, TrustedProxies};
use super::places::{Place, Places, network_of};
use super::respond;

/// The seconds after which to come again.
const COME_AGAIN: HeaderValue = HeaderValue::from_static("5");

/// The visitors who ask through trusted proxies.
pub(super) struct Visitors {
    /// The proxies.
    pub(super) proxies: TrustedProxies,
    /// The places of their requests.
    pub(super) places: Arc<Places>,
    /// The most requests of one visitor.
    pub(super) most: usize,
}

/// Middleware that notes who asks. A request through a trusted proxy takes a place of its visitor until its answer is sent whole.
pub(super) async fn ascribed(
    Given(visitors): Given<Arc<Visitors>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() else {
        return next.run(request).await;
    };
    let client = visitors.proxies.client(peer, request.headers());
    request.extensions_mut().insert(Client(client));
    // Anybody else is bounded by the number of his connections.
    if !visitors.proxies.trust(peer) {
        return next.run(request).await;
    }
    let Some(place) = visitors.places.take(network_of(client), visitors.most) else {
        let reason = "You have too many requests under way: come again in a few seconds.";
        let mut refused = respond::error_page(StatusCode::TOO_MANY_REQUESTS, reason);
        refused.headers_mut().insert(header::RETRY_AFTER, COME_AGAIN);
        return refused;
    };
    next.run(request)
        .await
        .map(|body| Body::new(PlacedBody { body, _place: place }))
}

/// The body of a response that keeps the place of its visitor.
struct PlacedBody {
    body: Body,
    _place: Place,
}

impl HttpBody for PlacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn site() -> Router {
        let visitors = Visitors {
            proxies: TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]),
            places: Places::new(16),
            most: 2,
        };
        Router::new()
            .route("/", get(async || "here"))
            .layer(from_fn_with_state(Arc::new(visitors), ascribed))
    }

    async fn ask(site: &Router, peer: IpAddr, client: &str) -> Response {
        let request = Request::get("/").header("x-forwarded-for", client);
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer(peer));
        site.clone().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_visitor_behind_a_proxy_has_his_share_and_leaves_others_theirs() {
        let site = site();
        let first = ask(&site, PROXY, "203.0.113.5").await;
        // Another name before that of the proxy gives no other share.
        let second = ask(&site, PROXY, "198.51.100.9, 203.0.113.5").await;
        assert_eq!(
            (first.status(), second.status()),
            (StatusCode::OK, StatusCode::OK)
        );
        let third = ask(&site, PROXY, "203.0.113.5").await;
        assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(third.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(ask(&site, PROXY, "203.0.113.6").await.status(), StatusCode::OK);
        // His place is his until the answer is sent whole.
        drop(first);
        assert_eq!(ask(&site, PROXY, "203.0.113.5").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn who_is_no_proxy_is_not_counted_by_what_he_says() {
        let site = site();
        let visitor = IpAddr::from([203, 0, 113, 5]);
        let mut kept = Vec::new();
        for _ in 0..5 {
            kept.push(ask(&site, visitor, "198.51.100.1").await);
        }
        assert!(kept.iter().all(|answer| answer.status() == StatusCode::OK));
    }
}
