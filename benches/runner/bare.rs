//! The other side: the same calls, made by a loop around `reqwest` that reads every answer and judges none.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use futures_util::StreamExt;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::job::{JOBS, LANES, Measured, Turns};
use crate::measure::Moment;
use crate::script::{Part, Recorded, Script, slug};

/// One replay of a script.
struct Replay {
    client: Client,
    script: Arc<Script>,
    url: String,
    /// What tells the customers of this replay from those of others.
    short: String,
    calls: AtomicU64,
    strange: AtomicU64,
}

/// Replays a script for the first tenants of a server.
pub(crate) async fn run(script: &Path, url: &str, providers: usize, turns: Turns) -> Measured {
    proofhouse::transport::install_crypto();
    let script: Arc<Script> = Arc::new(serde_json::from_slice(&std::fs::read(script).unwrap()).unwrap());
    let mut measured = Measured::default();
    for turn in 0..turns.warm_up + turns.counted {
        let start = Moment::now();
        let replay = Arc::new(Replay {
            // As lean as the runner's own: no certificates are loaded for plain http.
            client: Client::builder()
                .no_proxy()
                .http1_only()
                .tls_certs_only([])
                .build()
                .unwrap(),
            script: Arc::clone(&script),
            url: url.to_owned(),
            short: short(),
            calls: AtomicU64::new(0),
            strange: AtomicU64::new(0),
        });
        all(&replay, providers).await;
        if turn >= turns.warm_up {
            start.add_to(&mut measured);
            measured.calls += replay.calls.load(Ordering::Relaxed);
            measured.strange += replay.strange.load(Ordering::Relaxed);
        }
    }
    measured
}

/// Eight digits, as the short name of a run has.
fn short() -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    format!("{:08x}", now.as_micros() & 0xffff_ffff)
}

/// Providers side by side, as many at once as the runner takes.
async fn all(replay: &Arc<Replay>, providers: usize) {
    let mut working = JoinSet::new();
    for tenant in 0..providers {
        if working.len() >= JOBS {
            working.join_next().await.unwrap().unwrap();
        }
        let replay = Arc::clone(replay);
        working.spawn(async move { replay.provider(tenant).await });
    }
    working.join_all().await;
}

impl Replay {
    async fn provider(&self, tenant: usize) {
        let base = format!("{}/p/{}", self.url, slug(tenant));
        let Part { first, tests } = self.script.part(tenant);
        self.test(&base, first).await;
        futures_util::stream::iter(0..tests.len())
            .map(|at| self.test(&base, &tests[at]))
            .buffer_unordered(LANES)
            .collect::<()>()
            .await;
    }

    async fn test(&self, base: &str, calls: &[Recorded]) {
        let mut bookings: Vec<(&str, String)> = Vec::new();
        for call in calls {
            let answer = self.call(base, call, &bookings).await;
            if answer.get("ok").and_then(Value::as_bool) != call.ok {
                self.strange.fetch_add(1, Ordering::Relaxed);
            }
            if let (Some(recorded), Some(made)) =
                (&call.booking, answer.get("booking_id").and_then(Value::as_str))
            {
                bookings.push((recorded, made.to_owned()));
            }
        }
        self.calls.fetch_add(calls.len() as u64, Ordering::Relaxed);
    }

    async fn call(&self, base: &str, call: &Recorded, bookings: &[(&str, String)]) -> Value {
        let url = format!("{base}{}", call.path);
        let request = match &call.body {
            None => self.client.get(url),
            Some(body) => {
                let mut body = body.replace(&self.script.short, &self.short);
                for (recorded, made) in bookings {
                    body = body.replace(recorded, made);
                }
                self.client
                    .post(url)
                    .header(CONTENT_TYPE, "application/json")
                    .body(body)
            }
        };
        let bytes = request.send().await.unwrap().bytes().await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}
