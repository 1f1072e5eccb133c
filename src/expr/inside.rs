//! The names that a part of an expression reads: those outside of it, and inside loops the element at hand.

use std::sync::Arc;

use cel::common::ast::Expr;
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, IdedExpr};
use serde_json::Value as Json;

use super::bindings::{Bindings, Bound, Place};
use super::environment::environment;
use super::value::{from_json, scalar};

/// Names, the innermost first.
pub(super) enum Inside<'s> {
    /// The names outside of the whole expression.
    Bindings(&'s Bindings),
    /// One more: the element of a list.
    Element {
        outside: &'s Self,
        name: &'s str,
        item: &'s Json,
    },
    /// One more: a value that a part of the expression has.
    Named {
        outside: &'s Self,
        name: &'s str,
        value: Arc<Bound>,
    },
}

impl Inside<'_> {
    /// What stands at a plain path; None where nothing does, and for any other expression.
    pub(super) fn place(&self, expr: &IdedExpr) -> Option<Place<'_>> {
        match &expr.expr {
            Expr::Ident(name) => self.named(name),
            Expr::Select(select) if !select.test => self.place(&select.operand)?.field(&select.field),
            _ => None,
        }
    }

    /// The JSON that stands at a plain path.
    pub(super) fn json(&self, expr: &IdedExpr) -> Option<&Json> {
        match self.place(expr)? {
            Place::Whole(bound) => bound.as_json(),
            Place::Inside(json) => Some(json),
        }
    }

    /// A copy of what stands at a plain path, as JSON.
    pub(super) fn copied(&self, expr: &IdedExpr) -> Option<Json> {
        match self.place(expr)? {
            Place::Whole(bound) => bound.to_json(),
            Place::Inside(json) => Some(json.clone()),
        }
    }

    /// The context in which the interpreter evaluates a part that reads these names.
    pub(super) fn context(&self) -> Context<'_, '_> {
        let mut context = Context::with_env(Arc::clone(environment()));
        context.set_variable_resolver(self);
        context
    }

    fn named(&self, wanted: &str) -> Option<Place<'_>> {
        match self {
            Self::Bindings(bindings) => bindings.get(wanted).map(|bound| Place::Whole(bound)),
            Self::Element { name, item, .. } if *name == wanted => Some(Place::Inside(item)),
            Self::Named { name, value, .. } if *name == wanted => Some(Place::Whole(value)),
            Self::Element { outside, .. } | Self::Named { outside, .. } => outside.named(wanted),
        }
    }
}

impl VariableResolver for Inside<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let (outside, name) = match self {
            Self::Bindings(bindings) => return bindings.resolve(variable),
            Self::Element { outside, name, .. } | Self::Named { outside, name, .. } => (outside, *name),
        };
        let mut path = variable.split('.');
        if path.next() != Some(name) {
            return outside.resolve(variable);
        }
        match self {
            Self::Named { value, .. } => value.resolve(path),
            Self::Element { item, .. } if variable.len() == name.len() => {
                Some(CowVal::Owned(from_json(item)))
            }
            Self::Element { item, .. } => {
                let found = path.try_fold(*item, |json, field| json.get(field))?;
                scalar(found).map(CowVal::Owned)
            }
            Self::Bindings(_) => None,
        }
    }
}
