//! From the file as a whole to a dialect: its look-ups, its calls, and the rules and headers that hold for all of them.

use std::collections::BTreeMap;

use super::context::Compiler;
use crate::diagnostic::{Node, Problems};
use crate::dialect::raw::RawDialect;
use crate::dialect::types::{Constant, Dialect, MappedCall, Pacing};

impl Compiler<'_> {
    /// Compiles the whole file. `digest` is the SHA-256 of its text, in hex.
    ///
    /// # Errors
    ///
    /// Every mistake of its look-ups and calls.
    pub(in crate::dialect) fn dialect(&self, raw: &RawDialect, digest: String) -> Result<Dialect, Problems> {
        let mut problems = Problems::new();
        let mut lookups = BTreeMap::new();
        for lookup in &raw.lookups {
            match self.lookup(lookup) {
                Ok(compiled) => {
                    lookups.insert(lookup.lookup.value.clone(), compiled);
                }
                Err(problem) => problems.push(problem),
            }
        }
        let mut calls: Vec<MappedCall> = Vec::new();
        for call in &raw.calls {
            match self.call(call) {
                Ok(compiled)
                    if calls
                        .iter()
                        .any(|known| known.contract.reference == compiled.contract.reference) =>
                {
                    problems.push(self.at(&call.call, format!("`{}` is mapped twice", call.call.value)));
                }
                Ok(compiled) => calls.push(compiled),
                Err(found) => problems.extend(found),
            }
        }
        for lookup in &raw.lookups {
            let used = raw.calls.iter().flat_map(|call| &call.uses);
            if !used.into_iter().any(|name| name.value == lookup.lookup.value) {
                problems.push(self.at(
                    &lookup.lookup,
                    format!("no call uses the look-up `{}`", lookup.lookup.value),
                ));
            }
        }
        let mut scope = self.scope(None);
        let answers = self.rules(&raw.answers, &mut scope);
        let headers = self.templates(&raw.headers, &mut scope);
        let (answers, headers) = match (answers, headers) {
            (Ok(answers), Ok(headers)) => (answers, headers),
            (answers, headers) => {
                for problem in answers.err().into_iter().chain(headers.err()) {
                    problems.push(problem);
                }
                return Err(problems);
            }
        };
        if let Some(pacing) = &raw.pacing {
            for number in [&pacing.requests, &pacing.seconds] {
                if number.value == 0 {
                    problems.push(self.at(number, "`pacing` needs numbers above nought"));
                } else if let Some(problem) = number.respelled(self.source) {
                    problems.push(problem);
                }
            }
        }
        for constant in raw.constants.values() {
            let given = constant.default.iter();
            for problem in given.flat_map(|default| default.all_respelled(self.source)) {
                problems.push(problem);
            }
        }
        problems.or(Dialect {
            name: raw.dialect.value.clone(),
            title: raw.title.clone(),
            digest,
            source: raw.dialect.value.clone(),
            protocol: self.protocol(),
            constants: raw
                .constants
                .iter()
                .map(|(name, constant)| {
                    let default = constant.default.as_ref().map(Node::to_json);
                    let title = constant.title.clone();
                    (name.clone(), Constant { title, default })
                })
                .collect(),
            pacing: raw.pacing.as_ref().map(|pacing| Pacing {
                requests: pacing.requests.value,
                seconds: pacing.seconds.value,
            }),
            calls,
            headers,
            answers,
            lookups,
        })
    }
}
