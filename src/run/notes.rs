//! The notes of a test, which limit its result without changing it.

/// Notes in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<String>);

impl Notes {
    /// Adds a note.
    pub(super) fn add(&mut self, note: String) {
        self.0.push(note);
    }

    /// Adds a note unless the same was added before.
    pub(super) fn add_once(&mut self, note: String) {
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// Moves all notes of another test here.
    pub(super) fn take_from(&mut self, other: &mut Self) {
        self.0.append(&mut other.0);
    }

    /// The notes as a result holds them.
    pub(super) fn to_vec(&self) -> Vec<String> {
        self.0.clone()
    }
}
