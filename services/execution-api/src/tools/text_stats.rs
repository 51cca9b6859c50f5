//! Counting a text: words, sentences, reading time, readability, most frequent words.

mod readability;
mod split;

use super::tool::{LONGEST_TEXT, ToolResult, read, spec};
use react_agent::{EffectClass, ToolSpec};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Words a minute of silent reading of English non-fiction (Brysbaert 2019, a review of 190 studies).
const WORDS_PER_MINUTE: usize = 238;

/// Words too frequent to say what a text is about.
const FUNCTION_WORDS: &str = " a about after all also an and any are as at be been but by can could did do does for \
    from had has have he her his how i if in into is it its may more most no not of on one or other our out over she \
    should so some such than that the their them then there these they this those to too under up was we were what \
    when which who will with would you your ";

#[derive(Deserialize)]
struct Arguments {
    text: String,
    top: Option<usize>,
}

pub(super) fn describe() -> ToolSpec {
    spec(
        "text_stats",
        EffectClass::Pure,
        "Statistics of a text: words, sentences, paragraphs, characters, reading time, Flesch readability (for English) \
         and the most frequent words other than function words.",
        json!({
            "type": "object",
            "properties": {
                "text": { "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT },
                "top": { "type": "integer", "minimum": 1, "maximum": 50,
                    "description": "how many of the most frequent words, 10 when absent" }
            },
            "required": ["text"],
            "additionalProperties": false
        }),
    )
}

pub(super) fn run(arguments: &Value) -> ToolResult {
    let Arguments { text, top } = read(arguments)?;
    let words: Vec<String> = split::words(&text).map(str::to_lowercase).collect();
    let sentences = split::sentences(&text);
    let seconds = (words.len() * 60).div_ceil(WORDS_PER_MINUTE);
    let ease = readability::measure(&words, sentences);
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    let counts = count(&words);
    Ok(json!({
        "words": words.len(),
        "unique_words": counts.len(),
        "sentences": sentences,
        "paragraphs": split::paragraphs(&text),
        "lines": text.lines().count(),
        "characters": text.chars().count(),
        "characters_without_spaces": text.chars().filter(|c| !c.is_whitespace()).count(),
        "average_word_length": ratio(letters, words.len()),
        "average_sentence_length": ratio(words.len(), sentences),
        "reading_time_seconds": seconds,
        "reading_time": minutes(seconds),
        "flesch_reading_ease": ease.as_ref().map(|e| e.reading_ease()),
        "flesch_kincaid_grade": ease.as_ref().map(|e| e.grade()),
        "readability": ease.as_ref().map(|e| e.in_words()),
        "top_words": top_words(&counts, top.unwrap_or(10)),
    }))
}

fn count(words: &[String]) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for word in words {
        *counts.entry(word.as_str()).or_insert(0) += 1;
    }
    counts
}

/// Most frequent first, and alphabetically where that leaves a tie, so that the answer is always the same.
fn top_words(counts: &HashMap<&str, usize>, top: usize) -> Vec<Value> {
    let telling = |word: &str| word.chars().count() > 1 && !FUNCTION_WORDS.contains(&format!(" {word} "));
    let mut ranked: Vec<_> = counts.iter().filter(|(word, _)| telling(word)).collect();
    ranked.sort_unstable_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    ranked.iter().take(top).map(|(word, count)| json!({ "word": word, "count": count })).collect()
}

fn ratio(part: usize, whole: usize) -> String {
    if whole == 0 { "0".to_owned() } else { format!("{:.1}", part as f64 / whole as f64) }
}

fn minutes(seconds: usize) -> String {
    match (seconds / 60, seconds % 60) {
        (0, s) => format!("{s} s"),
        (m, 0) => format!("{m} min"),
        (m, s) => format!("{m} min {s} s"),
    }
}

#[cfg(test)]
mod tests;
