//! Whether an address may be sent a secret: nobody on the way may read it.

use std::net::IpAddr;

use reqwest::Url;

/// Returns true if what is sent to a URL is encrypted, or does not leave this machine.
pub fn is_confidential(url: &str) -> bool {
    let Ok(url) = url.parse::<Url>() else { return false };
    let host = url.host_str().unwrap_or_default();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    url.scheme() == "https" || host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_travel_encrypted_or_not_at_all() {
        for fine in [
            "https://a.example",
            "http://127.0.0.1:4780",
            "http://127.8.8.8/",
            "http://[::1]:80",
            "http://LOCALHOST",
        ] {
            assert!(is_confidential(fine), "{fine}");
        }
        for open in [
            "http://a.example",
            "http://localhost.a.example",
            "http://10.0.0.1",
            "http://127.0.0.1.a.example",
            "http://user@127.0.0.1@a.example",
            "ftp://127.0.0.1.example",
            "no address",
        ] {
            assert!(!is_confidential(open), "{open}");
        }
    }
}
