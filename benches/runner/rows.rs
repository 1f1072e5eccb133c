//! What of the figures stands in the page: ratios only, each beside something that anybody can measure again.

use crate::cold::Cold;
use crate::memory::Memory;
use crate::page::Row;
use crate::table::ratio;
use crate::warm::Size;

const LOOP: &str = "the bare loop";
const HURL: &str = "hurl";

/// What a row says where the tool is not there to be measured.
const NOT_INSTALLED: &str = "not installed";

/// One provider, from the start of a process.
pub(crate) fn cold(cold: &Cold) -> Vec<Row> {
    let what = "`run` of one provider, from the start of the process to its end";
    let over_hurl = cold.over_hurl.map_or(NOT_INSTALLED.to_owned(), ratio);
    vec![
        Row::new(what, LOOP, ratio(cold.wall)),
        Row::new(what, HURL, over_hurl),
    ]
}

/// A call of a run over many providers.
pub(crate) fn warm(size: &Size) -> Vec<Row> {
    let of = |what: &str| format!("{what}, {} providers", size.providers);
    let (wall, cpu) = size.over_hurl.map_or_else(
        || (NOT_INSTALLED.to_owned(), NOT_INSTALLED.to_owned()),
        |(wall, cpu)| (ratio(wall), ratio(cpu)),
    );
    vec![
        Row::new(of("wall time of a call"), LOOP, ratio(size.a_call.0)),
        Row::new(of("CPU time of a call"), LOOP, ratio(size.a_call.1)),
        Row::new(of("wall time"), HURL, wall),
        Row::new(of("CPU time"), HURL, cpu),
    ]
}

/// The memory of the command and its time, beside those of the size before.
pub(crate) fn memory(measured: &[Memory]) -> Vec<Row> {
    let mut rows = Vec::new();
    for memory in measured {
        let Memory {
            providers, format, ..
        } = memory;
        let of_format = measured.iter().filter(|other| other.format == *format);
        let smaller = of_format.filter(|other| other.providers < *providers);
        let Some(before) = smaller.max_by_key(|other| other.providers) else {
            continue;
        };
        let beside = match before.providers {
            1 => "one provider".to_owned(),
            providers => format!("{providers} providers"),
        };
        let of = |what: &str| format!("{what}, {providers} providers, `--format {format}`");
        let peak = memory.peak.median / before.peak.median;
        rows.push(Row::new(of("peak memory"), beside.as_str(), format!("{peak:.2}")));
        if before.providers > 1 {
            let time = memory.seconds.median / before.seconds.median;
            rows.push(Row::new(of("wall time"), beside, format!("{time:.2}")));
        }
    }
    rows
}
