//! The addresses that may be asked, and the well-known ones of a document about a server.

use reqwest::Url;

/// Returns true if nobody on the way can read what is sent to an address: it is https, or on this machine.
pub fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_local(url),
        _ => false,
    }
}

/// Returns true if an address is on this machine.
pub(super) fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let name = host.trim_start_matches('[').trim_end_matches([']', '.']);
    name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The document `name` with the path of the URL behind it, as RFC 8615 has it, with the query of the URL where that is kept.
pub(super) fn inserted(url: &Url, name: &str, with_query: bool) -> Url {
    let mut found = url.clone();
    let path = url.path().trim_end_matches('/');
    found.set_path(&format!("/.well-known/{name}{path}"));
    if !with_query {
        found.set_query(None);
    }
    found.set_fragment(None);
    found
}

/// The document `name` below the path of the URL, as `OpenID` Connect has it.
pub(super) fn appended(url: &Url, name: &str) -> Url {
    let mut found = url.clone();
    let path = url.path().trim_end_matches('/');
    found.set_path(&format!("{path}/.well-known/{name}"));
    found.set_query(None);
    found.set_fragment(None);
    found
}

/// The document `name` of the whole server.
pub(super) fn at_root(url: &Url, name: &str) -> Url {
    let mut root = url.clone();
    root.set_path("/");
    inserted(&root, name, false)
}

/// The addresses at which the metadata of a protected resource may be (RFC 9728, 3.1), in their order.
pub(super) fn of_resource(url: &Url) -> Vec<Url> {
    const NAME: &str = "oauth-protected-resource";
    let with_query = url.query().is_some();
    distinct([
        inserted(url, NAME, with_query),
        inserted(url, NAME, false),
        at_root(url, NAME),
    ])
}

/// The addresses at which the metadata of an authorization server may be: RFC 8414, then `OpenID` Connect in both forms.
pub(super) fn of_issuer(issuer: &Url) -> Vec<Url> {
    distinct([
        inserted(issuer, "oauth-authorization-server", false),
        inserted(issuer, "openid-configuration", false),
        appended(issuer, "openid-configuration"),
    ])
}

fn distinct(urls: [Url; 3]) -> Vec<Url> {
    let mut all: Vec<Url> = Vec::new();
    for url in urls {
        if !all.contains(&url) {
            all.push(url);
        }
    }
    all
}

/// The identifier of a server as a resource (RFC 8707): its address, without what is not part of a name.
pub(super) fn identifier(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    match url.path() {
        "/" if url.query().is_none() => url.as_str().trim_end_matches('/').to_owned(),
        _ => url.to_string(),
    }
}

/// Returns true if a resource is a server, or what the server is a part of.
pub(super) fn covers(resource: &Url, server: &Url) -> bool {
    let path = resource.path().trim_end_matches('/');
    let rest = server.path().strip_prefix(path);
    resource.origin() == server.origin()
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        && (resource.query().is_none() || resource.query() == server.query())
}

/// Returns true if two texts are one issuer. They are compared as texts; only the slash of an empty path may be there or not.
pub(super) fn same_issuer(one: &str, other: &str) -> bool {
    let bare = |text: &str| {
        let root = Url::parse(text).is_ok_and(|url| url.path() == "/" && url.query().is_none());
        match root {
            true => text.trim_end_matches('/').to_owned(),
            false => text.to_owned(),
        }
    };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn texts(urls: Vec<Url>) -> Vec<String> {
        urls.into_iter().map(|url| url.to_string()).collect()
    }

    #[test]
    fn every_documented_form_of_an_address_is_tried() {
        assert_eq!(
            texts(of_issuer(&url("https://as.example/tenant1"))),
            [
                "https://as.example/.well-known/oauth-authorization-server/tenant1",
                "https://as.example/.well-known/openid-configuration/tenant1",
                "https://as.example/tenant1/.well-known/openid-configuration",
            ]
        );
        assert_eq!(
            texts(of_issuer(&url("https://as.example/"))),
            [
                "https://as.example/.well-known/oauth-authorization-server",
                "https://as.example/.well-known/openid-configuration",
            ]
        );
        assert_eq!(
            texts(of_resource(&url("https://h.example/a/mcp/?team=7"))),
            [
                "https://h.example/.well-known/oauth-protected-resource/a/mcp?team=7",
                "https://h.example/.well-known/oauth-protected-resource/a/mcp",
                "https://h.example/.well-known/oauth-protected-resource",
            ]
        );
        assert_eq!(
            texts(of_resource(&url("https://h.example"))),
            ["https://h.example/.well-known/oauth-protected-resource"]
        );
    }

    #[test]
    fn a_resource_covers_what_lies_below_it_on_its_own_server() {
        let rows = [
            ("https://h.example", "https://h.example/mcp", true),
            ("https://h.example/mcp", "https://h.example/mcp", true),
            ("https://h.example/mcp/", "https://h.example/mcp", true),
            ("https://h.example/mcp", "https://h.example/mcp/a", true),
            ("https://h.example/mcp", "https://h.example/mcpx", false),
            ("https://h.example/other", "https://h.example/mcp", false),
            ("https://h.example:444/mcp", "https://h.example/mcp", false),
            ("http://h.example/mcp", "https://h.example/mcp", false),
            ("https://h.example.evil/mcp", "https://h.example/mcp", false),
            ("https://h.example/mcp?t=1", "https://h.example/mcp?t=2", false),
        ];
        for (resource, server, holds) in rows {
            assert_eq!(covers(&url(resource), &url(server)), holds, "{resource} {server}");
        }
        assert_eq!(identifier(&url("https://H.example/#x")), "https://h.example");
        assert_eq!(
            identifier(&url("https://h.example/mcp/")),
            "https://h.example/mcp/"
        );
    }

    #[test]
    fn only_https_and_this_machine_are_safe() {
        for good in [
            "https://a.example",
            "http://127.0.0.1:1",
            "http://[::1]/",
            "http://a.localhost",
        ] {
            assert!(is_secure(&url(good)), "{good}");
        }
        for bad in [
            "http://a.example",
            "http://10.0.0.1",
            "http://localhost.evil",
            "ftp://127.0.0.1",
            "javascript:1",
        ] {
            assert!(!is_secure(&url(bad)), "{bad}");
        }
        assert!(same_issuer("https://a.example/", "https://a.example"));
        assert!(!same_issuer("https://a.example/x/", "https://a.example/x"));
        assert!(!same_issuer("https://a.example", "https://b.example"));
    }
}
