//! Providers that ask for patience before each answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proofhouse::model::{Outcome, Verdict};
use serde_json::json;

use crate::support::proving::{Entry, ended, message, prove_within};
use crate::support::servers::{Response, Server};

#[tokio::test]
async fn pauses_before_each_answer_end_within_the_budget_of_the_turn() {
    let requests = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        if (requests.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(8) {
            return Response::Json(
                200,
                json!({ "ok": true, "services": [
                { "id": "a", "name": "A", "duration_minutes": 30 } ] }),
            );
        }
        Response::text(429, "text/plain", "").with("Retry-After", "1")
    });
    let entry = Entry::new("hostile:pauses", server.url());
    let start = Instant::now();
    let summary = prove_within(&[entry], Duration::from_secs(30)).await;
    assert!(start.elapsed() < Duration::from_secs(28), "{:?}", start.elapsed());
    let errors = ended(&summary, "hostile:pauses", Outcome::Error);
    assert!(errors.len() > 20, "{}", errors.len());
    let told = |words: &str| errors.iter().any(|result| message(result).contains(words));
    assert!(told(
        "asked for more than 10 seconds of pauses (Retry-After) in its turn"
    ));
    assert_eq!(ended(&summary, "hostile:pauses", Outcome::Pass).len(), 0);
    assert_ne!(summary.verdict(), Verdict::Conformant);
}
