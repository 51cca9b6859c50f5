//! Calls that ended without telling whether they took effect: a tool that may not be called twice ran out of time, or its connection
//! broke. The agent knows, and may call again; that is another step with another key, so a person decides first.

use std::collections::BTreeMap;

use react_agent::{Outcome, ToolCall, ToolErrorCode, canonical_json};
use serde_json::Value;
use storage::StepRecord;
use task_model::EffectClass;

/// The latest step of each call, by what was called with what.
#[derive(Debug, Default)]
pub struct Doubts(BTreeMap<String, u32>);

impl Doubts {
    /// What became of a call.
    pub fn note(&mut self, call: &Called<'_>, outcome: &Outcome) {
        let refused = matches!(outcome, Outcome::Error { code: ToolErrorCode::Denied, .. });
        if outcome.hides_effect() && !call.effect.may_repeat() {
            self.0.insert(call.name(), call.step);
        } else if !refused {
            // Now it is known. A call that a person refused was not made, and says nothing of the one before.
            self.0.remove(&call.name());
        }
    }

    /// The step in which the same call was made before, if nobody knows what came of it.
    pub fn about(&self, call: &ToolCall) -> Option<u32> {
        self.0.get(&Called::from(call).name()).copied()
    }
}

/// A call, as far as it matters here.
#[derive(Debug)]
pub struct Called<'a> {
    step: u32,
    tool: &'a str,
    arguments: &'a Value,
    effect: EffectClass,
}

impl<'a> Called<'a> {
    /// As the journal has it; `request` is [`storage::StepIntent::request_json`], read.
    pub fn recorded(step: &'a StepRecord, request: &'a Value) -> Option<Self> {
        Some(Self {
            step: u32::try_from(step.intent.no).ok()?,
            tool: step.intent.tool.as_deref()?,
            arguments: request.get("arguments")?,
            effect: step.intent.effect,
        })
    }

    fn name(&self) -> String {
        format!("{} {}", self.tool, canonical_json(self.arguments))
    }
}

impl<'a> From<&'a ToolCall> for Called<'a> {
    fn from(call: &'a ToolCall) -> Self {
        Self { step: call.step, tool: &call.tool, arguments: &call.arguments, effect: call.effect }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(step: u32, effect: EffectClass, arguments: Value) -> ToolCall {
        ToolCall { step, id: "c".into(), tool: "pay".into(), arguments, effect, key: format!("k{step}") }
    }

    fn after(effect: EffectClass, outcomes: &[Outcome]) -> Option<u32> {
        let mut doubts = Doubts::default();
        for (step, outcome) in (2..).zip(outcomes) {
            doubts.note(&Called::from(&call(step, effect, json!({ "a": 1, "b": 2 }))), outcome);
        }
        assert_eq!(doubts.about(&call(9, effect, json!({ "a": 2 }))), None, "another call");
        doubts.about(&call(9, effect, json!({ "b": 2.0, "a": 1 })))
    }

    fn error(code: ToolErrorCode) -> Outcome {
        Outcome::error(code, "no")
    }

    #[test]
    fn a_call_that_may_have_happened_is_remembered_however_its_arguments_are_written() {
        for effect in [EffectClass::Unsafe, EffectClass::Probe] {
            assert_eq!(after(effect, &[error(ToolErrorCode::Deadline)]), Some(2));
            assert_eq!(after(effect, &[error(ToolErrorCode::Unavailable)]), Some(2));
        }
    }

    #[test]
    fn what_may_be_repeated_or_certainly_did_not_happen_is_no_doubt() {
        assert_eq!(after(EffectClass::Keyed, &[error(ToolErrorCode::Deadline)]), None);
        assert_eq!(after(EffectClass::Unsafe, &[error(ToolErrorCode::ToolFailed)]), None);
        assert_eq!(after(EffectClass::Unsafe, &[Outcome::output("done")]), None);
    }

    #[test]
    fn only_a_later_answer_ends_a_doubt() {
        let late = || error(ToolErrorCode::Deadline);
        assert_eq!(after(EffectClass::Unsafe, &[late(), Outcome::output("done")]), None);
        assert_eq!(after(EffectClass::Unsafe, &[late(), error(ToolErrorCode::Denied)]), Some(2));
        assert_eq!(after(EffectClass::Unsafe, &[late(), late()]), Some(3));
    }
}
