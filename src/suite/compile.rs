//! From files as people write them to steps that run: every expression compiled, every name resolved.

use std::sync::Arc;

use crate::capability::{Capability, Registry};
use crate::diagnostic::{Node, NodeKind, Problem, Source, Span, Spot, near_miss};
use crate::expr::{Expression, Names, Shape, Template};

use super::raw_step::{RawCheck, RawForEach, RawNeed, RawOrder, RawPairs, RawSearch, RawStep};
use super::scope;
use super::shared::SharedFiles;
use super::step::{
    CallStep, Check, Expect, ForEachStep, NeedStep, Otherwise, PairSearch, SearchStep, Step, StepKind,
};

/// Compiles the steps of one file for one version of its domain.
pub(super) struct Compiler<'a> {
    /// The file.
    pub(super) source: &'a Arc<Source>,
    /// All contracts.
    pub(super) registry: &'a Registry,
    /// The files that a domain, or all domains, share.
    pub(super) shared: &'a SharedFiles,
    /// The contract that the file belongs to; its siblings are found from it.
    pub(super) home: &'a Arc<Capability>,
    /// The names known so far.
    pub(super) names: Names,
    /// True for a file that tests share: its checks name no rule.
    pub(super) fixture: bool,
    /// True for a test that names another provider, at which its steps may be done.
    pub(super) has_peer: bool,
}

impl Compiler<'_> {
    pub(super) fn expression(&self, text: &Spot<String>, names: &Names) -> Result<Expression, Problem> {
        let expression = Expression::compile_spot(self.source, text, names)?;
        self.warn_of_pairs(text.span(self.source), expression.list_per_element());
        Ok(expression)
    }

    /// Warns of an expression that takes as many steps as two lists have pairs.
    fn warn_of_pairs(&self, span: Span, list: Option<String>) {
        if let Some(list) = list {
            let message = format!("it runs over `{list}` for each element of another list");
            let warning = Problem::at(self.source, span, message)
                .hint("if both lists are a provider's, look elements up by `keyed`, or compare `sorted` or `distinct` lists");
            self.shared.warn(warning);
        }
    }

    pub(super) fn template(&self, node: &Node, names: &Names) -> Result<Template, Problem> {
        let template = Template::compile(self.source, node, names)?;
        self.warn_of_pairs(node.span(self.source), template.list_per_element());
        Ok(template)
    }

    pub(super) fn optional(
        &self,
        text: Option<&Spot<String>>,
        names: &Names,
    ) -> Result<Option<Expression>, Problem> {
        text.map(|text| self.expression(text, names)).transpose()
    }

    pub(super) fn at<T>(&self, spot: &Spot<T>, message: impl Into<String>) -> Problem {
        Problem::at(self.source, spot.span(self.source), message)
    }

    /// Compiles steps in order; each may read those before it.
    pub(super) fn steps(&mut self, raw: &[RawStep]) -> Result<Vec<Step>, Problem> {
        raw.iter().map(|raw| self.step(raw)).collect()
    }

    fn step(&mut self, raw: &RawStep) -> Result<Step, Problem> {
        self.one_kind(raw)?;
        let when = self.optional(raw.when.as_ref(), &self.names)?;
        let at_peer = self.at_peer(raw)?;
        let (kind, shape) = if let Some(tool) = &raw.call {
            self.call(raw, tool)?
        } else if let Some(search) = &raw.search {
            self.search(search)?
        } else if let Some(each) = &raw.for_each {
            (self.for_each(each)?, Shape::Any)
        } else if let Some(race) = &raw.race {
            (self.race(race)?, Shape::Any)
        } else if let Some(wait) = &raw.wait {
            if self.fixture {
                return Err(self.at(wait, "a fixture does not wait: the test that needs the time does"));
            }
            (StepKind::Wait(self.expression(wait, &self.names)?), Shape::Any)
        } else if let Some(need) = &raw.need {
            (StepKind::Need(self.need(need)?), Shape::Any)
        } else if let Some(bind) = &raw.bind {
            let mut bound = Vec::new();
            for (name, node) in bind {
                bound.push((name.clone(), self.template(node, &self.names)?));
                self.names.insert(name.clone(), Shape::Any);
            }
            (StepKind::Let(bound), Shape::Any)
        } else {
            let checks = raw.that.as_deref().unwrap_or_default();
            let checks = checks
                .iter()
                .map(|check| self.check(check, &self.names))
                .collect::<Result<_, _>>()?;
            (StepKind::That(checks), Shape::Any)
        };
        let id = match &raw.id {
            Some(id) => {
                if self.names.get(&id.value).is_some() {
                    return Err(self.at(id, format!("the name `{}` is taken", id.value)));
                }
                self.names.insert(id.value.clone(), shape);
                Some(id.value.clone())
            }
            None => None,
        };
        Ok(Step {
            id,
            when,
            at_peer,
            tells: raw.tells,
            kind,
        })
    }

    /// A step does one thing, and the keys that belong to a call stand beside a call only.
    fn one_kind(&self, raw: &RawStep) -> Result<(), Problem> {
        let kinds = [
            ("call", raw.call.is_some()),
            ("search", raw.search.is_some()),
            ("for_each", raw.for_each.is_some()),
            ("race", raw.race.is_some()),
            ("wait", raw.wait.is_some()),
            ("need", raw.need.is_some()),
            ("let", raw.bind.is_some()),
            ("that", raw.that.is_some()),
        ];
        let named: Vec<_> = kinds
            .iter()
            .filter(|(_, there)| *there)
            .map(|(kind, _)| *kind)
            .collect();
        let all = kinds.map(|(kind, _)| kind).join(", ");
        let place = raw
            .id
            .as_ref()
            .or(raw.call.as_ref())
            .or(raw.wait.as_ref())
            .or(raw.when.as_ref());
        let wrong = |message: String| match place {
            Some(spot) => self.at(spot, message),
            None => Problem::of(self.source, message),
        };
        let [only] = named.as_slice() else {
            let found = if named.is_empty() {
                "none".to_owned()
            } else {
                named.join(" and ")
            };
            return Err(wrong(format!(
                "a step has exactly one of {all}; this one has {found}"
            )));
        };
        if raw.call.is_none() {
            let strays = [
                ("input", raw.input.is_some()),
                ("sending", raw.sending.is_some()),
                ("invalid_input", raw.invalid_input),
                ("if_offered", raw.if_offered),
                ("answer_lost", raw.answer_lost),
                ("shows", raw.shows.is_some()),
                ("expect", raw.expect.is_some()),
            ];
            if let Some((stray, _)) = strays.iter().find(|(_, there)| *there) {
                return Err(wrong(format!(
                    "`{stray}` stands beside `call` only, this step has `{only}`"
                )));
            }
        }
        Ok(())
    }

    /// The contract of a tool: of the domain, or of another that is named in full.
    pub(super) fn tool(&self, name: &Spot<String>) -> Result<Arc<Capability>, Problem> {
        self.registry
            .sibling(self.home, &name.value)
            .cloned()
            .ok_or_else(|| {
                if name.value.contains('.') {
                    let known = self
                        .registry
                        .iter()
                        .map(|capability| capability.reference.id.as_str());
                    return self
                        .at(name, format!("no capability `{}` is published", name.value))
                        .did_you_mean(near_miss(&name.value, known));
                }
                let domain = self.home.reference.id.domain();
                let known: Vec<_> = self
                    .registry
                    .iter()
                    .filter(|capability| capability.reference.id.domain() == domain)
                    .map(|capability| capability.reference.id.tool())
                    .collect();
                self.at(
                    name,
                    format!("the domain `{domain}` has no tool `{}`", name.value),
                )
                .did_you_mean(near_miss(&name.value, known.iter().copied()))
            })
    }

    fn call(&mut self, raw: &RawStep, tool: &Spot<String>) -> Result<(StepKind, Shape), Problem> {
        let contract = self.tool(tool)?;
        let Some(input) = &raw.input else {
            return Err(self.at(tool, "a call needs its `input`"));
        };
        let expect = match (&raw.expect, raw.answer_lost) {
            (Some(expect), false) => self.expect(expect, tool, &contract, &self.names)?,
            (None, true) => Expect::default(),
            (Some(_), true) => {
                return Err(self.at(
                    tool,
                    "`expect` does not stand beside `answer_lost`: nobody reads that answer",
                ));
            }
            (None, false) => {
                return Err(self.at(
                    tool,
                    "a call needs its `expect`: an answer that nobody judges proves nothing",
                ));
            }
        };
        let input = self.input(input, &contract, raw.invalid_input, &self.names)?;
        let call = CallStep {
            sending: raw
                .sending
                .as_ref()
                .map(|node| self.template(node, &self.names))
                .transpose()?,
            invalid_input: raw.invalid_input,
            if_offered: raw.if_offered,
            shows: raw.shows.clone(),
            answer_lost: raw.answer_lost,
            expect,
            input,
            tool: Arc::clone(&contract),
        };
        Ok((StepKind::Call(Box::new(call)), scope::call(&contract)))
    }

    /// Compiles an input. A field that the input schema does not know is a slip, unless the input is meant to break it.
    pub(super) fn input(
        &self,
        node: &Node,
        contract: &Capability,
        may_break: bool,
        names: &Names,
    ) -> Result<Template, Problem> {
        let template = self.template(node, names)?;
        if let (false, Some(fields), Shape::Object(known)) = (
            may_break,
            template.fields(),
            Shape::of_schema(&contract.input.json),
        ) && let Some(stray) = fields.iter().find(|field| !known.contains_key(**field))
        {
            let place = match &node.kind {
                NodeKind::Map(entries) => entries.iter().find(|(key, _)| key.as_str() == *stray),
                _ => None,
            };
            return Err(Problem::at(
                self.source,
                place.map_or(node, |(_, value)| value).key_span(self.source),
                format!("the input of `{}` has no field `{stray}`", contract.tool()),
            )
            .did_you_mean(near_miss(stray, known.keys().map(String::as_str)))
            .hint("set `invalid_input: true` on a call whose input is meant to break the schema"));
        }
        Ok(template)
    }

    pub(super) fn check(&self, raw: &RawCheck, names: &Names) -> Result<Check, Problem> {
        Ok(Check {
            check: self.expression(&raw.check, names)?,
            otherwise: self.template(&raw.otherwise, names)?,
            rule: self.rule(raw.rule.as_ref())?,
            when: self.optional(raw.when.as_ref(), names)?,
        })
    }

    /// Checks that the contract has a rule of this id.
    pub(super) fn rule(&self, rule: Option<&Spot<String>>) -> Result<Option<String>, Problem> {
        let Some(rule) = rule else { return Ok(None) };
        // A fixture serves every tool of its domain, so it has no contract whose rules it could name.
        if self.fixture {
            return Err(self.at(rule, "what tests share names no `rule`"));
        }
        if self.home.rule(&rule.value).is_some() {
            return Ok(Some(rule.value.clone()));
        }
        let known: Vec<String> = self.home.rule_ids().iter().map(|id| (*id).to_owned()).collect();
        Err(self
            .at(
                rule,
                format!("`{}` has no rule `{}`", self.home.reference, rule.value),
            )
            .did_you_mean(near_miss(&rule.value, known.iter().map(String::as_str)))
            .hint(format!("its rules: {}", known.join(", "))))
    }

    fn search(&mut self, raw: &RawSearch) -> Result<(StepKind, Shape), Problem> {
        let contract = self.tool(&raw.call)?;
        let mut names = self.names.clone();
        let mut over = Vec::new();
        for (name, list) in &raw.over {
            over.push((name.clone(), self.expression(list, &names)?));
            names.insert(name.clone(), Shape::Any);
        }
        let answer = scope::listing(&names, &contract);
        let candidate = answer.with("candidate", Shape::Any);
        let lease = raw
            .lease
            .as_ref()
            .map(|lease| {
                Ok::<_, Problem>((
                    self.expression(&lease.from, &candidate)?,
                    self.expression(&lease.to, &candidate)?,
                ))
            })
            .transpose()?;
        let pairs = self.pairs(raw)?;
        let turns = pairs.map_or(raw.over.len(), |pairs| pairs.turns);
        let mut found: Vec<_> = match pairs {
            Some(_) => ["first", "seconds"]
                .map(|name| (name.to_owned(), Shape::Any))
                .into(),
            None => vec![
                ("candidate".to_owned(), Shape::Any),
                ("input".to_owned(), Shape::of_schema(&contract.input.json)),
                ("output".to_owned(), Shape::of_schema(&contract.output.json)),
            ],
        };
        found.extend(raw.over.keys().take(turns).map(|name| (name.clone(), Shape::Any)));
        let search = SearchStep {
            input: self.input(&raw.input, &contract, false, &names)?,
            expect: self.expect(&raw.expect, &raw.call, &contract, &names)?,
            pick: self.expression(&raw.pick, &answer)?,
            soonest: asks_for_the_soonest(raw),
            over,
            pairs,
            lease,
            otherwise: raw.otherwise.map_or(Otherwise::Blocked, Otherwise::from),
            none: raw.none.clone(),
            tool: contract,
        };
        Ok((StepKind::Search(Box::new(search)), Shape::object(found)))
    }

    /// The part of a search that asks for two things which meet.
    fn pairs(&self, raw: &RawSearch) -> Result<Option<PairSearch>, Problem> {
        let Some(RawPairs { within }) = &raw.pairs else {
            return Ok(None);
        };
        if self.fixture {
            return Err(self.at(
                within,
                "a search with `pairs` stands in a test with `kinds`, not in a fixture",
            ));
        }
        if raw.lease.is_none() {
            return Err(self.at(
                within,
                "`pairs` compares spans of time, so the search needs its `lease`",
            ));
        }
        let Some(at) = raw.over.get_index_of(&within.value) else {
            let known = raw.over.keys().map(String::as_str);
            return Err(self
                .at(within, format!("the search has no loop `{}`", within.value))
                .did_you_mean(near_miss(&within.value, known)));
        };
        Ok(Some(PairSearch {
            turns: at.saturating_add(1),
        }))
    }

    fn for_each(&self, raw: &RawForEach) -> Result<StepKind, Problem> {
        let contract = self.tool(&raw.call)?;
        let names = self.names.with(raw.name.value.clone(), Shape::Any);
        Ok(StepKind::ForEach(Box::new(ForEachStep {
            list: self.expression(&raw.list, &self.names)?,
            name: raw.name.value.clone(),
            input: self.input(&raw.input, &contract, false, &names)?,
            expect: self.expect(&raw.expect, &raw.call, &contract, &names)?,
            tool: contract,
        })))
    }

    fn need(&self, raw: &RawNeed) -> Result<NeedStep, Problem> {
        Ok(NeedStep {
            check: self.expression(&raw.check, &self.names)?,
            otherwise: raw.otherwise.into(),
            reason: self.template(&raw.reason, &self.names)?,
        })
    }
}

/// Returns true if a search asks for what is soonest: it says so, or goes through the days from today on.
fn asks_for_the_soonest(raw: &RawSearch) -> bool {
    match raw.order {
        Some(order) => order == RawOrder::Soonest,
        None => raw
            .over
            .values()
            .any(|list| list.value.trim_start().starts_with("[0,")),
    }
}
