//! International bank account numbers, by their check digits (ISO 13616: the number modulo 97 is 1).

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::stands_alone;

static IBAN: LazyLock<Regex> = LazyLock::new(|| {
    let expression = r"(?i)\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?";
    Regex::new(expression).expect("the expression is fixed and a test uses it")
});

/// Norway's; the longest has 34.
const SHORTEST: usize = 15;

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    IBAN.find_iter(text).filter_map(|found| longest_valid(text, found.range())).collect()
}

/// What was found may end with words that follow the number, so shorter ends are tried too; there are at most a few.
fn longest_valid(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let mut end = found.end;
    loop {
        let candidate = found.start..end;
        if is_valid(&text[candidate.clone()]) && stands_alone(text, &candidate) {
            return Some(candidate);
        }
        end = found.start + text[candidate].rfind(' ')?;
    }
}

fn is_valid(candidate: &str) -> bool {
    let digits: Vec<u32> =
        candidate.chars().filter(|character| *character != ' ').filter_map(|c| c.to_digit(36)).collect();
    let rotated = digits.iter().skip(4).chain(digits.iter().take(4));
    let rest = rotated.fold(0, |rest, &digit| (rest * if digit > 9 { 100 } else { 10 } + digit) % 97);
    digits.len() >= SHORTEST && rest == 1
}
