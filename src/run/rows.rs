//! Runs the rows of a test's table, one after the other.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::evidence::Doubt;
use super::executor::TestExecutor;
use super::results::Worst;
use super::step_error::StepError;
use crate::model::{CaseResult, Outcome, Untested};
use crate::suite::{Case, Generated, Test, Values};

/// The results of the rows of a test, and the error that stands for the whole test.
#[derive(Default)]
pub(super) struct Rows {
    cases: Vec<CaseResult>,
    worst: Option<Worst>,
    /// The reason for which the worst says nothing of the provider yet.
    doubt: Option<Doubt>,
    /// True if the error came outside the table, and nobody has looked yet whose fault it may be.
    unexamined: bool,
}

impl Rows {
    /// The rows of a test that ended with an error outside its table.
    pub(super) fn ended_by(worst: Worst) -> Self {
        Self {
            worst: Some(worst),
            unexamined: true,
            ..Self::default()
        }
    }

    /// The results of the rows, and the error that stands for the test.
    pub(super) fn into_parts(self) -> (Vec<CaseResult>, Option<Worst>) {
        (self.cases, self.worst)
    }

    /// Returns true if something failed.
    pub(super) fn failed(&self) -> bool {
        let worst = self.worst.as_ref();
        worst.is_some_and(|worst| worst.error().outcome() == Some(Outcome::Fail))
    }

    /// The error that came outside the table, where nobody has looked yet whose fault it may be.
    pub(super) fn unexamined(&self) -> Option<StepError> {
        let worst = self.worst.as_ref().filter(|_| self.unexamined);
        worst.map(|worst| worst.error().clone())
    }

    /// Sets the reason for which the error says nothing of the provider yet.
    pub(super) fn set_doubt(&mut self, doubt: Option<Doubt>) {
        self.doubt = doubt;
        self.unexamined = false;
    }

    /// The reason for which the worst error says nothing of the provider yet.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }

    /// Adds an error, which counts where no other is worse. One in doubt never hides one that is certain.
    fn add_error(&mut self, error: Worst, doubt: Option<Doubt>) {
        let worse = |worst: &Worst| match (doubt, self.doubt) {
            (None, Some(_)) if error.error().outcome().is_some_and(Outcome::executed) => true,
            (Some(_), None) if worst.error().outcome().is_some_and(Outcome::executed) => false,
            _ => error.error().is_worse_than(worst.error()),
        };
        if self.worst.as_ref().is_none_or(worse) {
            self.worst = Some(error);
            self.doubt = doubt;
        }
    }

    /// Returns true if a row was judged, rather than skipped or blocked.
    fn any_ran(&self) -> bool {
        self.cases.iter().any(|case| case.outcome.executed())
    }

    /// Returns true if a row ended without an outcome.
    fn undecided(&self) -> bool {
        let worst = self.worst.as_ref();
        worst.is_some_and(|worst| worst.error().outcome().is_none())
    }

    /// A row that does not apply is no reason to skip a test of which other rows ran.
    fn forget_skips(&mut self) {
        let skip = |worst: &mut Worst| matches!(worst.error(), StepError::Skip(..));
        if self.worst.take_if(skip).is_some() {
            self.doubt = None;
        }
    }
}

impl TestExecutor<'_> {
    /// Runs all rows of a test's table, and the steps that stand after it.
    pub(super) async fn run_rows(&mut self, test: &Test) -> Rows {
        let mut rows = Rows::default();
        for case in &test.body().cases {
            let error = self.run_row(test, case, &mut rows).await;
            let Some((error, doubt)) = error else { continue };
            let undecided = error.error().outcome().is_none();
            rows.add_error(error, doubt);
            if undecided {
                break;
            }
        }
        let ran = rows.any_ran();
        if ran && !rows.undecided() {
            self.run_after(test, &mut rows).await;
        }
        if ran {
            rows.forget_skips();
        }
        rows
    }

    /// Runs a row among names of its own, and takes back what it made. Returns its error, with the calls up to it.
    async fn run_row(&mut self, test: &Test, case: &Case, rows: &mut Rows) -> Option<(Worst, Option<Doubt>)> {
        self.evidence_mut().begin_row();
        let (waited, calls) = (self.transcript().own_wait(), self.transcript().own_calls());
        let mark = self.mark();
        let made = self.all_made().clone();
        let ended = self.enter(self.scope().clone()).run_case(test, case).await;
        // The fixtures that the row made for itself are taken back with it.
        self.restore_made(made);
        let error = ended.err().map(|error| {
            let exchanges = self.exchanges();
            Worst::new(error, Some(case.id.clone()), exchanges)
        });
        let held = self.held();
        self.settle_since(mark).await;
        let doubt = match &error {
            Some(error) => self.doubt(error.error(), &held).await,
            None => None,
        };
        self.transcript_mut().forget_calls();
        let outcome = match &error {
            None => Outcome::Pass,
            Some(error) => error.error().outcome().unwrap_or(Outcome::Error),
        };
        rows.cases.push(CaseResult {
            case: case.id.clone(),
            outcome,
            ms: milliseconds(self.transcript().own_wait().saturating_sub(waited)),
            calls: self.transcript().own_calls() - calls,
            message: error.as_ref().map(|error| error.error().message()),
        });
        error.map(|error| (error, doubt))
    }

    async fn run_case(&mut self, test: &Test, case: &Case) -> Result<(), StepError> {
        self.tick();
        self.bind_test(Some(&case.id));
        if let Some(when) = &case.when
            && !self.holds(when)?
        {
            let because = case
                .because
                .clone()
                .unwrap_or_else(|| format!("`{}` does not hold", when.text()));
            return Err(StepError::Skip(Untested::NoWitness, because));
        }
        self.make_fixtures(&test.body().each_row).await?;
        let values = match &case.values {
            Values::Written(written) => {
                let mut values = Map::new();
                values.insert("id".to_owned(), Value::String(case.id.clone()));
                for (key, template) in written {
                    values.insert(key.clone(), self.render(template, key)?);
                }
                Value::Object(values)
            }
            Values::Generated(generated) => self.generated_values(generated)?,
            Values::Pair(kind) => {
                json!({ "id": case.id, "kind": kind.as_str(), "what": kind.phrase() })
            }
        };
        self.scope_mut().bind_json("case", values);
        self.run_steps(&test.body().steps).await?.require()
    }

    /// The values of a row made from a schema.
    fn generated_values(&self, generated: &Generated) -> Result<Value, StepError> {
        let (row, tool) = (&generated.row, generated.tool.tool());
        if let Some(reason) = row.left_out() {
            return Err(StepError::Skip(Untested::NoWitness, reason.to_owned()));
        }
        let base = self.render(&generated.from, "from")?;
        let input = row.made(&generated.tool.input, &base).map_err(|error| {
            let why = format!(
                "the suite could not make the input `{}` for {tool}, so nothing was sent: {error}",
                row.id
            );
            match row.depends_on_base(&error) {
                true => StepError::Skip(Untested::NoWitness, why),
                false => StepError::Error(why),
            }
        })?;
        Ok(json!({
            "id": row.id, "what": row.what, "path": row.path, "keyword": row.keyword, "input": input
        }))
    }

    /// Runs the steps that stand after the table. What they find counts where no row is worse.
    async fn run_after(&mut self, test: &Test, rows: &mut Rows) {
        self.bind_test(None);
        let Err(error) = self.run_steps(&test.body().after).await else {
            return;
        };
        if let StepError::Skip(_, reason) = &error {
            self.notes_mut().add(reason.clone());
        }
        let (held, exchanges) = (self.held(), self.exchanges());
        let doubt = self.doubt(&error, &held).await;
        rows.add_error(Worst::new(error, None, exchanges), doubt);
    }
}

/// Milliseconds, rounded to the nearest, and never 0 for a wait that took place.
pub(super) fn milliseconds(waited: Duration) -> u64 {
    let rounded = (waited.as_micros() + 500) / 1000;
    u64::try_from(rounded)
        .unwrap_or(u64::MAX)
        .max(u64::from(!waited.is_zero()))
}
