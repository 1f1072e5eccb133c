//! Where the references of a schema lead within its file: by a pointer, an anchor or the identifier of a schema in it.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde_json::Value;

use super::keywords;

/// The address of a schema that gives itself none. Nothing is ever fetched from it.
const NO_ADDRESS: &str = "https://schema.invalid/";

/// The schemas of a file that references can name.
#[derive(Debug)]
pub(super) struct References<'s> {
    root: &'s Value,
    /// The pointer of each schema with an identifier of its own, by its address.
    resources: BTreeMap<String, String>,
    /// The address of each such schema, by its pointer. The whole file is one.
    bases: BTreeMap<String, Url>,
    /// The pointer of each anchor, by the address of its resource and its name.
    anchors: BTreeMap<(String, String), String>,
}

impl<'s> References<'s> {
    /// Finds what can be named in a schema.
    pub(super) fn of(root: &'s Value) -> Self {
        let mut references = Self {
            root,
            resources: BTreeMap::new(),
            bases: BTreeMap::new(),
            anchors: BTreeMap::new(),
        };
        // Each schema comes after those around it.
        for (pointer, schema) in keywords::subschemas(root) {
            let text = |word: &str| schema.get(word).and_then(Value::as_str);
            let around = references.base(&pointer);
            // In draft-07 an identifier that is a fragment is an anchor.
            let id = text("$id").filter(|id| !id.starts_with('#'));
            let own = id.and_then(|id| match &around {
                Some(base) => base.join(id).ok(),
                None => Url::parse(NO_ADDRESS).ok()?.join(id).ok(),
            });
            let own = match own {
                Some(own) => Some(own),
                None if pointer.is_empty() => Url::parse(NO_ADDRESS).ok(),
                None => None,
            };
            if let Some(mut own) = own {
                own.set_fragment(None);
                references.resources.insert(own.to_string(), pointer.clone());
                references.bases.insert(pointer.clone(), own);
            }
            let Some(base) = references.base(&pointer) else {
                continue;
            };
            let old = text("$id").and_then(|id| id.strip_prefix('#'));
            for name in ["$anchor", "$dynamicAnchor"]
                .into_iter()
                .filter_map(text)
                .chain(old)
            {
                let anchor = (base.to_string(), name.to_owned());
                references.anchors.insert(anchor, pointer.clone());
            }
        }
        references
    }

    /// The address by which references at a pointer are resolved: that of the innermost schema with one.
    fn base(&self, pointer: &str) -> Option<Url> {
        let mut at = pointer;
        loop {
            if let Some(base) = self.bases.get(at) {
                return Some(base.clone());
            }
            at = at.rsplit_once('/')?.0;
        }
    }

    /// The pointer to which a reference leads that stands in the schema at `pointer`; None where it leads nowhere in this file.
    pub(super) fn target(&self, pointer: &str, reference: &str) -> Option<String> {
        let mut address = self.base(pointer)?.join(reference).ok()?;
        let fragment = address.fragment().unwrap_or_default();
        let fragment = percent_decode_str(fragment).decode_utf8().ok()?.into_owned();
        address.set_fragment(None);
        let address = address.to_string();
        let found = match fragment.as_str() {
            "" => self.resources.get(&address)?.clone(),
            inner if inner.starts_with('/') => format!("{}{inner}", self.resources.get(&address)?),
            anchor => self.anchors.get(&(address, anchor.to_owned()))?.clone(),
        };
        self.root.pointer(&found).is_some().then_some(found)
    }

    /// Returns true if a dynamic reference can mean one place only, as an ordinary one does: no other schema has that dynamic anchor.
    pub(super) fn is_static(&self, reference: &str) -> bool {
        let name = reference.rsplit('#').next().unwrap_or_default();
        let all = keywords::subschemas(self.root);
        let named = all
            .iter()
            .filter(|(_, schema)| schema.get("$dynamicAnchor").and_then(Value::as_str) == Some(name));
        named.count() <= 1
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reference_leads_to_a_pointer_an_anchor_or_a_schema_with_an_identifier() {
        let schema = json!({
            "$id": "https://example.com/order.json",
            "properties": { "a/b": { "$anchor": "slash" }, "50%": {}, "e^f \"g\"": {} },
            "$defs": {
                "item": {
                    "$id": "parts/item.json",
                    "$defs": { "size": { "$anchor": "size" } },
                    "properties": { "next": {} }
                },
                "named": { "$id": "urn:uuid:2fa3ba4f-4b1c-4b29-9b4f-0d3f5f6c7a81" }
            }
        });
        let references = References::of(&schema);
        let root = |reference: &str| references.target("", reference);
        let inside = |reference: &str| references.target("/$defs/item/properties/next", reference);
        let at = |pointer: &str| Some(pointer.to_owned());
        assert_eq!(root("#"), at(""));
        assert_eq!(root("#/properties/a~1b"), at("/properties/a~1b"));
        assert_eq!(root("#/properties/50%25"), at("/properties/50%"));
        assert_eq!(root("#/properties/e%5Ef%20%22g%22"), at("/properties/e^f \"g\""));
        assert_eq!(root("#slash"), at("/properties/a~1b"));
        assert_eq!(root("parts/item.json"), at("/$defs/item"));
        assert_eq!(
            root("https://example.com/parts/item.json#size"),
            at("/$defs/item/$defs/size")
        );
        assert_eq!(
            root("urn:uuid:2fa3ba4f-4b1c-4b29-9b4f-0d3f5f6c7a81"),
            at("/$defs/named")
        );
        assert_eq!(inside("#/$defs/size"), at("/$defs/item/$defs/size"));
        assert_eq!(inside("#size"), at("/$defs/item/$defs/size"));
        assert_eq!(inside("../order.json"), at(""));
        for nowhere in [
            "#size",
            "#/properties/a",
            "other.json",
            "https://example.com/item.json",
        ] {
            assert_eq!(root(nowhere), None, "{nowhere}");
        }
    }
}
