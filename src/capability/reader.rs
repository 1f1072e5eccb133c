//! Reads `capability.yaml` into a contract, and goes on after a mistake.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::contract::{
    Annotations, Capability, Example, INPUT_SCHEMA_RULE, Invariant, MadeValue, OUTPUT_SCHEMA_RULE, Places,
    Promise, Reversibility, Ruling, Undo, UndoPlaces, UndoValue,
};
use super::file::{
    ContractFile, ErrorFile, ExampleFile, InvariantFile, PromiseFile, ReversibilityFile, RulingFile,
};
use super::{Schema, json_text};
use crate::diagnostic::{Node, Problem, Problems, Source, Span, Spot, near_miss, read_yaml};
use crate::expr::{Names, Shape, Template};
use crate::model::{CapabilityId, CapabilityRef, Reading, Version};

/// The format that this reader knows.
const FORMAT: &str = "proofhouse.capability/1";

/// The most characters of the name of a tool.
const LONGEST_TOOL: usize = 128;

/// The capability and digest that the folder gives to the contract in it.
pub(super) struct Expected<'a> {
    pub(super) reference: &'a CapabilityRef,
    pub(super) digest: String,
}

/// Reads the file as it is written.
pub(super) fn file(source: &Arc<Source>) -> Result<ContractFile, Problem> {
    read_yaml(source)
}

/// Reads a contract; its file and the schemas are read already.
pub(super) fn read(
    source: &Arc<Source>,
    file: ContractFile,
    expected: Expected<'_>,
    input: Schema,
    output: Schema,
) -> Result<Capability, Problems> {
    let (is_native, is_draft) = (file.is_native(), file.is_draft());
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
    let names = Names::new()
        .with("input", Shape::of_schema(&input.json))
        .with("output", Shape::of_schema(&output.json));
    let (reversibility, undo_places) = reader.reversibility(file.reversibility, &names);
    let tool = reader.tool(file.tool.as_ref(), expected.reference);
    let prerequisites_at = file.prerequisites.iter().map(|one| reader.span(one)).collect();
    let patterns = reader.errors(file.errors, is_native);
    let reading = match is_native {
        true => Reading::of_native(patterns),
        false => Reading::of_envelope(listed_codes(&output)),
    };
    let annotations = Annotations {
        read_only: file.annotations.read_only,
        idempotent: file.annotations.idempotent,
    };
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
        is_draft,
        annotations,
        tool,
        reading,
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

/// The codes that an output schema lists for `error`.
fn listed_codes(output: &Schema) -> Vec<String> {
    let codes = output.json.pointer("/properties/error/enum");
    let codes = codes.and_then(serde_json::Value::as_array).into_iter().flatten();
    codes
        .filter_map(serde_json::Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The mistakes of a contract whose schemas cannot be read.
pub(super) fn check_alone(
    source: &Arc<Source>,
    file: Result<ContractFile, Problem>,
    reference: &CapabilityRef,
) -> Problems {
    let mut reader = Reader {
        source,
        ids: BTreeMap::new(),
        problems: Problems::new(),
    };
    match file {
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
    fn span<T>(&self, value: &Spot<T>) -> Span {
        json_text::first_line(self.source, value.span(self.source))
    }

    fn problem<T>(&self, value: &Spot<T>, message: impl Into<String>) -> Problem {
        Problem::at(self.source, self.span(value), message)
    }

    fn format(&mut self, format: &Spot<String>) {
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

    fn folder(&mut self, id: &Spot<CapabilityId>, version: &Spot<Version>, folder: &CapabilityRef) {
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

    /// The name of the tool on the wire.
    fn tool(&mut self, tool: Option<&Spot<String>>, folder: &CapabilityRef) -> String {
        let Some(tool) = tool else {
            return folder.id.tool().to_owned();
        };
        let is_shown = !tool.value.trim().is_empty() && !tool.value.contains(char::is_control);
        if !is_shown || tool.value.chars().count() > LONGEST_TOOL {
            let problem = self
                .problem(tool, format!("{:?} is no name of a tool", tool.value))
                .label(format!(
                    "expected at most {LONGEST_TOOL} characters that can be shown"
                ));
            self.problems.push(problem);
        }
        tool.value.clone()
    }

    /// The patterns by which a refusal gets a code.
    fn errors(&mut self, errors: Vec<ErrorFile>, is_native: bool) -> Vec<(regex::Regex, String)> {
        if !is_native && let Some(first) = errors.first() {
            let problem = self
                .problem(&first.code, "`errors` goes with `answers: native`")
                .label("the codes of an answer with `ok` stand in the output schema");
            self.problems.push(problem);
        }
        let mut patterns = Vec::new();
        for ErrorFile { code, pattern } in errors {
            if code.value.trim().is_empty() {
                let problem = self
                    .problem(&code, "an error code is missing")
                    .label("expected a word");
                self.problems.push(problem);
            }
            match regex::Regex::new(&pattern.value) {
                Ok(regex) => patterns.push((regex, code.value)),
                Err(error) => {
                    let last = error.to_string();
                    let why = last.lines().last().unwrap_or_default().to_owned();
                    let problem = self
                        .problem(&pattern, format!("`{}` is no pattern", pattern.value))
                        .label(why.trim_start_matches("error: ").to_owned());
                    self.problems.push(problem);
                }
            }
        }
        patterns
    }

    fn category(&mut self, category: &Spot<String>) -> Span {
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
    fn words(&mut self, words: &Spot<String>) -> String {
        if words.value.trim().is_empty() {
            let problem = self
                .problem(words, "a text is missing")
                .label("expected at least a sentence");
            self.problems.push(problem);
        }
        words.value.trim_end().to_owned()
    }

    fn reason(&mut self, reason: Option<Spot<String>>) -> Option<String> {
        let reason = reason?;
        if reason.value.trim().is_empty() {
            let problem = self
                .problem(&reason, "an exclusion has no reason")
                .label("expected why no test verifies it");
            self.problems.push(problem);
        }
        Some(reason.value)
    }

    fn rule_id(&mut self, id: Spot<String>) -> (String, Span) {
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

    fn reversibility(
        &mut self,
        file: ReversibilityFile,
        names: &Names,
    ) -> (Reversibility, Option<UndoPlaces>) {
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
            input: undo
                .input
                .values()
                .map(|value| json_text::first_line(self.source, value.span(self.source)))
                .collect(),
            already_done: undo.already_done.iter().map(|code| self.span(code)).collect(),
        };
        let undo = Undo {
            tool: undo.tool.value,
            input: undo
                .input
                .into_iter()
                .map(|(key, node)| (key, self.undo_value(&node, names)))
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

    /// A text without an expression is a pointer, anything else a value with expressions.
    fn undo_value(&mut self, node: &Node, names: &Names) -> UndoValue {
        let written = node.to_json();
        if let Some(text) = written.as_str()
            && !text.contains("${")
        {
            return UndoValue::Pointer(text.to_owned());
        }
        let template = Template::compile(self.source, node, names).unwrap_or_else(|problem| {
            self.problems.push(problem);
            Template::constant(written.clone())
        });
        UndoValue::Made(MadeValue::new(written, template))
    }

    fn example(&mut self, file: ExampleFile) -> Example {
        for node in [&file.input, &file.output] {
            for problem in node.all_respelled(self.source) {
                self.problems.push(problem);
            }
        }
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
mod tests;
