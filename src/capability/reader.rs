//! Reads `capability.yaml` into a contract, and goes on after a mistake.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_saphyr::Spanned;

use super::contract::{
    Capability, Example, INPUT_SCHEMA_RULE, Invariant, OUTPUT_SCHEMA_RULE, Places, Promise, Reversibility,
    Ruling, Undo, UndoPlaces,
};
use super::file::{ContractFile, ExampleFile, InvariantFile, PromiseFile, ReversibilityFile, RulingFile};
use super::{Schema, json_text};
use crate::diagnostic::{Problem, Problems, Source, Span, near_miss, read_yaml, span_of};
use crate::model::{CapabilityId, CapabilityRef, Version};

/// The format that this reader knows.
const FORMAT: &str = "proofhouse.capability/1";

/// What the folder says about the contract in it.
pub(super) struct Expected<'a> {
    pub(super) reference: &'a CapabilityRef,
    pub(super) digest: String,
}

/// Reads a contract; the schemas are read already.
pub(super) fn read(
    source: &Arc<Source>,
    expected: Expected<'_>,
    input: Schema,
    output: Schema,
) -> Result<Capability, Problems> {
    let file: ContractFile = read_yaml(source)?;
    let mut reader = Reader {
        source,
        ids: BTreeMap::new(),
        problems: Problems::new(),
    };
    reader.format(&file.format);
    reader.folder(&file.id, &file.version, expected.reference);
    let category_at = reader.category(&file.category);
    let version_at = reader.span(&file.version);
    let invariants = file
        .invariants
        .into_iter()
        .map(|one| reader.invariant(one))
        .collect();
    let promises = file.promises.into_iter().map(|one| reader.promise(one)).collect();
    let rulings = file.rulings.into_iter().map(|one| reader.ruling(one)).collect();
    let (reversibility, undo_places) = reader.reversibility(file.reversibility);
    let prerequisites_at = file.prerequisites.iter().map(|one| reader.span(one)).collect();
    let capability = Capability {
        reference: expected.reference.clone(),
        category: file.category.value,
        summary: reader.words(&file.summary),
        semantics: reader.words(&file.semantics),
        invariants,
        promises,
        when_to_use: reader.words(&file.when_to_use),
        reversibility,
        prerequisites: file.prerequisites.into_iter().map(|one| one.value).collect(),
        rulings,
        examples: file.examples.into_iter().map(|one| reader.example(one)).collect(),
        input,
        output,
        digest: expected.digest,
        source: Arc::clone(source),
        places: Places {
            version: version_at,
            category: category_at,
            prerequisites: prerequisites_at,
            undo: undo_places,
        },
    };
    reader.problems.or(capability)
}

/// The mistakes of a contract whose schemas cannot be read.
pub(super) fn check_alone(source: &Arc<Source>, reference: &CapabilityRef) -> Problems {
    let mut reader = Reader {
        source,
        ids: BTreeMap::new(),
        problems: Problems::new(),
    };
    match read_yaml::<ContractFile>(source) {
        Ok(file) => {
            reader.format(&file.format);
            reader.folder(&file.id, &file.version, reference);
        }
        Err(problem) => reader.problems.push(problem),
    }
    reader.problems
}

/// Checks what the shape of the file cannot say, and goes on after a mistake.
struct Reader<'a> {
    source: &'a Arc<Source>,
    /// The ids that were given so far, each with its place.
    ids: BTreeMap<String, Span>,
    problems: Problems,
}

impl Reader<'_> {
    fn span<T>(&self, value: &Spanned<T>) -> Span {
        json_text::first_line(self.source, span_of(self.source, &value.referenced))
    }

    fn problem<T>(&self, value: &Spanned<T>, message: impl Into<String>) -> Problem {
        Problem::at(self.source, self.span(value), message)
    }

    fn format(&mut self, format: &Spanned<String>) {
        if format.value != FORMAT {
            let problem = self
                .problem(
                    format,
                    format!("`{}` is not a format that this version reads", format.value),
                )
                .label(format!("expected `{FORMAT}`"));
            self.problems.push(problem);
        }
    }

    fn folder(&mut self, id: &Spanned<CapabilityId>, version: &Spanned<Version>, folder: &CapabilityRef) {
        if id.value != folder.id {
            let problem = self
                .problem(
                    id,
                    format!("the id is `{}`, and the folder says `{}`", id.value, folder.id),
                )
                .label(format!("expected `{}`", folder.id))
                .hint(format!(
                    "a contract stands in `{}/{}/v{}/`",
                    id.value.domain(),
                    id.value.tool(),
                    version.value
                ));
            self.problems.push(problem);
        }
        if version.value != folder.version {
            let problem = self
                .problem(
                    version,
                    format!(
                        "the version is {}, and the folder says `v{}`",
                        version.value, folder.version
                    ),
                )
                .label(format!("expected `{}`", folder.version));
            self.problems.push(problem);
        }
    }

    fn category(&mut self, category: &Spanned<String>) -> Span {
        let well_formed = category.value.split_once('.').is_some_and(|(area, act)| {
            !area.is_empty()
                && area.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                && (act == "read" || act == "write")
        });
        if !well_formed {
            let act = category.value.rsplit('.').next().unwrap_or_default();
            let problem = self
                .problem(category, format!("`{}` is not a category", category.value))
                .label("expected an area and `read` or `write`, for example `scheduling.write`")
                .did_you_mean(near_miss(act, ["read", "write"]));
            self.problems.push(problem);
        }
        self.span(category)
    }

    /// Prose, which may not be blank.
    fn words(&mut self, words: &Spanned<String>) -> String {
        if words.value.trim().is_empty() {
            let problem = self
                .problem(words, "a text is missing")
                .label("expected at least a sentence");
            self.problems.push(problem);
        }
        words.value.trim_end().to_owned()
    }

    fn reason(&mut self, reason: Option<Spanned<String>>) -> Option<String> {
        let reason = reason?;
        if reason.value.trim().is_empty() {
            let problem = self
                .problem(&reason, "an exclusion has no reason")
                .label("expected why no test verifies it");
            self.problems.push(problem);
        }
        Some(reason.value)
    }

    fn rule_id(&mut self, id: Spanned<String>) -> (String, Span) {
        let at = self.span(&id);
        let slug = id
            .value
            .chars()
            .next()
            .is_some_and(|first| first.is_ascii_lowercase())
            && id
                .value
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !slug {
            let problem = self
                .problem(&id, format!("`{}` is not the id of a rule", id.value))
                .label("expected lower-case words joined by dashes, for example `future-start`");
            self.problems.push(problem);
        } else if [INPUT_SCHEMA_RULE, OUTPUT_SCHEMA_RULE].contains(&id.value.as_str()) {
            let problem = self
                .problem(
                    &id,
                    format!("`{}` is the id of a rule that every contract has", id.value),
                )
                .label("expected an id of its own");
            self.problems.push(problem);
        } else if let Some(first) = self.ids.get(&id.value) {
            let problem = self
                .problem(&id, format!("the id `{}` stands twice", id.value))
                .label(format!("it stands at {} already", self.source.place(first.start)));
            self.problems.push(problem);
        } else {
            self.ids.insert(id.value.clone(), at.clone());
        }
        (id.value, at)
    }

    fn invariant(&mut self, file: InvariantFile) -> Invariant {
        let (id, at) = self.rule_id(file.id);
        Invariant {
            id,
            words: self.words(&file.words),
            excluded: self.reason(file.excluded),
            at,
        }
    }

    fn promise(&mut self, file: PromiseFile) -> Promise {
        let (id, at) = self.rule_id(file.id);
        let words_at = self.span(&file.words);
        Promise {
            id,
            words: self.words(&file.words),
            excluded: self.reason(file.excluded),
            at,
            words_at,
        }
    }

    fn ruling(&mut self, file: RulingFile) -> Ruling {
        let (id, _) = self.rule_id(file.id);
        Ruling {
            id,
            gap: self.words(&file.gap),
            ruling: self.words(&file.ruling),
            codes_at: file.codes.iter().map(|code| self.span(code)).collect(),
            codes: file.codes.into_iter().map(|code| code.value).collect(),
            excluded: self.reason(file.excluded),
        }
    }

    fn reversibility(&mut self, file: ReversibilityFile) -> (Reversibility, Option<UndoPlaces>) {
        let summary = self.words(&file.summary);
        let Some(undo) = file.undo else {
            return (Reversibility { summary, undo: None }, None);
        };
        if undo.input.is_empty() {
            let problem = self
                .problem(&undo.tool, "the call that takes back has no input")
                .label("expected at least one key, with a pointer to the value in the answer");
            self.problems.push(problem);
        }
        let places = UndoPlaces {
            tool: self.span(&undo.tool),
            input: undo.input.values().map(|pointer| self.span(pointer)).collect(),
            already_done: undo.already_done.iter().map(|code| self.span(code)).collect(),
        };
        let undo = Undo {
            tool: undo.tool.value,
            input: undo
                .input
                .into_iter()
                .map(|(key, pointer)| (key, pointer.value))
                .collect(),
            already_done: undo.already_done.into_iter().map(|code| code.value).collect(),
        };
        (
            Reversibility {
                summary,
                undo: Some(undo),
            },
            Some(places),
        )
    }

    fn example(&mut self, file: ExampleFile) -> Example {
        Example {
            name: self.words(&file.name),
            input: file.input.to_json(),
            output: file.output.to_json(),
            input_node: file.input,
            output_node: file.output,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;

    const QUOTE: &str = "quote_delivery/v0.1.0/capability.yaml";

    fn mistake(from: &str, to: &str) -> String {
        Sample::new().change(QUOTE, from, to).mistake()
    }

    #[test]
    fn an_unknown_key_is_an_error_and_the_near_miss_is_suggested() {
        insta::assert_snapshot!(mistake("semantics:", "semantic:"), @"
        error: there is no key `semantic` here
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:6:1
          |
        6 | semantic: Read-only. The price holds for the day on which it was asked for.
          | ^^^^^^^^
          |
          = help: did you mean `semantics`?
        ");
    }

    #[test]
    fn an_unknown_key_further_down_is_an_error() {
        insta::assert_snapshot!(mistake("words: Pure", "word: Pure"), @"
        error: there is no key `word` here
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:9:5
          |
        9 |     word: Pure read. No state change.
          |     ^^^^
          |
          = help: did you mean `words`?
        ");
    }

    #[test]
    fn a_missing_key_is_an_error() {
        insta::assert_snapshot!(mistake("summary: Say what the delivery of a parcel costs.\n", ""), @"
        error: the key `summary` is missing
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:1:1
          |
        1 | format: proofhouse.capability/1
          | ^^^^^^
        ");
    }

    #[test]
    fn a_wrong_type_is_an_error() {
        insta::assert_snapshot!(mistake("summary: Say what the delivery of a parcel costs.", "summary: [a]"), @"
        error: text is expected, not a list
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:5:10
          |
        5 | summary: [a]
          |          ^
        ");
    }

    #[test]
    fn an_id_that_is_none_is_an_error() {
        insta::assert_snapshot!(mistake("id: parcels.quote_delivery", "id: quote-delivery"), @"
        error: `quote-delivery` is not a capability id: `domain.tool` in snake_case, for example `booking.create_booking`
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:2:5
          |
        2 | id: quote-delivery
          |     ^^^^^^^^^^^^^^
        ");
    }

    #[test]
    fn a_key_that_stands_twice_is_an_error() {
        insta::assert_snapshot!(mistake("category:", "version: 0.1.0\ncategory:"), @"
        error: the key `version` stands twice
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:4:1
          |
        4 | version: 0.1.0
          | ^^^^^^^
        ");
    }

    #[test]
    fn another_format_is_refused() {
        insta::assert_snapshot!(mistake("capability/1", "capability/2"), @"
        error: `proofhouse.capability/2` is not a format that this version reads
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:1:9
          |
        1 | format: proofhouse.capability/2
          |         ^^^^^^^^^^^^^^^^^^^^^^^ expected `proofhouse.capability/1`
        ");
    }

    #[test]
    fn the_folder_and_the_file_must_agree() {
        insta::assert_snapshot!(
            mistake("id: parcels.quote_delivery\nversion: 0.1.0", "id: parcels.quote_parcel\nversion: 0.2.0"), @"
        error: the id is `parcels.quote_parcel`, and the folder says `parcels.quote_delivery`
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:2:5
          |
        2 | id: parcels.quote_parcel
          |     ^^^^^^^^^^^^^^^^^^^^ expected `parcels.quote_delivery`
          |
          = help: a contract stands in `parcels/quote_parcel/v0.2.0/`

        error: the version is 0.2.0, and the folder says `v0.1.0`
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:3:10
          |
        3 | version: 0.2.0
          |          ^^^^^ expected `0.1.0`
        ");
    }

    #[test]
    fn a_category_says_read_or_write() {
        insta::assert_snapshot!(mistake("logistics.read", "logistics.raed"), @"
        error: `logistics.raed` is not a category
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:4:11
          |
        4 | category: logistics.raed
          |           ^^^^^^^^^^^^^^ expected an area and `read` or `write`, for example `scheduling.write`
          |
          = help: did you mean `read`?
        ");
    }

    #[test]
    fn ids_of_rules_are_unique_slugs_and_texts_are_not_blank() {
        insta::assert_snapshot!(
            Sample::new()
                .change(QUOTE, "id: unknown-postcode", "id: pure-read")
                .change(QUOTE, "id: day-price", "id: Day_Price")
                .change(QUOTE, "when_to_use: Before `order_pickup`, unless the price is known.", "when_to_use: ''")
                .mistake(), @"
        error: the id `pure-read` stands twice
          --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:10:9
           |
        10 |   - id: pure-read
           |         ^^^^^^^^^ it stands at 8:9 already

        error: `Day_Price` is not the id of a rule
          --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:13:9
           |
        13 |   - id: Day_Price
           |         ^^^^^^^^^ expected lower-case words joined by dashes, for example `future-start`

        error: a text is missing
          --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:15:14
           |
        15 | when_to_use: ''
           |              ^^ expected at least a sentence
        ");
        insta::assert_snapshot!(mistake("id: pure-read", "id: output-schema"), @"
        error: `output-schema` is the id of a rule that every contract has
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:8:9
          |
        8 |   - id: output-schema
          |         ^^^^^^^^^^^^^ expected an id of its own
        ");
    }

    #[test]
    fn an_exclusion_needs_a_reason() {
        insta::assert_snapshot!(mistake("words: Pure read. No state change.", "words: Pure read.\n    excluded: ''"), @"
        error: an exclusion has no reason
          --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:10:15
           |
        10 |     excluded: ''
           |               ^^ expected why no test verifies it
        ");
    }

    #[test]
    fn a_mistake_in_a_schema_hides_none_in_the_contract() {
        let text = Sample::new()
            .change(
                "quote_delivery/v0.1.0/input.schema.json",
                "\"type\": \"integer\"",
                "\"type\": \"int\"",
            )
            .change(QUOTE, "version: 0.1.0", "version: 0.1")
            .mistake();
        assert_eq!(text.matches("error:").count(), 2, "{text}");
    }
}
