//! Tasks that ask to make something new: no rule can do that, even when data came along.

use std::sync::LazyLock;

use regex::Regex;

use super::TaskText;

/// At the start of a sentence these verbs ask for new code or prose.
const VERBS: &str = "write|rewrite|implement|build|design|redesign|refactor|translate|draft|compose|paraphrase|\
brainstorm|invent|explain|recommend|suggest|propose|advise|develop|deploy|optimi[sz]e|generate|create|code|\
program|improve|migrate|fix";

/// … unless what they make is what a tool answers.
const COMPUTED: &str = "statistics?|stats|word counts?|counts?|text statistics|column statistics";

static START: LazyLock<Regex> = LazyLock::new(|| {
    let polite = "(?:(?:please|kindly|now|then|also|first|next|finally|quickly|help me|help us|can you|could you|\
would you|will you|i need you to|i want you to|i need to|we need to|we want to|you should|your task is to|let's|to)\\s+)*";
    Regex::new(&format!("^{polite}({VERBS})\\b\\s*(?:(?:the|a|an|some|column|basic)\\s+)*(\\w*)"))
        .expect("a literal")
});
static LATER: LazyLock<Regex> = LazyLock::new(|| {
    let object = "(?:a|an|the|some|new|me|us|it|this|that|them|its|their|our|my|why|how|what)";
    Regex::new(&format!("(?:\\band|\\bthen|,)\\s+(?:also\\s+|then\\s+|please\\s+)*({VERBS})\\s+{object}\\b"))
        .expect("a literal")
});
static COMPUTED_OBJECT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("^(?:{COMPUTED})$")).expect("a literal"));

/// The verb that asks for something new, if one does.
pub fn verb(task: &TaskText) -> Option<String> {
    let starts = sentences(&task.plain).find_map(|sentence| {
        let found = START.captures(sentence)?;
        (!COMPUTED_OBJECT.is_match(&found[2])).then(|| found[1].to_owned())
    });
    starts.or_else(|| LATER.captures(&task.plain).map(|found| found[1].to_owned()))
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['.', ':', ';', '!', '?', '\n']).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(verb(&TaskText::read(text)).as_deref(), expected, "{text}");
    }

    #[test]
    fn verbs_that_ask_for_something_new_are_found() {
        check("Write a Python function to calculate factorial.", Some("write"));
        check("Please, help: could you draft the release mail?", Some("draft"));
        check("Database: design a schema", Some("design"));
        check("Calculate `2+2` and write a poem about it", Some("write"));
        check("Convert 5 km to miles, then explain how it works", Some("explain"));
        check("Write unit tests for the payment module.\n```json\n{}\n```", Some("write"));
    }

    #[test]
    fn the_same_words_elsewhere_are_no_request() {
        check("Extract all dates for the write-up", None);
        check("Search the knowledge base for \"write a review\"", None);
        check("Validate this manifest before we deploy it", None);
        check("Search the knowledge base for code and design guidelines", None);
        check("Generate statistics of this table", None);
        check("Debug our backend API: which orders are pending, `$.orders`?", None);
    }
}
