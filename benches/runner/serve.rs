//! The server: the reference provider with generated tenants, in a process of its own.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Stdio};

use reference_provider::{Options, Tenants};

use crate::child;
use crate::job::Job;
use crate::script::slug;
use crate::subject;

/// A server in a process of its own, which ends with this value.
pub(crate) struct Server {
    child: Child,
    /// Its address.
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(tenants: usize) -> Self {
        let mut child = child::command(&Job::Serve { tenants })
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        Self {
            child,
            url: url.trim().to_owned(),
        }
    }

    /// Writes a manifest of its first tenants.
    pub(crate) fn write_manifest(&self, path: &Path, providers: usize) {
        let claims = subject::claims();
        std::fs::write(path, manifest(&self.url, providers, &claims)).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A manifest of the first tenants of a server.
pub(crate) fn manifest(url: &str, providers: usize, claims: &str) -> String {
    let mut text = "providers:\n".to_owned();
    for slug in (0..providers).map(slug) {
        let _ = writeln!(
            text,
            "  - {{ id: \"bench:{slug}\", transport: http, url: \"{url}/p/{slug}\", capabilities: [{claims}] }}"
        );
    }
    text
}

/// What the child process does. It tells its address on the first line of standard output.
pub(crate) async fn serve(tenants: usize) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = Options::in_memory(Tenants::generated(tenants));
    let server = reference_provider::Server::start(options, address).await.unwrap();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", server.base_url()).unwrap();
    out.flush().unwrap();
    drop(out);
    std::future::pending::<()>().await;
}
