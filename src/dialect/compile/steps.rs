//! The steps of a call: what is asked of the provider, in turns or under a condition.

use super::context::{Compiler, Scope};
use super::lint;
use super::shared_rules::request_line;
use crate::diagnostic::{NodeKind, Problem, Spot, near_miss};
use crate::dialect::raw::{RawBranch, RawRows, RawStep};
use crate::dialect::step::{Ask, Branch, Content, Kind, Rows, Rule, Step, StepRequest, Turns};
use crate::expr::{Expression, Names, Shape, Template};

/// The most turns of a loop.
const MOST_TURNS: u32 = 200;

/// The methods of a request; those that read stand first.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

impl Compiler<'_> {
    pub(super) fn steps(&self, raw: &[RawStep], scope: &mut Scope<'_>) -> Result<Vec<Step>, Problem> {
        raw.iter().map(|raw| self.step(raw, scope)).collect()
    }

    fn step(&self, raw: &RawStep, scope: &mut Scope<'_>) -> Result<Step, Problem> {
        lint::one_kind(self, raw)?;
        let when = self.optional(raw.when.as_ref(), scope)?;
        let kind = if !raw.bound.is_empty() {
            let mut values = Vec::new();
            for (name, node) in &raw.bound {
                let template = self.template(node, scope)?;
                scope.bind(name, node.key_span(self.source));
                if !template.roots().is_disjoint(&scope.live) {
                    scope.live.insert(name.clone());
                }
                values.push((name.clone(), template));
            }
            Kind::Let(values)
        } else if let Some(rows) = &raw.rows {
            let (rows, is_live) = self.rows(raw, rows, scope)?;
            if let Some(id) = &raw.id {
                scope.bind(&id.value, id.span(self.source));
                if is_live {
                    scope.live.insert(id.value.clone());
                }
            }
            return Ok(Step {
                id: raw.id.as_ref().map(|id| id.value.clone()),
                when,
                kind: Kind::Rows(Box::new(rows)),
            });
        } else if !raw.first_of.is_empty() {
            let branches = raw.first_of.iter().map(|branch| self.branch(branch, scope));
            Kind::FirstOf(branches.collect::<Result<_, _>>()?)
        } else {
            Kind::Ask(Box::new(self.ask(raw, scope)?))
        };
        if let Some(id) = &raw.id {
            scope.bind(&id.value, id.span(self.source));
            scope.live.insert(id.value.clone());
        }
        Ok(Step {
            id: raw.id.as_ref().map(|id| id.value.clone()),
            when,
            kind,
        })
    }

    /// A list that is read row by row, and whether something of the provider's is in it.
    fn rows(&self, step: &RawStep, raw: &RawRows, scope: &mut Scope<'_>) -> Result<(Rows, bool), Problem> {
        let list = self.expression(&raw.list, scope)?;
        let mut inside = scope.inner();
        inside.names.insert(raw.name.value.clone(), Shape::Any);
        let is_live = |roots: &[String]| roots.iter().any(|root| scope.live.contains(root));
        let list_is_live = is_live(list.roots());
        if list_is_live {
            inside.live.insert(raw.name.value.clone());
        }
        let when = self.optional(raw.when.as_ref(), &mut inside)?;
        let is = self.template(&raw.is, &mut inside)?;
        for name in &raw.needs {
            if let Some(fields) = is.fields()
                && !fields.iter().any(|field| *field == name.value)
            {
                return Err(self
                    .at(name, format!("`is` makes no field `{}`", name.value))
                    .did_you_mean(near_miss(&name.value, fields.iter().map(AsRef::as_ref))));
            }
        }
        let live = !is.roots().is_disjoint(&inside.live);
        scope.read.append(&mut inside.read);
        let id = step.id.as_ref().map_or("rows", |id| id.value.as_str());
        let rows = Rows {
            list,
            name: raw.name.value.clone(),
            when,
            is,
            needs: raw.needs.iter().map(|name| name.value.clone()).collect(),
            called: raw.called.clone().unwrap_or_else(|| format!("rows of `{id}`")),
        };
        Ok((rows, live))
    }

    fn branch(&self, raw: &RawBranch, scope: &mut Scope<'_>) -> Result<Branch, Problem> {
        Ok(Branch {
            when: self.optional(raw.when.as_ref(), scope)?,
            steps: self.steps(&raw.steps, scope)?,
        })
    }

    fn ask(&self, raw: &RawStep, scope: &mut Scope<'_>) -> Result<Ask, Problem> {
        let (turns, mut inside) = self.turns(raw, scope)?;
        let (request, name) = self.step_request(raw, &mut inside)?;
        let reads = raw.reads
            || matches!(&request, StepRequest::Http { method, .. } if METHODS[..2].contains(&method.as_str()));
        let mut answers = self.rules(&raw.answers, &mut inside)?;
        answers.extend(self.shared_rules(raw, &inside));
        lint::retries(self, raw, &request, reads)?;
        let undo = match &raw.undo {
            Some(undo) => {
                let mut after = inside.inner();
                after.names.insert("body", Shape::Any);
                let compiled = self.ask(undo, &mut after)?;
                inside.read.append(&mut after.read);
                Some(Box::new(compiled))
            }
            None => None,
        };
        let cleanup = match &raw.cleanup {
            Some(cleanup) => {
                let mut after = self.scope(inside.contract);
                after.names.insert("body", Shape::Any);
                Some(Box::new(self.ask(cleanup, &mut after)?))
            }
            None => None,
        };
        let turns = match (turns, &raw.pages) {
            (Turns::Pages { first, most, .. }, Some(pages)) => {
                inside.names.insert("body", Shape::Any);
                let next = self.expression(&pages.next, &mut inside)?;
                Turns::Pages { first, next, most }
            }
            (turns, _) => turns,
        };
        scope.read.append(&mut inside.read);
        Ok(Ask {
            name: raw.id.as_ref().map_or(name, |id| id.value.clone()),
            request,
            reads,
            decides: raw.decides,
            turns,
            answers,
            undo,
            cleanup,
        })
    }

    /// The rules of look-ups that make the same request: what an answer means there it means here. A business error is left to the
    /// step, as a look-up knows no contract.
    fn shared_rules(&self, raw: &RawStep, scope: &Scope<'_>) -> Vec<Rule> {
        let Some(line) = request_line(raw) else {
            return Vec::new();
        };
        let same = self.lookup_rules.iter().filter(|(known, _)| *known == line);
        same.filter(|(_, rule)| rule.error.is_none())
            // One that reads what only its look-up knows has no meaning elsewhere.
            .filter_map(|(_, rule)| self.rules(std::slice::from_ref(rule), &mut scope.inner()).ok())
            .flatten()
            .collect()
    }

    /// The loop around a request, and the names inside it.
    fn turns<'s>(&self, raw: &RawStep, scope: &mut Scope<'s>) -> Result<(Turns, Scope<'s>), Problem> {
        let bounded = |most: &Spot<u32>| {
            if let Some(problem) = most.respelled(self.source) {
                return Err(problem);
            }
            if (1..=MOST_TURNS).contains(&most.value) {
                return Ok(most.value as usize);
            }
            Err(self.at(
                most,
                format!(
                    "`most` of a loop lies between 1 and {MOST_TURNS}, here it is {}",
                    most.value
                ),
            ))
        };
        if let Some(each) = &raw.for_each {
            let list = self.expression(&each.list, scope)?;
            let most = bounded(&each.most)?;
            let mut inside = scope.inner();
            inside.names.insert(each.name.value.clone(), Shape::Any);
            let name = each.name.value.clone();
            return Ok((Turns::Each { list, name, most }, inside));
        }
        if let Some(pages) = &raw.pages {
            let first = self.template(&pages.first, scope)?;
            let most = bounded(&pages.most)?;
            let mut inside = scope.inner();
            inside.names.insert("page", Shape::Any);
            // The expression for the next page is compiled when the body is known.
            let nothing = self.expression_of("null", &pages.next)?;
            return Ok((
                Turns::Pages {
                    first,
                    next: nothing,
                    most,
                },
                inside,
            ));
        }
        Ok((Turns::Once, scope.inner()))
    }

    fn expression_of(&self, text: &str, at: &Spot<String>) -> Result<Expression, Problem> {
        Expression::compile(self.source, &at.span(self.source), text, &Names::new())
    }

    /// The request of a step, and a name for it.
    fn step_request(&self, raw: &RawStep, scope: &mut Scope<'_>) -> Result<(StepRequest, String), Problem> {
        if let Some(node) = &raw.tool {
            let name = self.template(node, scope)?;
            let shown = node.to_json().as_str().unwrap_or("tool").to_owned();
            let arguments = match &raw.arguments {
                Some(arguments) => self.template(arguments, scope)?,
                None => Template::constant(serde_json::json!({})),
            };
            return Ok((StepRequest::Tool { name, arguments }, shown));
        }
        let Some(node) = &raw.request else {
            return Err(Problem::of(self.source, "a step without a request"));
        };
        let wrong = |message: String| Problem::at(self.source, node.span(self.source), message);
        let NodeKind::Text(text) = &node.kind else {
            return Err(wrong(
                "a request is a method and a path, such as `GET /notes`".to_owned(),
            ));
        };
        let (method, path) = text
            .split_once(' ')
            .ok_or_else(|| wrong("a request is a method and a path, such as `GET /notes`".to_owned()))?;
        if !METHODS.contains(&method) {
            return Err(wrong(format!("`{method}` is no method")).did_you_mean(near_miss(method, METHODS)));
        }
        let path = self.template(&node.with_text(path.trim()), scope)?;
        let body = match (&raw.json, raw.form.is_empty()) {
            (Some(json), _) => Content::Json(self.template(json, scope)?),
            (None, false) => Content::Form(self.templates(&raw.form, scope)?),
            (None, true) => Content::Nothing,
        };
        let request = StepRequest::Http {
            method: method.to_owned(),
            path,
            query: self.templates(&raw.query, scope)?,
            headers: self.templates(&raw.headers, scope)?,
            body,
        };
        Ok((request, text.clone()))
    }
}
