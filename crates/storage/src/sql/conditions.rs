//! A WHERE clause that grows.
//!
//! Conditions that are not asked for are left out: one that is always there and sometimes true keeps both databases
//! from using an index.

use super::Value;

/// Conditions with the values bound in them.
#[derive(Default)]
pub(crate) struct Conditions {
    texts: Vec<String>,
    values: Vec<Value<'static>>,
}

impl Conditions {
    /// A condition without values.
    pub(crate) fn text(&mut self, text: String) {
        self.texts.push(text);
    }

    /// `left $n`, when there is something to compare with.
    pub(crate) fn compare<'a>(&mut self, left: &str, value: Option<impl Into<Value<'a>>>) {
        if let Some(value) = value {
            let place = self.bind(value);
            self.texts.push(format!("{left} {place}"));
        }
    }

    /// One of the columns contains `part`, literally, in any case of ASCII letters.
    pub(crate) fn contains(&mut self, columns: [&str; 2], part: Option<&str>) {
        let Some(part) = part.filter(|part| !part.is_empty()) else { return };
        let escaped = part.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let place = self.bind(format!("%{escaped}%"));
        let either = columns.map(|column| format!("LOWER({column}) LIKE {place} ESCAPE '\\'"));
        self.texts.push(format!("({})", either.join(" OR ")));
    }

    /// The row comes after the key of the page before.
    pub(crate) fn after(&mut self, left: &str, key: Vec<Value<'_>>) {
        let places: Vec<_> = key.into_iter().map(|value| self.bind(value)).collect();
        self.texts.push(format!("{left} ({})", places.join(", ")));
    }

    /// Binds a value and returns the name of its parameter, `$1` and so on.
    pub(crate) fn bind<'a>(&mut self, value: impl Into<Value<'a>>) -> String {
        self.values.push(value.into().into_owned());
        format!("${}", self.values.len())
    }

    /// The clause, with one more condition if there is one.
    pub(crate) fn clause(&self, and: Option<&str>) -> String {
        let all: Vec<&str> = self.texts.iter().map(String::as_str).chain(and).collect();
        if all.is_empty() { String::new() } else { format!("WHERE {}", all.join(" AND ")) }
    }

    /// What is bound.
    pub(crate) fn into_values(self) -> Vec<Value<'static>> {
        self.values
    }
}
