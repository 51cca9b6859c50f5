//! Where words, sentences and paragraphs begin and end.

use regex::Regex;
use std::sync::LazyLock;

/// Letters and digits, with apostrophes, hyphens, points and slashes inside. Scripts without spaces count by character.
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Han}\p{Hiragana}\p{Katakana}]|[\p{Alphabetic}\p{M}\p{N}&&[^\p{Han}\p{Hiragana}\p{Katakana}]]+(?:['’./@:-][\p{Alphabetic}\p{M}\p{N}&&[^\p{Han}\p{Hiragana}\p{Katakana}]]+)*")
        .expect("the pattern is fixed and tested")
});

/// The end of a sentence: its mark, closing quotes, and then white space or nothing.
static SENTENCE_END: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"[.!?…]+["'”’)\]]*(?:\s+|$)|[。！？]|\n\s*\n"#).expect("the pattern is fixed and tested")
});

/// Abbreviations whose point ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "e.g", "i.e", "etc", "vs", "dr", "mr", "mrs", "ms", "prof", "no", "fig", "cf", "approx", "st", "inc",
    "ca",
];

pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    WORD.find_iter(text).map(|found| found.as_str())
}

pub(super) fn sentences(text: &str) -> usize {
    let (mut count, mut from) = (0, 0);
    for end in SENTENCE_END.find_iter(text) {
        let sentence = &text[from..end.start()];
        let single_point = end.as_str().trim_end() == ".";
        if single_point && end.end() < text.len() && abbreviated(sentence) {
            continue;
        }
        count += usize::from(WORD.is_match(sentence));
        from = end.end();
    }
    count + usize::from(WORD.is_match(&text[from..]))
}

fn abbreviated(sentence: &str) -> bool {
    let last =
        sentence.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default().to_lowercase();
    ABBREVIATIONS.contains(&last.as_str())
}

pub(super) fn paragraphs(text: &str) -> usize {
    let (mut count, mut inside) = (0, false);
    for line in text.lines() {
        let blank = line.trim().is_empty();
        count += usize::from(!blank && !inside);
        inside = !blank;
    }
    count
}
