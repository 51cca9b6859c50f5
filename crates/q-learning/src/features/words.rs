//! Whole words and runs of four letters, hashed with a sign into a fixed number of dimensions
//! (Weinberger et al., 2009: the signs make collisions cancel on average).
//!
//! Of the sums only the signs are kept: what occurs matters, how often does not. On the development sets this learned as
//! well as weighted counts and better than word pairs, and it takes two bits a dimension.

use super::HASHED;
use super::hash::{Fnv, fingerprint, pair};

/// Added to the hash of a tag, so that the tag `code` is not the word `code`.
const TAG: u64 = 0x7461_6700_0000_0001;
/// A caller's tag counts as much as this many occurrences of a word.
const TAG_WEIGHT: i32 = 8 * WORD_WEIGHT;
const WORD_WEIGHT: i32 = 10;
/// A text has about six times as many runs as words.
const RUN_WEIGHT: i32 = 3;
/// Letters in a run, marks and spaces included: they catch endings, code and punctuation.
const RUN: usize = 4;

/// The sign of each dimension.
pub(crate) fn signs(text: &str, tags: &[&str]) -> [i8; HASHED] {
    let mut sums = [0i32; HASHED];
    for_each_word(text, |word| add(&mut sums, word, WORD_WEIGHT));
    for_each_run(text, |run| add(&mut sums, run, RUN_WEIGHT));
    tags.iter().for_each(|tag| add(&mut sums, pair(TAG, fingerprint(tag.as_bytes())), TAG_WEIGHT));
    sums.map(|sum| sum.signum() as i8)
}

fn add(sums: &mut [i32; HASHED], hash: u64, weight: i32) {
    let sign = if hash >> 63 == 0 { weight } else { -weight };
    sums[(hash % HASHED as u64) as usize] += sign;
}

/// Calls back with the hash of each word in lower case. Han, kana and the like have no spaces: each sign is a word.
pub(crate) fn for_each_word(text: &str, mut word: impl FnMut(u64)) {
    let mut open: Option<Fnv> = None;
    for c in text.chars() {
        let alone = is_ideographic(c);
        if (alone || !c.is_alphanumeric())
            && let Some(hash) = open.take()
        {
            word(hash.finish());
        }
        if alone {
            word(Fnv::new().char(c).finish());
        } else if c.is_alphanumeric() {
            open = Some(open.unwrap_or_else(Fnv::new).lower(c));
        }
    }
    if let Some(hash) = open {
        word(hash.finish());
    }
}

/// Calls back with the hash of each run of letters, marks and spaces.
fn for_each_run(text: &str, mut run: impl FnMut(u64)) {
    let mut window = [0u64; RUN];
    for (position, c) in text.chars().enumerate() {
        window.rotate_left(1);
        window[RUN - 1] = Fnv::new().lower(c).state();
        if position + 1 >= RUN {
            run(window.iter().fold(1, |hash, letter| pair(hash, *letter)));
        }
    }
}

/// Signs that stand for a word or a part of one: kana, CJK, compatibility forms, and the planes beyond.
pub(crate) fn is_ideographic(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}
