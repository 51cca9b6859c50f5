//! Whole words and pairs of neighbours, hashed with a sign into a fixed number of dimensions
//! (Weinberger et al., 2009: the signs make collisions cancel on average).

use super::HASHED;
use super::hash::{Fnv, fingerprint, pair};

/// Added to the hash of a tag, so that the tag `code` is not the word `code`.
const TAG: u64 = 0x7461_6700_0000_0001;

/// Signed counts by dimension, without zeros.
pub(crate) fn signed_counts(text: &str, tags: &[&str]) -> Vec<(u16, i8)> {
    let mut counts = [0i32; HASHED];
    let mut last = None;
    for_each_word(text, |word| {
        add(&mut counts, word);
        if let Some(before) = last.replace(word) {
            add(&mut counts, pair(before, word));
        }
    });
    tags.iter().for_each(|tag| add(&mut counts, pair(TAG, fingerprint(tag.as_bytes()))));
    let bounded = counts.iter().map(|count| (*count).clamp(-127, 127) as i8);
    bounded.enumerate().filter(|(_, count)| *count != 0).map(|(index, count)| (index as u16, count)).collect()
}

fn add(counts: &mut [i32; HASHED], hash: u64) {
    let sign = if hash >> 63 == 0 { 1 } else { -1 };
    counts[(hash % HASHED as u64) as usize] += sign;
}

/// Calls back with the hash of each word in lower case. Han, kana and the like have no spaces: each sign is a word.
pub(crate) fn for_each_word(text: &str, mut word: impl FnMut(u64)) {
    let mut open = None;
    for c in text.chars() {
        let alone = is_ideographic(c);
        if alone || !c.is_alphanumeric() {
            if let Some(hash) = open.take() {
                word(Fnv::finish(hash));
            }
        }
        if alone {
            let mut hash = Fnv::new();
            hash.char(c);
            word(hash.finish());
        } else if c.is_ascii_alphanumeric() {
            open.get_or_insert_with(Fnv::new).byte(c.to_ascii_lowercase() as u8);
        } else if c.is_alphanumeric() {
            let hash = open.get_or_insert_with(Fnv::new);
            c.to_lowercase().for_each(|lower| hash.char(lower));
        }
    }
    if let Some(hash) = open {
        word(hash.finish());
    }
}

/// Signs that stand for a word or a part of one: kana, CJK, compatibility forms, and the planes beyond.
pub(crate) fn is_ideographic(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}
