//! The functions that suites may call beside those of CEL's standard library and its string and list extensions.

use cel::common::types::{DURATION_TYPE, DYN_TYPE, LIST_TYPE, STRING_TYPE, TIMESTAMP_TYPE, Type};
use cel::{DeclarationError, Env};

use super::{collections, durations, exact, local_time, money, operators, readings};

/// A function as the documentation lists it.
struct Declared {
    name: &'static str,
    id: &'static str,
    arguments: fn() -> Vec<Type>,
    body: cel::common::functions::Function,
}

const DECLARED: &[Declared] = &[
    Declared {
        name: "known_zone",
        id: "known_zone_string",
        arguments: || vec![STRING_TYPE],
        body: local_time::known_zone,
    },
    Declared {
        name: "days",
        id: "days_any",
        arguments: || vec![DYN_TYPE],
        body: durations::days,
    },
    Declared {
        name: "minutes",
        id: "minutes_any",
        arguments: || vec![DYN_TYPE],
        body: durations::minutes,
    },
    Declared {
        name: "distance",
        id: "distance_ts",
        arguments: || vec![TIMESTAMP_TYPE, TIMESTAMP_TYPE],
        body: durations::distance,
    },
    Declared {
        name: "rfc3339",
        id: "rfc3339_ts",
        arguments: || vec![TIMESTAMP_TYPE],
        body: durations::rfc3339,
    },
    Declared {
        name: "local_date",
        id: "local_date_ts_zone",
        arguments: || vec![TIMESTAMP_TYPE, STRING_TYPE],
        body: local_time::local_date,
    },
    Declared {
        name: "on_date",
        id: "on_date_ts_date_zone",
        arguments: || vec![TIMESTAMP_TYPE, STRING_TYPE, STRING_TYPE],
        body: local_time::on_date,
    },
    Declared {
        name: "clock_change",
        id: "clock_change_ts_zone",
        arguments: || vec![TIMESTAMP_TYPE, STRING_TYPE],
        body: local_time::clock_change,
    },
    Declared {
        name: "get",
        id: "get_any_path_any",
        arguments: || vec![DYN_TYPE, STRING_TYPE, DYN_TYPE],
        body: collections::get,
    },
    Declared {
        name: "keyed",
        id: "keyed_list_path",
        arguments: || vec![LIST_TYPE, STRING_TYPE],
        body: collections::keyed,
    },
    Declared {
        name: "sorted",
        id: "sorted_list",
        arguments: || vec![LIST_TYPE],
        body: collections::sorted,
    },
    Declared {
        name: "sum",
        id: "sum_list",
        arguments: || vec![LIST_TYPE],
        body: collections::sum,
    },
    Declared {
        name: "local_instant",
        id: "local_instant_string_zone_rules",
        arguments: || vec![STRING_TYPE, STRING_TYPE, STRING_TYPE, STRING_TYPE],
        body: local_time::local_instant,
    },
    Declared {
        name: "local_instants",
        id: "local_instants_list_zone",
        arguments: || vec![LIST_TYPE, STRING_TYPE],
        body: local_time::local_instants,
    },
    Declared {
        name: "local_text",
        id: "local_text_ts_zone_pattern",
        arguments: || vec![TIMESTAMP_TYPE, STRING_TYPE, STRING_TYPE],
        body: local_time::local_text,
    },
    Declared {
        name: "day_start",
        id: "day_start_date_zone",
        arguments: || vec![STRING_TYPE, STRING_TYPE],
        body: local_time::day_start,
    },
    Declared {
        name: "next_date",
        id: "next_date_date",
        arguments: || vec![STRING_TYPE],
        body: local_time::next_date,
    },
    Declared {
        name: "stable_hash",
        id: "stable_hash_any",
        arguments: || vec![DYN_TYPE],
        body: money::stable_hash,
    },
    Declared {
        name: "number",
        id: "number_any",
        arguments: || vec![DYN_TYPE],
        body: money::number,
    },
    Declared {
        name: "minor_units",
        id: "minor_units_any_currency",
        arguments: || vec![DYN_TYPE, STRING_TYPE],
        body: money::minor_units,
    },
    Declared {
        name: "major_units",
        id: "major_units_any_currency",
        arguments: || vec![DYN_TYPE, STRING_TYPE],
        body: money::major_units,
    },
    Declared {
        name: "seconds",
        id: "seconds_duration",
        arguments: || vec![DURATION_TYPE],
        body: durations::seconds,
    },
];

/// The functions that stand for operators and methods of the library (see [`super::exact`]), each with the number of its arguments. No
/// expression can name them.
const INTERNAL: &[(&str, usize, cel::common::functions::Function)] = &[
    ("@add", 2, operators::add),
    ("@subtract", 2, operators::subtract),
    ("@multiply", 2, operators::multiply),
    ("@divide", 2, operators::divide),
    ("@remainder", 2, operators::remainder),
    ("@negate", 1, operators::negate),
    ("@equal", 2, operators::equals),
    ("@unequal", 2, operators::unequal),
    ("@less", 2, operators::less),
    ("@less_or_equal", 2, operators::less_or_equal),
    ("@greater", 2, operators::greater),
    ("@greater_or_equal", 2, operators::greater_or_equal),
    ("@among", 2, operators::among),
    ("@sort", 1, operators::sort),
    ("@sort_by", 2, operators::sort_by),
    ("@distinct", 1, operators::distinct),
    (exact::STEP, 1, operators::step),
    ("@duration", 1, durations::duration),
    ("@timestamp", 1, local_time::read_timestamp),
    ("@getDate", 2, readings::date),
    ("@getDayOfMonth", 2, readings::day_of_month),
    ("@getDayOfWeek", 2, readings::day_of_week),
    ("@getDayOfYear", 2, readings::day_of_year),
    ("@getFullYear", 2, readings::full_year),
    ("@getHours", 2, readings::hours),
    ("@getMilliseconds", 2, readings::milliseconds),
    ("@getMinutes", 2, readings::minutes),
    ("@getMonth", 2, readings::month),
    ("@getSeconds", 2, readings::seconds),
];

/// Declares all of them.
pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    DECLARED.iter().try_for_each(|function| {
        env.add_overload(function.name, function.id, (function.arguments)(), function.body)
    })?;
    INTERNAL.iter().try_for_each(|(name, arguments, body)| {
        let arguments = (0..*arguments).map(|_| DYN_TYPE).collect();
        env.add_overload(name, name, arguments, *body)
    })
}

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

/// The names of the functions that are declared here.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    DECLARED.iter().map(|function| function.name)
}

/// The names of all functions: those declared here, then those of CEL.
pub(super) fn all_names() -> impl Iterator<Item = &'static str> {
    names().chain(STANDARD.iter().copied())
}

/// Returns true if there is a function of this name.
pub(super) fn is_known(name: &str) -> bool {
    all_names().any(|known| known == name)
}
