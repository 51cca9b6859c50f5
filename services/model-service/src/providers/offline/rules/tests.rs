//! The example tasks, walked against what their author expects, and plain refusals.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::task_text::TaskText;
use super::*;

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn expected_calls() -> BTreeMap<String, Vec<Value>> {
    let expected = lines(include_str!("../../../../../../config/examples/expected.jsonl"));
    let entry = |line: &Value| {
        (line["task_id"].as_str().unwrap().to_owned(), line["calls"].as_array().unwrap().clone())
    };
    expected.iter().map(entry).collect()
}

fn agrees(planned: &PlannedCall, expected: &Value) -> bool {
    let required = expected["arguments"].as_object().unwrap();
    planned.tool == expected["tool"] && required.iter().all(|(key, value)| planned.arguments[key] == *value)
}

#[test]
fn every_example_task_is_planned_as_its_author_expects() {
    let expected = expected_calls();
    let tasks = lines(include_str!("../../../../../../config/examples/tasks.jsonl"));
    assert!(tasks.len() >= 40 && expected.len() >= 36);
    for task in tasks {
        let id = task["task_id"].as_str().unwrap();
        let plan = plan(&TaskText::read(task["description"].as_str().unwrap()));
        match (plan, expected.get(id)) {
            (Plan::SelfTest, Some(calls)) => assert!(calls.is_empty(), "{id}"),
            (Plan::Calls(planned), Some(calls)) => {
                assert_eq!(planned.len(), calls.len(), "{id}: {planned:?}");
                for call in calls {
                    assert!(planned.iter().any(|p| agrees(p, call)), "{id}: {planned:?} lacks {call}");
                }
            }
            (Plan::Cannot(_), None) => {}
            (plan, _) => panic!("{id} became {plan:?}"),
        }
    }
}

#[test]
fn what_needs_a_language_model_is_refused() {
    for text in [
        "Write a Python function to calculate factorial",
        "write unit tests for the payment module",
        "analyze user engagement data for the last quarter",
        "deploy the application to kubernetes cluster",
        "Summarise the history of Rome",
        "xyz abc def ghi jkl",
        "What is the capital of France?",
        "",
        "```",
        "\u{0}\u{feff}",
    ] {
        assert!(matches!(plan(&TaskText::read(text)), Plan::Cannot(_)), "{text:?}");
    }
}

#[test]
fn one_task_may_need_several_tools() {
    let text = "Convert 5 km to miles and calculate `6*7`; what day of the week is 2026-11-22?";
    let Plan::Calls(calls) = plan(&TaskText::read(text)) else { panic!("no calls") };
    let tools: Vec<_> = calls.iter().map(|call| call.tool).collect();
    assert_eq!(tools, ["unit_convert", "datetime", "calculator"]);
}
