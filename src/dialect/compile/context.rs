//! The compiler of one file, and the scope of names at one place of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::shared_rules::rules_by_request;
use crate::capability::{Capability, Registry};
use crate::diagnostic::{Node, Problem, Source, Span, Spot};
use crate::dialect::raw::{RawDialect, RawProtocol, RawRule};
use crate::dialect::types::Protocol;
use crate::expr::{Expression, Names, Shape, Template};

/// Compiles one file.
pub(in crate::dialect) struct Compiler<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) registry: &'a Registry,
    protocol: Protocol,
    /// The names of the look-ups.
    pub(super) lookups: Vec<String>,
    /// The rules of the look-ups, each with the request whose answers it reads.
    pub(super) lookup_rules: Vec<(String, RawRule)>,
    /// The names that every expression may read.
    base: Names,
}

/// The names and the contract at one place of a call.
pub(super) struct Scope<'a> {
    pub(super) names: Names,
    /// The contract of the call; None in a look-up.
    pub(super) contract: Option<&'a Arc<Capability>>,
    /// Names that hold something of the provider's.
    pub(super) live: BTreeSet<String>,
    /// Names that were read.
    pub(super) read: BTreeSet<String>,
    /// Names that were bound, with their places.
    bound: Vec<(String, Span)>,
}

impl<'a> Compiler<'a> {
    pub(in crate::dialect) fn new(source: &'a Arc<Source>, registry: &'a Registry, raw: &RawDialect) -> Self {
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
            lookup_rules: raw
                .lookups
                .iter()
                .flat_map(|lookup| rules_by_request(&lookup.steps))
                .collect(),
            base,
        }
    }

    pub(super) fn at<T>(&self, spot: &Spot<T>, message: impl Into<String>) -> Problem {
        Problem::at(self.source, spot.span(self.source), message)
    }

    pub(super) fn scope<'s>(&self, contract: Option<&'s Arc<Capability>>) -> Scope<'s> {
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

    pub(super) fn expression(
        &self,
        text: &Spot<String>,
        scope: &mut Scope<'_>,
    ) -> Result<Expression, Problem> {
        let expression = Expression::compile_spot(self.source, text, &scope.names)?;
        scope.read.extend(expression.roots().to_vec());
        Ok(expression)
    }

    pub(super) fn optional(
        &self,
        text: Option<&Spot<String>>,
        scope: &mut Scope<'_>,
    ) -> Result<Option<Expression>, Problem> {
        text.map(|text| self.expression(text, scope)).transpose()
    }

    pub(super) fn template(&self, node: &Node, scope: &mut Scope<'_>) -> Result<Template, Problem> {
        let template = Template::compile(self.source, node, &scope.names)?;
        scope.read.extend(template.roots());
        Ok(template)
    }

    pub(super) fn templates(
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
    pub(super) fn bind(&mut self, name: &str, place: Span) {
        self.names.insert(name, Shape::Any);
        self.bound.push((name.to_owned(), place));
    }

    /// The same names for the inside of a step.
    pub(super) fn inner(&self) -> Self {
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
