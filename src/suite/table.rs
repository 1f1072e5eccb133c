//! The table of a test: rows that the file names, or rows made from an input schema.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::capability::{Capability, GeneratedRow, boundaries, extras, negatives, nulls};
use crate::diagnostic::{Problem, Spot, near_miss};
use crate::expr::{Names, Shape, Template};

use super::body::{Case, Fixture, Generated, Values};
use super::compile::Compiler;
use super::fixture::shape_of;
use super::lint;
use super::raw::{RawCase, RawGenerate, RawRows, RawTest};
use super::scope;

/// The rows of a kind that the schemas of a tool give.
fn rows_of(rows: RawRows, tool: &Capability) -> Vec<GeneratedRow> {
    match rows {
        RawRows::Negatives => negatives(&tool.input, &tool.output),
        RawRows::Nulls => nulls(&tool.input),
        RawRows::Extras => extras(&tool.input, &tool.output),
        RawRows::Boundaries => boundaries(&tool.input),
    }
}

impl Compiler<'_> {
    /// The rows of a test, and the names for its steps: those of the fixtures that are made for each row, and `case`.
    pub(super) fn table(&mut self, raw: &RawTest, each_row: &[Arc<Fixture>]) -> Result<Vec<Case>, Problem> {
        let before = self.names.clone();
        for wanted in each_row {
            self.names.insert(wanted.name.clone(), shape_of(&wanted.bind));
        }
        let wrong = |message: &str| Err(Problem::at(self.source, raw.test.span(self.source), message));
        let tables = [
            !raw.cases.is_empty(),
            !raw.kinds.is_empty(),
            raw.generate.is_some(),
        ];
        if tables.iter().filter(|there| **there).count() > 1 {
            return wrong(
                "a test has `cases`, `kinds` or `generate`, and this one has more than one of them",
            );
        }
        lint::check_kinds(self.source, raw)?;
        match &raw.generate {
            None if !raw.kinds.is_empty() => {
                self.names.insert("case", scope::pair_row());
                Ok(raw.kinds.iter().map(|kind| Case::of_kind(kind.value)).collect())
            }
            Some(generate) => {
                let cases = self.generated(generate)?;
                self.names.insert("case", scope::generated_row());
                Ok(cases)
            }
            None if raw.cases.is_empty() && !raw.after.is_empty() => wrong(
                "`after` stands beside `cases`, `kinds` or `generate` only: without a table, the steps are enough",
            ),
            None => self.written(&raw.cases, &before),
        }
    }

    /// Compiles the rows that a file writes out. `when` is evaluated before the fixtures of the row are made, so it reads the names in `before` only.
    fn written(&mut self, raw: &[RawCase], before: &Names) -> Result<Vec<Case>, Problem> {
        let mut seen = BTreeSet::new();
        if let Some(twice) = raw.iter().find(|case| !seen.insert(case.id.value.as_str())) {
            return Err(self.at(&twice.id, format!("the case `{}` stands twice", twice.id.value)));
        }
        let cases = raw
            .iter()
            .map(|case| {
                let values = case
                    .values
                    .iter()
                    .map(|(key, node)| Ok((key.clone(), self.template(node, &self.names)?)));
                Ok(Case {
                    id: case.id.value.clone(),
                    when: self.optional(case.when.as_ref(), before)?,
                    because: case.because.clone(),
                    values: Values::Written(values.collect::<Result<_, Problem>>()?),
                })
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        if !raw.is_empty() {
            let keys = raw.iter().flat_map(|case| case.values.keys().cloned());
            let names = keys.chain(["id".to_owned()]).map(|key| (key, Shape::Any));
            self.names.insert("case", Shape::object(names));
        }
        Ok(cases)
    }

    fn generated(&self, raw: &RawGenerate) -> Result<Vec<Case>, Problem> {
        let tool = match &raw.tool {
            Some(name) => self.tool(name)?,
            None => Arc::clone(self.home),
        };
        let from = Arc::new(self.input(&raw.from, &tool, false, &self.names)?);
        let mut rows = rows_of(raw.rows, &tool);
        for (id, reason) in &raw.except {
            match rows.iter_mut().find(|row| row.id == *id) {
                Some(row) => *row = row.clone().without(&reason.value),
                None if self.other_version_has(raw.rows, &tool, id) => {}
                None => return Err(self.unknown_row(id, reason, &rows)),
            }
        }
        for (id, reason) in &raw.except_where_known {
            if let Some(row) = rows.iter_mut().find(|row| row.id == *id) {
                *row = row.clone().without(*reason);
            }
        }
        self.makeable(raw, &mut rows, &tool, &from)?;
        Ok(rows
            .into_iter()
            .map(|row| Case {
                id: row.id.clone(),
                when: None,
                because: None,
                values: Values::Generated(Box::new(Generated {
                    row,
                    tool: Arc::clone(&tool),
                    from: Arc::clone(&from),
                })),
            })
            .collect())
    }

    /// Returns true if the schemas of another version of the tool give such a row: one table serves several versions.
    fn other_version_has(&self, rows: RawRows, tool: &Capability, id: &str) -> bool {
        self.registry
            .iter()
            .filter(|other| other.reference.id == tool.reference.id)
            .any(|other| rows_of(rows, other).iter().any(|row| row.id == id))
    }

    fn unknown_row(&self, id: &str, reason: &Spot<String>, rows: &[GeneratedRow]) -> Problem {
        let value = reason.span(self.source);
        let before = self.source.text().get(..value.start).unwrap_or_default();
        let place = match before.rfind(id) {
            Some(start) => start..start.saturating_add(id.len()),
            None => value,
        };
        let known: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        Problem::at(self.source, place, format!("no row is called `{id}`"))
            .did_you_mean(near_miss(id, known.iter().copied()))
            .hint(format!("the rows are {}", known.join(", ")))
    }

    /// Checks what is known before a run: that there are rows, and, where the base reads nothing, that each can be made from it.
    fn makeable(
        &self,
        raw: &RawGenerate,
        rows: &mut [GeneratedRow],
        tool: &Capability,
        from: &Template,
    ) -> Result<(), Problem> {
        let at = |message: String| Problem::at(self.source, raw.from.span(self.source), message);
        if rows.iter().all(|row| row.left_out().is_some()) {
            return Err(at(format!(
                "the input schema of `{}` gives no row that is not left out",
                tool.tool()
            )));
        }
        let Some(base) = from.as_constant() else {
            return Ok(());
        };
        for row in rows.iter_mut().filter(|row| row.left_out().is_none()) {
            match row.made(&tool.input, base) {
                Ok(_) => {}
                Err(error) if row.depends_on_base(&error) => *row = row.clone().without(error.to_string()),
                Err(error) => return Err(at(format!("the row `{}` cannot be made: {error}", row.id))),
            }
        }
        Ok(())
    }
}
