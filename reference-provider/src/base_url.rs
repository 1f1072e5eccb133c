//! The base of the URLs in an answer.

use axum::http::{HeaderMap, header};

/// The configured address, or the host that the caller named.
pub(crate) fn base_url(configured: Option<&str>, headers: &HeaderMap) -> String {
    if let Some(url) = configured {
        return url.to_owned();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| is_host(host));
    format!("http://{}", host.unwrap_or("localhost"))
}

/// Returns true if it can stand in a URL: a caller may send anything as its host.
fn is_host(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !text.is_empty() && text.len() <= 255 && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_taken_only_if_it_looks_like_one() {
        let mut headers = HeaderMap::new();
        assert_eq!(base_url(None, &headers), "http://localhost");
        headers.insert(header::HOST, "127.0.0.1:4700".parse().unwrap());
        assert_eq!(base_url(None, &headers), "http://127.0.0.1:4700");
        assert_eq!(
            base_url(Some("https://book.example"), &headers),
            "https://book.example"
        );
        headers.insert(header::HOST, "evil\"/../ x".parse().unwrap());
        assert_eq!(base_url(None, &headers), "http://localhost");
    }
}
