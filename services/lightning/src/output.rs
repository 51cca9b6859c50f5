//! Where a command writes: JSON for programs, words and tables for people, colours only on a terminal.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use comfy_table::{Cell, ContentArrangement, Table, TableComponent, presets};
use serde::Serialize;
use serde_json::json;

use crate::cli::Color;
use crate::exit::Failure;

/// The writer of one command.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
    color: bool,
}

/// What a word means, and so its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Odd,
    /// Wrong.
    Bad,
    /// Less important.
    Faint,
    /// A heading.
    Strong,
}

impl Output {
    /// `--json` and `--color` as given.
    pub fn new(json: bool, color: Color) -> Self {
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        };
        Self { json, color: color && !json }
    }

    /// Whether a program reads.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// Whether a person watches.
    pub fn is_live(self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }

    /// One line for people; nothing with `--json`.
    pub fn say(self, line: impl AsRef<str>) {
        if !self.json {
            self.raw(line.as_ref());
        }
    }

    /// One JSON document on a line of its own; nothing without `--json`.
    pub fn data<T: Serialize>(self, value: &T) {
        if self.json {
            self.raw(&serde_json::to_string(value).unwrap_or_else(|error| error.to_string()));
        }
    }

    /// The same thing for both readers.
    pub fn both<T: Serialize>(self, value: &T, line: impl FnOnce() -> String) {
        if self.json { self.data(value) } else { self.raw(&line()) }
    }

    /// Words in the colour of their meaning.
    pub fn paint(self, tone: Tone, text: impl std::fmt::Display) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Odd => "33",
            Tone::Bad => "31",
            Tone::Faint => "2",
            Tone::Strong => "1",
        };
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    /// A status in its colour.
    pub fn status(self, status: &str) -> String {
        let tone = match status {
            "completed" | "healthy" | "active" => Tone::Good,
            "failed" | "down" => Tone::Bad,
            "cancelled" | "needs_review" | "degraded" => Tone::Odd,
            _ => Tone::Faint,
        };
        self.paint(tone, status)
    }

    /// An empty table with these headings.
    pub fn table(self, headings: &[&str]) -> Table {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table
            .set_style(TableComponent::HeaderLines, '─')
            .set_style(TableComponent::MiddleHeaderIntersections, '─');
        table.set_header(headings.iter().map(|heading| Cell::new(self.paint(Tone::Strong, heading))));
        if !std::io::stdout().is_terminal() {
            table.set_width(160);
        }
        table
    }

    /// The end of a command that did not succeed.
    pub fn failed(self, failure: &Failure) -> ExitCode {
        let code = failure.code as u8;
        if self.json {
            let document = json!({"error": failure.message, "code": failure.problem, "exit_code": code});
            self.raw(&document.to_string());
        } else {
            let word = self.paint(Tone::Bad, "error:");
            // When even standard error is closed there is nobody left to tell.
            drop(writeln!(std::io::stderr().lock(), "{word} {}", failure.message));
        }
        ExitCode::from(code)
    }

    fn raw(self, line: &str) {
        // A reader that went away (`| head`) is not an error of ours.
        drop(writeln!(std::io::stdout().lock(), "{line}"));
    }
}

/// `1 task`, `2 tasks`, `3 policies`.
pub fn counted(count: impl std::fmt::Display, one: &str) -> String {
    let count = count.to_string();
    match (count.as_str(), one.strip_suffix('y')) {
        ("1", _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {one}s"),
    }
}

/// The first line of a text, cut to `width` characters.
pub fn excerpt(text: &str, width: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= width && !text.contains('\n') {
        return line.to_owned();
    }
    let mut cut: String = line.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::{counted, excerpt};

    #[test]
    fn one_is_not_many() {
        assert_eq!((counted(1, "task"), counted(0, "task")), ("1 task".into(), "0 tasks".into()));
        assert_eq!((counted(1, "policy"), counted(2, "policy")), ("1 policy".into(), "2 policies".into()));
        assert_eq!(counted(11, "dead letter"), "11 dead letters");
    }

    #[test]
    fn excerpts_count_characters_and_show_that_something_follows() {
        assert_eq!(excerpt("short", 10), "short");
        assert_eq!(excerpt("äöüäöüäöü", 4), "äöü…");
        assert_eq!(excerpt("one\ntwo", 10), "one…");
    }
}
