//! Lines on standard output. What could not be written is remembered, so that the command does not end as if it had been read.

use std::io::{self, ErrorKind, Write};

use parking_lot::Mutex;

/// The reason why something is missing on standard output.
static LOST: Mutex<Option<String>> = Mutex::new(None);

/// Writes a line.
pub(super) fn put_line(text: &str) {
    note(writeln!(io::stdout(), "{text}"));
}

/// Remembers that something could not be written. A closed pipe is no loss: its reader has seen enough.
pub(super) fn note(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.lock().get_or_insert_with(|| error.to_string());
    }
}

/// The reason why something is missing. None if all was written.
pub(super) fn lost() -> Option<String> {
    note(io::stdout().flush());
    LOST.lock().clone()
}
