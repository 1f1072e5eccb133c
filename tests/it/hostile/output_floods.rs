//! Commands that write without end.

use proofhouse::model::Reading;
use std::time::{Duration, Instant};

use proofhouse::transport::{Call, Limits, Reply};
use serde_json::json;

use crate::support::mcp_servers::{TOOL, called, over_stdio, script};
use crate::support::misbehaviour::good;

async fn called_at(on_call: &str) -> (Reply, Duration) {
    let limits = Limits {
        call: Duration::from_secs(60),
        ..Limits::default()
    };
    let transport = over_stdio(limits, &script(on_call));
    let start = Instant::now();
    let input = json!({});
    let call = Call {
        tool: TOOL,
        input: &input,
        limit: Duration::from_secs(60),
        reading: &Reading::default(),
    };
    (transport.call(call).await, start.elapsed())
}

#[tokio::test]
async fn messages_without_end_that_answer_nothing_end_the_command() {
    let flood = r#"yes '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}}'"#;
    let (reply, took) = called_at(flood).await;
    assert_eq!(
        reply.answer.unwrap_err().to_string(),
        "broke the protocol: wrote more than 16 MiB to standard output without a reply"
    );
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[tokio::test]
async fn an_answer_comes_beside_a_flood_of_standard_error() {
    let flood = format!(
        "(yes xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >&2 &); sleep 1; answer '{}'",
        called(&good())
    );
    let (reply, took) = called_at(&flood).await;
    assert_eq!(reply.answer.unwrap().output, good().into());
    assert!(took < Duration::from_secs(20), "{took:?}");
}
