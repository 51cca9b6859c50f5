//! The example tasks of `config/examples`: every call that they lead to is answered with the figures they expect.
//! Which calls those are, the offline provider proves on the same two files.

use super::toolbox::Toolbox;
use chrono::DateTime;
use react_agent::{EffectClass, Outcome, ToolCall};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

const TASKS: &str = include_str!("../../../../config/examples/tasks.jsonl");
const EXPECTED: &str = include_str!("../../../../config/examples/expected.jsonl");

#[derive(Deserialize)]
struct Expected {
    task_id: String,
    calls: Vec<Call>,
    expect: Vec<Fact>,
}

#[derive(Deserialize)]
struct Call {
    tool: String,
    arguments: Value,
}

#[derive(Deserialize)]
struct Fact {
    call: usize,
    pointer: String,
    equals: Value,
}

fn lines<T: serde::de::DeserializeOwned>(text: &str) -> Vec<T> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn answer(toolbox: &Toolbox, call: &Call) -> Value {
    let made = ToolCall {
        step: 2,
        id: "c".to_owned(),
        tool: call.tool.clone(),
        arguments: call.arguments.clone(),
        effect: EffectClass::Pure,
        key: String::new(),
    };
    match toolbox.compute(&made, DateTime::UNIX_EPOCH) {
        Outcome::Output { content } => serde_json::from_str(&content).expect("output is JSON"),
        error => panic!("{} {}: {error:?}", call.tool, call.arguments),
    }
}

#[test]
fn every_example_is_answered_with_the_figures_expected() {
    let toolbox = Toolbox::computing();
    let mut facts = 0;
    for expected in lines::<Expected>(EXPECTED) {
        // The knowledge base is a database; its search is tested where there is one.
        if expected.calls.iter().any(|call| call.tool == "knowledge_search") {
            continue;
        }
        let answers: Vec<Value> = expected.calls.iter().map(|call| answer(&toolbox, call)).collect();
        for fact in &expected.expect {
            let told = answers[fact.call].pointer(&fact.pointer);
            assert_eq!(
                told,
                Some(&fact.equals),
                "{} {} in {}",
                expected.task_id,
                fact.pointer,
                answers[fact.call]
            );
            facts += 1;
        }
    }
    assert!(facts > 80, "only {facts} figures were compared");
}

#[test]
fn examples_are_many_distinct_and_mostly_within_reach_of_the_tools() {
    let tasks: Vec<HashMap<String, Value>> = lines(TASKS);
    let ids: HashSet<String> =
        tasks.iter().map(|task| task["task_id"].as_str().expect("an id").to_owned()).collect();
    let offline: HashSet<String> = lines::<Expected>(EXPECTED).into_iter().map(|e| e.task_id).collect();
    assert!(tasks.len() >= 44 && ids.len() == tasks.len());
    assert!(offline.is_subset(&ids) && offline.len() >= 36);
    assert!(ids.len() - offline.len() >= 6, "some must need a language model");
}
