//! From a file as people write it to a dialect that can be spoken: every expression compiled, every name resolved, and what a server
//! said told from what the dialect made up.

mod rules;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lint;
use super::raw::{RawCall, RawDialect, RawGap, RawLookup, RawProtocol};
use super::shape::field;
use super::step::Step;
use super::types::{Constant, Dialect, Gap, GapTest, Lookup, MappedCall, Pacing, Protocol};
use crate::capability::{Capability, Registry};
use crate::diagnostic::{Node, NodeKind, Problem, Problems, Source, Span, Spot, near_miss};
use crate::expr::{Expression, Names, Shape, Template};

/// The most turns of a loop.
const MOST_TURNS: u32 = 200;

/// The methods of a request; those that read stand first.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Compiles one file.
pub(super) struct Compiler<'a> {
    pub(super) source: &'a Arc<Source>,
    registry: &'a Registry,
    protocol: Protocol,
    lookups: Vec<String>,
    /// What every expression may read.
    base: Names,
}

/// What is known at one place of a call.
pub(super) struct Scope<'a> {
    names: Names,
    /// The contract of the call; None in a look-up.
    contract: Option<&'a Arc<Capability>>,
    /// Names that hold something of the provider's.
    live: BTreeSet<String>,
    /// Names that were read.
    read: BTreeSet<String>,
    /// Names that were bound, with their places.
    bound: Vec<(String, Span)>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(source: &'a Arc<Source>, registry: &'a Registry, raw: &RawDialect) -> Self {
        let mut base = Names::new();
        base.insert("now", Shape::Any);
        let constants = raw.constants.keys().map(|name| (name.clone(), Shape::Any));
        base.insert("given", Shape::object(constants));
        Self {
            source,
            registry,
            protocol: match raw.transport {
                RawProtocol::Http => Protocol::Http,
                RawProtocol::Mcp => Protocol::Mcp,
                RawProtocol::Stdio => Protocol::Stdio,
            },
            lookups: raw
                .lookups
                .iter()
                .map(|lookup| lookup.lookup.value.clone())
                .collect(),
            base,
        }
    }

    pub(super) fn dialect(&self, raw: &RawDialect, digest: String) -> Result<Dialect, Problems> {
        let mut problems = Problems::new();
        let mut lookups = BTreeMap::new();
        for lookup in &raw.lookups {
            match self.lookup(lookup) {
                Ok(compiled) => {
                    lookups.insert(lookup.lookup.value.clone(), compiled);
                }
                Err(problem) => problems.push(problem),
            }
        }
        let mut calls: Vec<MappedCall> = Vec::new();
        for call in &raw.calls {
            match self.call(call) {
                Ok(compiled)
                    if calls
                        .iter()
                        .any(|known| known.contract.reference == compiled.contract.reference) =>
                {
                    problems.push(self.at(&call.call, format!("`{}` is mapped twice", call.call.value)));
                }
                Ok(compiled) => calls.push(compiled),
                Err(found) => problems.extend(found),
            }
        }
        for lookup in &raw.lookups {
            let used = raw.calls.iter().flat_map(|call| &call.uses);
            if !used.into_iter().any(|name| name.value == lookup.lookup.value) {
                problems.push(self.at(
                    &lookup.lookup,
                    format!("no call uses the look-up `{}`", lookup.lookup.value),
                ));
            }
        }
        let mut scope = self.scope(None);
        let answers = self.rules(&raw.answers, &mut scope);
        let headers = self.templates(&raw.headers, &mut scope);
        let (answers, headers) = match (answers, headers) {
            (Ok(answers), Ok(headers)) => (answers, headers),
            (answers, headers) => {
                for problem in answers.err().into_iter().chain(headers.err()) {
                    problems.push(problem);
                }
                return Err(problems);
            }
        };
        if let Some(pacing) = raw.pacing
            && (pacing.requests == 0 || pacing.seconds == 0)
        {
            problems.push(Problem::of(self.source, "`pacing` needs numbers above nought"));
        }
        problems.or(Dialect {
            name: raw.dialect.value.clone(),
            title: raw.title.clone(),
            digest,
            source: raw.dialect.value.clone(),
            protocol: self.protocol,
            constants: raw
                .constants
                .iter()
                .map(|(name, constant)| {
                    let default = constant.default.as_ref().map(Node::to_json);
                    let title = constant.title.clone();
                    (name.clone(), Constant { title, default })
                })
                .collect(),
            pacing: raw.pacing.map(|pacing| Pacing {
                requests: pacing.requests,
                seconds: pacing.seconds,
            }),
            calls,
            headers,
            answers,
            lookups,
        })
    }

    pub(super) fn at<T>(&self, spot: &Spot<T>, message: impl Into<String>) -> Problem {
        Problem::at(self.source, spot.span(self.source), message)
    }

    fn scope<'s>(&self, contract: Option<&'s Arc<Capability>>) -> Scope<'s> {
        let mut names = self.base.clone();
        if let Some(contract) = contract {
            names.insert("input", Shape::of_schema(&contract.input.json));
        }
        Scope {
            names,
            contract,
            live: BTreeSet::new(),
            read: BTreeSet::new(),
            bound: Vec::new(),
        }
    }

    fn lookup(&self, raw: &RawLookup) -> Result<Lookup, Problem> {
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

    fn call(&self, raw: &RawCall) -> Result<MappedCall, Problems> {
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
        if steps.is_empty() && !gaps.iter().any(Gap::is_whole) {
            let problem = self.at(&raw.call, "a call without steps asks nobody");
            return Err(problem
                .hint("`gaps: [{ because: … }]` says that it cannot be asked")
                .into());
        }
        for carried in &raw.carries {
            self.input_field(carried, contract)?;
        }
        lint::unread(self, &scope)?;
        Ok(MappedCall {
            contract: Arc::clone(contract),
            fills: raw.fills.clone(),
            gaps,
            uses: raw.uses.iter().map(|used| used.value.clone()).collect(),
            steps,
            output,
            makes_all,
            carries: raw.carries.iter().map(|field| field.value.clone()).collect(),
        })
    }

    fn gap(&self, raw: &RawGap, contract: &Arc<Capability>, scope: &mut Scope<'_>) -> Result<Gap, Problem> {
        for named in &raw.fields {
            self.input_field(named, contract)?;
        }
        let names = self.scope(Some(contract)).names;
        let when = match &raw.when {
            Some(when) => Some(Expression::compile(
                self.source,
                &when.span(self.source),
                &when.value,
                &names,
            )?),
            None => None,
        };
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
            fields: raw.fields.iter().map(|field| field.value.clone()).collect(),
            when,
        })
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

    fn expression(&self, text: &Spot<String>, scope: &mut Scope<'_>) -> Result<Expression, Problem> {
        let span = text.span(self.source);
        let expression = Expression::compile(self.source, &span, &text.value, &scope.names)?;
        scope.read.extend(expression.roots().to_vec());
        Ok(expression)
    }

    fn optional(
        &self,
        text: Option<&Spot<String>>,
        scope: &mut Scope<'_>,
    ) -> Result<Option<Expression>, Problem> {
        text.map(|text| self.expression(text, scope)).transpose()
    }

    fn template(&self, node: &Node, scope: &mut Scope<'_>) -> Result<Template, Problem> {
        let template = Template::compile(self.source, node, &scope.names)?;
        scope.read.extend(template.roots());
        Ok(template)
    }

    fn templates(
        &self,
        nodes: &indexmap::IndexMap<String, Node>,
        scope: &mut Scope<'_>,
    ) -> Result<Vec<(String, Template)>, Problem> {
        let fields = nodes.iter();
        fields
            .map(|(name, node)| Ok((name.clone(), self.template(node, scope)?)))
            .collect()
    }

    pub(super) fn protocol(&self) -> Protocol {
        self.protocol
    }
}

impl<'a> Scope<'a> {
    fn bind(&mut self, name: &str, place: Span) {
        self.names.insert(name, Shape::Any);
        self.bound.push((name.to_owned(), place));
    }

    /// The same names for the inside of a step.
    fn inner(&self) -> Self {
        Self {
            names: self.names.clone(),
            contract: self.contract,
            live: self.live.clone(),
            read: BTreeSet::new(),
            bound: Vec::new(),
        }
    }

    /// The names that are bound and never read.
    pub(super) fn unread(&self) -> impl Iterator<Item = &(String, Span)> {
        self.bound.iter().filter(|(name, _)| !self.read.contains(name))
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
