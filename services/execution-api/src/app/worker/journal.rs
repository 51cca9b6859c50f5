//! Steps as rows and as events: what is recorded before and after an effect, and how a machine is folded from it again.
//!
//! Rows hold what changed, never the whole conversation: that would grow with the square of the steps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use react_agent::{
    AgentPlan, ApplyError, Event, Machine, ModelAnswer, ModelRequest, Observation, Outcome, Task, ToolCall,
    request_key,
};
use serde::Deserialize;
use serde_json::{Value, json};
use storage::{StepIntent, StepRecord, StepResult};
use task_model::{EffectClass, MicroUsd, Micros, StepKind};

use super::doubt::{Called, Doubts};
use super::speaker::Speaker;

/// Why a journal cannot be read: it was written by another release, or damaged.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A result is not an event.
    #[error("the result of step {0} cannot be read")]
    Result(i64),
    /// The events do not follow from one another.
    #[error("the steps do not follow from one another: {0}")]
    Order(#[from] ApplyError),
}

/// A run as its journal tells it.
#[derive(Debug)]
pub struct Folded {
    /// The machine after every recorded result.
    pub machine: Machine,
    /// INTENTs without RESULT: effects whose outcome a crash left unknown.
    pub open: BTreeMap<u32, StepRecord>,
    /// Calls that may have happened although their RESULT does not say so.
    pub doubts: Doubts,
    /// How long the recorded steps took.
    pub spent: Duration,
}

/// Folds the recorded steps.
pub fn fold(plan: Arc<AgentPlan>, task: Task, steps: Vec<StepRecord>) -> Result<Folded, Unreadable> {
    let mut machine = Machine::new(plan, task);
    let (mut open, mut doubts, mut spent) = (BTreeMap::new(), Doubts::default(), Duration::ZERO);
    for step in steps {
        let no = step.intent.no;
        match &step.result {
            None => drop(open.insert(u32::try_from(no).unwrap_or(u32::MAX), step)),
            Some(result) => {
                spent += Duration::from_micros(result.duration_us.max(0).unsigned_abs());
                let event = event_of(result).ok_or(Unreadable::Result(no))?;
                note(&mut doubts, &step, &event);
                machine.apply(event)?;
            }
        }
    }
    Ok(Folded { machine, open, doubts, spent })
}

fn note(doubts: &mut Doubts, step: &StepRecord, event: &Event) {
    let Event::ToolObserved(Observation { outcome, .. }) = event else { return };
    let request: Value = serde_json::from_str(&step.intent.request_json).unwrap_or_default();
    if let Some(call) = Called::recorded(step, &request) {
        doubts.note(&call, outcome);
    }
}

fn event_of(result: &StepResult) -> Option<Event> {
    Event::deserialize(&mut serde_json::Deserializer::from_str(result.result_json.as_deref()?)).ok()
}

/// What is recorded before the model is asked. `messages` tells how much of the conversation it saw.
pub fn thought_intent(task: &str, request: &ModelRequest, at: Micros) -> StepIntent {
    StepIntent {
        no: request.step.into(),
        kind: StepKind::Thought,
        tool: None,
        effect: EffectClass::Read,
        key: request_key(task, request),
        request_json: json!({ "model": request.model, "messages": request.messages.len() }).to_string(),
        at,
    }
}

/// What is recorded before a tool runs.
pub fn tool_intent(call: &ToolCall, at: Micros) -> StepIntent {
    StepIntent {
        no: call.step.into(),
        kind: StepKind::Tool,
        tool: Some(call.tool.clone()),
        effect: call.effect,
        key: call.key.clone(),
        request_json: json!({ "call_id": call.id, "arguments": call.arguments }).to_string(),
        at,
    }
}

/// What is recorded after an effect. Who gave an answer stands beside it, for people.
pub fn result(event: &Event, speaker: &Speaker, took: Duration, at: Micros) -> StepResult {
    let mut shown = serde_json::to_value(event).unwrap_or(Value::Null);
    let answered = matches!(event, Event::ModelAnswered(_));
    if let (Value::Object(members), true) = (&mut shown, answered) {
        for (name, fact) in [("model", &speaker.model), ("provider", &speaker.provider)] {
            members.extend(fact.as_deref().map(|fact| (name.to_owned(), fact.into())));
        }
    }
    let (no, tokens_in, tokens_out, cost) = used(event);
    StepResult {
        no,
        result_json: Some(shown.to_string()),
        error: error_of(event),
        model: speaker.name().filter(|_| answered),
        tokens_in,
        tokens_out,
        cost,
        duration_us: i64::try_from(took.as_micros()).unwrap_or(i64::MAX),
        at,
    }
}

/// Books what an answer cost, and who gave it, on a result that does not hold it.
pub fn charge(result: &mut StepResult, answer: &ModelAnswer, speaker: &Speaker) {
    let (_, tokens_in, tokens_out, cost) = used(&Event::ModelAnswered(answer.clone()));
    result.model = speaker.name();
    (result.tokens_in, result.tokens_out, result.cost) = (tokens_in, tokens_out, cost);
}

fn used(event: &Event) -> (i64, i64, i64, MicroUsd) {
    let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    match event {
        Event::ModelAnswered(a) => {
            (a.step.into(), count(a.tokens_in), count(a.tokens_out), MicroUsd(a.cost_micro))
        }
        Event::ModelFailed(f) => (f.step.into(), 0, 0, MicroUsd::ZERO),
        Event::ToolObserved(o) => (o.step.into(), 0, 0, MicroUsd::ZERO),
        Event::Tick { .. } => (0, 0, 0, MicroUsd::ZERO),
    }
}

fn error_of(event: &Event) -> Option<String> {
    match event {
        Event::ModelFailed(failure) => Some(failure.message.clone()),
        Event::ToolObserved(observation) => match &observation.outcome {
            Outcome::Error { message, .. } => Some(message.clone()),
            Outcome::Output { .. } => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests;
