//! Where things stand in a text. Patterns only propose; what can be checked (addresses, dates) is checked.

use super::super::datetime::{DATE_PATTERN, read_date};
use regex::Regex;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

pub(super) type Span = Range<usize>;

/// Defined once each; all are linear in the text (the `regex` crate does not backtrack).
struct Patterns {
    email: Regex,
    url: Regex,
    date: Regex,
    ipv4: Regex,
    ipv6: Regex,
    number: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let pattern = |text| Regex::new(text).expect("the patterns are fixed and tested");
    Patterns {
        email: pattern(
            r"(?i)[a-z0-9](?:[a-z0-9._%+'-]{0,63})@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        ),
        url: pattern(r#"(?i)\b(?:https?|ftp)://[^\s<>"'`{}|\\^]+"#),
        date: pattern(DATE_PATTERN),
        ipv4: pattern(r"\d{1,3}(?:\.\d{1,3}){3}"),
        ipv6: pattern(r"(?i)[0-9a-f:]*:[0-9a-f:]+(?:\.\d{1,3}){0,3}"),
        number: pattern(r"[-+−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+\b)?"),
    }
});

fn spans(pattern: &Regex, text: &str) -> Vec<Span> {
    pattern.find_iter(text).map(|found| found.range()).collect()
}

pub(super) fn emails(text: &str) -> Vec<Span> {
    spans(&PATTERNS.email, text)
}

pub(super) fn urls(text: &str) -> Vec<Span> {
    spans(&PATTERNS.url, text).into_iter().map(|span| span.start..span.start + url_end(&text[span])).collect()
}

/// A sentence's punctuation is not the URL's, nor is a closing bracket whose opening stands outside.
fn url_end(url: &str) -> usize {
    let count = |bracket: char| url.matches(bracket).count();
    let mut unopened =
        [(')', count(')').saturating_sub(count('('))), (']', count(']').saturating_sub(count('[')))];
    let foreign = |last: char| match unopened.iter_mut().find(|(bracket, left)| *bracket == last && *left > 0)
    {
        Some((_, left)) => {
            *left -= 1;
            true
        }
        None => matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '*' | '_' | '…' | '”' | '’'),
    };
    url.trim_end_matches(foreign).len()
}

pub(super) fn dates(text: &str) -> Vec<Span> {
    spans(&PATTERNS.date, text).into_iter().filter(|span| read_date(&text[span.clone()]).is_some()).collect()
}

pub(super) fn ips(text: &str) -> Vec<Span> {
    let four = spans(&PATTERNS.ipv4, text).into_iter().filter(|span| {
        alone(text, span, |c| c.is_ascii_digit() || c == '.')
            && text[span.clone()].parse::<Ipv4Addr>().is_ok()
    });
    let six = spans(&PATTERNS.ipv6, text).into_iter().filter_map(|span| {
        let end = text[span.clone()].trim_end_matches(':').len();
        let span = span.start..span.start + end;
        let whole = alone(text, &span, |c| c.is_alphanumeric());
        (whole && text[span.clone()].parse::<Ipv6Addr>().is_ok()).then_some(span)
    });
    let mut all: Vec<Span> = four.chain(six).collect();
    all.sort_by_key(|span| span.start);
    // An IPv4 address inside `::ffff:192.0.2.1` is a part of it.
    all.dedup_by(|later, kept| later.start < kept.end);
    all
}

/// Whether the span is no piece of a longer thing made of such characters; a point that ends a sentence is none.
fn alone(text: &str, span: &Span, part: impl Fn(char) -> bool) -> bool {
    let before = text[..span.start].chars().next_back();
    let mut after = text[span.end..].chars();
    let next = match after.next() {
        Some('.') => after.next().filter(|c| *c != '.'),
        other => other,
    };
    !before.is_some_and(&part) && !next.is_some_and(&part)
}

/// Numbers that stand for themselves: not inside a word, a date, a URL or an address.
pub(super) fn numbers(text: &str) -> Vec<Span> {
    let mut taken: Vec<Span> = [dates(text), urls(text), emails(text), ips(text)].concat();
    taken.sort_by_key(|span| span.start);
    let mut taken = taken.into_iter().peekable();
    let mut found = vec![];
    for mut span in spans(&PATTERNS.number, text) {
        while taken.next_if(|other| other.end <= span.start).is_some() {}
        let overlaps = taken.peek().is_some_and(|other| other.start < span.end);
        span.start += hyphen(text, &span);
        let before = text[..span.start].chars().next_back();
        let wordy = |c: char| c.is_alphabetic() || c == '_';
        if !overlaps && !before.is_some_and(|c| wordy(c) || c == '.') {
            found.push(span);
        }
    }
    found
}

/// The width of a sign that is a hyphen, as in `COVID-19` or `10-12`.
fn hyphen(text: &str, span: &Span) -> usize {
    let sign = text[span.clone()].chars().next().filter(|c| !c.is_ascii_digit());
    let joined = text[..span.start].chars().next_back().is_some_and(|c| c.is_alphanumeric());
    sign.filter(|_| joined).map_or(0, char::len_utf8)
}
