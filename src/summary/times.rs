//! The times of a run: what its rows can have had.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::TestResult;

/// The clock of a row and that of its run may differ by this much: some are cut to whole seconds.
const ROW_SKEW: TimeDelta = TimeDelta::minutes(1);

/// The reason why the times of a row are not those of a run that began and ended then, in words that follow the name of the test.
pub fn out_of_time(row: &TestResult, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<String> {
    let took = to.signed_duration_since(from).num_milliseconds().unsigned_abs();
    let longest = took.saturating_add(ROW_SKEW.num_milliseconds().unsigned_abs());
    if from.signed_duration_since(row.when) > ROW_SKEW {
        Some(format!("it started at {}, before the run started", row.when))
    } else if row.when.signed_duration_since(to) > ROW_SKEW {
        Some(format!("it started at {}, after the run ended", row.when))
    } else if row.ms > longest {
        Some(format!("it waited for {} ms, longer than the run took", row.ms))
    } else {
        None
    }
}
