//! Masks personal data and secrets in text: `[key]`, `[email]`, `[iban]`, `[card]`, `[phone]`.
//!
//! Takes time linear in the length of the text, whatever is in it: the expressions never backtrack, and the checks that follow
//! look at pieces of bounded length. It errs towards leaving numbers alone that are not clearly one of these, because a log in
//! which ids and times are masked helps nobody.

mod card;
mod email;
mod iban;
mod key;
mod phone;

use std::borrow::Cow;
use std::ops::Range;

/// `text` with everything personal or secret replaced; borrowed when there is nothing to replace.
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    // Keys first: they may hold anything. Cards before phones: the former are checked more strictly.
    for (find, label) in FINDERS {
        let found = find(&masked);
        if !found.is_empty() {
            masked = Cow::Owned(replace(&masked, &found, label));
        }
    }
    masked
}

/// Finds what is to be replaced, in order and without overlaps.
type Find = fn(&str) -> Vec<Range<usize>>;

const FINDERS: [(Find, &str); 5] = [
    (key::find, "[key]"),
    (email::find, "[email]"),
    (iban::find, "[iban]"),
    (card::find, "[card]"),
    (phone::find, "[phone]"),
];

fn replace(text: &str, found: &[Range<usize>], label: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut from = 0;
    for range in found {
        replaced.push_str(&text[from..range.start]);
        replaced.push_str(label);
        from = range.end;
    }
    replaced.push_str(&text[from..]);
    replaced
}

/// True when what stands on both sides of `range` cannot be part of the same word or number.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let joins = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let before = range.start.checked_sub(1).map(|at| text.as_bytes()[at]);
    let after = text.as_bytes().get(range.end).copied();
    !before.is_some_and(joins) && !after.is_some_and(joins)
}

#[cfg(test)]
mod tests;
