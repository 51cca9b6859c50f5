//! Arithmetic in words, rewritten in signs: `12 times 9` → `12 * 9`, `the square root of 144` → `sqrt(144)`.

use std::sync::LazyLock;

use regex::{Captures, Regex};

const NUMBER: &str = r"-?\d[\d,]*(?:\.\d+)?";

static REWRITES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules = [
        (r"(?:the )?square root of (N)", "sqrt($1)"),
        (r"(?:the )?factorial of (\d+)", "$1!"),
        (r"(N)\s+squared\b", "$1^2"),
        (r"(N)\s+cubed\b", "$1^3"),
        (r"(N)\s+(?:to the power of|raised to)\s+(N)", "$1 ^ $2"),
        (r"(N)\s+(?:times|multiplied by)\s+", "$1 * "),
        (r"(N)\s+divided by\s+", "$1 / "),
        (r"(N)\s+plus\s+", "$1 + "),
        (r"(N)\s+minus\s+", "$1 - "),
        (r"(N)\s+per ?cent\b", "$1%"),
    ];
    let compile = |(pattern, to): &(&str, &'static str)| {
        (Regex::new(&format!("(?i){}", pattern.replace('N', NUMBER))).expect("a literal"), *to)
    };
    rules.iter().map(compile).collect()
});
static LIST: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:the )?\b(sum|average|mean|minimum|maximum) of ((?:N(?:,? and |, ))+N)";
    Regex::new(&pattern.replace('N', r"-?\d+(?:\.\d+)?")).expect("a literal")
});

/// The text with its arithmetic in signs.
pub fn to_signs(text: &str) -> String {
    let listed = LIST.replace_all(text, |found: &Captures<'_>| {
        let function = match found[1].to_lowercase().as_str() {
            "sum" => "sum",
            "minimum" => "min",
            "maximum" => "max",
            _ => "avg",
        };
        format!("{function}({})", found[2].replace(", and ", ", ").replace(" and ", ", "))
    });
    REWRITES.iter().fold(listed.into_owned(), |text, (from, to)| from.replace_all(&text, *to).into_owned())
}
