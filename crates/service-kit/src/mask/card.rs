//! Card numbers: 13 to 19 digits, in groups or not, that begin as card numbers do and pass Luhn's check.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::stands_alone;

static DIGITS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[0-9]+(?:[ -][0-9]+)*").expect("the expression is fixed and a test uses it")
});

const SHORTEST: usize = 13;
const LONGEST: usize = 19;

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let long_enough =
        DIGITS.find_iter(text).map(|found| found.range()).filter(|range| range.len() >= SHORTEST);
    long_enough.flat_map(|range| within(text, range)).collect()
}

/// Cards among groups of digits: another number may stand right before or after one.
fn within(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let groups = groups(text, range);
    let mut cards = Vec::new();
    let mut at = 0;
    while at < groups.len() {
        match longest_card(text, &groups[at..]) {
            Some((card, used)) => {
                cards.push(card);
                at += used;
            }
            None => at += 1,
        }
    }
    cards
}

fn groups(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut start = range.start;
    let mut groups = Vec::new();
    for part in text[range].split([' ', '-']) {
        groups.push(start..start + part.len());
        start += part.len() + 1;
    }
    groups
}

/// The longest card that begins with the first group, and how many groups it takes.
fn longest_card(text: &str, groups: &[Range<usize>]) -> Option<(Range<usize>, usize)> {
    let start = groups.first()?.start;
    let candidates = (1..=groups.len().min(LONGEST)).map(|used| (start..groups[used - 1].end, used));
    candidates.rev().find(|(range, _)| is_card(&text[range.clone()]) && stands_alone(text, range))
}

fn is_card(candidate: &str) -> bool {
    let digits: Vec<u8> =
        candidate.bytes().filter(u8::is_ascii_digit).take(LONGEST + 1).map(|byte| byte - b'0').collect();
    // 2: Mastercard and Mir, 3: American Express, Diners, JCB, 4: Visa, 5: Mastercard, 6: Discover, Maestro, UnionPay.
    // Times in microseconds begin with 1.
    let begins_well = digits.first().is_some_and(|first| (2..=6).contains(first));
    (SHORTEST..=LONGEST).contains(&digits.len()) && begins_well && passes_luhn(&digits)
}

fn passes_luhn(digits: &[u8]) -> bool {
    let weigh = |(at, &digit): (usize, &u8)| {
        let doubled = if at % 2 == 1 { digit * 2 } else { digit };
        u32::from(doubled / 10 + doubled % 10)
    };
    digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}
