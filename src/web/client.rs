//! Who asks: the address of the connection, or what a proxy that is trusted says of it.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;

/// The most addresses of one request that are looked at, from the nearest on.
const MOST_HOPS: usize = 32;

/// The address of the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peer(pub(super) IpAddr);

/// The address of who asks, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client(pub(super) IpAddr);

/// A network of addresses, such as `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The reason why a text names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// It has another form.
    #[error("an address such as `192.0.2.7` or a network such as `10.0.0.0/8` is expected")]
    Form,
    /// It names an address within the network rather than the network.
    #[error("the network is `{0}`: behind its first bits are zeros only")]
    Within(String),
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && first_bits(address, self.bits) == self.address
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Form)?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => all,
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let bits = bits.parse().ok().filter(|bits: &u8| *bits <= all);
                bits.ok_or(NetworkError::Form)?
            }
            Some(_) => return Err(NetworkError::Form),
        };
        // IPv4 written as IPv6 is IPv4 here, as addresses of connections are.
        let (address, bits) = match (address.to_canonical(), address, bits) {
            (IpAddr::V4(mapped), IpAddr::V6(_), 96..) => (IpAddr::V4(mapped), bits - 96),
            _ => (address, bits),
        };
        let first = first_bits(address, bits);
        match first == address {
            true => Ok(Self { address, bits }),
            false => Err(NetworkError::Within(format!("{first}/{bits}"))),
        }
    }
}

/// The address with zeros behind its first bits.
fn first_bits(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(bits.min(32)))
                .unwrap_or_default();
            IpAddr::V4((address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(bits.min(128)))
                .unwrap_or_default();
            IpAddr::V6((address.to_bits() & mask).into())
        }
    }
}

/// The proxies in front of the site. What they say of who asks is believed, and what anybody else says is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// The proxies in these networks.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    pub(super) fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Who asks over a connection: the nearest address that is not a trusted proxy's. Where the two heads that proxies use contradict
    /// each other, one of them is the visitor's own, and the proxy itself is all that is known.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return peer;
        }
        let told = [
            addresses(headers, "x-forwarded-for", plain_addresses),
            addresses(headers, "forwarded", named_addresses),
        ];
        let mut found = told.iter().filter(|told| !told.is_empty());
        match (found.next(), found.next()) {
            (None, _) => peer,
            (Some(one), None) => self.nearest(peer, one),
            (Some(one), Some(other)) => {
                let (one, other) = (self.nearest(peer, one), self.nearest(peer, other));
                if one == other { one } else { peer }
            }
        }
    }

    /// The nearest address of those that were told, the farthest first, that is no trusted proxy's.
    fn nearest(&self, peer: IpAddr, told: &[Option<IpAddr>]) -> IpAddr {
        let mut known = peer;
        for address in told.iter().rev().take(MOST_HOPS) {
            let Some(address) = address else { break };
            known = *address;
            if !self.trust(known) {
                break;
            }
        }
        known
    }
}

/// The addresses that all heads of a name tell, the farthest first. None stands for one that cannot be read.
fn addresses(headers: &HeaderMap, name: &str, read: fn(&str) -> Vec<Option<IpAddr>>) -> Vec<Option<IpAddr>> {
    let values = headers.get_all(name).into_iter();
    values
        .flat_map(|value| value.to_str().map_or_else(|_| vec![None], read))
        .collect()
}

/// The addresses of `X-Forwarded-For`.
fn plain_addresses(text: &str) -> Vec<Option<IpAddr>> {
    text.split(',').map(|part| address_of(part.trim())).collect()
}

/// The addresses of `Forwarded` (RFC 7239).
fn named_addresses(text: &str) -> Vec<Option<IpAddr>> {
    let Some(elements) = split_unquoted(text, ',') else {
        return vec![None];
    };
    let element = |element: &str| {
        let pairs = split_unquoted(element, ';')?;
        let mut named = pairs.iter().filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then_some(value.trim())
        });
        let value = named.next()?;
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        // Two of them contradict each other.
        named
            .next()
            .is_none()
            .then(|| address_of(quoted.unwrap_or(value)))?
    };
    elements.into_iter().map(element).collect()
}

/// The parts between separators that stand outside of quotes. None if a quote is not closed.
fn split_unquoted(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut from, mut quoted) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            letter if letter == separator && !quoted => {
                parts.push(&text[from..at]);
                from = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    (!quoted).then_some(parts)
}

/// An address, perhaps with a port, and in brackets if it is of IPv6.
fn address_of(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let alone = bracketed.unwrap_or(text).parse::<IpAddr>().ok();
    let found = alone.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn proxies(networks: &[&str]) -> TrustedProxies {
        TrustedProxies::new(networks.iter().map(|text| text.parse().unwrap()).collect())
    }

    fn client(peer: &str, heads: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in heads {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        let proxies = proxies(&["10.0.0.0/8", "2001:db8:aa::/48", "192.0.2.1"]);
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn networks_are_read_and_hold_their_addresses_only() {
        let holds = |network: &str, address: &str| {
            let network: Network = network.parse().unwrap();
            network.contains(address.parse().unwrap())
        };
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.0"));
        assert!(holds("192.0.2.7", "192.0.2.7") && !holds("192.0.2.7", "192.0.2.6"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3") && holds("::ffff:10.0.0.0/104", "10.1.2.3"));
        assert!(holds("2001:db8::/33", "2001:db8:7fff::1") && !holds("2001:db8::/33", "2001:db8:8000::1"));
        assert!(holds("0.0.0.0/0", "203.0.113.9") && !holds("0.0.0.0/0", "2001:db8::1"));
        for wrong in [
            "",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/",
            "10.0.0/8",
            "a.example",
            "::/129",
        ] {
            assert_eq!(wrong.parse::<Network>(), Err(NetworkError::Form), "{wrong}");
        }
        let within = "10.1.2.3/8".parse::<Network>().unwrap_err();
        assert_eq!(within, NetworkError::Within("10.0.0.0/8".to_owned()));
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asks() {
        let forged = [
            ("x-forwarded-for", "198.51.100.1"),
            ("forwarded", "for=198.51.100.1"),
        ];
        assert_eq!(client("203.0.113.5", &forged), "203.0.113.5");
        assert_eq!(client("::ffff:203.0.113.5", &forged), "203.0.113.5");
        assert_eq!(client("10.0.0.1", &forged), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("192.0.2.1", &forged[..1]), "198.51.100.1");
        assert_eq!(client("192.0.2.2", &forged[..1]), "192.0.2.2");
    }

    #[test]
    fn what_a_visitor_writes_before_the_proxy_is_not_believed() {
        let told = |text: &str| client("10.0.0.1", &[("x-forwarded-for", text)]);
        assert_eq!(told("127.0.0.1, 10.0.0.9, 203.0.113.5"), "203.0.113.5");
        assert_eq!(told("198.51.100.1, 203.0.113.5, 10.0.0.2"), "203.0.113.5");
        assert_eq!(told("10.0.0.3,10.0.0.2"), "10.0.0.3");
        assert_eq!(told("198.51.100.1, nonsense"), "10.0.0.1");
        assert_eq!(told("198.51.100.1, , 10.0.0.2"), "10.0.0.2");
        assert_eq!(told("[2001:db8::7]:443"), "2001:db8::7");
        assert_eq!(told("203.0.113.5:1234"), "203.0.113.5");
        let lines = [
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-for", "203.0.113.5"),
        ];
        assert_eq!(client("10.0.0.1", &lines), "203.0.113.5");
        assert_eq!(told("\u{fc}"), "10.0.0.1");
    }

    #[test]
    fn the_standard_head_is_read_with_its_quotes() {
        let told = |text: &str| client("10.0.0.1", &[("forwarded", text)]);
        assert_eq!(
            told("for=198.51.100.1, For=\"203.0.113.5:80\";proto=https"),
            "203.0.113.5"
        );
        assert_eq!(told("proto=http; for=\"[2001:db8::7]\""), "2001:db8::7");
        assert_eq!(told("for=\"[2001:db8:aa::1]\""), "2001:db8:aa::1");
        for unknown in [
            "for=unknown",
            "for=_hidden",
            "proto=https",
            "for=1.2.3.4;for=1.2.3.5",
            "for=\"1.2.3.4",
        ] {
            assert_eq!(told(unknown), "10.0.0.1", "{unknown}");
        }
        // A quote that the visitor opens swallows nothing of what the proxy wrote.
        assert_eq!(told("for=\"x, for=\"[2001:db8::7]\""), "10.0.0.1");
        assert_eq!(
            told("for=198.51.100.1;by=\"a,b\", for=203.0.113.5"),
            "203.0.113.5"
        );
    }

    #[test]
    fn of_two_heads_that_contradict_each_other_none_is_believed() {
        let both = [
            ("x-forwarded-for", "203.0.113.5"),
            ("forwarded", "for=198.51.100.1"),
        ];
        assert_eq!(client("10.0.0.1", &both), "10.0.0.1");
        let same = [
            ("x-forwarded-for", "203.0.113.5"),
            ("forwarded", "for=203.0.113.5"),
        ];
        assert_eq!(client("10.0.0.1", &same), "203.0.113.5");
    }
}
