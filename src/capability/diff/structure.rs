//! The keywords that hold the parts of a value.

/// Keywords that hold the values of an object's keys, compared key by key.
const OF_OBJECTS: [&str; 3] = ["properties", "additionalProperties", "required"];

/// Returns true if a keyword leads to parts of a value, which are compared place by place and not by the keyword itself.
pub(super) fn is_structure(word: &str) -> bool {
    OF_OBJECTS.contains(&word) || ["items", "$ref", "$defs"].contains(&word)
}
