//! All contracts of a folder, or of the copy that the binary carries.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::contract::Capability;
use super::folder::{self, LOCK_FILE, RegistryFile};
use super::layout::{self, path_of};
use super::lock::{self, Lock};
use super::reader::{self, Expected};
use super::{Schema, consistency, digest};
use crate::diagnostic::{Problem, Problems, Source, near_miss};
use crate::model::{CapabilityId, CapabilityRef, Version};

/// Every contract, by id and version.
#[derive(Debug, Default)]
pub struct Registry {
    capabilities: BTreeMap<CapabilityRef, Arc<Capability>>,
    added: Vec<CapabilityRef>,
}

/// What becomes of a version that the lock file does not hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unlocked {
    Refuse,
    Add,
}

impl Registry {
    /// Reads the folder of contracts, `capabilities/`.
    ///
    /// # Errors
    ///
    /// Every mistake in the files, each with its place; a published version that was changed or taken away; a version that the lock
    /// file does not hold.
    pub fn load(root: &Path) -> Result<Self, Problems> {
        Self::read(
            &root.display().to_string(),
            &folder::read(root)?,
            Unlocked::Refuse,
        )
    }

    /// The same from memory.
    ///
    /// # Errors
    ///
    /// As [`Registry::load`].
    pub fn load_files(files: &[RegistryFile]) -> Result<Self, Problems> {
        Self::read("capabilities", files, Unlocked::Refuse)
    }

    /// Reads the folder of contracts for publishing: versions that the lock file does not hold are taken, and named by
    /// [`Registry::added`].
    ///
    /// # Errors
    ///
    /// As [`Registry::load`], but for those.
    pub fn load_unlocked(root: &Path) -> Result<Self, Problems> {
        Self::read(&root.display().to_string(), &folder::read(root)?, Unlocked::Add)
    }

    /// The versions that the lock file does not hold yet.
    pub fn added(&self) -> &[CapabilityRef] {
        &self.added
    }

    /// The text of a lock file that holds every version of this registry. The digest of a published one is never rewritten: a
    /// registry in which it differs does not load.
    pub fn lock_text(&self) -> String {
        lock::text(
            self.iter()
                .map(|capability| (&capability.reference, capability.digest.as_str())),
        )
    }

    /// The contract of a capability; without a version, the first published one.
    pub fn get(&self, id: &CapabilityId, version: Option<&Version>) -> Option<&Arc<Capability>> {
        self.iter().find(|capability| {
            capability.reference.id == *id
                && version.is_none_or(|version| capability.reference.version == *version)
        })
    }

    /// The contract of a capability at a version.
    pub fn at(&self, reference: &CapabilityRef) -> Option<&Arc<Capability>> {
        self.capabilities.get(reference)
    }

    /// Every contract, by id and version.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Capability>> {
        self.capabilities.values()
    }

    /// Every version of a capability, the first published one first.
    pub fn versions(&self, id: &CapabilityId) -> Vec<&Arc<Capability>> {
        self.iter()
            .filter(|capability| capability.reference.id == *id)
            .collect()
    }

    /// Another tool of the same domain: at the same version where that is published, else its first.
    pub fn sibling(&self, of: &Capability, tool: &str) -> Option<&Arc<Capability>> {
        let id = of.reference.id.sibling(tool).ok()?;
        self.get(&id, Some(&of.reference.version))
            .or_else(|| self.get(&id, None))
    }

    /// The capability that may have been meant by a text that names none: an id, an id at a version, or a tool.
    pub fn suggest(&self, text: &str) -> Option<String> {
        let (name, version) = text
            .split_once('@')
            .map_or((text, None), |(name, version)| (name, Some(version)));
        let by_tool = |capability: &&Arc<Capability>| capability.tool() == name;
        let id = match self.iter().find(by_tool) {
            Some(capability) => capability.reference.id.as_str(),
            None => {
                let ids = self.iter().map(|capability| capability.reference.id.as_str());
                let tools = self.iter().map(|capability| capability.tool());
                let meant = near_miss(name, ids).or_else(|| near_miss(name, tools))?;
                let is_meant =
                    |id: &&str| *id == meant || id.split_once('.').is_some_and(|(_, tool)| tool == meant);
                self.iter()
                    .map(|capability| capability.reference.id.as_str())
                    .find(is_meant)?
            }
        };
        let Some(version) = version else {
            return Some(id.to_owned());
        };
        let versions: Vec<_> = self
            .iter()
            .filter(|capability| capability.reference.id.as_str() == id)
            .map(|one| one.reference.version.to_string())
            .collect();
        let version = version.trim_start_matches('v');
        let meant = near_miss(version, versions.iter().map(String::as_str))
            .or(versions.first().map(String::as_str))?;
        Some(format!("{id}@{meant}"))
    }

    fn read(root: &str, files: &[RegistryFile], unlocked: Unlocked) -> Result<Self, Problems> {
        let shown = |name: &str| {
            format!("{}/{name}", root.trim_end_matches('/'))
                .trim_end_matches('/')
                .to_owned()
        };
        folder::within_caps(files, shown)?;
        let mut problems = Problems::new();
        let (versions, lock_file) = layout::sort(files, shown, &mut problems);
        let layout_is_right = problems.is_empty();
        if versions.is_empty() && problems.is_empty() {
            let problem = Problem::of(&Source::new(shown(""), ""), "no contract stands in this folder")
                .hint("a contract stands in `<domain>/<tool>/v<version>/capability.yaml`");
            return Err(problem.into());
        }
        let lock_source = Source::new(shown(LOCK_FILE), lock_file.map_or("", |file| file.text.as_str()));
        let read = match (lock_file, unlocked) {
            (Some(_), _) => Lock::read(Arc::clone(&lock_source)),
            (None, Unlocked::Add) => Ok(Lock::empty(Arc::clone(&lock_source))),
            (None, Unlocked::Refuse) => Err(lock::missing(&lock_source).into()),
        };
        let lock_is_right = read.is_ok();
        let lock = read.unwrap_or_else(|wrong| {
            problems.extend(wrong);
            Lock::empty(lock_source)
        });

        let mut registry = Self::default();
        let mut digests = BTreeMap::new();
        for (reference, texts) in &versions {
            let digest = digest::of(texts);
            digests.insert(reference.clone(), digest.clone());
            let sources = texts.map(|(name, text)| Source::new(shown(&path_of(reference, name)), text));
            let capability = contract(reference, &sources, digest)
                .map_err(|wrong| problems.extend(wrong))
                .ok();
            if !lock.holds(reference) {
                if unlocked == Unlocked::Add {
                    registry.added.push(reference.clone());
                } else if lock_is_right {
                    let at = capability
                        .as_ref()
                        .map(|capability| capability.places.version.clone());
                    problems.push(lock::unlocked(&sources[0], at, reference));
                }
            }
            if let Some(capability) = capability {
                registry
                    .capabilities
                    .insert(reference.clone(), Arc::new(capability));
            }
        }
        problems.extend(lock.check(&digests));
        // A sibling that is missing for another reason is not missed twice.
        if layout_is_right && registry.capabilities.len() == versions.len() {
            problems.extend(consistency::check(&registry));
        }
        problems.or(registry)
    }
}

fn contract(
    reference: &CapabilityRef,
    sources: &[Arc<Source>; 3],
    digest: String,
) -> Result<Capability, Problems> {
    let [contract, input, output] = sources;
    let (input, output) = (Schema::read(input), Schema::read(output));
    let mut problems = Problems::new();
    let mut keep = |schema: Result<Schema, Problems>| schema.map_err(|wrong| problems.extend(wrong)).ok();
    match (keep(input), keep(output)) {
        (Some(input), Some(output)) => reader::read(contract, Expected { reference, digest }, input, output),
        _ => {
            problems.extend(reader::check_alone(contract, reference));
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
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
                "booking.cancel_booking@0.1.0",
                "booking.check_availability@0.1.0",
                "booking.create_booking@0.1.0",
                "booking.list_bookings_for_customer@0.1.0",
                "booking.list_services@0.1.0",
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
            undo.input_for(&serde_json::json!({ "ok": true, "booking_id": "b-1" })),
            Some(serde_json::json!({ "booking_id": "b-1" }))
        );
        assert_eq!(
            undo.input_for(&serde_json::json!({ "ok": false, "booking_id": null })),
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
            order
                .reversibility
                .undo
                .as_ref()
                .unwrap()
                .input_for(&serde_json::json!({ "ok": true, "pickup": { "id": "p-1" } })),
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
                "booking.create_booking@0.2.0",
                Some("booking.create_booking@0.1.0"),
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
         = help: a contract has capability.yaml, input.schema.json, output.schema.json in `<domain>/<tool>/v<version>/`

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
         = help: the form is `<domain>/<tool>/v<version>`, for example `booking/create_booking/v0.1.0`

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
         = help: a contract has capability.yaml, input.schema.json, output.schema.json in `<domain>/<tool>/v<version>/`
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
}
