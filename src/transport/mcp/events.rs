//! Server-sent events, read as they come: as much of one as the cap allows and not a byte more.

use std::time::Duration;

/// Cuts a stream of bytes into events.
#[derive(Debug, Default)]
pub(in crate::transport) struct Events {
    /// The line that has not ended.
    line: Vec<u8>,
    /// The data of the event that has not ended.
    data: Option<Vec<u8>>,
    /// True if the event has a name other than `message`; nobody listens to those.
    other: bool,
    /// True if a line began as JSON does: no event of the server's, but a body under the wrong content type.
    json: bool,
    /// True if the last byte was a carriage return, whose line feed may follow.
    after_return: bool,
    /// The place of the last event that has one.
    last_id: Option<Vec<u8>>,
    /// The id of the event that has not ended.
    id: Option<Vec<u8>>,
    /// The time that the server wants between two connections.
    retry: Option<Duration>,
    /// The name of the event that has not ended is `endpoint`, as in the oldest revision.
    is_endpoint: bool,
    /// The data of the last event of that name.
    endpoint: Option<Vec<u8>>,
}

/// An event grew over the cap.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::transport) struct TooLarge;

impl Events {
    /// Begins another stream, which goes on from the place where the one before ended.
    pub(super) fn begin(&mut self) {
        let (last_id, retry) = (self.last_id.take(), self.retry);
        *self = Self {
            last_id,
            retry,
            ..Self::default()
        };
    }

    /// The place of the last event that has one.
    pub(super) fn last_id(&self) -> Option<&[u8]> {
        self.last_id.as_deref()
    }

    /// The time that the server wants between two connections.
    pub(super) fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The address that the server wants messages at, once it has said so.
    pub(super) fn take_endpoint(&mut self) -> Option<Vec<u8>> {
        self.endpoint.take()
    }

    /// The data of the events that these bytes complete.
    pub(in crate::transport) fn feed(&mut self, bytes: &[u8], cap: usize) -> Result<Vec<Vec<u8>>, TooLarge> {
        let mut complete = Vec::new();
        let mut rest = bytes;
        while let Some((&first, after)) = rest.split_first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                rest = after;
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (piece, tail) = rest.split_at(end.unwrap_or(rest.len()));
            if self
                .line
                .len()
                .saturating_add(self.data.as_ref().map_or(0, Vec::len))
                .saturating_add(piece.len())
                > cap
            {
                return Err(TooLarge);
            }
            self.line.extend_from_slice(piece);
            let Some((end, after)) = tail.split_first() else {
                break;
            };
            self.after_return = *end == b'\r';
            rest = after;
            complete.extend(self.end_of_line());
        }
        Ok(complete)
    }

    /// What is wrong with a stream that ended here, where that can be seen.
    pub(super) fn unfinished(&self) -> Option<&'static str> {
        if self.json || self.line.starts_with(b"{") {
            Some("the body is JSON, not the events that its content type promises")
        } else if self.data.is_some() || self.line.starts_with(b"data") {
            Some("its last event lacks the empty line that ends it")
        } else {
            None
        }
    }

    fn end_of_line(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let other = std::mem::take(&mut self.other);
            if let Some(id) = self.id.take() {
                self.last_id = Some(id);
            }
            if std::mem::take(&mut self.is_endpoint) {
                self.endpoint = self.data.take();
                return None;
            }
            // Events without data keep a connection alive, or name a place to resume from.
            return self
                .data
                .take()
                .filter(|data| !other && !data.iter().all(u8::is_ascii_whitespace));
        }
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        self.json = self.json || line.starts_with(b"{");
        let at = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(at.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some(value.to_vec()),
            },
            b"event" => {
                self.other = !matches!(value, b"" | b"message");
                self.is_endpoint = value == b"endpoint";
            }
            b"id" if !value.contains(&0) => self.id = Some(value.to_vec()),
            b"retry" => {
                let text = std::str::from_utf8(value).ok();
                let millis = text.and_then(|text| text.parse().ok());
                self.retry = millis.map(Duration::from_millis).or(self.retry);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(events: Vec<Vec<u8>>) -> Vec<String> {
        events
            .into_iter()
            .map(|event| String::from_utf8(event).unwrap())
            .collect()
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut_and_lines_end() {
        let stream = ": hello\nid: 1\ndata:\n\nevent: message\ndata: {\"a\":\ndata: 1}\nretry: 5\n\n\
                      event: endpoint\ndata: /x\n\ndata:two\n\ndata: never ended\n";
        for end in ["\n", "\r\n", "\r"] {
            let stream = stream.replace('\n', end);
            for size in 1..stream.len() {
                let mut events = Events::default();
                let mut found = Vec::new();
                for piece in stream.as_bytes().chunks(size) {
                    found.extend(events.feed(piece, 1000).unwrap());
                }
                assert_eq!(
                    texts(found),
                    ["{\"a\":\n1}", "two"],
                    "{end:?} in pieces of {size}"
                );
            }
        }
    }

    #[test]
    fn what_is_wrong_with_a_stream_is_said() {
        for (stream, wrong) in [
            ("data: {}\n\n", None),
            (": ping\n\n", None),
            ("data: {}\n", Some("empty line")),
            ("data: {}", Some("empty line")),
            ("{\"a\":\n1}", Some("the body is JSON")),
            ("{}\n", Some("the body is JSON")),
        ] {
            let mut events = Events::default();
            events.feed(stream.as_bytes(), 1000).unwrap();
            let found = events.unfinished();
            assert_eq!(found.is_some(), wrong.is_some(), "{stream:?}");
            assert!(
                found.unwrap_or_default().contains(wrong.unwrap_or_default()),
                "{found:?}"
            );
        }
    }

    #[test]
    fn an_event_may_not_grow_over_the_cap_but_a_stream_may() {
        let mut events = Events::default();
        for _ in 0..100 {
            assert_eq!(texts(events.feed(b"data: 1234\n\n", 10).unwrap()), ["1234"]);
        }
        for flood in [b"data: 123456".as_slice(), b":2345678901", b"data: 1\ndata: 2345"] {
            assert_eq!(Events::default().feed(flood, 10), Err(TooLarge));
        }
    }
}
