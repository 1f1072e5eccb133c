//! Errors of the HTTP libraries as errors of a transport. The libraries report a chain of causes, the telling one somewhere inside.

use std::error::Error;
use std::io;

use super::error::TransportError;

/// The message for a host that neither takes nor refuses a connection.
pub(super) const NOT_ACCEPTED: &str = "the connection was not accepted in time";

/// The error of a request that got no answer. `sent`: the request had gone out when it happened.
pub(super) fn transport_error(error: &reqwest::Error, sent: bool) -> TransportError {
    if error.is_connect() {
        return TransportError::Connect(connect_reason(error));
    }
    if !sent {
        return TransportError::Connect(
            "the connection closed before the request could be written".to_owned(),
        );
    }
    let broken = causes(error)
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .find(|error| error.is_parse());
    match broken {
        Some(broken) => TransportError::Protocol(format!("the answer is not HTTP ({broken})")),
        None if was_reset(error) => TransportError::Lost("reset before any answer".to_owned()),
        None => TransportError::Lost("no answer came".to_owned()),
    }
}

/// The reason why a body ended early.
pub(super) fn lost_body(error: &reqwest::Error, read: usize) -> String {
    let kind = io_kind(error);
    if was_reset(error) {
        format!("reset after {read} bytes of the body")
    } else if matches!(
        kind,
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
    ) {
        format!("the chunked encoding broke after {read} bytes of the body")
    } else {
        format!("the body ended after {read} bytes")
    }
}

fn connect_reason(error: &reqwest::Error) -> String {
    if error.is_dns() {
        return "host not found".to_owned();
    }
    if error.is_timeout() {
        return NOT_ACCEPTED.to_owned();
    }
    if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return format!("TLS: {}", tls_reason(tls));
    }
    match io_kind(error) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(io::ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        Some(io::ErrorKind::HostUnreachable) => "host unreachable".to_owned(),
        Some(io::ErrorKind::NetworkUnreachable) => "network unreachable".to_owned(),
        Some(io::ErrorKind::UnexpectedEof) => "the connection closed during the handshake".to_owned(),
        _ => causes(error)
            .last()
            .map_or_else(|| error.to_string(), |cause| clean(&cause.to_string())),
    }
}

/// What is wrong with a TLS connection, and what helps where we know it.
fn tls_reason(error: &rustls::Error) -> String {
    use rustls::CertificateError as Wrong;
    const TRUST: &str =
        "`--ca-file FILE` or the variable SSL_CERT_FILE names the certificate of an authority to trust";
    let rustls::Error::InvalidCertificate(wrong) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => {
                "the server does not speak TLS; is its address `http://`?".to_owned()
            }
            rustls::Error::AlertReceived(alert) => format!("the server refuses the handshake ({alert:?})"),
            rustls::Error::PeerIncompatible(why) => {
                format!("the server speaks no version of TLS that we do ({why:?})")
            }
            other => clean(&other.to_string()),
        };
    };
    match wrong {
        Wrong::Expired | Wrong::ExpiredContext { .. } => "the certificate of the server has expired".to_owned(),
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
            "the certificate of the server is not valid yet; is the clock of this machine right?".to_owned()
        }
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
            "the certificate of the server is for another name".to_owned()
        }
        Wrong::Revoked => "the certificate of the server was revoked".to_owned(),
        Wrong::UnknownIssuer => {
            format!("nobody whom this machine trusts has signed the certificate of the server; {TRUST}")
        }
        // The only sign of a certificate that is its own authority.
        Wrong::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server shows the certificate of an authority as its own, as self-signed ones are; it needs one that an authority \
             signed"
                .to_owned()
        }
        other => format!("the certificate of the server is wrong: {}", clean(&other.to_string())),
    }
}

/// One line, whatever the library wrote.
fn clean(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn was_reset(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(
        io_kind(error),
        Some(ConnectionReset | ConnectionAborted | BrokenPipe)
    )
}

/// The kind of the innermost error of the operating system.
fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .last()
        .map(io::Error::kind)
}

/// The causes of an error, outermost first. An I/O error that wraps another hides it from `source`.
fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let first: Option<&'a (dyn Error + 'static)> = error.source();
    std::iter::successors(first, |&cause| {
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => cause.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError, InvalidMessage};

    use super::*;

    #[test]
    fn what_is_wrong_with_tls_is_told_in_words() {
        for (error, words) in [
            (
                rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer),
                "SSL_CERT_FILE",
            ),
            (
                rustls::Error::InvalidCertificate(CertificateError::Expired),
                "has expired",
            ),
            (
                rustls::Error::InvalidCertificate(CertificateError::NotValidForName),
                "for another name",
            ),
            (
                rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "does not speak TLS",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::HandshakeFailure),
                "refuses the handshake",
            ),
        ] {
            let told = tls_reason(&error);
            assert!(told.contains(words) && !told.contains("Other("), "{told}");
        }
    }
}
