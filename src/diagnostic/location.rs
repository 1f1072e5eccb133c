//! The bytes of a place that the library of YAML tells.

use super::{Source, Span};

/// The bytes that a location covers, at least one where there is any.
pub fn span_of(source: &Source, location: &serde_saphyr::Location) -> Span {
    let as_index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let start = location
        .span()
        .byte_offset()
        .map_or_else(
            || source.byte_at(as_index(location.line()), as_index(location.column())),
            as_index,
        )
        .min(source.text().len());
    let start = source.boundary(start);
    let rest = source.tail(start);
    let length = match location.span().byte_len() {
        Some(length) if length > 0 => as_index(length),
        _ => rest.find(['\n', ':', ',', '}', ']']).unwrap_or(rest.len()),
    };
    start..source.boundary(start.saturating_add(length)).max(start)
}
