//! A task's text taken apart: words, fenced data, backticked spans, quoted phrases.

use std::sync::LazyLock;

use regex::Regex;

use super::inline_data;

static FENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?ms)^[ \t]*```[ \t]*([A-Za-z0-9_+-]*)[^\n]*\n(.*?)\n?^[ \t]*```[ \t]*$").expect("a literal")
});
static SPAN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"`([^`\n]+)`").expect("a literal"));
static QUOTE: LazyLock<Regex> = LazyLock::new(|| Regex::new("[\"“]([^\"“”]+)[\"”]").expect("a literal"));

/// Data that came with a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `csv`, `json`, `schema`, `text`, `log`, `html`, or the author's own word.
    pub tag: String,
    /// What stands inside the fence.
    pub body: String,
}

/// A task's text taken apart.
pub struct TaskText {
    /// The text outside the fences, as written.
    pub words: String,
    /// The same in lower case with backticked and quoted parts blanked out: rules look for verbs here.
    pub plain: String,
    /// The data.
    pub blocks: Vec<Block>,
    /// What stands in single backticks, outside the fences.
    pub spans: Vec<String>,
    /// What stands in double quotes, outside the fences.
    pub quotes: Vec<String>,
}

impl TaskText {
    /// Takes the text apart. A `<context>` at the end is no part of the task.
    pub fn read(text: &str) -> Self {
        let text = text.split("\n\n<context>\n").next().unwrap_or(text);
        let mut blocks: Vec<Block> = FENCE
            .captures_iter(text)
            .map(|found| inline_data::name_untagged(found[1].to_lowercase(), found[2].to_owned()))
            .collect();
        let mut words = FENCE.replace_all(text, "\n").into_owned();
        if blocks.is_empty()
            && let Some((block, rest)) = inline_data::find(&words)
        {
            blocks.push(block);
            words = rest;
        }
        let inside = |pattern: &Regex| {
            pattern.captures_iter(&words).map(|found| found[1].trim().to_owned()).collect::<Vec<_>>()
        };
        let (spans, quotes) = (inside(&SPAN), inside(&QUOTE));
        let plain = QUOTE.replace_all(&SPAN.replace_all(&words, " _ "), " _ ").to_lowercase();
        Self { words, plain, blocks, spans, quotes }
    }

    /// The first block with one of these tags.
    pub fn block(&self, tags: &[&str]) -> Option<&str> {
        self.blocks.iter().find(|block| tags.contains(&block.tag.as_str())).map(|block| block.body.as_str())
    }

    /// Running text to work on: a fence, else the longest quote, else what follows a colon.
    pub fn passage(&self) -> Option<&str> {
        self.block(&["text", "html", "md", "markdown", "txt", "email"])
            .or_else(|| self.quotes.iter().map(String::as_str).max_by_key(|quote| quote.len()))
            .or_else(|| self.words.split_once(": ").map(|(_, rest)| rest.trim()))
            .or_else(|| self.words.split_once(":\n").map(|(_, rest)| rest.trim()))
            .filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_spans_and_quotes_are_told_apart() {
        let task = TaskText::read(
            "Count `$.a` for \"the report\":\n```json\n{\"a\": 1}\n```\nthen stop.\n\n<context>\n{\"x\":\"`no`\"}\n</context>",
        );
        assert_eq!(task.blocks, [Block { tag: "json".into(), body: "{\"a\": 1}".into() }]);
        assert_eq!(task.spans, ["$.a"]);
        assert_eq!(task.quotes, ["the report"]);
        assert!(!task.plain.contains("report") && task.plain.contains("then stop"));
    }

    #[test]
    fn an_empty_fence_and_an_open_fence_do_no_harm() {
        assert_eq!(TaskText::read("x\n```csv\n```").blocks[0].body, "");
        assert!(TaskText::read("x\n```csv\na,b").blocks.is_empty());
    }
}
