//! One mistake in one file, and many of them.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Place, Source, Span};

/// Advice that stands beside an error and is shown once, at the edge.
pub trait Hint {
    /// The hints, one sentence each.
    fn hints(&self) -> Vec<String>;
}

/// The surface on which a mistake is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Canvas {
    /// True if it takes ANSI colours.
    pub colour: bool,
    /// Its columns. None cuts only very long lines.
    pub width: Option<usize>,
}

/// A mistake in a file that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    source: Arc<Source>,
    span: Option<Span>,
    message: String,
    label: Option<String>,
    hints: Vec<String>,
}

impl Problem {
    /// A mistake at a place in a file. The message is a lower-case fragment without a full stop. A place within a character is all of it,
    /// and one behind the end is the end.
    pub fn at(source: &Arc<Source>, span: Span, message: impl Into<String>) -> Self {
        Self {
            source: Arc::clone(source),
            span: Some(whole_characters(source.text(), &span)),
            message: message.into(),
            label: None,
            hints: Vec::new(),
        }
    }

    /// A mistake of a file as a whole.
    pub fn of(source: &Arc<Source>, message: impl Into<String>) -> Self {
        Self {
            source: Arc::clone(source),
            span: None,
            message: message.into(),
            label: None,
            hints: Vec::new(),
        }
    }

    /// Says under the caret what was expected.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the guess that `meant` was meant, where there is one.
    #[must_use]
    pub fn did_you_mean(self, meant: Option<&str>) -> Self {
        match meant {
            Some(meant) => self.hint(format!("did you mean `{meant}`?")),
            None => self,
        }
    }

    /// The message, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// The line and column, unless the mistake is of the file as a whole.
    pub fn place(&self) -> Option<Place> {
        self.span.as_ref().map(|span| self.source.place(span.start))
    }

    /// Draws the place with a caret under it; `colour` for terminals.
    pub fn render(&self, colour: bool) -> String {
        self.draw(&Level::ERROR, Canvas { colour, width: None })
    }

    /// The same on a canvas of some width.
    pub fn render_on(&self, canvas: Canvas) -> String {
        self.draw(&Level::ERROR, canvas)
    }

    /// The same for what is only reported.
    pub fn render_warning_on(&self, canvas: Canvas) -> String {
        self.draw(&Level::WARNING, canvas)
    }

    fn draw(&self, level: &Level<'_>, canvas: Canvas) -> String {
        let renderer = if canvas.colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        // The library counts the source without the numbers before it.
        const MARGIN: usize = 8;
        let renderer = match canvas.width {
            Some(width) => renderer.term_width(width.saturating_sub(MARGIN).max(MARGIN)),
            None => renderer,
        };
        let title = level.clone().primary_title(self.message.as_str());
        let mut group = match &self.span {
            Some(span) => {
                let mut caret = AnnotationKind::Primary.span(span.clone());
                if let Some(label) = &self.label {
                    caret = caret.label(label.as_str());
                }
                title.element(
                    Snippet::source(self.source.text())
                        .path(self.source.name())
                        .annotation(caret),
                )
            }
            None => Group::with_title(title).element(annotate_snippets::Origin::path(self.source.name())),
        };
        for hint in &self.hints {
            group = group.element(Level::HELP.message(broken(hint, canvas.width)));
        }
        renderer.render(&[group])
    }
}

/// Advice in lines that fit beside its margin.
fn broken(hint: &str, width: Option<usize>) -> String {
    /// The columns that the library writes before each line.
    const MARGIN: usize = 14;
    let Some(width) = width.map(|width| width.saturating_sub(MARGIN)) else {
        return hint.to_owned();
    };
    let mut lines = vec![String::new()];
    for word in hint.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count().saturating_add(word.chars().count()) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// The place with all of each character that it begins or ends in.
fn whole_characters(text: &str, span: &Span) -> Span {
    let start = text.floor_char_boundary(span.start);
    start..text.ceil_char_boundary(span.end).max(start)
}

impl Hint for Problem {
    fn hints(&self) -> Vec<String> {
        self.hints.clone()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source.name())?;
        if let Some(span) = &self.span {
            write!(f, ":{}", self.source.place(span.start))?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Problem {}

/// Every mistake that one reading found, so that they can be mended at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// No mistakes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a mistake.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Adds all of another reading.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns true if there is no mistake.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// `value` when there is no mistake, all mistakes otherwise.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Draws all of them, an empty line between two.
    pub fn render(&self, colour: bool) -> String {
        self.render_on(Canvas { colour, width: None })
    }

    /// The same on a canvas of some width.
    pub fn render_on(&self, canvas: Canvas) -> String {
        self.0
            .iter()
            .map(|problem| problem.render_on(canvas))
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_within_a_character_or_behind_the_end_can_be_drawn() {
        let source = Source::new("a.yaml", "x: é\u{fffd}y");
        for (start, end) in [(0, 4), (4, 4), (4, 6), (5, 7), (7, 4), (9, 99), (50, 60)] {
            let problem = Problem::at(&source, start..end, "wrong");
            assert!(problem.render(false).contains("wrong"), "{start}..{end}");
            assert!(problem.to_string().starts_with("a.yaml:1:"), "{problem}");
        }
    }
}
