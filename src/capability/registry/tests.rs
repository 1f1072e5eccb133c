use std::path::Path;

use super::super::folder::{LOCK_FILE, RegistryFile};
use super::super::sample::Sample;
use super::*;

fn booking() -> Registry {
    Registry::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities"))
        .unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn id(text: &str) -> CapabilityId {
    text.parse().unwrap()
}

#[test]
fn a_registry_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Registry>();
}

#[test]
fn the_published_contracts_load_and_their_lock_file_is_current() {
    let registry = booking();
    let names: Vec<_> = registry.iter().map(|one| one.reference.to_string()).collect();
    assert_eq!(
        names,
        [
            "billing.create_invoice@0.1.0",
            "booking.cancel_booking@0.1.0",
            "booking.cancel_booking@0.2.0",
            "booking.check_availability@0.1.0",
            "booking.check_availability@0.2.0",
            "booking.confirm_booking@0.1.0",
            "booking.create_booking@0.1.0",
            "booking.create_booking@0.2.0",
            "booking.create_service@0.1.0",
            "booking.get_booking@0.1.0",
            "booking.get_booking@0.2.0",
            "booking.list_bookings@0.1.0",
            "booking.list_bookings_for_customer@0.1.0",
            "booking.list_bookings_for_customer@0.2.0",
            "booking.list_services@0.1.0",
            "booking.list_services@0.2.0",
            "booking.record_attendance@0.1.0",
            "booking.reschedule_booking@0.1.0",
            "booking.retire_service@0.1.0",
            "crm.get_customer@0.1.0",
            "crm.get_invoice@0.1.0",
            "crm.list_customers@0.1.0",
            "crm.tag_customer@0.1.0",
            "sandbox.advance_clock@0.1.0",
            "sandbox.effects@0.1.0",
        ]
    );
    let lock = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("capabilities")
            .join(LOCK_FILE),
    );
    assert_eq!(lock.unwrap(), registry.lock_text());
}

#[test]
fn the_contract_of_create_booking_has_its_published_words() {
    let registry = booking();
    let create = registry.get(&id("booking.create_booking"), None).unwrap();
    assert_eq!(
        create.rule("derived-end").unwrap().words,
        "The booking's `end_at` is derived from the service's declared duration; callers do not specify it."
    );
    assert_eq!(
        create.error_codes(),
        ["slot_taken", "invalid_service", "past_time", "invalid_input"]
    );
    assert!(!create.is_read());
    assert_eq!(
        create.input.property_names().collect::<Vec<_>>(),
        ["notes", "customer", "start_at", "service_id", "agent_vendor"]
    );
    assert!(create.rule("output-schema").is_some() && create.rule("no-such-rule").is_none());
    let undo = create.reversibility.undo.as_ref().unwrap();
    assert_eq!(
        undo.input_for(
            &serde_json::json!({}),
            &serde_json::json!({ "ok": true, "booking_id": "b-1" })
        ),
        Some(serde_json::json!({ "booking_id": "b-1" }))
    );
    assert_eq!(
        undo.input_for(
            &serde_json::json!({}),
            &serde_json::json!({ "ok": false, "booking_id": null })
        ),
        None
    );
}

#[test]
fn another_domain_fits_without_code() {
    let registry = Sample::new().load().unwrap_or_else(|wrong| panic!("{wrong}"));
    let order = registry.get(&id("parcels.order_pickup"), None).unwrap();
    assert_eq!(
        registry.sibling(order, "cancel_pickup").unwrap().tool(),
        "cancel_pickup"
    );
    assert_eq!(
        order.reversibility.undo.as_ref().unwrap().input_for(
            &serde_json::json!({}),
            &serde_json::json!({ "ok": true, "pickup": { "id": "p-1" } })
        ),
        Some(serde_json::json!({ "pickup_id": "p-1" }))
    );
}

fn two_versions() -> Sample {
    let mut sample = Sample::new();
    let later: Vec<_> = Sample::new()
        .change(
            "cancel_pickup/v0.1.0/capability.yaml",
            "version: 0.1.0",
            "version: 0.10.0",
        )
        .0
        .into_iter()
        .filter(|file| file.name.contains("cancel_pickup"))
        .collect();
    sample.0.extend(later.into_iter().map(|file| RegistryFile {
        name: file.name.replace("v0.1.0", "v0.10.0"),
        ..file
    }));
    sample
}

#[test]
fn without_a_version_the_first_published_one_is_meant() {
    let registry = two_versions()
        .locked()
        .load()
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    let cancel = id("parcels.cancel_pickup");
    let versions: Vec<_> = registry
        .versions(&cancel)
        .iter()
        .map(|one| one.reference.version.to_string())
        .collect();
    assert_eq!(versions, ["0.1.0", "0.10.0"]);
    assert_eq!(
        registry.get(&cancel, None).unwrap().reference.version.to_string(),
        "0.1.0"
    );
    let later = registry.get(&cancel, Some(&"0.10.0".parse().unwrap())).unwrap();
    assert_eq!(registry.at(&later.reference).unwrap().digest, later.digest);
    assert_eq!(
        registry
            .sibling(later, "order_pickup")
            .unwrap()
            .reference
            .version
            .to_string(),
        "0.1.0"
    );
    assert!(registry.sibling(later, "no_such_tool").is_none());
}

#[test]
fn what_a_domain_has_had_only_since_a_later_version_is_no_sibling_and_no_listing_claims_it() {
    let mut sample = two_versions();
    let later: Vec<_> = Sample::new()
        .change(
            "quote_delivery/v0.1.0/capability.yaml",
            "version: 0.1.0",
            "version: 0.10.0",
        )
        .change(
            "quote_delivery/v0.1.0/capability.yaml",
            "id: parcels.quote_delivery",
            "id: parcels.track_delivery",
        )
        .0
        .into_iter()
        .filter(|file| file.name.contains("quote_delivery"))
        .collect();
    sample.0.extend(later.into_iter().map(|file| {
        RegistryFile {
            name: file
                .name
                .replace("quote_delivery/v0.1.0", "track_delivery/v0.10.0"),
            ..file
        }
    }));
    let registry = sample.locked().load().unwrap_or_else(|wrong| panic!("{wrong}"));
    let cancel = |version: &str| {
        registry
            .get(&id("parcels.cancel_pickup"), Some(&version.parse().unwrap()))
            .unwrap()
    };
    assert!(registry.sibling(cancel("0.1.0"), "track_delivery").is_none());
    assert!(registry.sibling(cancel("0.10.0"), "track_delivery").is_some());
    let claims = registry.listed(|tool| ["cancel_pickup", "track_delivery"].contains(&tool));
    assert_eq!(claims, [cancel("0.1.0").reference.clone()]);
}

#[test]
fn a_version_that_is_not_locked_is_refused_and_publishing_adds_it_alone() {
    insta::assert_snapshot!(two_versions().load().unwrap_err().render(false), @"
    error: `parcels.cancel_pickup@0.10.0` is not published yet: it does not stand in `capabilities.lock`
     --> capabilities/parcels/cancel_pickup/v0.10.0/capability.yaml:3:10
      |
    3 | version: 0.10.0
      |          ^^^^^^
      |
      = help: `proofhouse capabilities lock --registry FOLDER` publishes it; afterwards it may not change
    ");
    let folder = tempfile::tempdir().unwrap();
    for file in two_versions().0 {
        let path = folder.path().join(&file.name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.text).unwrap();
    }
    let registry = Registry::load_unlocked(folder.path()).unwrap();
    assert_eq!(
        registry
            .added()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["parcels.cancel_pickup@0.10.0"]
    );
    std::fs::write(folder.path().join(LOCK_FILE), registry.lock_text()).unwrap();
    assert!(Registry::load(folder.path()).unwrap().added().is_empty());

    let contract = folder.path().join("parcels/cancel_pickup/v0.1.0/capability.yaml");
    let changed = std::fs::read_to_string(&contract).unwrap() + "# changed\n";
    std::fs::write(&contract, changed).unwrap();
    let refused = Registry::load_unlocked(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("may not change"), "{refused}");
}

#[test]
fn a_slip_in_a_name_is_guessed() {
    let registry = booking();
    for (text, meant) in [
        ("booking.create_bookng", Some("booking.create_booking")),
        ("create_booking", Some("booking.create_booking")),
        ("list_service", Some("booking.list_services")),
        (
            "booking.create_booking@0.3.0",
            Some("booking.create_booking@0.2.0"),
        ),
        ("quite.different", None),
    ] {
        assert_eq!(registry.suggest(text).as_deref(), meant, "{text}");
    }
}

#[test]
fn files_that_belong_nowhere_are_mistakes() {
    let renamed = |from: &str, to: &str| {
        let (from, to) = (format!("cancel_pickup/{from}"), format!("cancel_pickup/{to}"));
        Sample::new().rename(&from, &to).load().unwrap_err().render(false)
    };
    insta::assert_snapshot!(
        renamed("v0.1.0/capability.yaml", "v0.1.0/capabilty.yaml"), @"
    error: this file belongs to no version of a contract
    --> capabilities/parcels/cancel_pickup/v0.1.0/capabilty.yaml
     = help: did you mean `capability.yaml`?
     = help: a contract has capability.yaml, input.schema.json, output.schema.json in `<domain>/<tool>/v<version>/`, and editions in `editions/<year>-<month>.yaml` there

    error: the file is missing
    --> capabilities/parcels/cancel_pickup/v0.1.0/capability.yaml
     = help: a version has capability.yaml, input.schema.json, output.schema.json

    error: `parcels.cancel_pickup@0.1.0` is published and may not be taken away
     --> capabilities/capabilities.lock:3:1
      |
    3 | parcels.cancel_pickup@0.1.0 sha256:b0c8a307d8344367dd4b6a3bb2b073a0a80609f5a2beaff120c7f02cc809c196
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ `parcels/cancel_pickup/v0.1.0/` is missing
    ");
    insta::assert_snapshot!(renamed("v0.1.0", "0.1.0"), @"
    error: the folder names no capability at a version
    --> capabilities/parcels/cancel_pickup/0.1.0
     = help: the form is `<domain>/<tool>/v<version>`, for example `notes/add_note/v0.1.0`

    error: `parcels.cancel_pickup@0.1.0` is published and may not be taken away
     --> capabilities/capabilities.lock:3:1
      |
    3 | parcels.cancel_pickup@0.1.0 sha256:b0c8a307d8344367dd4b6a3bb2b073a0a80609f5a2beaff120c7f02cc809c196
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ `parcels/cancel_pickup/v0.1.0/` is missing
    ");
    let mut sample = Sample::new();
    sample.0.push(RegistryFile {
        name: "parcels/notes.txt".to_owned(),
        text: String::new(),
    });
    sample.0.push(RegistryFile {
        name: "parcels/README.md".to_owned(),
        text: String::new(),
    });
    insta::assert_snapshot!(sample.load().unwrap_err().render(false), @"
    error: this file belongs to no version of a contract
    --> capabilities/parcels/notes.txt
     = help: a contract has capability.yaml, input.schema.json, output.schema.json in `<domain>/<tool>/v<version>/`, and editions in `editions/<year>-<month>.yaml` there
    ");
}

#[test]
fn an_empty_folder_and_a_missing_one_are_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Registry::load(folder.path()).unwrap_err().to_string();
    assert!(
        refused.ends_with("no contract stands in this folder"),
        "{refused}"
    );
    let refused = Registry::load(&folder.path().join("none"))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("the folder cannot be read"), "{refused}");
}

#[test]
fn files_have_a_cap_and_must_be_utf_8() {
    let folder = tempfile::tempdir().unwrap();
    let version = folder.path().join("a/b/v1.0.0");
    std::fs::create_dir_all(&version).unwrap();
    std::fs::write(version.join("capability.yaml"), "x".repeat(300 * 1024)).unwrap();
    std::fs::write(version.join("input.schema.json"), b"{}\n\xff").unwrap();
    let refused = Registry::load(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("the file has more than 256 KiB"), "{refused}");
    assert!(
        refused.contains("input.schema.json:2:1: the file is not UTF-8"),
        "{refused}"
    );
    let big = RegistryFile {
        name: "a/b/v1.0.0/capability.yaml".to_owned(),
        text: "x".repeat(300 * 1024),
    };
    assert!(Registry::load_files(&[big]).is_err());
}
