//! Refusals by the protocol itself, before a tool read its arguments.

use serde_json::Value;

use crate::capability::Capability;

/// Removes the error code of a refusal that the contract of the tool does not have. A protocol that refuses arguments by itself speaks
/// for every tool.
pub(super) fn without_foreign_code(tool: &Capability, output: &mut Value) {
    let codes = tool.error_codes();
    let foreign = |code: &Value| !codes.is_empty() && !codes.iter().any(|known| code == known);
    if output.get("error").is_some_and(foreign)
        && let Some(fields) = output.as_object_mut()
    {
        fields.shift_remove("error");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::capability::Registry;

    #[test]
    fn a_code_of_the_protocol_stays_only_where_the_contract_has_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities");
        let registry = Registry::load(&folder).unwrap();
        let left = |tool: &str| {
            let id = format!("booking.{tool}").parse().unwrap();
            let mut output = json!({ "ok": false, "error": "invalid_input" });
            without_foreign_code(registry.get(&id, None).unwrap(), &mut output);
            output
        };
        let kept = json!({ "ok": false, "error": "invalid_input" });
        assert_eq!(left("create_booking"), kept);
        // Its codes are free text.
        assert_eq!(left("list_services"), kept);
        assert_eq!(left("check_availability"), json!({ "ok": false }));
        assert_eq!(left("cancel_booking"), json!({ "ok": false }));
    }
}
