//! Messages line by line: one of which two readers could read two things is refused before anybody reads it.

use std::io;

use serde_json::{Value, json};
use strict_json::strict_json;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The most bytes on the way to the reader of messages, and from it.
const ON_THE_WAY: usize = 64 * 1024;

/// The refusals that wait until they are written.
const WAITING: usize = 16;

/// The refusal of a message in which a key stands twice in an object.
pub(crate) fn doubled(message: &[u8]) -> Option<Value> {
    strict_json(message).err().filter(serde_json::Error::is_data)?;
    let id = serde_json::from_slice::<Value>(message).ok();
    let id = id.and_then(|message| message.get("id").cloned());
    let error = json!({ "code": -32602, "message": "a key stands twice in one object" });
    Some(json!({ "jsonrpc": "2.0", "id": id, "error": error }))
}

/// The input and the output for a reader of messages that is given none which is refused, and the task that writes what it says and
/// the refusals, each on a line of its own. The task ends when the output is dropped.
pub(super) fn checked(
    input: impl AsyncRead + Unpin + Send + 'static,
    output: impl AsyncWrite + Unpin + Send + 'static,
) -> (DuplexStream, DuplexStream, JoinHandle<io::Result<()>>) {
    let (checked, to_reader) = duplex(ON_THE_WAY);
    let (said, from_reader) = duplex(ON_THE_WAY);
    let (refusals, waiting) = mpsc::channel(WAITING);
    tokio::spawn(read(input, to_reader, refusals));
    let writing = tokio::spawn(write(from_reader, waiting, output));
    (checked, said, writing)
}

async fn read(
    input: impl AsyncRead + Unpin,
    mut to_reader: DuplexStream,
    refusals: mpsc::Sender<Vec<u8>>,
) -> io::Result<()> {
    let mut lines = BufReader::new(input).split(b'\n');
    while let Some(mut line) = lines.next_segment().await? {
        match doubled(&line) {
            // A writer that has ended writes nothing more.
            Some(refusal) => refusals
                .send(refusal.to_string().into_bytes())
                .await
                .unwrap_or_default(),
            None => {
                line.push(b'\n');
                to_reader.write_all(&line).await?;
            }
        }
    }
    to_reader.shutdown().await
}

async fn write(
    from_reader: DuplexStream,
    mut refusals: mpsc::Receiver<Vec<u8>>,
    mut output: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let mut said = BufReader::new(from_reader).split(b'\n');
    loop {
        let line = tokio::select! {
            line = said.next_segment() => line?,
            Some(refusal) = refusals.recv() => Some(refusal),
        };
        let Some(mut line) = line else {
            return Ok(());
        };
        line.push(b'\n');
        output.write_all(&line).await?;
        output.flush().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_with_a_doubled_key_is_refused_and_reaches_nobody() {
        let (mut client, input) = duplex(1024);
        let (output, answers) = duplex(1024);
        let (reads, mut says, writing) = checked(input, output);
        let good = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
        let doubled = "{\"jsonrpc\":\"2.0\",\"id\":7,\"params\":{\"a\":1,\"a\":2}}\n";
        for line in [doubled, good, "no JSON\n"] {
            client.write_all(line.as_bytes()).await.unwrap();
        }
        drop(client);
        let mut lines = BufReader::new(reads).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some(good.trim_end()));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("no JSON"));
        assert_eq!(
            lines.next_line().await.unwrap(),
            None,
            "the end of the input is passed on"
        );
        let mut answers = BufReader::new(answers).lines();
        let refusal: Value = serde_json::from_str(&answers.next_line().await.unwrap().unwrap()).unwrap();
        assert_eq!(
            (&refusal["id"], &refusal["error"]["code"]),
            (&json!(7), &json!(-32602))
        );
        says.write_all(b"{}\n").await.unwrap();
        assert_eq!(answers.next_line().await.unwrap().as_deref(), Some("{}"));
        drop(says);
        writing.await.unwrap().unwrap();
    }
}
