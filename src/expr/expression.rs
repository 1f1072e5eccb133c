//! One expression: compiled at load, with its names checked, evaluated any number of times.

use std::sync::Arc;

use cel::common::ast::{CallExpr, Expr, LiteralValue};
use cel::common::types::CelBool;
use cel::common::value::Val;
use cel::{ExecutionError, IdedExpr, Program, Value};
use serde_json::Value as Json;

use super::environment::environment;
use super::filter::filtered;
use super::value::val_to_json;
use super::{Bindings, Explanation, Names, functions};
use crate::diagnostic::{Problem, Source, Span, near_miss};

/// Why an expression has no value: a field that is not there, operands that do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvalError(String);

/// A compiled expression.
pub struct Expression {
    text: String,
    program: Program,
    path: Option<Vec<String>>,
    /// The names that it reads.
    roots: Vec<String>,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl Expression {
    /// The longest expression that is compiled, in bytes.
    const LONGEST: usize = 2048;
    /// The deepest nesting of brackets that is compiled.
    const DEEPEST: usize = 24;

    /// Compiles an expression that stands in a file at `span`, and checks that it reads known names only.
    ///
    /// # Errors
    ///
    /// A problem with a caret under the place: syntax, an unknown name, an unknown function, a field that cannot be there.
    pub fn compile(source: &Arc<Source>, span: &Span, text: &str, names: &Names) -> Result<Self, Problem> {
        let text = text.trim();
        let inner = locate(source, span, text);
        let whole = inner.clone().unwrap_or_else(|| span.clone());
        if text.len() > Self::LONGEST {
            return Err(Problem::at(
                source,
                whole,
                format!("an expression is longer than {} bytes", Self::LONGEST),
            ));
        }
        if nesting(text) > Self::DEEPEST {
            return Err(Problem::at(
                source,
                whole,
                format!("an expression is nested deeper than {} levels", Self::DEEPEST),
            ));
        }
        let program = environment().compile(text).map_err(|errors| {
            let first = errors.errors.first();
            let message = first.map_or_else(|| "not an expression".to_owned(), |error| tidy(&error.msg));
            let place = first.and_then(|error| {
                let (line, column) = (
                    usize::try_from(error.pos.0).ok()?,
                    usize::try_from(error.pos.1).ok()?,
                );
                let start = inner.as_ref()?.start;
                // The grammar reports the character after the one it could not take as well; both are worth pointing at.
                let before = Source::new("", text).byte_at(line, column.max(1));
                Some(start + before.min(text.len()))
            });
            match place {
                Some(byte) => Problem::at(source, byte..byte + 1, message),
                None => Problem::at(source, whole.clone(), message),
            }
        })?;
        let expression = Self {
            path: path_of(program.expression()),
            text: text.to_owned(),
            roots: roots_of(program.expression()),
            program,
        };
        expression.check(source, &whole, inner.as_ref().map(|inner| inner.start), names)?;
        Ok(expression)
    }

    #[cfg(test)]
    pub(super) fn tree(&self) -> &IdedExpr {
        self.program.expression()
    }

    /// Whether the expression reads no other names than these.
    pub fn reads_only(&self, names: &[&str]) -> bool {
        self.roots.iter().all(|root| names.contains(&root.as_str()))
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn check(
        &self,
        source: &Arc<Source>,
        whole: &Span,
        start: Option<usize>,
        names: &Names,
    ) -> Result<(), Problem> {
        let place = |word: &str| match (start, find_word(&self.text, word)) {
            (Some(start), Some(at)) => start + at..start + at + word.len(),
            _ => whole.clone(),
        };
        let mut wrong = None;
        walk(self.program.expression(), &mut Vec::new(), &mut |found| {
            if wrong.is_some() {
                return;
            }
            wrong = match found {
                Found::Path { root, fields } => match names.get(root) {
                    None => Some(
                        Problem::at(source, place(root), format!("unknown name `{root}`"))
                            .label("known here: ".to_owned() + &names.iter().collect::<Vec<_>>().join(", "))
                            .did_you_mean(near_miss(root, names.iter())),
                    ),
                    Some(shape) => shape.follow(&fields).err().map(|(at, known)| {
                        let parent = std::iter::once(root.to_owned()).chain(fields[..at].iter().cloned());
                        let parent = parent.collect::<Vec<_>>().join(".");
                        Problem::at(
                            source,
                            place(&fields[at]),
                            format!("`{parent}` has no field `{}`", fields[at]),
                        )
                        .label(format!("its fields: {}", known.join(", ")))
                        .did_you_mean(near_miss(&fields[at], known.iter().map(String::as_str)))
                    }),
                },
                Found::Function { name } => (!known_function(name)).then(|| {
                    Problem::at(source, place(name), format!("unknown function `{name}`")).did_you_mean(
                        near_miss(name, functions::names().chain(STANDARD.iter().copied())),
                    )
                }),
            };
        });
        wrong.map_or(Ok(()), Err)
    }

    /// Evaluates the expression, and reads what is wanted out of its value.
    fn read<T>(
        &self,
        bindings: &Bindings,
        read: impl FnOnce(&dyn Val) -> Result<T, ExecutionError>,
    ) -> Result<T, EvalError> {
        Value::resolve_val(self.program.expression(), &bindings.context())
            .and_then(|value| read(value.as_ref()))
            .map_err(|error| EvalError(tidy(&error.to_string())))
    }

    /// The value as JSON.
    ///
    /// # Errors
    ///
    /// A field is missing, or operands do not fit.
    pub fn evaluate(&self, bindings: &Bindings) -> Result<Json, EvalError> {
        // A plain path needs no interpreter, and keeps the order of an object's keys.
        if let Some((root, fields)) = self.path.as_ref().and_then(|path| path.split_first())
            && let Some(found) = bindings.get(root).and_then(|bound| bound.json_at(fields))
        {
            return found.ok_or_else(|| EvalError(format!("there is no `{}`", self.text)));
        }
        match filtered(self.program.expression(), bindings) {
            Some(kept) => Ok(kept),
            None => self.read(bindings, val_to_json),
        }
    }

    /// Whether the predicate holds.
    ///
    /// # Errors
    ///
    /// It has no value, or one that is neither true nor false.
    pub fn holds(&self, bindings: &Bindings) -> Result<bool, EvalError> {
        let value = self.read(bindings, |value| match value.downcast_ref::<CelBool>() {
            Some(holds) => Ok(Ok(*holds.inner())),
            None => val_to_json(value).map(Err),
        })?;
        value.map_err(|other| EvalError(format!("`{}` is {other}, not true or false", self.text)))
    }

    /// Every path that it reads, elements of a list under the path of their list.
    pub fn reads(&self) -> Vec<Vec<String>> {
        super::reads::reads(self.program.expression())
    }

    /// The names that it reads.
    pub fn roots(&self) -> &[String] {
        &self.roots
    }

    /// What it makes: each path of the objects that it writes, or the value as a whole, with the names it is made from.
    pub(super) fn made(&self) -> Vec<super::reads::Made> {
        let parts = super::reads::made(self.program.expression());
        if parts.is_empty() {
            return vec![(Vec::new(), self.roots.iter().cloned().collect())];
        }
        parts
    }

    /// Why the predicate does not hold: expected, actual, and the values that it read.
    pub fn explain(&self, bindings: &Bindings) -> Explanation {
        super::explain::explain(self.program.expression(), &bindings.context())
    }
}

/// What a walk over an expression finds.
pub(super) enum Found<'e> {
    /// A name with the fields read from it.
    Path {
        /// The name.
        root: &'e str,
        /// The fields.
        fields: Vec<String>,
    },
    /// A function by name.
    Function {
        /// Its name.
        name: &'e str,
    },
}

/// Visits every name and function of an expression, except names that a macro binds itself.
pub(super) fn walk<'e>(expr: &'e IdedExpr, bound: &mut Vec<&'e str>, visit: &mut dyn FnMut(Found<'e>)) {
    if let Some((root, fields)) = root_and_fields(expr) {
        if !bound.contains(&root) && !root.starts_with('@') {
            visit(Found::Path { root, fields });
        }
        return;
    }
    match &expr.expr {
        // `get(output, 'a.b', default)` reads `output.a.b`, so that is what is checked and shown.
        Expr::Call(call)
            if call.func_name == "get" && call.target.is_none() && literal_path(call).is_some() =>
        {
            if let Some((root, fields)) = literal_path(call)
                && !bound.contains(&root)
            {
                visit(Found::Path { root, fields });
            }
            call.args
                .iter()
                .skip(2)
                .for_each(|argument| walk(argument, bound, visit));
        }
        Expr::Call(call) => {
            // `lists.range(3)` is a function with a namespace, not a field of a name.
            let namespaced = call.target.as_ref().and_then(|target| match &target.expr {
                Expr::Ident(space) if NAMESPACES.contains(&space.as_str()) => Some(space),
                _ => None,
            });
            if namespaced.is_none() {
                if call.func_name.chars().all(|c| c.is_alphanumeric() || c == '_')
                    && !call.func_name.starts_with('_')
                {
                    visit(Found::Function {
                        name: &call.func_name,
                    });
                }
                if let Some(target) = &call.target {
                    walk(target, bound, visit);
                }
            }
            for argument in &call.args {
                walk(argument, bound, visit);
            }
        }
        Expr::Select(select) => walk(&select.operand, bound, visit),
        Expr::Comprehension(comprehension) => {
            walk(&comprehension.iter_range, bound, visit);
            walk(&comprehension.accu_init, bound, visit);
            let depth = bound.len();
            bound.push(&comprehension.iter_var);
            bound.extend(comprehension.iter_var2.as_deref());
            bound.push(&comprehension.accu_var);
            for part in [
                &comprehension.loop_cond,
                &comprehension.loop_step,
                &comprehension.result,
            ] {
                walk(part, bound, visit);
            }
            bound.truncate(depth);
        }
        Expr::List(list) => list
            .elements
            .iter()
            .for_each(|element| walk(element, bound, visit)),
        Expr::Map(map) => {
            for entry in &map.entries {
                if let cel::common::ast::EntryExpr::MapEntry(entry) = &entry.expr {
                    walk(&entry.key, bound, visit);
                    walk(&entry.value, bound, visit);
                }
            }
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => {}
    }
}

/// Namespaces of functions in the list and string extensions.
const NAMESPACES: &[&str] = &["lists", "strings", "optional", "math"];

/// The functions of the standard library and its extensions that suites have a use for.
const STANDARD: &[&str] = &[
    "bool",
    "bytes",
    "ceil",
    "charAt",
    "contains",
    "distinct",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "flatten",
    "format",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "has",
    "indexOf",
    "int",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "matches",
    "range",
    "replace",
    "reverse",
    "size",
    "slice",
    "sort",
    "sortBy",
    "split",
    "startsWith",
    "string",
    "substring",
    "timestamp",
    "trim",
    "type",
    "uint",
    "upperAscii",
];

fn known_function(name: &str) -> bool {
    STANDARD.contains(&name) || functions::names().any(|known| known == name)
}

pub(super) fn root_and_fields(expr: &IdedExpr) -> Option<(&str, Vec<String>)> {
    match &expr.expr {
        Expr::Ident(name) => Some((name, Vec::new())),
        // `has(a.b)` asks whether the last field is there, so that one may be missing but not unknown.
        Expr::Select(select) => {
            let (root, mut fields) = root_and_fields(&select.operand)?;
            fields.push(select.field.clone());
            Some((root, fields))
        }
        Expr::Call(_)
        | Expr::Comprehension(_)
        | Expr::List(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Struct(_)
        | Expr::Unspecified => None,
    }
}

/// The path that a call of `get` reads, where it is written out.
pub(super) fn literal_path(call: &CallExpr) -> Option<(&str, Vec<String>)> {
    let [object, path, _] = call.args.as_slice() else {
        return None;
    };
    let (root, mut fields) = root_and_fields(object)?;
    let Expr::Literal(LiteralValue::String(path)) = &path.expr else {
        return None;
    };
    fields.extend(path.inner().split('.').map(str::to_owned));
    Some((root, fields))
}

fn roots_of(expr: &IdedExpr) -> Vec<String> {
    let mut roots = Vec::new();
    walk(expr, &mut Vec::new(), &mut |found| {
        if let Found::Path { root, .. } = found
            && !roots.iter().any(|known| known == root)
        {
            roots.push(root.to_owned());
        }
    });
    roots
}

pub(super) fn path_of(expr: &IdedExpr) -> Option<Vec<String>> {
    if matches!(&expr.expr, Expr::Select(select) if select.test) {
        return None;
    }
    let (root, fields) = root_and_fields(expr)?;
    Some(std::iter::once(root.to_owned()).chain(fields).collect())
}

/// Where the text of an expression stands inside the bytes of its scalar; None where the scalar was folded or escaped.
fn locate(source: &Source, span: &Span, text: &str) -> Option<Span> {
    let line_end = source.text()[span.start..]
        .find('\n')
        .map_or(source.text().len(), |at| span.start + at);
    let within = span.start..span.end.max(line_end).min(source.text().len());
    let at = source.text().get(within)?.find(text)? + span.start;
    Some(at..at + text.len())
}

fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Where a word stands by itself in a text.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(|(at, _)| at)
        .find(|&at| !text[..at].ends_with(part_of_word) && !text[at + word.len()..].starts_with(part_of_word))
}

/// The library's sentence as a lower-case fragment, without the list of every token that could have come.
fn tidy(message: &str) -> String {
    let message = message
        .strip_prefix("Syntax error: ")
        .unwrap_or(message)
        .trim_end_matches('.');
    let message = message
        .split(" expecting ")
        .next()
        .unwrap_or(message)
        .replace("'<EOF>'", "end of the expression")
        .replace("token recognition error at:", "this means nothing in CEL:");
    let message = message.replace("mismatched input", "unexpected");
    let mut chars = message.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
