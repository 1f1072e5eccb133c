//! A provider behind a login, and the authorization server that gives its tokens, in one server: what is right of both, and liars.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::servers::{Request, Response, Server};

/// What a guard does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    /// The metadata of the authorization server names another issuer.
    OtherIssuer,
    /// The metadata of the resource is about another server.
    OtherResource,
    /// A document has no end.
    Endless,
    /// A document is somewhere else, again and again.
    RedirectLoop,
    /// A document is on another server.
    RedirectAway,
    /// Tokens are given at an address that others can read on the way.
    InsecureEndpoint,
    /// The token endpoint sends its visitors on.
    TokenRedirect,
    /// What a token is given as is no token.
    NoToken,
    /// The words of a refusal hold the secret that was sent.
    Parrot,
    /// It does not say that it checks PKCE.
    NoPkce,
    /// The browser is sent back with another issuer.
    OtherSender,
    /// Any token that looks like one is taken.
    TakesAny,
    /// What is no token at all breaks it.
    Breaks,
    /// A call needs no token.
    Open,
    /// The well-known metadata lists nobody.
    NoServers,
}

/// How a guard is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) lie: Lie,
    /// The time for which a token holds.
    pub(crate) valid: Duration,
    /// The number of calls for which a token holds.
    pub(crate) calls: usize,
    /// The scope that a call of a tool needs beside `read`.
    pub(crate) needs: Option<&'static str>,
    /// The challenge names the metadata.
    pub(crate) names_metadata: bool,
    /// The metadata of the authorization server is `OpenID`'s.
    pub(crate) is_openid: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            lie: Lie::None,
            valid: Duration::from_secs(3600),
            calls: usize::MAX,
            needs: None,
            names_metadata: true,
            is_openid: false,
        }
    }
}

/// What happened at a guard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The forms that were sent to the token endpoint, as pairs.
    pub(crate) asked: Vec<Vec<(String, String)>>,
    /// The tokens that were given, in order.
    pub(crate) given: Vec<String>,
    /// The calls that were let through.
    pub(crate) through: usize,
    /// The calls that were turned away.
    pub(crate) away: usize,
    pub(crate) registered: usize,
    pub(crate) revoked: Vec<String>,
}

#[derive(Default)]
struct State {
    seen: Seen,
    /// When each token ends, for how many calls more it holds, and for what.
    tokens: HashMap<String, (Instant, usize, String)>,
    refresh: HashSet<String>,
    /// The challenge and the scope of each code.
    codes: HashMap<String, (String, String)>,
}

/// A running guard.
pub(crate) struct Guard {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl Guard {
    /// Guards what `behind` answers, at the path `/p`.
    pub(crate) fn before(
        rules: Rules,
        behind: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = Server::start(move |request| {
            let mut state = shared.lock().unwrap();
            match turned_away(&mut state, rules, request) {
                Some(response) => response,
                None => {
                    drop(state);
                    behind(&inner(request))
                }
            }
        });
        Self { server, state }
    }

    /// The address of what is guarded.
    pub(crate) fn url(&self) -> String {
        format!("{}/p", self.server.url())
    }

    /// The authorization server.
    pub(crate) fn issuer(&self) -> String {
        self.server.url()
    }

    pub(crate) fn seen(&self) -> Seen {
        self.state.lock().unwrap().seen.clone()
    }

    /// Has the server take this token.
    pub(crate) fn take(&self, token: &str) {
        let until = Instant::now() + Duration::from_secs(3600);
        let held = (until, usize::MAX, "read".to_owned());
        self.state.lock().unwrap().tokens.insert(token.to_owned(), held);
    }

    /// Ends every token that was given so far, and, where it is said, what renews them.
    pub(crate) fn end_tokens(&self, refresh_too: bool) {
        let mut state = self.state.lock().unwrap();
        state.tokens.clear();
        if refresh_too {
            state.refresh.clear();
        }
    }
}

fn inner(request: &Request) -> Request {
    let mut request = request.clone();
    request.path = request.path.trim_start_matches("/p").to_owned();
    request
}

fn form(text: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

fn value<'f>(form: &'f [(String, String)], name: &str) -> &'f str {
    form.iter()
        .find(|(known, _)| known == name)
        .map_or("", |(_, value)| value)
}

/// What is answered in the place of what is guarded; None for a call that may go through.
fn turned_away(state: &mut State, rules: Rules, request: &Request) -> Option<Response> {
    let base = format!("http://{}", request.header("host").unwrap());
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let document = |name: &str, at: &str, value: Value| match rules.lie {
        Lie::Endless => Response::Flood {
            head: b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":\"".to_vec(),
            chunk: vec![b'x'; 8192],
            times: None,
        },
        Lie::RedirectLoop => {
            Response::text(302, "text/plain", "").with("Location", format!("{at}?{}", request.number))
        }
        Lie::RedirectAway => {
            Response::text(302, "text/plain", "").with("Location", format!("http://127.0.0.2:1/{name}"))
        }
        _ => Response::Json(200, value),
    };
    let server_document = match rules.is_openid {
        true => "/.well-known/openid-configuration",
        false => "/.well-known/oauth-authorization-server",
    };
    Some(match path {
        "/.well-known/oauth-protected-resource/p" => {
            let resource = match rules.lie {
                Lie::OtherResource => "https://other.example/p".to_owned(),
                _ => format!("{base}/p"),
            };
            let servers = if rules.lie == Lie::NoServers {
                json!([])
            } else {
                json!([base])
            };
            let value = json!({ "resource": resource, "authorization_servers": servers, "scopes_supported": ["read"] });
            document("resource", path, value)
        }
        _ if path == server_document => {
            let issuer = match rules.lie {
                Lie::OtherIssuer => "https://other.example".to_owned(),
                _ => base.clone(),
            };
            let token = match rules.lie {
                Lie::InsecureEndpoint => "http://tokens.example/token".to_owned(),
                _ => format!("{base}/token"),
            };
            let pkce = if rules.lie == Lie::NoPkce {
                json!(["plain"])
            } else {
                json!(["S256"])
            };
            let value = json!({
                "issuer": issuer, "token_endpoint": token,
                "authorization_endpoint": format!("{base}/authorize?tenant=1"),
                "registration_endpoint": format!("{base}/register"),
                "revocation_endpoint": format!("{base}/revoke"),
                "code_challenge_methods_supported": pkce,
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt", "none"],
                "authorization_response_iss_parameter_supported": true,
            });
            document("server", path, value)
        }
        "/register" => {
            state.seen.registered += 1;
            let asked = request.json();
            assert_eq!(asked["application_type"], "native");
            Response::Json(
                201,
                json!({ "client_id": "registered", "redirect_uris": asked["redirect_uris"] }),
            )
        }
        "/authorize" => authorized(state, rules, &base, &form(query)),
        "/token" => token(state, rules, request),
        "/revoke" => {
            let body = String::from_utf8(request.body.clone()).unwrap();
            let revoked = value(&form(&body), "token").to_owned();
            state.seen.revoked.push(revoked);
            Response::Json(200, json!({}))
        }
        _ if path == "/p" || path.starts_with("/p/") => return gated(state, rules, &base, request),
        _ => Response::text(404, "text/plain", ""),
    })
}

fn gated(state: &mut State, rules: Rules, base: &str, request: &Request) -> Option<Response> {
    let token = request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    let looks_right = token.is_some_and(|token| token.split('.').count() == 3 && token.len() > 40);
    match rules.lie {
        Lie::Breaks if token.is_some() && !looks_right => {
            return Some(Response::text(500, "text/plain", "oh"));
        }
        Lie::Open => {
            return Some(Response::Json(
                200,
                json!({ "ok": false, "error": "unknown_tool" }),
            ));
        }
        Lie::TakesAny if looks_right => return Some(Response::Json(200, json!({ "ok": false }))),
        _ => {}
    }
    let held = token.and_then(|token| state.tokens.get_mut(token));
    let challenge = |more: &str| {
        let metadata = match rules.names_metadata {
            true => format!(", resource_metadata=\"{base}/.well-known/oauth-protected-resource/p\""),
            false => String::new(),
        };
        format!("Bearer realm=\"p\"{metadata}{more}")
    };
    match held {
        Some((ends, calls, scope)) if *ends > Instant::now() && *calls > 0 => {
            let needed = rules.needs.filter(|_| request.method == "POST");
            if needed.is_some_and(|needed| !scope.split(' ').any(|known| known == needed)) {
                let more = format!(
                    ", error=\"insufficient_scope\", scope=\"read {}\"",
                    needed.unwrap()
                );
                return Some(
                    Response::text(403, "text/plain", "").with("WWW-Authenticate", challenge(&more)),
                );
            }
            *calls -= 1;
            state.seen.through += 1;
            None
        }
        _ => {
            state.seen.away += 1;
            Some(Response::text(401, "text/plain", "").with("WWW-Authenticate", challenge("")))
        }
    }
}

fn authorized(state: &mut State, rules: Rules, base: &str, query: &[(String, String)]) -> Response {
    assert_eq!(
        (
            value(query, "response_type"),
            value(query, "code_challenge_method"),
            value(query, "tenant")
        ),
        ("code", "S256", "1")
    );
    assert_eq!(value(query, "resource"), format!("{base}/p"));
    let code = format!("code-{}", state.codes.len() + 1);
    let kept = (
        value(query, "code_challenge").to_owned(),
        value(query, "scope").to_owned(),
    );
    state.codes.insert(code.clone(), kept);
    let issuer = if rules.lie == Lie::OtherSender {
        "http://other.example"
    } else {
        base
    };
    let mut back = reqwest::Url::parse(value(query, "redirect_uri")).unwrap();
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", value(query, "state"))
        .append_pair("iss", issuer);
    Response::text(302, "text/plain", "").with("Location", back.to_string())
}

fn token(state: &mut State, rules: Rules, request: &Request) -> Response {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let fields = form(&body);
    state.seen.asked.push(fields.clone());
    let refused = |code: &str| Response::Json(400, json!({ "error": code }));
    match rules.lie {
        Lie::TokenRedirect => {
            return Response::text(307, "text/plain", "").with("Location", "/elsewhere");
        }
        Lie::NoToken => {
            return Response::Json(
                200,
                json!({ "access_token": "two words", "token_type": "Bearer" }),
            );
        }
        Lie::Parrot => {
            let sent = request.header("authorization").unwrap_or_default();
            let pair = STANDARD.decode(sent.trim_start_matches("Basic ")).unwrap();
            let pair = String::from_utf8(pair).unwrap();
            return Response::Json(
                401,
                json!({ "error": "invalid_client", "error_description": format!("not {pair}\u{1b}[2J") }),
            );
        }
        _ => {}
    }
    let mut scope = value(&fields, "scope").to_owned();
    match value(&fields, "grant_type") {
        "client_credentials" if !is_proven(request, &fields) => return refused("invalid_client"),
        "client_credentials" => {}
        "refresh_token" if !state.refresh.remove(value(&fields, "refresh_token")) => {
            // Whoever brings one again has stolen it.
            state.tokens.clear();
            return refused("invalid_grant");
        }
        "refresh_token" => {}
        "authorization_code" => {
            let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(value(&fields, "code_verifier")));
            match state.codes.remove(value(&fields, "code")) {
                Some((challenge, asked)) if challenge == digest => scope = asked,
                _ => return refused("invalid_grant"),
            }
        }
        _ => return refused("unsupported_grant_type"),
    }
    let number = state.seen.given.len() + 1;
    let (access, refresh) = (
        format!("access-{number}-{}", "a".repeat(20)),
        format!("refresh-{number}-{}", "r".repeat(20)),
    );
    let until = Instant::now() + rules.valid;
    state.tokens.insert(access.clone(), (until, rules.calls, scope));
    state.seen.given.push(access.clone());
    let mut answer =
        json!({ "access_token": access, "token_type": "Bearer", "expires_in": rules.valid.as_secs() });
    if value(&fields, "grant_type") != "client_credentials" {
        state.refresh.insert(refresh.clone());
        answer["refresh_token"] = json!(refresh);
    }
    Response::Json(200, answer)
}

/// Returns true if a client has shown its secret or a statement that it has signed.
fn is_proven(request: &Request, fields: &[(String, String)]) -> bool {
    if request.header("authorization") == Some(&format!("Basic {}", STANDARD.encode("ci%3Aone:s%20cret%2F1")))
    {
        return true;
    }
    let parts: Vec<_> = value(fields, "client_assertion").split('.').collect();
    let [_, claims, signature] = parts.as_slice() else {
        return false;
    };
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let base = format!("http://{}", request.header("host").unwrap());
    claims["aud"] == json!(base) && claims["sub"] == "ci:one" && signature.len() == 86
}
