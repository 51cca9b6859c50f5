//! Counting log lines by level, in any of the usual shapes: plain, syslog, `level=`, JSON lines, test runners.

use super::tool::{LONGEST_TEXT, ToolResult, read, spec};
use react_agent::{EffectClass, ToolSpec};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Lines of trouble that are quoted.
const MOST_QUOTED: usize = 20;
/// Characters quoted of such a line.
const LONGEST_QUOTE: usize = 300;

/// Capitals anywhere, or any case where the shape says that it is a level.
static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
    let words = "TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|FATAL|CRIT(?:ICAL)?|PANIC|EMERG|ALERT|LOG|PASS(?:ED)?|\
                 FAIL(?:ED|URE)?|SKIP(?:PED)?";
    Regex::new(&format!(
        r#"(?i:\b(?:level|lvl|severity)"?\s*[=:]\s*"?(?P<named>{words})\b)|(?i:[\[<](?P<boxed>{words})[\]>])|\b(?P<plain>{words})\b"#
    ))
    .expect("the pattern is fixed and tested")
});

static TIMESTAMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d{2}:\d{2}:\d{2}",
    )
    .expect("the pattern is fixed and tested")
});

#[derive(Deserialize)]
struct Arguments {
    text: String,
}

pub(super) fn describe() -> ToolSpec {
    spec(
        "log_stats",
        EffectClass::Pure,
        "Counts the lines of a log by level (TRACE DEBUG INFO WARN ERROR FATAL, PASS FAIL SKIP of test runners), \
         tells the first and last time stamp and quotes the lines of errors.",
        json!({
            "type": "object",
            "properties": { "text": { "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT } },
            "required": ["text"],
            "additionalProperties": false
        }),
    )
}

pub(super) fn run(arguments: &Value) -> ToolResult {
    let Arguments { text } = read(arguments)?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut unclassified, mut errors) = (0, vec![]);
    for line in &lines {
        match level(line) {
            Some(level) => {
                *levels.entry(level).or_default() += 1;
                if matches!(level, "ERROR" | "FATAL" | "FAIL") && errors.len() < MOST_QUOTED {
                    errors.push(line.trim().chars().take(LONGEST_QUOTE).collect::<String>());
                }
            }
            None => unclassified += 1,
        }
    }
    let mut stamps = lines.iter().filter_map(|line| TIMESTAMP.find(line)).map(|found| found.as_str());
    let first = stamps.next();
    Ok(json!({
        "lines": lines.len(),
        "levels": levels,
        "unclassified": unclassified,
        "first_timestamp": first,
        "last_timestamp": stamps.next_back().or(first),
        "error_lines": errors,
    }))
}

/// The first level of a line; later ones belong to its message.
fn level(line: &str) -> Option<&'static str> {
    let found = LEVEL.captures(line)?;
    let word = ["named", "boxed", "plain"].iter().find_map(|group| found.name(group))?;
    Some(match word.as_str().to_uppercase().as_str() {
        "TRACE" => "TRACE",
        "DEBUG" => "DEBUG",
        // PostgreSQL says LOG for what others call INFO.
        "INFO" | "NOTICE" | "LOG" => "INFO",
        "WARN" | "WARNING" => "WARN",
        "ERR" | "ERROR" => "ERROR",
        "FATAL" | "CRIT" | "CRITICAL" | "PANIC" | "EMERG" | "ALERT" => "FATAL",
        "PASS" | "PASSED" => "PASS",
        "SKIP" | "SKIPPED" => "SKIP",
        _ => "FAIL",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(text: &str) -> Value {
        run(&json!({ "text": text })).expect("counts")
    }

    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(level(line), expected, "{line}");
    }

    #[test]
    fn levels_are_read_in_the_usual_shapes() {
        check("2026-11-21T22:00:01Z INFO deploy: FAILED is only a word here", Some("INFO"));
        check("2026-11-20 03:00:14 UTC [977] ERROR: deadlock detected", Some("ERROR"));
        check(r#"{"time":"x","level":"warn","msg":"y"}"#, Some("WARN"));
        check("ts=1 level=debug msg=x", Some("DEBUG"));
        check("[error] 12#0: open() failed", Some("ERROR"));
        check("<Critical> disk", Some("FATAL"));
        check("PASS  login (0.04s)", Some("PASS"));
    }

    #[test]
    fn words_of_prose_are_no_levels() {
        check("all information passed on without error", None);
        check("    at frame 3 of the trace", None);
        check("INFORMATION_SCHEMA", None);
    }

    #[test]
    fn lines_times_and_errors_are_told() {
        let log = "2026-01-01 00:00:01 INFO a\n\n  stack\n2026-01-01 00:00:05,123 ERROR b\nNov 21 02:14:07 host FATAL: c";
        let told = stats(log);
        assert_eq!(told["lines"], 4);
        assert_eq!(told["unclassified"], 1);
        assert_eq!(told["levels"], json!({"INFO": 1, "ERROR": 1, "FATAL": 1}));
        assert_eq!(told["first_timestamp"], "2026-01-01 00:00:01");
        assert_eq!(told["last_timestamp"], "Nov 21 02:14:07");
        assert_eq!(
            told["error_lines"],
            json!(["2026-01-01 00:00:05,123 ERROR b", "Nov 21 02:14:07 host FATAL: c"])
        );
    }

    #[test]
    fn quotes_are_bounded() {
        let told = stats(&format!("ERROR {}\n", "x".repeat(1000)).repeat(50));
        let quoted = told["error_lines"].as_array().expect("a list");
        assert_eq!((quoted.len(), quoted[0].as_str().map(str::len)), (20, Some(300)));
    }
}
