//! From a task's text to the calls that answer it. Each rule stands alone; several may match one task.

mod calculation;
mod dates;
mod extraction;
mod fetching;
mod follow_up;
mod generative;
mod json;
mod knowledge;
mod number_words;
mod tables;
mod text;
mod units;

use serde_json::Value;

pub use follow_up::follow_up;

use super::task_text::TaskText;
use super::{Cannot, self_test};

/// A call that a rule wants.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCall {
    /// The tool's name.
    pub tool: &'static str,
    /// Its arguments, an object.
    pub arguments: Value,
}

/// What the rules make of a task.
#[derive(Debug, PartialEq)]
pub enum Plan {
    /// Call these, then answer from what they say.
    Calls(Vec<PlannedCall>),
    /// The task only asks whether the loop works.
    SelfTest,
    /// Nothing that rules could do.
    Cannot(Cannot),
}

type Rule = fn(&TaskText) -> Vec<PlannedCall>;

/// Data first: a document or table that came along says most surely what is meant.
const RULES: [Rule; 10] = [
    tables::calls,
    json::calls,
    text::logs,
    extraction::calls,
    text::statistics,
    units::calls,
    dates::calls,
    calculation::calls,
    knowledge::calls,
    fetching::calls,
];

/// Reads the task by the rules.
pub fn plan(task: &TaskText) -> Plan {
    if self_test::is_asked(task) {
        return Plan::SelfTest;
    }
    if let Some(verb) = generative::verb(task) {
        return Plan::Cannot(Cannot::Generate { verb });
    }
    let mut calls: Vec<PlannedCall> = Vec::new();
    for call in RULES.iter().flat_map(|rule| rule(task)) {
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    if calls.is_empty() { Plan::Cannot(Cannot::NoRule) } else { Plan::Calls(calls) }
}

fn call(tool: &'static str, arguments: Value) -> PlannedCall {
    PlannedCall { tool, arguments }
}

#[cfg(test)]
mod tests;
