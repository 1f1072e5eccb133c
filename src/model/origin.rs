//! Who made a run, as far as a registry knows.

/// Who made a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOrigin {
    /// The registry itself, by its schedule or by hand.
    Own,
    /// It was merged here, and a part of it was read from a file, so nobody attests it.
    Files,
    /// This publisher made it and sent it.
    Publisher(String),
}

impl RunOrigin {
    /// Returns true if the registry made the run itself. Nothing that others bring outranks it.
    pub fn is_own(&self) -> bool {
        *self == Self::Own
    }

    /// The short mark of a run that the registry did not make itself. None for its own.
    pub fn mark(&self) -> Option<&'static str> {
        match self {
            Self::Own => None,
            Self::Files => Some("from files"),
            Self::Publisher(_) => Some("self-attested"),
        }
    }

    /// A remark on a run that the registry did not make itself. None for its own. It holds the name that the publisher has here.
    pub fn remark(&self) -> Option<String> {
        match self {
            Self::Own => None,
            Self::Files => {
                Some("the latest run was read from files: no run of the registry itself decides".to_owned())
            }
            Self::Publisher(publisher) => Some(format!(
                "the latest run is self-attested by {publisher}: no run of the registry itself decides"
            )),
        }
    }
}
