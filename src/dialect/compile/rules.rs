//! The rules that read an answer: when they hold, and what they make of it.

use super::context::{Compiler, Scope};
use super::lint;
use crate::diagnostic::{Node, NodeKind, Problem};
use crate::dialect::raw::RawRule;
use crate::dialect::step::{Meaning, Rule, Statuses};
use crate::expr::Shape;

impl Compiler<'_> {
    pub(super) fn rules(&self, raw: &[RawRule], scope: &mut Scope<'_>) -> Result<Vec<Rule>, Problem> {
        let mut inside = scope.inner();
        for name in ["status", "headers", "body", "is_error"] {
            inside.names.insert(name, Shape::Any);
        }
        let rules = raw
            .iter()
            .map(|raw| self.rule(raw, &mut inside))
            .collect::<Result<Vec<_>, _>>()?;
        scope.read.append(&mut inside.read);
        lint::reachable(self, raw, &rules)?;
        Ok(rules)
    }

    fn rule(&self, raw: &RawRule, scope: &mut Scope<'_>) -> Result<Rule, Problem> {
        let meaning = lint::meaning(self, raw, scope.contract)?;
        let statuses = match &raw.status {
            Some(node) => self.statuses(node)?,
            None => Vec::new(),
        };
        let when = self.optional(raw.when.as_ref(), scope)?;
        lint::honest(self, raw, &meaning, &statuses, when.as_ref())?;
        let condition = [
            raw.status.as_ref().map(|node| node.to_json().to_string()),
            raw.when.as_ref().map(|when| format!("when {}", when.value)),
        ];
        let condition: Vec<_> = condition.into_iter().flatten().collect();
        let said = match &meaning {
            Meaning::Ok => "ok".to_owned(),
            Meaning::Error(code) => format!("error {code}"),
            Meaning::Retry(times) => format!("retry {times}"),
            Meaning::Wait => "wait".to_owned(),
            Meaning::NotAsked(why) => format!("not asked: {why}"),
            Meaning::Fault(what) | Meaning::Unknown(what) => format!("fault: {what}"),
            Meaning::Gap(why) => format!("gap: {why}"),
        };
        Ok(Rule {
            shown: match condition.is_empty() {
                true => said,
                false => format!("{} -> {said}", condition.join(" ")),
            },
            statuses,
            when,
            meaning,
        })
    }

    fn statuses(&self, node: &Node) -> Result<Vec<Statuses>, Problem> {
        let one = |node: &Node| {
            let wrong = || {
                Problem::at(
                    self.source,
                    node.span(self.source),
                    "a status is a number or a class such as `4xx`",
                )
            };
            if let Some(problem) = node.respelled(self.source) {
                return Err(problem);
            }
            match node.to_json() {
                serde_json::Value::Number(number) => number
                    .as_u64()
                    .and_then(|number| u16::try_from(number).ok())
                    .filter(|status| (100..600).contains(status))
                    .map(Statuses::One)
                    .ok_or_else(wrong),
                serde_json::Value::String(text) => text
                    .strip_suffix("xx")
                    .and_then(|hundreds| hundreds.parse().ok())
                    .filter(|hundreds| (1..6).contains(hundreds))
                    .map(Statuses::Class)
                    .ok_or_else(wrong),
                _ => Err(wrong()),
            }
        };
        match &node.kind {
            NodeKind::List(items) => items.iter().map(one).collect(),
            _ => Ok(vec![one(node)?]),
        }
    }
}
