//! Loops over one list inside loops over another: `a.all(x, b.exists(y, …))` looks at every pair.
//!
//! Two lists of a provider that are long make an expression slow by their product. Written with `keyed`, `sorted` or `distinct`, most such
//! checks look at each element once.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, operators};

use super::ast::{literal_path, root_and_fields};

/// The name of a list that is run over anew for each element of another one; None where there is none.
///
/// A list that belongs to the element itself, such as the slots of each day, is no such list, nor is one that is written out or cut to a
/// length by `slice`.
pub(super) fn list_per_element(expr: &IdedExpr) -> Option<String> {
    look(expr, None)
}

/// `own` are the names of the element of the innermost list around this part, and of loops inside it over what the suite bounds. Without
/// a list around it there are none.
fn look<'e>(expr: &'e IdedExpr, own: Option<&[&'e str]>) -> Option<String> {
    match &expr.expr {
        Expr::Comprehension(comprehension) => {
            let range = &comprehension.iter_range;
            if let Some(found) = look(range, own) {
                return Some(found);
            }
            let list = list_of(range);
            if let (Some(name), Some(own)) = (list, own)
                && !own.contains(&name)
            {
                return Some(name.to_owned());
            }
            let element = std::iter::once(comprehension.iter_var.as_str());
            let element = element.chain(comprehension.iter_var2.as_deref());
            let own: Option<Vec<&str>> = match (list, own) {
                (Some(_), _) => Some(element.collect()),
                (None, Some(own)) => Some(own.iter().copied().chain(element).collect()),
                (None, None) => None,
            };
            look(&comprehension.loop_step, own.as_deref())
        }
        Expr::Call(call) => {
            let target = call.target.iter().map(AsRef::as_ref);
            target.chain(&call.args).find_map(|part| look(part, own))
        }
        Expr::Select(select) => look(&select.operand, own),
        Expr::List(list) => list.elements.iter().find_map(|part| look(part, own)),
        Expr::Map(map) => map.entries.iter().find_map(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => look(&entry.value, own),
            EntryExpr::StructField(_) => None,
        }),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => None,
    }
}

/// The name that a list is read from, through filters and other calls; None for one whose length the suite decides.
fn list_of(expr: &IdedExpr) -> Option<&str> {
    if let Some((root, _)) = root_and_fields(expr) {
        return Some(root);
    }
    match &expr.expr {
        Expr::Comprehension(comprehension) => list_of(&comprehension.iter_range),
        Expr::Call(call) if call.func_name == "slice" || call.func_name == "range" => None,
        Expr::Call(call) => {
            if let Some((root, _)) = literal_path(call) {
                return Some(root);
            }
            let first = usize::from(call.func_name == operators::CONDITIONAL);
            let inner = call.target.as_deref().or_else(|| call.args.get(first));
            inner.and_then(list_of)
        }
        Expr::Ident(_)
        | Expr::Select(_)
        | Expr::List(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Struct(_)
        | Expr::Unspecified => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::environment::environment;

    fn found(text: &str) -> Option<String> {
        let program = environment().compile(text).unwrap();
        list_per_element(program.expression())
    }

    #[test]
    fn a_list_that_is_run_over_for_each_element_of_another_is_named() {
        for text in [
            "output.services.all(s, first.exists(f, f.id == s.id))",
            "get(output, 'slots', []).filter(s, !first.slots.filter(f, f.free).exists(f, f.id == s.id))",
            "size(days.map(d, first.map(f, f.id))) > 0",
            "days.all(d, d.slots.all(s, first.exists(f, f == s)))",
            "[output.slots].map(first, first.map(s, first.filter(t, t == s)))",
        ] {
            assert_eq!(found(text).as_deref(), Some("first"), "{text}");
        }
        assert_eq!(
            found("output.slots.all(s, output.slots.exists_one(t, t.start == s.start))").as_deref(),
            Some("output")
        );
    }

    #[test]
    fn lists_of_the_element_and_lists_that_the_suite_bounds_are_not() {
        for text in [
            "days.map(d, d.output.slots.filter(s, s.available)).flatten()",
            "days.all(d, get(d.output, 'slots', []).map(s, s.start) == sorted(d.output.slots.map(s, s.start)))",
            "output.services.all(s, [1, 2].exists(n, n == s.n))",
            "[keyed(first, 'id')].all(known, output.services.all(s, s.id in known))",
            "output.slots.all(s, first.slice(0, 5).exists(f, f == s))",
            "output.slots.map(s, s.start) == sorted(output.slots.map(s, s.start))",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
