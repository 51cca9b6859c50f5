//! Counts one can check by hand.

use super::*;

fn stats(text: &str) -> Value {
    run(&json!({ "text": text, "top": 3 })).expect("counts")
}

fn check(text: &str, member: &str, expected: impl Into<Value>) {
    assert_eq!(stats(text)[member], expected.into(), "{member} of {text:?}");
}

#[test]
fn words_keep_their_apostrophes_hyphens_and_points() {
    check("Don't split well-known v2.3 words.", "words", 5);
    check("  -- ... !!", "words", 0);
    check("naïve Straße Ελλάδα", "words", 3);
    check("日本語です", "words", 5);
}

#[test]
fn sentences_end_at_their_marks_and_not_at_abbreviations() {
    check("One. Two! Three?", "sentences", 3);
    check("It costs 3.50 e.g. at Dr. No's shop. \"Really?\" Yes...", "sentences", 3);
    check("A heading\n\nand a line without a mark", "sentences", 2);
    check("これは文です。これも。", "sentences", 2);
}

#[test]
fn lines_paragraphs_and_characters_are_counted() {
    let text = "a b\nc\n\n\nd é";
    check(text, "paragraphs", 2);
    check(text, "lines", 5);
    check(text, "characters", 11);
    check(text, "characters_without_spaces", 5);
}

#[test]
fn frequent_words_come_first_and_function_words_do_not() {
    let top = stats("The task is a task of the agent. An agent has the task. Zebra")["top_words"].clone();
    assert_eq!(
        top,
        json!([{"word": "task", "count": 3}, {"word": "agent", "count": 2}, {"word": "zebra", "count": 1}])
    );
}

#[test]
fn reading_time_is_rounded_up_to_seconds() {
    check(&"word ".repeat(238), "reading_time", "1 min");
    check(&"word ".repeat(357), "reading_time", "1 min 30 s");
    check("word", "reading_time_seconds", 1);
}

#[test]
fn a_text_without_words_has_no_readability() {
    check("...", "readability", Value::Null);
    check("...", "average_word_length", "0");
}
