//! Where an endpoint is: its origin, which bears the load of all entries on it, and its address, by which two entries are known for one.

use reqwest::Url;

use crate::model::Endpoint;

/// The segment of a path under which many servers offer over MCP what they offer over HTTP beside it.
const MCP_SEGMENT: &str = "mcp";

/// Scheme, host and port of an endpoint, as text. All names of this machine's loopback are one host. None for a command.
pub fn origin(endpoint: &Endpoint) -> Option<String> {
    let (Endpoint::Http { url } | Endpoint::Mcp { url }) = endpoint else {
        return None;
    };
    Some(match Url::parse(url) {
        Ok(url) => origin_of(&url),
        Err(_) => url.clone(),
    })
}

/// The address of an endpoint, as text: equal for two endpoints that lead to the same server and the same path there, over whatever
/// binding.
pub fn address(endpoint: &Endpoint) -> String {
    let url = match endpoint {
        Endpoint::Http { url } | Endpoint::Mcp { url } => url,
        Endpoint::Stdio { command, args, env } => {
            let mut env: Vec<_> = env
                .iter()
                .map(|(name, value)| format!("{name}={value:?}"))
                .collect();
            env.sort_unstable();
            return format!("{command} {args:?} {env:?}");
        }
    };
    let Ok(url) = Url::parse(url) else {
        return url.clone();
    };
    let path = url.path_segments().into_iter().flatten();
    let path: Vec<_> = path
        .filter(|segment| !segment.is_empty() && *segment != MCP_SEGMENT)
        .collect();
    let query = url.query().unwrap_or_default();
    format!("{}/{}?{query}", origin_of(&url), path.join("/"))
}

fn origin_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let host = match address.parse::<std::net::IpAddr>() {
        Ok(ip) if ip.to_canonical().is_loopback() => "localhost",
        _ => host,
    };
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}://{host}:{port}", url.scheme())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(url: &str) -> Endpoint {
        Endpoint::Http { url: url.to_owned() }
    }

    fn mcp(url: &str) -> Endpoint {
        Endpoint::Mcp { url: url.to_owned() }
    }

    #[test]
    fn all_names_of_the_loopback_are_one_origin_and_ports_and_schemes_are_not() {
        let of = |url: &str| origin(&http(url)).unwrap();
        let here = of("http://localhost:4700/a");
        for url in [
            "http://127.0.0.1:4700",
            "http://[::1]:4700/b",
            "http://LOCALHOST:4700",
            "http://127.0.0.2:4700",
            "http://[::ffff:127.0.0.1]:4700",
        ] {
            assert_eq!(of(url), here, "{url}");
        }
        assert_eq!(of("http://a.example"), of("http://a.example:80/x"));
        for url in [
            "http://localhost:4701",
            "https://localhost:4700",
            "http://localhost.example:4700",
        ] {
            assert_ne!(of(url), here, "{url}");
        }
    }

    #[test]
    fn one_base_has_one_address_over_both_bindings() {
        let here = address(&http("http://localhost:4700/p/salon"));
        for endpoint in [
            http("http://127.0.0.1:4700/p/salon/"),
            mcp("http://[::1]:4700/p/salon/mcp"),
            mcp("http://127.0.0.1:4700/mcp/p/salon"),
            mcp("http://127.0.0.1:4700/p/salon"),
        ] {
            assert_eq!(address(&endpoint), here, "{endpoint:?}");
        }
        for other in [
            "http://localhost:4700/p/salon-2",
            "http://localhost:4700/p",
            "http://localhost:4700/p/salon?tenant=2",
        ] {
            assert_ne!(address(&http(other)), here, "{other}");
        }
    }
}
