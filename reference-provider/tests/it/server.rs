//! The provider behind a socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use reference_provider::{Error, Fault, Options, Server, Tenants};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A request over a connection of its own; the whole answer.
pub(crate) fn request(base_url: &str, method: &str, path: &str, body: &str) -> String {
    let host = base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_answers_once_it_is_started_and_not_after_it_is_stopped() {
    let server = Server::start(Options::in_memory(Tenants::bundled().unwrap()), ANY)
        .await
        .unwrap();
    assert_eq!(server.tenants().len(), 10);
    assert!(server.tenant_url("salon-aurora").ends_with("/p/salon-aurora"));
    let url = server.base_url();
    let answer = request(&url, "POST", "/p/salon-aurora/tools/list_services", "{}");
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.contains("svc-mens-cut"),
        "{answer}"
    );
    assert_eq!(answer.matches("\r\ndate: ").count(), 1);
    // A connection that is kept open does not hold the stop up.
    let _idle = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    server.stop().await.unwrap();
    assert!(TcpStream::connect(url.strip_prefix("http://").unwrap()).is_err());
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_it() {
    let server = Server::start(Options::in_memory(Tenants::generated(1)), ANY)
        .await
        .unwrap();
    let address: SocketAddr = server
        .base_url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let error = Server::start(Options::in_memory(Tenants::generated(1)), address)
        .await
        .err()
        .unwrap();
    assert!(matches!(error, Error::Listen { .. }));
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot listen on {address}: ")),
        "{error}"
    );
}

#[tokio::test]
async fn a_fault_for_a_tenant_that_is_not_there_is_refused() {
    let faults = vec![(Some("tenant-0007".to_owned()), Fault::AcceptsPast)];
    let error = Server::start(
        Options {
            faults,
            ..Options::in_memory(Tenants::generated(7))
        },
        ANY,
    )
    .await
    .err();
    assert!(matches!(error, Some(Error::FaultForUnknownTenant { tenant }) if tenant == "tenant-0007"));
}
