//! Coarse kinds of text, for people to read values by. Decisions do not use them.

use crate::Context;

const KINDS: [&str; 6] = ["code", "numbers", "question", "list", "other script", "plain text"];
const LENGTHS: [&str; 3] = ["short", "medium", "long"];

/// How many kinds there are, length and earlier attempts told apart.
pub(crate) const COUNT: usize = KINDS.len() * LENGTHS.len() * 2;

/// Kind, length and whether something was tried already, in one number.
pub(crate) fn of(context: &Context) -> usize {
    let shape = &context.features.shape;
    let [_, words, lines, .., digits, _, ideographic, foreign] = &shape[..9] else { return 0 };
    let marks = shape[12].max(shape[13]).max(shape[15]);
    let kind = match () {
        () if (*ideographic).max(*foreign) > 58 => 4,
        () if marks > 58 => 0,
        () if *digits > 64 => 1,
        () if shape[23] > 0 => 2,
        () if shape[17] > 64 && *lines > 41 => 3,
        () => 5,
    };
    let length = usize::from(*words > 60) + usize::from(*words > 88);
    kind * 6 + length * 2 + usize::from(context.attempt > 1)
}

/// A kind in words.
pub(crate) fn words(kind: usize) -> String {
    let (name, length) = (KINDS[kind / 6 % KINDS.len()], LENGTHS[kind / 2 % 3]);
    format!("{length} {name}{}", if kind % 2 == 1 { ", after a failure" } else { "" })
}
