//! Answers made smaller for visitors who take gzip (RFC 1952).

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use miniz_oxide::deflate::compress_to_vec;

/// Smaller answers gain nothing, larger ones take too long.
const SMALLEST: usize = 1_024;
const LARGEST: usize = 4 * 1024 * 1024;
/// How hard is tried, of 10.
const LEVEL: u8 = 6;
/// Above this size another thread does it.
const AT_ONCE: usize = 32 * 1024;

/// The kinds of answers that shrink.
const KINDS: [&str; 5] = [
    "text/",
    "application/json",
    "application/xml",
    "application/atom+xml",
    "image/svg+xml",
];

/// Returns true if an answer of this kind and size shrinks.
pub(super) fn shrinks(kind: Option<&HeaderValue>, size: usize) -> bool {
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    (SMALLEST..=LARGEST).contains(&size) && KINDS.iter().any(|known| kind.starts_with(known))
}

/// Returns true if a visitor takes gzip.
pub(super) fn is_taken(headers: &HeaderMap) -> bool {
    let all = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut offers = all
        .filter_map(|offer| offer.to_str().ok())
        .flat_map(|offer| offer.split(','));
    offers.any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let quality = parts.find_map(|part| part.strip_prefix("q="));
        is_gzip && quality.is_none_or(|quality| quality.parse::<f32>().is_ok_and(|quality| quality > 0.0))
    })
}

/// The bytes as gzip. None if the thread that was to do it ended early.
pub(super) async fn shrunk(bytes: Bytes) -> Option<Bytes> {
    if bytes.len() <= AT_ONCE {
        return Some(gzip(&bytes));
    }
    tokio::task::spawn_blocking(move || gzip(&bytes)).await.ok()
}

fn gzip(bytes: &[u8]) -> Bytes {
    // No name, no time, an unknown system.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(compress_to_vec(bytes, LEVEL));
    out.extend(checksum(bytes).to_le_bytes());
    // The size without its upper bits, as the format has it.
    let size = u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or_default();
    out.extend(size.to_le_bytes());
    out.into()
}

/// The CRC-32 of the format.
fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(!0, |sum: u32, byte| {
        let [low, ..] = sum.to_le_bytes();
        TABLE[usize::from(low ^ byte)] ^ (sum >> 8)
    })
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let (mut at, mut start) = (0, 0_u32);
    while at < 256 {
        let (mut sum, mut bit) = (start, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 {
                0xedb8_8320 ^ (sum >> 1)
            } else {
                sum >> 1
            };
            bit += 1;
        }
        table[at] = sum;
        at += 1;
        start += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_format() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), 0);
    }

    #[test]
    fn what_was_shrunk_is_whole_again() {
        let text = "the same again and again, ".repeat(2_000);
        let out = gzip(text.as_bytes());
        assert!(out.len() < text.len() / 20, "{}", out.len());
        let body = &out[10..out.len() - 8];
        assert_eq!(
            miniz_oxide::inflate::decompress_to_vec(body).unwrap(),
            text.as_bytes()
        );
    }

    #[test]
    fn gzip_is_taken_unless_it_is_not_named_or_named_with_nought() {
        let of = |offer: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, offer.parse().unwrap());
            is_taken(&headers)
        };
        assert!(of("gzip") && of("br, GZIP;q=0.5") && of("deflate , gzip"));
        assert!(!of("br") && !of("gzip;q=0") && !of("gzip;q=x") && !of(""));
    }
}
