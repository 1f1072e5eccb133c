//! A page of a list, the cursor to the next one, and the statuses of which bookings are listed.

use super::answer::Answer;
use super::cursor::Cursor;
use crate::lifecycle::Status;

/// A page of a list.
pub(super) struct Page<T> {
    pub(super) entries: Vec<T>,
    /// The beginning of the next page; `None` on the last page.
    next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The rows to ask for: one more than a page holds shows if there is another page.
    pub(super) fn rows(limit: u32) -> u32 {
        limit.saturating_add(1)
    }

    /// The page of the rows that were found.
    pub(super) fn of(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Self {
        let limit = limit as usize;
        let goes_on = rows.len() > limit;
        rows.truncate(limit);
        Self {
            next: rows.last().filter(|_| goes_on).map(cursor),
            entries: rows,
        }
    }

    /// Adds the cursor to an answer, if there is another page.
    pub(super) fn add_cursor(&self, answer: &mut Answer) {
        if let Some(next) = self.next {
            answer
                .body
                .insert("next_cursor".to_owned(), next.written().into());
        }
    }
}

/// The statuses that are asked for; all of them if none are named.
pub(super) fn wanted(named: Option<&[String]>) -> Vec<Status> {
    let is_wanted =
        |status: &Status| named.is_none_or(|names| names.iter().any(|name| name == status.name()));
    Status::ALL.into_iter().filter(is_wanted).collect()
}
