//! Values with expressions in them: `${ … }` inside the strings of an input.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::bindings::Bindings;
use super::expression::{EvalError, Expression};
use super::shape::Names;
use crate::diagnostic::{Node, NodeKind, Problem, Source};

/// A JSON value whose strings may hold expressions. A string that is one expression takes its type; inside a longer string the
/// value is written out. `$${` stands for `${`.
#[derive(Debug)]
pub struct Template(Part);

#[derive(Debug)]
enum Part {
    Constant(Json),
    Expression(Expression),
    Text(Vec<Piece>),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

#[derive(Debug)]
enum Piece {
    Literal(String),
    Expression(Expression),
}

impl Template {
    /// Compiles every expression of a value.
    ///
    /// # Errors
    ///
    /// The first expression that cannot be compiled, with a caret under it.
    pub fn compile(source: &Arc<Source>, node: &Node, names: &Names) -> Result<Self, Problem> {
        part(source, node, names).map(Self)
    }

    /// A value without expressions.
    pub fn constant(json: Json) -> Self {
        Self(Part::Constant(json))
    }

    /// The value without its expressions, where it has none.
    pub fn as_constant(&self) -> Option<&Json> {
        match &self.0 {
            Part::Constant(json) => Some(json),
            _ => None,
        }
    }

    /// The value as it was written, with its expressions in `${ … }`.
    pub fn written(&self) -> Json {
        written(&self.0)
    }

    /// The text in words: its expressions, and what is no text, stand as code between backticks.
    pub fn in_words(&self) -> String {
        let code = |expression: &Expression| {
            let words: Vec<_> = expression.text().split_whitespace().collect();
            words.join(" ").replace('`', "'")
        };
        match &self.0 {
            Part::Constant(Json::String(text)) => text.clone(),
            Part::Expression(expression) => format!("`{}`", code(expression)),
            Part::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Literal(literal) => text.push_str(literal),
                        // Within code already.
                        Piece::Expression(expression) if text.matches('`').count() % 2 == 1 => {
                            text.push_str(&code(expression));
                        }
                        Piece::Expression(expression) => text.extend(["`", &code(expression), "`"]),
                    }
                }
                text
            }
            part => format!("`{}`", written(part).to_string().replace('`', "'")),
        }
    }

    /// The fields of an object, when the template is one.
    pub fn fields(&self) -> Option<Vec<&str>> {
        match &self.0 {
            Part::Object(fields) => Some(fields.iter().map(|(name, _)| name.as_str()).collect()),
            Part::Constant(Json::Object(fields)) => Some(fields.keys().map(String::as_str).collect()),
            _ => None,
        }
    }

    /// Every name that it reads.
    pub fn roots(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        roots(&self.0, &mut found);
        found
    }

    /// Returns true if it reads no other names than those that are known.
    pub fn reads_only(&self, known: &dyn Fn(&str) -> bool) -> bool {
        each_expression(&self.0, &|expression| {
            expression.roots().iter().all(|root| known(root))
        })
    }

    /// The name of a list that one of its expressions runs over anew for each element of another one.
    pub fn list_per_element(&self) -> Option<String> {
        list_per_element(&self.0)
    }

    /// The paths that its expressions read, the longest of each.
    pub fn reads(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        reads(&self.0, &mut found);
        found
    }

    /// Each field that it makes, by its path, with the names that it is made from. A field of the objects in a list stands under
    /// the path of the list.
    pub fn made(&self) -> Vec<(Vec<String>, BTreeSet<String>)> {
        let mut found = Vec::new();
        made(&self.0, &[], &mut found);
        found
    }

    /// Puts the values in as text, each with `escape` around it; the text that was written stays as it is.
    ///
    /// # Errors
    ///
    /// An expression has no value.
    pub fn render_text(
        &self,
        bindings: &Bindings,
        escape: &dyn Fn(&str) -> String,
    ) -> Result<String, EvalError> {
        let mut text = String::new();
        let add = |expression: &Expression| {
            expression.evaluate(bindings).map(|value| match value {
                Json::String(value) => escape(&value),
                value => escape(&value.to_string()),
            })
        };
        match &self.0 {
            Part::Constant(Json::String(constant)) => text.push_str(constant),
            Part::Expression(expression) => text.push_str(&add(expression)?),
            Part::Text(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Literal(literal) => text.push_str(literal),
                        Piece::Expression(expression) => text.push_str(&add(expression)?),
                    }
                }
            }
            part @ (Part::Constant(_) | Part::List(_) | Part::Object(_)) => {
                text.push_str(&escape(&render(part, bindings)?.to_string()));
            }
        }
        Ok(text)
    }

    /// Puts the values in.
    ///
    /// # Errors
    ///
    /// An expression has no value.
    pub fn render(&self, bindings: &Bindings) -> Result<Json, EvalError> {
        render(&self.0, bindings)
    }
}

/// Returns true if every expression of a value is as asked for.
fn each_expression(part: &Part, is: &dyn Fn(&Expression) -> bool) -> bool {
    match part {
        Part::Constant(_) => true,
        Part::Expression(expression) => is(expression),
        Part::Text(pieces) => pieces.iter().all(|piece| match piece {
            Piece::Literal(_) => true,
            Piece::Expression(expression) => is(expression),
        }),
        Part::List(parts) => parts.iter().all(|part| each_expression(part, is)),
        Part::Object(fields) => fields.iter().all(|(_, part)| each_expression(part, is)),
    }
}

fn list_per_element(part: &Part) -> Option<String> {
    match part {
        Part::Constant(_) => None,
        Part::Expression(expression) => expression.list_per_element(),
        Part::Text(pieces) => pieces.iter().find_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Expression(expression) => expression.list_per_element(),
        }),
        Part::List(parts) => parts.iter().find_map(list_per_element),
        Part::Object(fields) => fields.iter().find_map(|(_, part)| list_per_element(part)),
    }
}

fn part(source: &Arc<Source>, node: &Node, names: &Names) -> Result<Part, Problem> {
    Ok(match &node.kind {
        NodeKind::Scalar(value) => match node.respelled(source) {
            Some(problem) => return Err(problem),
            None => Part::Constant(value.clone()),
        },
        NodeKind::Text(text) => text_part(source, node, text, names)?,
        NodeKind::List(items) => {
            let parts = items
                .iter()
                .map(|item| part(source, item, names))
                .collect::<Result<Vec<_>, _>>()?;
            if parts.iter().all(|part| matches!(part, Part::Constant(_))) {
                Part::Constant(node.to_json())
            } else {
                Part::List(parts)
            }
        }
        NodeKind::Map(entries) => {
            let parts = entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), part(source, value, names)?)))
                .collect::<Result<Vec<_>, _>>()?;
            if parts.iter().all(|(_, part)| matches!(part, Part::Constant(_))) {
                Part::Constant(node.to_json())
            } else {
                Part::Object(parts)
            }
        }
    })
}

fn text_part(source: &Arc<Source>, node: &Node, text: &str, names: &Names) -> Result<Part, Problem> {
    let span = node.span(source);
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            literal.push_str(&rest[..at - 1]);
            literal.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        literal.push_str(&rest[..at]);
        let body = &rest[at + 2..];
        let Some(end) = closing_brace(body) else {
            return Err(Problem::at(source, span, "`${` without its closing `}`")
                .hint("write `$${` for a literal `${`"));
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Expression(Expression::compile(
            source,
            &span,
            &body[..end],
            names,
        )?));
        rest = &body[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(match pieces.len() {
        1 => match pieces.remove(0) {
            Piece::Literal(text) => Part::Constant(Json::String(text)),
            Piece::Expression(expression) => Part::Expression(expression),
        },
        _ => Part::Text(pieces),
    })
}

/// The byte of the brace that ends an expression: not one inside a text or a map.
fn closing_brace(body: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (at, c) in body.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(at),
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

fn render(part: &Part, bindings: &Bindings) -> Result<Json, EvalError> {
    Ok(match part {
        Part::Constant(json) => json.clone(),
        Part::Expression(expression) => expression.evaluate(bindings)?,
        Part::Text(pieces) => {
            let mut text = String::new();
            for piece in pieces {
                match piece {
                    Piece::Literal(literal) => text.push_str(literal),
                    Piece::Expression(expression) => match expression.evaluate(bindings)? {
                        Json::String(value) => text.push_str(&value),
                        value => text.push_str(&value.to_string()),
                    },
                }
            }
            Json::String(text)
        }
        Part::List(parts) => parts
            .iter()
            .map(|part| render(part, bindings))
            .collect::<Result<_, _>>()?,
        Part::Object(parts) => Json::Object(
            parts
                .iter()
                .map(|(key, part)| Ok((key.clone(), render(part, bindings)?)))
                .collect::<Result<Map<_, _>, _>>()?,
        ),
    })
}

fn roots(part: &Part, found: &mut BTreeSet<String>) {
    match part {
        Part::Constant(_) => {}
        Part::Expression(expression) => found.extend(expression.roots().to_vec()),
        Part::Text(pieces) => {
            for piece in pieces {
                if let Piece::Expression(expression) = piece {
                    found.extend(expression.roots().to_vec());
                }
            }
        }
        Part::List(parts) => parts.iter().for_each(|part| roots(part, found)),
        Part::Object(parts) => parts.iter().for_each(|(_, part)| roots(part, found)),
    }
}

fn reads(part: &Part, found: &mut Vec<Vec<String>>) {
    match part {
        Part::Constant(_) => {}
        Part::Expression(expression) => found.extend(expression.reads()),
        Part::Text(pieces) => {
            for piece in pieces {
                if let Piece::Expression(expression) = piece {
                    found.extend(expression.reads());
                }
            }
        }
        Part::List(parts) => parts.iter().for_each(|part| reads(part, found)),
        Part::Object(parts) => parts.iter().for_each(|(_, part)| reads(part, found)),
    }
}

fn made(part: &Part, path: &[String], found: &mut Vec<(Vec<String>, BTreeSet<String>)>) {
    let mut below = |expression: &Expression| {
        for (inner, roots) in expression.made() {
            found.push((path.iter().cloned().chain(inner).collect(), roots));
        }
    };
    match part {
        Part::Expression(expression) => below(expression),
        Part::Text(pieces) => {
            let expressions = pieces.iter().filter_map(|piece| match piece {
                Piece::Expression(expression) => Some(expression),
                Piece::Literal(_) => None,
            });
            let roots = expressions
                .flat_map(|expression| expression.roots().to_vec())
                .collect();
            found.push((path.to_vec(), roots));
        }
        Part::List(parts) => parts.iter().for_each(|part| made(part, path, found)),
        Part::Object(parts) => {
            for (key, part) in parts {
                let path: Vec<_> = path.iter().cloned().chain([key.clone()]).collect();
                made(part, &path, found);
            }
        }
        Part::Constant(json) => constant(json, path, found),
    }
}

fn constant(json: &Json, path: &[String], found: &mut Vec<(Vec<String>, BTreeSet<String>)>) {
    match json {
        Json::Object(fields) => {
            for (key, value) in fields {
                let path: Vec<_> = path.iter().cloned().chain([key.clone()]).collect();
                constant(value, &path, found);
            }
        }
        Json::Array(items) if !items.is_empty() => items.iter().for_each(|item| constant(item, path, found)),
        _ => found.push((path.to_vec(), BTreeSet::new())),
    }
}

fn written(part: &Part) -> Json {
    let code = |expression: &Expression| format!("${{ {} }}", expression.text().trim());
    match part {
        Part::Constant(json) => json.clone(),
        Part::Expression(expression) => Json::String(code(expression)),
        Part::Text(pieces) => {
            let pieces = pieces.iter().map(|piece| match piece {
                Piece::Literal(literal) => literal.clone(),
                Piece::Expression(expression) => code(expression),
            });
            Json::String(pieces.collect())
        }
        Part::List(parts) => Json::Array(parts.iter().map(written).collect()),
        Part::Object(fields) => {
            let fields = fields.iter().map(|(name, part)| (name.clone(), written(part)));
            Json::Object(fields.collect())
        }
    }
}
