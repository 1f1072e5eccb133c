//! Expectations of answers: those that stand beside a call, and those that several calls share.

use super::compile::Compiler;
use super::raw_step::RawExpect;
use super::scope;
use super::step::Expect;
use crate::capability::Capability;
use crate::diagnostic::{Problem, Spot, near_miss};
use crate::expr::Names;

impl Compiler<'_> {
    /// Compiles what the answer to a call must be; `place` names the call in messages.
    pub(super) fn expect(
        &self,
        raw: &RawExpect,
        place: &Spot<String>,
        contract: &Capability,
        names: &Names,
    ) -> Result<Expect, Problem> {
        self.expect_like(raw, place, contract, names, &mut Vec::new())
    }

    /// `path` holds the shared expectations that are being compiled, the outermost first.
    fn expect_like(
        &self,
        raw: &RawExpect,
        place: &Spot<String>,
        contract: &Capability,
        names: &Names,
        path: &mut Vec<String>,
    ) -> Result<Expect, Problem> {
        let names = scope::answer(names, contract);
        let decides = raw.ok.is_some() || raw.error.is_some();
        if raw.like.is_none() && !decides && raw.that.is_empty() && !raw.either {
            return Err(self
                .at(
                    place,
                    "an `expect` needs `ok`, `error` or `that`: an answer that nobody judges proves nothing",
                )
                .hint("`either: true` says that a success and a refusal are both right"));
        }
        if raw.either && decides {
            return Err(self.at(
                place,
                "`either` says that a success and a refusal are both right, so neither `ok` nor `error` stands beside it",
            ));
        }
        if raw.ok == Some(true) && raw.error.is_some() {
            return Err(self.at(place, "an answer with `ok: true` carries no `error`"));
        }
        let mut expect = match &raw.like {
            Some(name) => self.shared_expectation(name, contract, path)?,
            None => Expect::default(),
        };
        if raw.ok.is_some() || raw.error.is_some() {
            expect.ok = if raw.error.is_some() { Some(false) } else { raw.ok };
            expect.errors = self.error_codes(raw, contract)?;
        }
        if let Some(otherwise) = &raw.otherwise {
            expect.otherwise = Some(self.template(otherwise, &names)?);
        }
        if let Some(rule) = self.rule(raw.rule.as_ref())? {
            expect.rule = Some(rule);
        }
        for check in &raw.that {
            expect.that.push(self.check(check, &names)?);
        }
        Ok(expect)
    }

    /// The codes that the contract knows; where it lists none, any.
    fn error_codes(&self, raw: &RawExpect, contract: &Capability) -> Result<Vec<String>, Problem> {
        let codes = contract.error_codes();
        let mut errors = Vec::new();
        for code in raw.error.iter().flatten() {
            if !codes.is_empty() && !codes.contains(&code.value) {
                return Err(self
                    .at(
                        code,
                        format!("`{}` has no error code `{}`", contract.tool(), code.value),
                    )
                    .did_you_mean(near_miss(&code.value, codes.iter().map(String::as_str))));
            }
            errors.push(code.value.clone());
        }
        Ok(errors)
    }

    /// An expectation from a file of its own. It reads the answer and what every expression may read, nothing of the file that refers
    /// to it, and names no rule.
    fn shared_expectation(
        &self,
        name: &Spot<String>,
        contract: &Capability,
        path: &mut Vec<String>,
    ) -> Result<Expect, Problem> {
        if path.contains(&name.value) {
            let (path, name_) = (path.join(" → "), &name.value);
            return Err(self.at(
                name,
                format!("the expectation `{name_}` is like itself: {path} → {name_}"),
            ));
        }
        let domain = self.home.reference.id.domain();
        let file = self.shared.find_expectation(domain, self.source, name)?;
        let raw = file.raw()?;
        let compiler = Compiler {
            source: file.source(),
            registry: self.registry,
            shared: self.shared,
            home: self.home,
            names: scope::base(domain, self.registry),
            fixture: true,
            has_peer: false,
        };
        let tool = compiler.tool(&raw.tool)?;
        if tool.reference != contract.reference {
            return Err(self.at(
                name,
                format!(
                    "the expectation `{}` is about answers of `{}`, not of `{}`",
                    name.value, tool.reference, contract.reference
                ),
            ));
        }
        path.push(name.value.clone());
        let expect = compiler.expect_like(&raw.expect, &raw.expectation, &tool, &compiler.names, path)?;
        path.pop();
        Ok(expect)
    }
}
