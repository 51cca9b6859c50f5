//! Phone numbers, where their form gives them away: with a country code, with an area code in brackets, in North American groups,
//! or with a leading zero and groups.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::stands_alone;

static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [
        r"(?:\+|\b00)[1-9](?:[ ./-]?\(?[0-9]{1,6}\)?){2,8}", // +49 (0)30 123456, 0044 20 7946 0958
        r"\([0-9]{2,5}\) ?[0-9]{3,4}[ -]?[0-9]{3,5}",        // (555) 123-4567
        r"\b[2-9][0-9]{2}[-. ][0-9]{3}[-. ][0-9]{4}\b",      // 555-123-4567
        r"\b0[1-9][0-9]{1,4}[ /-][0-9]{3,8}(?:[ -][0-9]{2,5}){0,3}\b", // 030 1234567, 0151/2345678
    ];
    Regex::new(&forms.join("|")).expect("the expression is fixed and a test uses it")
});

/// The shortest numbers with an area code, and the longest that ITU-T E.164 allows.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    PHONE.find_iter(text).map(|found| found.range()).filter(|range| is_phone(text, range)).collect()
}

fn is_phone(text: &str, range: &Range<usize>) -> bool {
    let digits = text[range.clone()].bytes().filter(u8::is_ascii_digit).count();
    DIGITS.contains(&digits) && stands_alone(text, range)
}
