//! Reading a path: JSON Pointer (RFC 6901), or the useful part of JSONPath (RFC 9535).

use super::filter::{Filter, parse_filter};

/// One step from a set of values to the next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(i64),
    /// From, to (exclusive); negative counts from the end.
    Slice(Option<i64>, Option<i64>),
    Wildcard,
    /// Every value below and the value itself.
    Descend,
    Filter(Filter),
    /// A pointer's segment: a key of an object, an index of an array.
    Pointer(String),
}

pub(super) fn parse(text: &str) -> Result<Vec<Step>, String> {
    let text = text.trim();
    match text.chars().next() {
        None => Ok(vec![]),
        Some('/') => Ok(pointer(text)),
        Some('$') => Reader::new(&text[1..]).steps(),
        // Forgiving: `orders[0].id` is clear enough.
        Some(_) => Reader::new(&format!(".{}", text.trim_start_matches('.'))).steps(),
    }
}

fn pointer(text: &str) -> Vec<Step> {
    let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
    text.split('/').skip(1).map(|part| Step::Pointer(unescape(part))).collect()
}

/// A cursor over the text of a path; filters read through it too.
pub(super) struct Reader<'a> {
    pub rest: &'a str,
}

impl<'a> Reader<'a> {
    pub fn new(rest: &'a str) -> Self {
        Reader { rest }
    }

    pub fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    pub fn take(&mut self, word: &str) -> bool {
        let found = self.rest.strip_prefix(word);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    pub fn expect(&mut self, word: &str) -> Result<(), String> {
        self.skip_spaces();
        if self.take(word) { Ok(()) } else { Err(format!("the path lacks `{word}` before `{}`", self.rest)) }
    }

    fn steps(mut self) -> Result<Vec<Step>, String> {
        let mut steps = vec![];
        while self.step(&mut steps)? {}
        if self.rest.is_empty() {
            Ok(steps)
        } else {
            Err(format!("the path cannot be read at `{}`", self.rest))
        }
    }

    /// One dot or bracket step; false when none begins here.
    pub fn step(&mut self, steps: &mut Vec<Step>) -> Result<bool, String> {
        if self.take("..") {
            steps.push(Step::Descend);
            if !self.rest.starts_with('[') {
                steps.push(self.dotted()?);
            }
        } else if self.take(".") {
            steps.push(self.dotted()?);
        } else if self.take("[") {
            steps.push(self.bracketed()?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn dotted(&mut self) -> Result<Step, String> {
        if self.take("*") {
            return Ok(Step::Wildcard);
        }
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            .unwrap_or(self.rest.len());
        if end == 0 {
            return Err(format!("the path lacks a name before `{}`", self.rest));
        }
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(Step::Key(name.to_owned()))
    }

    fn bracketed(&mut self) -> Result<Step, String> {
        self.skip_spaces();
        let step = if self.take("*") {
            Step::Wildcard
        } else if self.take("?") {
            Step::Filter(parse_filter(self)?)
        } else if let Some(key) = self.quoted()? {
            Step::Key(key)
        } else {
            self.index_or_slice()?
        };
        self.expect("]")?;
        Ok(step)
    }

    fn index_or_slice(&mut self) -> Result<Step, String> {
        let from = self.integer()?;
        self.skip_spaces();
        if !self.take(":") {
            return from
                .map(Step::Index)
                .ok_or_else(|| format!("`[{}` is no index, key, slice or filter", self.rest));
        }
        Ok(Step::Slice(from, self.integer()?))
    }

    fn integer(&mut self) -> Result<Option<i64>, String> {
        self.skip_spaces();
        let sign = usize::from(self.rest.starts_with('-'));
        let end = sign + self.rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        if end == 0 {
            Ok(None)
        } else {
            digits.parse().map(Some).map_err(|_| format!("`{digits}` is no index"))
        }
    }

    /// A text in single or double quotes, with backslash before a quote or backslash.
    pub fn quoted(&mut self) -> Result<Option<String>, String> {
        let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            return Ok(None);
        };
        let (mut text, mut escaped) = (String::new(), false);
        for (at, c) in self.rest.char_indices().skip(1) {
            if !escaped && c == quote {
                self.rest = &self.rest[at + 1..];
                return Ok(Some(text));
            }
            escaped = !escaped && c == '\\';
            if !escaped {
                text.push(c);
            }
        }
        Err("a quotation mark is not closed".to_owned())
    }
}
