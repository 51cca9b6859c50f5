//! The skeleton of a text: which kinds of signs follow each other, whatever the words are, hashed as words are.
//!
//! Letters become one sign for a run of small ones and one for a run of capitals, figures become one, and what is neither stays
//! itself. So `- get(name, 7)` and `- put(key, 12)` are the same, a list of answers differs from a table and from code, and a
//! handful of outcomes of one kind of task says something of all of that kind.

use super::MARKED;
use super::hash::{Fnv, pair};
use super::words::is_ideographic;

/// Signs in the two lengths of run that are counted.
const SHORT: usize = 3;
const LONG: usize = 5;

/// The sign of each dimension.
pub(crate) fn signs(text: &str) -> [i8; MARKED] {
    let mut sums = [0i32; MARKED];
    let (mut window, mut length, mut before) = ([0u64; LONG], 0usize, None);
    for c in text.chars() {
        let sign = sign(c);
        if before != Some(sign) || !runs_together(sign) {
            window.rotate_left(1);
            window[LONG - 1] = Fnv::new().char(sign).state();
            length += 1;
            for run in [SHORT, LONG] {
                if length >= run {
                    add(
                        &mut sums,
                        window[LONG - run..].iter().fold(run as u64, |hash, sign| pair(hash, *sign)),
                    );
                }
            }
        }
        before = Some(sign);
    }
    sums.map(|sum| sum.signum() as i8)
}

fn sign(c: char) -> char {
    match c {
        _ if is_ideographic(c) => 'K',
        _ if c.is_uppercase() => 'A',
        _ if c.is_alphabetic() => 'a',
        _ if c.is_numeric() => '0',
        _ => c,
    }
}

/// Marks are counted one by one; letters, figures and spaces are not.
fn runs_together(sign: char) -> bool {
    matches!(sign, 'K' | 'A' | 'a' | '0' | ' ')
}

fn add(sums: &mut [i32; MARKED], hash: u64) {
    sums[(hash % MARKED as u64) as usize] += if hash >> 63 == 0 { 1 } else { -1 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_in_the_same_places_are_the_same_and_other_marks_are_not() {
        let call = signs("Tools:\n- get_name(first, last) 17");
        assert_eq!(call, signs("Given:\n- set_size(width, height) 4"));
        assert_ne!(call, signs("Given: set the size, width and height, 4"));
    }

    #[test]
    fn nothing_has_no_marks() {
        assert_eq!(signs(""), [0; MARKED]);
        assert_eq!(signs("a"), [0; MARKED]);
    }
}
