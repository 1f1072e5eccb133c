//! What a provider says of itself to people and agents who choose among providers.

use serde::{Deserialize, Serialize};

/// Where a provider is and what it is, in the words of its manifest. Nothing is proven of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The place, as people name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The name of its time zone in the IANA database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Words that it is found by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl About {
    /// Returns true if nothing is said.
    pub fn is_empty(&self) -> bool {
        self.place.is_none() && self.time_zone.is_none() && self.tags.is_empty()
    }
}
