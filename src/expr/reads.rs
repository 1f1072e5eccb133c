//! The sources of an expression's value: the paths that it reads, and the roots behind each part of the objects that it writes.

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators};

use super::ast::{literal_path, root_and_fields};

/// Names that macros bind, each with the path of the list that it runs over.
type Bound = Vec<(String, Vec<String>)>;

/// A part of a value and the names that it is made from.
pub(super) type Made = (Vec<String>, BTreeSet<String>);

/// Every path that an expression reads, elements of lists under the path of their list: `output.slots.all(s, s.n > 0)` reads
/// `output.slots.n`. A path that only leads to a longer one is left out.
pub(super) fn reads(expr: &IdedExpr) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    paths(expr, &mut Vec::new(), &mut found);
    let longer = |path: &Vec<String>| {
        found
            .iter()
            .any(|other| other.len() > path.len() && other.starts_with(path))
    };
    let mut left: Vec<_> = found.iter().filter(|path| !longer(path)).cloned().collect();
    left.sort();
    left.dedup();
    left
}

/// The objects that an expression writes, key by key, each with the names that its value is made from; empty where it writes none.
pub(super) fn made(expr: &IdedExpr) -> Vec<Made> {
    let mut found = Vec::new();
    parts(expr, &mut Vec::new(), &[], &mut found);
    found
}

fn resolved(root: &str, fields: Vec<String>, bound: &Bound) -> Vec<String> {
    let known = bound.iter().rev().find(|(name, _)| name == root);
    let mut path = known.map_or_else(|| vec![root.to_owned()], |(_, path)| path.clone());
    path.extend(fields);
    path
}

/// The path of what an expression runs over, where it is one: through filters and indices down to the list itself.
fn source(expr: &IdedExpr, bound: &Bound) -> Option<Vec<String>> {
    if let Some((root, fields)) = root_and_fields(expr) {
        return Some(resolved(root, fields, bound));
    }
    match &expr.expr {
        Expr::Call(call) => {
            if let Some((root, fields)) = literal_path(call) {
                return Some(resolved(root, fields, bound));
            }
            let first = usize::from(call.func_name == operators::CONDITIONAL);
            call.target
                .as_deref()
                .or_else(|| call.args.get(first))
                .and_then(|inner| source(inner, bound))
        }
        Expr::Comprehension(comprehension) if binds(comprehension) => source(&comprehension.accu_init, bound),
        Expr::Comprehension(comprehension) => source(&comprehension.iter_range, bound),
        Expr::List(list) => list.elements.iter().find_map(|element| source(element, bound)),
        Expr::Select(select) => {
            let mut path = source(&select.operand, bound)?;
            path.push(select.field.clone());
            Some(path)
        }
        _ => None,
    }
}

fn paths(expr: &IdedExpr, bound: &mut Bound, found: &mut Vec<Vec<String>>) {
    if let Some((root, fields)) = root_and_fields(expr) {
        let path = resolved(root, fields, bound);
        if !path.is_empty() && !path[0].starts_with('@') {
            found.push(path);
        }
        return;
    }
    if let Expr::Call(call) = &expr.expr
        && call.func_name == "get"
        && let Some((root, fields)) = literal_path(call)
    {
        found.push(resolved(root, fields, bound));
        for argument in call.args.iter().skip(2) {
            paths(argument, bound, found);
        }
        return;
    }
    if let Expr::Select(_) = &expr.expr
        && let Some(path) = source(expr, bound)
    {
        found.push(path);
    }
    each_child(expr, bound, &mut |child, bound| paths(child, bound, found));
}

/// Visits the parts of an expression, with the names that macros bind for them.
fn each_child(expr: &IdedExpr, bound: &mut Bound, visit: &mut dyn FnMut(&IdedExpr, &mut Bound)) {
    match &expr.expr {
        Expr::Call(call) => {
            for part in call.target.as_deref().into_iter().chain(&call.args) {
                visit(part, bound);
            }
        }
        Expr::Select(select) => visit(&select.operand, bound),
        Expr::Comprehension(comprehension) => {
            visit(&comprehension.iter_range, bound);
            visit(&comprehension.accu_init, bound);
            let depth = bound.len();
            let path = source(&comprehension.iter_range, bound);
            // A list from no known path counts as made here.
            let path = path.unwrap_or_else(|| vec!["@made".to_owned()]);
            bound.push((comprehension.iter_var.clone(), path.clone()));
            if let Some(second) = &comprehension.iter_var2 {
                bound.push((second.clone(), path));
            }
            // The list that a macro gathers is read under the names that it gathers from.
            let gathered = binds(comprehension)
                .then(|| source(&comprehension.accu_init, bound))
                .flatten();
            let gathered = gathered.unwrap_or_else(|| vec!["@result".to_owned()]);
            bound.push((comprehension.accu_var.clone(), gathered));
            for part in [
                &comprehension.loop_cond,
                &comprehension.loop_step,
                &comprehension.result,
            ] {
                visit(part, bound);
            }
            bound.truncate(depth);
        }
        Expr::List(list) => list.elements.iter().for_each(|element| visit(element, bound)),
        Expr::Map(map) => {
            for entry in &map.entries {
                if let EntryExpr::MapEntry(entry) = &entry.expr {
                    visit(&entry.key, bound);
                    visit(&entry.value, bound);
                }
            }
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => {}
    }
}

/// Returns true if a macro gives a value a name only, as `sortBy` does with its list: it runs over nothing.
fn binds(comprehension: &ComprehensionExpr) -> bool {
    matches!(&comprehension.iter_range.expr, Expr::List(list) if list.elements.is_empty())
}

fn writes_objects(expr: &IdedExpr) -> bool {
    let mut found = matches!(expr.expr, Expr::Map(_));
    each_child(expr, &mut Vec::new(), &mut |child, _| {
        found = found || writes_objects(child);
    });
    found
}

fn parts(expr: &IdedExpr, bound: &mut Bound, path: &[String], found: &mut Vec<Made>) {
    let Expr::Map(map) = &expr.expr else {
        each_child(expr, bound, &mut |child, bound| parts(child, bound, path, found));
        return;
    };
    for entry in &map.entries {
        let EntryExpr::MapEntry(entry) = &entry.expr else {
            continue;
        };
        let Expr::Literal(LiteralValue::String(key)) = &entry.key.expr else {
            continue;
        };
        let mut path = path.to_vec();
        path.push(key.inner().to_owned());
        if writes_objects(&entry.value) {
            parts(&entry.value, bound, &path, found);
            continue;
        }
        let mut read = Vec::new();
        paths(&entry.value, bound, &mut read);
        let roots = read.into_iter().filter_map(|path| path.into_iter().next());
        found.push((path, roots.collect()));
    }
}
