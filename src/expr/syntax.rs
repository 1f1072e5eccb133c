//! The text of an expression as it stands in a file: its place, its limits, and the message for text that is not CEL.

use crate::diagnostic::{Problem, Source, Span};

/// The longest expression that is compiled, in bytes.
const LONGEST: usize = 2048;

/// The deepest nesting of brackets that is compiled.
const DEEPEST: usize = 24;

/// The text of one expression with its place in a file.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    source: &'a std::sync::Arc<Source>,
    text: &'a str,
    /// The bytes of the scalar that holds the text.
    scalar: &'a Span,
    /// The byte at which the text begins; None where the scalar was folded or escaped.
    start: Option<usize>,
}

impl<'a> Written<'a> {
    pub(super) fn new(source: &'a std::sync::Arc<Source>, scalar: &'a Span, text: &'a str) -> Self {
        Self {
            source,
            text,
            scalar,
            start: start_of(source, scalar, text),
        }
    }

    /// The bytes of the whole expression; of its scalar where the expression itself cannot be found.
    fn whole(&self) -> Span {
        match self.start {
            Some(start) => start..start + self.text.len(),
            None => self.scalar.clone(),
        }
    }

    /// A problem with a caret under a word of the expression.
    pub(super) fn problem_at_word(&self, word: &str, message: impl Into<String>) -> Problem {
        let place = match (self.start, find_word(self.text, word)) {
            (Some(start), Some(at)) => start + at..start + at + word.len(),
            _ => self.whole(),
        };
        Problem::at(self.source, place, message)
    }

    /// A problem with a caret under the name of a function that is called, whose call the parser places at a character.
    pub(super) fn problem_at_call(&self, name: &str, at: Option<u32>, message: impl Into<String>) -> Problem {
        let at = at.and_then(|at| usize::try_from(at).ok()).unwrap_or_default();
        let at = self.text.char_indices().nth(at).map_or(0, |(byte, _)| byte);
        // A method stands after what it is called on; its place is that of its bracket.
        let nearest = self
            .text
            .match_indices(name)
            .map(|(found, _)| found)
            .min_by_key(|found| found.abs_diff(at));
        let place = match (self.start, nearest) {
            (Some(start), Some(found)) => start + found..start + found + name.len(),
            _ => self.whole(),
        };
        Problem::at(self.source, place, message)
    }

    /// Refuses an expression that is too long or nested too deeply to be parsed.
    pub(super) fn check_limits(&self) -> Result<(), Problem> {
        let message = if self.text.len() > LONGEST {
            format!("an expression is longer than {LONGEST} bytes")
        } else if nesting(self.text) > DEEPEST {
            format!("an expression is nested deeper than {DEEPEST} levels")
        } else {
            return Ok(());
        };
        Err(Problem::at(self.source, self.whole(), message))
    }

    /// The problem for the first of the parser's errors.
    pub(super) fn problem_of(&self, errors: &cel::ParseErrors) -> Problem {
        let Some(error) = errors.errors.first() else {
            return Problem::at(self.source, self.whole(), "not an expression");
        };
        let at = match (usize::try_from(error.pos.0), usize::try_from(error.pos.1)) {
            (Ok(line), Ok(column)) => Some(
                Source::new("", self.text)
                    .byte_at(line, column.max(1))
                    .min(self.text.len()),
            ),
            _ => None,
        };
        // The grammar itself numbers no node; errors with one come from the checks after it and say what is wrong.
        let message = match (error.expr_id, at) {
            (0, Some(at)) => unexpected(self.text, at),
            _ if error.msg.contains("_?_:_") => "a condition has two values: `… ? … : …`".to_owned(),
            _ => fragment(&error.msg),
        };
        let place = match (self.start, at) {
            (Some(start), Some(at)) => start + at..start + at + 1,
            _ => self.whole(),
        };
        Problem::at(self.source, place, message)
    }
}

/// The byte at which the text of an expression begins inside its scalar.
fn start_of(source: &Source, scalar: &Span, text: &str) -> Option<usize> {
    let line_end = source.text()[scalar.start..]
        .find('\n')
        .map_or(source.text().len(), |at| scalar.start + at);
    let within = scalar.start..scalar.end.max(line_end).min(source.text().len());
    Some(source.text().get(within)?.find(text)? + scalar.start)
}

fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The byte at which a word stands by itself in a text.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(|(at, _)| at)
        .find(|&at| !text[..at].ends_with(part_of_word) && !text[at + word.len()..].starts_with(part_of_word))
}

/// The message for text that the grammar does not take at a byte.
fn unexpected(text: &str, at: usize) -> String {
    let rest = text.get(at..).unwrap_or_default();
    let mut chars = rest.chars();
    let Some(first) = chars.next().filter(|_| !rest.trim().is_empty()) else {
        return "unexpected end of the expression".to_owned();
    };
    let second = chars.next();
    let no_token = |length: usize| {
        let token: String = rest.chars().take(length).collect();
        format!("this means nothing in CEL: '{token}'")
    };
    match first {
        '|' | '&' | '=' if second != Some(first) => no_token(2),
        '@' | '#' | '$' | ';' | '~' | '^' | '\\' | '`' => no_token(1),
        '"' | '\'' if !chars.as_str().contains(first) && second != Some(first) => no_token(rest.len()),
        _ => {
            let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let length = word.unwrap_or(rest.len()).max(first.len_utf8());
            format!("unexpected `{}`", &rest[..length])
        }
    }
}

/// A sentence of the library as a lower-case fragment without its full stop.
pub(super) fn fragment(sentence: &str) -> String {
    let mut chars = sentence.trim_end_matches('.').chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::unexpected;

    #[test]
    fn text_that_is_not_cel_is_quoted_from_the_place_of_the_error() {
        for (text, at, message) in [
            ("a | b", 2, "this means nothing in CEL: '| '"),
            ("a = b", 2, "this means nothing in CEL: '= '"),
            ("a @b", 2, "this means nothing in CEL: '@'"),
            ("a == 'x", 5, "this means nothing in CEL: ''x'"),
            ("a b_1 c", 2, "unexpected `b_1`"),
            ("a) + 1", 1, "unexpected `)`"),
            ("a 'x'", 2, "unexpected `'`"),
            ("a == ", 5, "unexpected end of the expression"),
            ("", 0, "unexpected end of the expression"),
        ] {
            assert_eq!(unexpected(text, at), message, "{text}");
        }
    }
}
