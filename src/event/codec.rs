//! Events as lines of JSON, with a version.

use serde::{Deserialize, Serialize};

use super::RunEvent;

/// The version that [`encode`] writes. A reader takes this one and every older one.
pub const FORMAT_VERSION: u32 = 1;

/// An error of reading a stored event.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The text is not an event.
    #[error("not an event of a run")]
    Malformed(#[from] serde_json::Error),
    /// The event was written by a newer version.
    #[error("written in event format {found}, this version reads up to {FORMAT_VERSION}")]
    TooNew {
        /// The version found.
        found: u32,
    },
}

#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    event: &'a RunEvent,
}

#[derive(Deserialize)]
struct Stamp {
    v: u32,
}

#[derive(Deserialize)]
struct OwnedLine {
    v: u32,
    event: RunEvent,
}

/// One event as one line of JSON, without the line's end.
pub fn encode(event: &RunEvent) -> Result<String, CodecError> {
    Ok(serde_json::to_string(&Line {
        v: FORMAT_VERSION,
        event,
    })?)
}

/// Reads one line back.
pub fn decode(line: &str) -> Result<RunEvent, CodecError> {
    let found = match serde_json::from_str::<OwnedLine>(line) {
        Ok(OwnedLine { v, event }) if v <= FORMAT_VERSION => return Ok(event),
        Ok(OwnedLine { v, .. }) => v,
        // A newer version may write what this one cannot read at all.
        Err(error) => match serde_json::from_str::<Stamp>(line)?.v {
            v if v > FORMAT_VERSION => v,
            _ => return Err(error.into()),
        },
    };
    Err(CodecError::TooNew { found })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::event::{Leftover, MakingCall, OwedUndo, RunEventKind, RunFooter};
    use crate::model::{Baseline, BaselineEntry, KnownAs, Level, Outcome, TestResult};

    const KEPT: &str = include_str!("../../tests/fixtures/runs/events-v1.jsonl");

    /// Events of version 1 must stay readable for ever, without loss: written again, they are the same.
    #[test]
    fn events_of_format_1_are_still_read() {
        let mut kinds = BTreeSet::new();
        for line in KEPT.lines() {
            let event = decode(line).unwrap();
            let again: Value = serde_json::from_str(&encode(&event).unwrap()).unwrap();
            let kept: Value = serde_json::from_str(line).unwrap();
            assert_eq!(again["event"], kept["event"]);
            let name = event.kind.name();
            assert!(kept["event"]["kind"][name].is_object(), "{name}: {line}");
            kinds.insert(name);
        }
        assert_eq!(
            kinds.len(),
            9,
            "a kind of event is missing in the kept events: {kinds:?}"
        );
    }

    #[test]
    fn a_header_says_what_was_known_only_where_something_was_asked() {
        let first = KEPT.lines().next().unwrap();
        let mut event = decode(first).unwrap();
        let RunEventKind::RunStarted(header) = &mut event.kind else {
            panic!("{first}")
        };
        assert_eq!((header.baseline.as_ref(), header.selection.retries), (None, 0));
        let entry = BaselineEntry {
            list: KnownAs::Flaky,
            provider: "a:b".parse().unwrap(),
            test: "booking.create_booking@0.1.0/happy_path".parse().unwrap(),
            reason: "because".to_owned(),
            ticket: "X-1".to_owned(),
            expires: "2026-12-24".parse().unwrap(),
            line: 3,
        };
        header.baseline = Some(Baseline {
            file: "known.yaml".to_owned(),
            digest: "00".to_owned(),
            entries: vec![entry],
        });
        header.selection.retries = 2;
        header.selection.providers = vec!["a:*".to_owned()];
        let line = encode(&event).unwrap();
        assert!(
            line.contains(r#""test":"booking.create_booking@0.1.0/happy_path""#),
            "{line}"
        );
        assert_eq!(decode(&line).unwrap(), event);
    }

    /// An old reader meets fields that a newer writer of the same format added.
    #[test]
    fn a_field_that_is_not_known_yet_is_passed_over() {
        let line = r#"{"v":1,"new":0,"event":{"seq":4,"at":"2026-11-21T03:00:00Z","new":1,"kind":{"undo_settled":{"id":1,"new":2}}}}"#;
        assert_eq!(decode(line).unwrap().kind, RunEventKind::UndoSettled { id: 1 });
    }

    #[test]
    fn a_newer_format_is_refused_by_its_number_whatever_its_events_look_like() {
        let refused = |line: &str| decode(line).unwrap_err().to_string();
        insta::assert_snapshot!(refused(r#"{"v":2,"what":[]}"#), @"written in event format 2, this version reads up to 1");
        insta::assert_snapshot!(refused(r#"{"event":{}}"#), @"not an event of a run");
        insta::assert_snapshot!(refused("{"), @"not an event of a run");
    }

    fn text() -> impl Strategy<Value = String> {
        "\\PC{0,12}|[\\x00-\\x1f\"\\\\]{0,4}"
    }

    fn input() -> impl Strategy<Value = Option<Value>> {
        proptest::option::of(
            (text(), any::<i64>()).prop_map(|(key, number)| json!({ key: [number, null, "é"] })),
        )
    }

    fn kind() -> impl Strategy<Value = RunEventKind> {
        let provider = || "[a-z0-9]{1,4}:[a-z0-9][a-z0-9-]{0,4}".prop_map(|id| id.parse().unwrap());
        let owed = (any::<u64>(), provider(), text(), text(), input(), text()).prop_map(
            |(id, provider, test, tool, input, made)| {
                let version = "0.1.0".parse().unwrap();
                let call = input.is_none().then(|| MakingCall {
                    capability: "parcels.order_pickup@0.1.0".parse().unwrap(),
                    input: json!({ "id": id }),
                });
                RunEventKind::UndoOwed(Box::new(OwedUndo {
                    id,
                    provider,
                    version,
                    test,
                    tool,
                    input,
                    made,
                    kept_by: (id % 2 == 0).then(|| "record_attendance".to_owned()),
                    call,
                }))
            },
        );
        let left = (any::<u64>(), provider(), text(), input(), text()).prop_map(
            |(id, provider, test, input, reason)| {
                let (made, tool) = (String::new(), "cancel_booking".to_owned());
                RunEventKind::LeftOver(Box::new(Leftover {
                    id,
                    provider,
                    test,
                    made,
                    tool,
                    input,
                    reason,
                }))
            },
        );
        let outcome = proptest::sample::select(&Outcome::ALL[..]);
        let result = (
            provider(),
            outcome,
            any::<(u64, u32, bool, bool)>(),
            proptest::option::of(text()),
            text(),
        );
        let finished = result.prop_map(
            |(provider, outcome, (ms, calls, flaky, planned), message, note)| {
                let test = "booking.create_booking@0.1.0/happy_path".parse().unwrap();
                let level = if flaky { Level::Should } else { Level::Must };
                let when = chrono::DateTime::from_timestamp(i64::from(calls), 5).unwrap();
                let mut result = TestResult::new(provider, test, level, outcome, when)
                    .with_calls(ms, calls)
                    .with_notes(vec![note]);
                (result.message, result.flaky, result.planned) = (message, flaky, planned);
                RunEventKind::TestFinished(Box::new(result))
            },
        );
        prop_oneof![
            owed,
            left,
            finished,
            any::<u64>().prop_map(|id| RunEventKind::UndoSettled { id }),
            (provider(), text()).prop_map(|(provider, note)| RunEventKind::Noted { provider, note }),
            any::<bool>().prop_map(|interrupted| {
                let finished_at = chrono::DateTime::from_timestamp(1, 1).unwrap();
                RunEventKind::RunFinished(RunFooter {
                    finished_at,
                    interrupted,
                })
            }),
        ]
    }

    proptest! {
        #[test]
        fn an_event_reads_back_as_it_was_written(seq: u64, second in 0i64..4_000_000_000, kind in kind()) {
            let event = RunEvent { seq, at: chrono::DateTime::from_timestamp(second, 7).unwrap(), kind };
            let line = encode(&event).unwrap();
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(decode(&line).unwrap(), event);
        }
    }
}
