//! `Test task` asks whether the loop works: one or two offered tools are called and their answers compared with what they must be.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::Cannot;
use super::conversation::Made;
use super::rules::PlannedCall;
use super::task_text::TaskText;

static ASKED: LazyLock<Regex> = LazyLock::new(|| {
    let kind = r"(?:self[- ]?test|smoke[- ]?test|test|ping|health ?check|system check|sanity check|hello world test)";
    let rest = r"(?:\s+(?:task|run|request|message|only|please|of (?:the )?(?:loop|system|agent|pipeline)|the (?:loop|system|agent|pipeline)|[#\d]+))*";
    let before = r"(?:(?:please|run|do|perform|execute|this is|just|a|an|the|simple|quick|small|sample|dummy|basic|another|first|my)\s+)*";
    Regex::new(&format!(r"^\s*{before}{kind}{rest}\s*[.!?]*\s*$")).expect("a literal")
});

/// How many tools a self-test calls.
const CALLS: usize = 2;

/// The answer for an agent that has no tool to test.
pub const WITHOUT_TOOLS: &str = "Self-test of the loop. Verified: the task reached the model and this answer came back. \
No tool that the self-test knows is offered to this agent, so none was called.";

struct Check {
    tool: &'static str,
    arguments: fn() -> Value,
    pointer: &'static str,
    expected: fn() -> Value,
}

/// Cheap calls whose answer is known.
const CHECKS: [Check; 6] = [
    Check {
        tool: "calculator",
        arguments: || json!({ "expression": "6 * 7" }),
        pointer: "/result",
        expected: || json!("42"),
    },
    Check {
        tool: "datetime",
        arguments: || json!({ "operation": "difference", "from": "2024-02-28", "to": "2024-03-01" }),
        pointer: "/days",
        expected: || json!(2),
    },
    Check {
        tool: "unit_convert",
        arguments: || json!({ "value": "1", "from": "km", "to": "m" }),
        pointer: "/result",
        expected: || json!("1000"),
    },
    Check {
        tool: "json_query",
        arguments: || json!({ "document": "{\"loop\":[1,2,3]}", "path": "$.loop[*]" }),
        pointer: "/count",
        expected: || json!(3),
    },
    Check {
        tool: "extract",
        arguments: || json!({ "text": "mail self-test@loop.example", "kinds": ["emails"] }),
        pointer: "/emails",
        expected: || json!(["self-test@loop.example"]),
    },
    Check {
        tool: "text_stats",
        arguments: || json!({ "text": "one two three" }),
        pointer: "/words",
        expected: || json!(3),
    },
];

/// Whether the whole task is nothing but a request for a test.
pub fn is_asked(task: &TaskText) -> bool {
    task.blocks.is_empty() && ASKED.is_match(&task.plain)
}

/// The calls that test the loop with the tools at hand.
pub fn calls(offered: &[&str]) -> Vec<PlannedCall> {
    let usable = CHECKS.iter().filter(|check| offered.contains(&check.tool));
    usable.take(CALLS).map(|c| PlannedCall { tool: c.tool, arguments: (c.arguments)() }).collect()
}

/// Compares what the tools answered; a wrong answer fails the test.
pub fn report(made: &[&Made]) -> Result<String, Cannot> {
    let mut lines =
        vec!["Self-test of the loop (thought, tool calls, observations, answer). Verified:".to_owned()];
    for made in made {
        let Some(check) = CHECKS.iter().find(|check| check.tool == made.tool) else { continue };
        let (answered, expected) = (made.observation.as_ref().ok(), (check.expected)());
        let value = answered.and_then(|answer| answer.pointer(check.pointer));
        if value != Some(&expected) {
            let value = value.map_or_else(|| "nothing".to_owned(), Value::to_string);
            let what = format!("{} answered {value} where {expected} is right", made.tool);
            return Err(Cannot::SelfTestFailed { what });
        }
        lines.push(format!("- {} answered {expected} to {}, which is right", made.tool, made.arguments));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(is_asked(&TaskText::read(text)), expected, "{text}");
    }

    #[test]
    fn requests_for_a_test_are_told_from_work_on_tests() {
        for text in
            ["Test task", "test", "This is a simple test.", "Self-test of the loop", "ping", "Test task 42"]
        {
            check(text, true);
        }
        for text in ["Write unit tests", "Test the payment module", "test coverage of `1/2`", ""] {
            check(text, false);
        }
    }

    #[test]
    fn a_wrong_answer_fails_the_test() {
        let wrong = Made {
            tool: "calculator".into(),
            arguments: json!({}),
            observation: Ok(json!({ "result": "41" })),
        };
        let failed = report(&[&wrong]).unwrap_err();
        assert!(matches!(failed, Cannot::SelfTestFailed { what } if what.contains("41")));
    }
}
