//! The syntax tree of an expression, read by shape: its names, its paths and the functions that it calls.
//!
//! It owns walks over the tree of the CEL library and refuses to evaluate anything.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue};

/// A name or a function that a walk over an expression finds.
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

/// The name and the fields of a plain path such as `output.slots`; None for any other expression.
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

/// Every name that an expression reads, each once, in the order of their first use.
pub(super) fn roots_of(expr: &IdedExpr) -> Vec<String> {
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

/// The segments of a plain path, its name first; None for any other expression and for `has(…)`.
pub(super) fn path_of(expr: &IdedExpr) -> Option<Vec<String>> {
    if matches!(&expr.expr, Expr::Select(select) if select.test) {
        return None;
    }
    let (root, fields) = root_and_fields(expr)?;
    Some(std::iter::once(root.to_owned()).chain(fields).collect())
}
