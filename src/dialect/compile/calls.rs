//! The calls and look-ups of a dialect: their steps, what their output is made from, and what cannot be asked.

use std::sync::Arc;

use super::context::{Compiler, Scope};
use super::lint;
use crate::capability::Capability;
use crate::diagnostic::{Node, NodeKind, Problem, Problems, Spot, near_miss};
use crate::dialect::raw::{RawCall, RawGap, RawLookup};
use crate::dialect::shape::{field, gives, is_optional_text};
use crate::dialect::step::Step;
use crate::dialect::types::{Gap, GapTest, Lookup, MappedCall, Note};
use crate::expr::{Expression, Template};

impl Compiler<'_> {
    pub(super) fn lookup(&self, raw: &RawLookup) -> Result<Lookup, Problem> {
        let mut scope = self.scope(None);
        let steps = self.steps(&raw.steps, &mut scope)?;
        if let Some(ask) = steps.iter().flat_map(Step::asks).find(|ask| !ask.reads) {
            let what = format!(
                "a look-up only reads, and step `{}` may change something",
                ask.name
            );
            return Err(self
                .at(&raw.lookup, what)
                .hint("`reads: true` says that a step changes nothing"));
        }
        let bind = self.template(&raw.bind, &mut scope)?;
        lint::unread(self, &scope)?;
        Ok(Lookup { steps, bind })
    }

    pub(super) fn call(&self, raw: &RawCall) -> Result<MappedCall, Problems> {
        let unknown = || {
            self.at(
                &raw.call,
                format!("no capability `{}` is published", raw.call.value),
            )
            .did_you_mean(self.registry.suggest(&raw.call.value).as_deref())
        };
        let id = raw.call.value.parse().map_err(|_| unknown())?;
        let versions = self.registry.versions(&id);
        let contract = *versions.first().ok_or_else(unknown)?;
        let mut scope = self.scope(Some(contract));
        for used in &raw.uses {
            if !self.lookups.contains(&used.value) {
                let known = self.lookups.iter().map(String::as_str);
                let problem = self.at(used, format!("there is no look-up `{}`", used.value));
                return Err(problem.did_you_mean(near_miss(&used.value, known)).into());
            }
            scope.bind(&used.value, used.span(self.source));
            scope.live.insert(used.value.clone());
        }
        let steps = self.steps(&raw.steps, &mut scope)?;
        let steps = lint::decided(self, raw, steps)?;
        let known = |path: &[String]| {
            let mut results = versions.iter().map(|version| field(&version.output.json, path));
            let first = results.next().unwrap_or(Ok(()));
            if first.is_err() && results.any(|found| found.is_ok()) {
                Ok(())
            } else {
                first
            }
        };
        let output = match &raw.output {
            Some(node) => Some(self.template(node, &mut scope)?),
            None => None,
        };
        let mut makes_all = true;
        for (path, roots) in output.iter().flat_map(Template::made) {
            let place = raw
                .output
                .as_ref()
                .map_or(0..0, |node| place(node, &path).span(self.source));
            let name = path.join(".");
            if let Err(fields) = known(&path) {
                let problem = Problem::at(
                    self.source,
                    place,
                    format!("the output of `{}` has no field `{name}`", contract.tool()),
                );
                return Err(problem
                    .did_you_mean(near_miss(&name, fields.iter().map(String::as_str)))
                    .into());
            }
            let filled = raw
                .fills
                .keys()
                .any(|fill| name == *fill || name.starts_with(&format!("{fill}.")));
            if roots.is_disjoint(&scope.live) && !filled {
                return Err(Problem::at(
                    self.source,
                    place,
                    format!("nothing of the provider's is in `{name}`, and `fills` does not name it"),
                )
                .hint(format!(
                    "`fills: {{ {name}: why the dialect says it }}`, so that no test judges it"
                ))
                .into());
            }
            makes_all &= filled;
        }
        for fill in raw.fills.keys() {
            let path: Vec<_> = fill.split('.').map(str::to_owned).collect();
            if let Err(fields) = known(&path) {
                let problem = self.at(
                    &raw.call,
                    format!("`fills` names `{fill}`, which is no field of the output"),
                );
                return Err(problem
                    .did_you_mean(near_miss(fill, fields.iter().map(String::as_str)))
                    .into());
            }
        }
        let gaps = raw
            .gaps
            .iter()
            .map(|gap| self.gap(gap, contract, &mut scope))
            .collect::<Result<Vec<_>, _>>()?;
        lint::idle_gaps(self, &raw.call, &raw.gaps)?;
        if steps.is_empty() && !gaps.iter().any(Gap::is_whole) {
            let problem = self.at(&raw.call, "a call without steps asks nobody");
            return Err(problem
                .hint("`gaps: [{ because: … }]` says that it cannot be asked")
                .into());
        }
        let notes = raw
            .notes
            .iter()
            .map(|note| {
                Ok(Note {
                    when: self.expression(&note.when, &mut scope)?,
                    text: self.template(&note.note, &mut scope)?,
                })
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        for carried in &raw.carries {
            self.input_field(carried, contract)?;
        }
        lint::unread(self, &scope)?;
        Ok(MappedCall {
            contract: Arc::clone(contract),
            fills: raw.fills.clone(),
            gaps,
            uses: raw.uses.iter().map(|used| used.value.clone()).collect(),
            has_decider: steps.iter().flat_map(Step::asks).any(|ask| ask.decides),
            steps,
            output,
            makes_all,
            carries: raw.carries.iter().map(|field| field.value.clone()).collect(),
            notes,
        })
    }

    fn gap(&self, raw: &RawGap, contract: &Arc<Capability>, scope: &mut Scope<'_>) -> Result<Gap, Problem> {
        for named in &raw.fields {
            self.input_field(named, contract)?;
        }
        let names = self.scope(Some(contract)).names;
        let when = Expression::compile_optional(self.source, raw.when.as_ref(), &names)?;
        scope
            .read
            .extend(when.iter().flat_map(|when| when.roots().to_vec()));
        Ok(Gap {
            because: raw.because.clone(),
            tests: raw
                .tests
                .iter()
                .map(|test| GapTest {
                    name: test.value.clone(),
                    problem: self.at(
                        test,
                        format!("`{}` has no test `{}`", contract.reference.id, test.value),
                    ),
                })
                .collect(),
            left_out: raw
                .fields
                .iter()
                .filter(|_| raw.when.is_none())
                .filter(|field| self.can_be_left_out(&field.value, contract))
                .map(|field| field.value.clone())
                .collect(),
            fields: raw.fields.iter().map(|field| field.value.clone()).collect(),
            when,
        })
    }

    /// Returns true if an input means the same without a field: an optional text that stands for nothing but itself, and that no
    /// contract ever gives back.
    fn can_be_left_out(&self, named: &str, contract: &Capability) -> bool {
        let path: Vec<_> = named.split('.').map(str::to_owned).collect();
        is_optional_text(&contract.input.json, &path)
            && path
                .last()
                .is_some_and(|name| !self.registry.iter().any(|known| gives(&known.output.json, name)))
    }

    fn input_field(&self, named: &Spot<String>, contract: &Capability) -> Result<(), Problem> {
        let path: Vec<_> = named.value.split('.').map(str::to_owned).collect();
        field(&contract.input.json, &path).map_err(|fields| {
            self.at(
                named,
                format!(
                    "the input of `{}` has no field `{}`",
                    contract.tool(),
                    named.value
                ),
            )
            .did_you_mean(near_miss(&named.value, fields.iter().map(String::as_str)))
        })
    }
}

/// The part of an output in which a field stands, as far as it is written out.
fn place<'n>(node: &'n Node, path: &[String]) -> &'n Node {
    path.iter().fold(node, |node, field| match &node.kind {
        NodeKind::Map(entries) => entries
            .iter()
            .find(|(key, _)| key == field)
            .map_or(node, |(_, value)| value),
        _ => node,
    })
}
