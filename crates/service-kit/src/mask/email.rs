//! E-mail addresses: what stands around an `@`, in letters of all scripts (RFC 6531), no longer than RFC 5321 allows.

use std::ops::Range;

const LOCAL_MAX_CHARS: usize = 64;
const DOMAIN_MAX_CHARS: usize = 255;

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let free_from = found.last().map_or(0, |last| last.end);
        if let Some(range) = around(text, free_from, at) {
            found.push(range);
        }
    }
    found
}

/// The address around the `@` at `at`, if it is one; `free_from` is where the one before it ended.
fn around(text: &str, free_from: usize, at: usize) -> Option<Range<usize>> {
    let before = text.get(free_from..at)?;
    let local: usize =
        before.chars().rev().take(LOCAL_MAX_CHARS).take_while(|c| is_local(*c)).map(char::len_utf8).sum();
    let after = &text[at + 1..];
    let domain: usize =
        after.chars().take(DOMAIN_MAX_CHARS).take_while(|c| is_domain(*c)).map(char::len_utf8).sum();
    let domain = after[..domain].trim_end_matches(['.', '-']);
    (local > 0 && is_public_domain(domain)).then(|| at - local..at + 1 + domain.len())
}

fn is_local(character: char) -> bool {
    character.is_alphanumeric() || "._%+'-".contains(character)
}

fn is_domain(character: char) -> bool {
    character.is_alphanumeric() || character == '.' || character == '-'
}

/// Two or more names, the last one of letters only: `crate@1.2.3` and `user@localhost` are no addresses.
fn is_public_domain(domain: &str) -> bool {
    let Some((names, last)) = domain.rsplit_once('.') else { return false };
    let is_top = last.chars().nth(1).is_some() && last.chars().all(char::is_alphabetic);
    is_top && names.split('.').all(|name| !name.is_empty())
}
