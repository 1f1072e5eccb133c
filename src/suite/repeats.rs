//! The two tests of what agents do to every call that writes: they lose its answer and ask again, and they send it twice within
//! milliseconds.
//!
//! It owns their names, titles and steps. What it makes is compiled like any other test.

use indexmap::IndexMap;

use super::raw::{RawCase, RawRepeats, RawTables, RawTest, TestFormat};
use super::raw_step::{RawCheck, RawExpect, RawRace, RawRaceEach, RawStep};
use crate::diagnostic::{Node, Spot};
use crate::model::Level;

/// The rows of a call that is sent twice, each with the milliseconds between the two.
const APART: [(&str, &str); 2] = [("at_once", "${ 0 }"), ("few_milliseconds_apart", "${ 4 }")];

/// The two tests.
pub(super) fn tests(repeats: &RawRepeats, file: &RawTables) -> [RawTest; 2] {
    let writer = Writer {
        repeats,
        file,
        // A mistake in what the file does not write out is shown at the first version, or at the capability.
        place: repeats.versions.first().unwrap_or(&file.capability),
        from: repeats.from.as_ref().unwrap_or(&file.from),
    };
    [writer.lost(), writer.twice()]
}

struct Writer<'a> {
    repeats: &'a RawRepeats,
    file: &'a RawTables,
    place: &'a Spot<String>,
    from: &'a Node,
}

impl Writer<'_> {
    fn lost(&self) -> RawTest {
        let lost = RawStep {
            answer_lost: true,
            ..self.call("lost", self.from.clone(), "a call whose answer nobody awaits")
        };
        let again = RawStep {
            expect: Some(self.expect("the same call, made again after its answer was lost,")),
            ..self.call(
                "again",
                self.text("${ lost.input }"),
                "the same call again, after its answer was lost",
            )
        };
        let mut third = RawStep {
            expect: Some(self.expect("the same call, made a third time after its answer was lost,")),
            ..self.call(
                "third",
                self.text("${ lost.input }"),
                "the same call a third time",
            )
        };
        let same = self.repeats.same.iter().map(|field| {
            let field = field.value.as_str();
            self.check(
                &format!("output.{field} == again.output.{field}"),
                &format!("after its answer was lost, the same call is answered with one `{field}` and then with another"),
            )
        });
        if let Some(expect) = &mut third.expect {
            expect.that.extend(same);
        }
        // Without a field to compare, a third answer tells nothing that the second does not.
        let third = (!self.repeats.same.is_empty()).then_some(third);
        let steps = [lost, again].into_iter().chain(third);
        RawTest {
            uses: self.uses(),
            ..self.test(
                "retried_after_a_lost_answer",
                "A call whose answer was lost is made again, and takes effect once",
                steps,
            )
        }
    }

    fn twice(&self) -> RawTest {
        let refused = "the same call, sent twice at one time,";
        let raced = RawStep {
            id: Some(self.spot("raced")),
            race: Some(RawRace {
                each: Some(RawRaceEach {
                    callers: self.spot("raced").with_value(2),
                    apart: Some(self.spot("case.apart")),
                    call: self.spot(self.tool()),
                    input: self.from.clone(),
                    sending: Some(self.text("the same call twice at one time")),
                    expect: match &self.repeats.at_once {
                        Some(expect) => expect.clone(),
                        None => self.expect(refused),
                    },
                }),
                calls: None,
            }),
            ..RawStep::default()
        };
        let again = RawStep {
            expect: Some(self.expect("the same call, made again after it was sent twice,")),
            ..self.call(
                "again",
                self.text("${ raced[0].input }"),
                "the same call again, after it was sent twice",
            )
        };
        let same = self.repeats.same.iter().map(|field| {
            let field = field.value.as_str();
            self.check(
                &format!("raced.all(r, r.is_error || r.output.{field} == again.output.{field})"),
                &format!("a call that was sent twice at one time is answered with more than one `{field}`"),
            )
        });
        let same = RawStep {
            that: Some(same.collect()),
            ..RawStep::default()
        };
        let same = (!self.repeats.same.is_empty()).then_some(same);
        let row = |(id, apart): &(&str, &str)| RawCase {
            id: self.spot(id),
            when: None,
            because: None,
            values: IndexMap::from([("apart".to_owned(), self.text(apart))]),
        };
        RawTest {
            use_each: self.uses(),
            cases: APART.iter().map(row).collect(),
            ..self.test(
                "sent_twice",
                "A call that is sent twice within milliseconds takes effect once",
                [raced, again].into_iter().chain(same),
            )
        }
    }

    fn test(&self, name: &str, title: &str, steps: impl Iterator<Item = RawStep>) -> RawTest {
        let before = self.repeats.before.iter().cloned();
        let then = self.repeats.then.iter().cloned();
        RawTest {
            format: TestFormat::V1,
            test: self.spot(name),
            renamed_from: Vec::new(),
            capability: self.file.capability.clone(),
            title: title.to_owned(),
            level: Level::Must,
            essential: false,
            optional: None,
            must_since: None,
            verifies: self.repeats.verifies.clone(),
            uses: Vec::new(),
            tries: Vec::new(),
            use_each: Vec::new(),
            peer: None,
            exclusive: self.repeats.exclusive.unwrap_or(self.file.exclusive),
            slow: self.repeats.slow.clone(),
            cases: Vec::new(),
            kinds: Vec::new(),
            generate: None,
            steps: before.chain(steps).chain(then).collect(),
            after: Vec::new(),
            versions: self.repeats.versions.clone(),
        }
    }

    fn uses(&self) -> Vec<Spot<super::raw::RawUse>> {
        self.repeats.uses.as_ref().unwrap_or(&self.file.uses).clone()
    }

    fn call(&self, id: &str, input: Node, sending: &str) -> RawStep {
        RawStep {
            id: Some(self.spot(id)),
            call: Some(self.spot(self.tool())),
            input: Some(input),
            sending: Some(self.text(sending)),
            ..RawStep::default()
        }
    }

    /// The expectation of the file, or success. A refusal is told of the call that is named.
    fn expect(&self, named: &str) -> RawExpect {
        let mut expect = self.repeats.expect.clone().unwrap_or_else(|| RawExpect {
            ok: Some(true),
            ..RawExpect::default()
        });
        if expect.ok.is_some() && expect.otherwise.is_none() {
            let otherwise = format!("{named} was refused with `${{ refusal }}`");
            expect.otherwise = Some(self.text(&otherwise));
        }
        expect
    }

    fn check(&self, check: &str, otherwise: &str) -> RawCheck {
        RawCheck {
            check: self.spot(check),
            otherwise: self.text(otherwise),
            rule: None,
            when: None,
        }
    }

    /// The tool of `domain.tool`.
    fn tool(&self) -> &str {
        let text = self.file.capability.value.as_str();
        text.split_once('.').map_or(text, |(_, tool)| tool)
    }

    fn spot(&self, text: &str) -> Spot<String> {
        self.place.with_value(text.to_owned())
    }

    fn text(&self, text: &str) -> Node {
        self.from.with_text(text)
    }
}
