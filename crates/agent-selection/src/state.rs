//! The state of a task in words that a person can read: what it is about, how long it is, which attempt.
//!
//! Coarse on purpose: it names rows of a table for people. The learner has its own, finer features.

use crate::topics::Topics;
use crate::words::{Words, stem};

/// Texts up to so many words are short: one sentence.
const SHORT: usize = 12;
/// Texts up to so many words are of medium length: one paragraph.
const MEDIUM: usize = 60;
/// Only the ask counts, not what is attached to it.
const WORDS_READ: usize = 60;

/// For example `testing, short` or `security, long, attempt 2`.
pub fn state_name(text: &str, attempt: u32) -> String {
    let words = Words::of(text);
    let topic = topic(&words).unwrap_or("general");
    let length = match words.iter().count() {
        0..=SHORT => "short",
        n if n <= MEDIUM => "medium",
        _ => "long",
    };
    match attempt {
        0 | 1 => format!("{topic}, {length}"),
        n => format!("{topic}, {length}, attempt {n}"),
    }
}

/// The topic that the most words speak of; a word of several topics is shared among them.
fn topic(words: &Words) -> Option<&'static str> {
    let topics = Topics::get();
    let mut weights = vec![0.0; topics.len()];
    for (word, _) in words.iter().take(WORDS_READ) {
        let members = topics.of(&stem(word));
        members.iter().for_each(|topic| weights[usize::from(*topic)] += 1.0 / members.len() as f64);
    }
    let first_best =
        |best: (usize, f64), (at, weight): (usize, &f64)| if *weight > best.1 { (at, *weight) } else { best };
    let (best, weight) = weights.iter().enumerate().fold((0, 0.0), first_best);
    (weight > 0.0).then(|| topics.name(best as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_topic_length_and_attempt() {
        assert_eq!(state_name("write unit tests for the payment module", 1), "testing, short");
        assert_eq!(
            state_name("Deploy the application to kubernetes cluster", 3),
            "operations, short, attempt 3"
        );
        assert_eq!(state_name("Test task", 1), "testing, short");
        assert_eq!(state_name("hello", 1), "general, short");
        assert!(state_name(&"sql index ".repeat(40), 1).starts_with("database, long"));
    }
}
