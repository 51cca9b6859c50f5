//! Bounds the work on long texts: their beginning and their end, cut between words.

use std::borrow::Cow;

/// Bytes kept from the beginning, where a task says what it is.
const HEAD: usize = 6 * 1024;
/// Bytes kept from the end, where a prompt often repeats what it wants.
const TAIL: usize = 2 * 1024;

/// The text itself when it is short, else its head and tail without the words that a cut went through.
pub(crate) fn of(text: &str) -> Cow<'_, str> {
    if text.len() <= HEAD + TAIL {
        return Cow::Borrowed(text);
    }
    let head = &text[..text.floor_char_boundary(HEAD)];
    let tail = &text[text.ceil_char_boundary(text.len() - TAIL)..];
    let head = head.rfind(char::is_whitespace).map_or(head, |end| &head[..end]);
    let tail = tail.find(char::is_whitespace).map_or(tail, |start| &tail[start..]);
    Cow::Owned(format!("{head}\n{tail}"))
}
