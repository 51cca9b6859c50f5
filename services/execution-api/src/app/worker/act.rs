//! Tool calls: running them, and settling those that a crash left unknown.

use std::time::Duration;

use futures::future::join_all;
use react_agent::{Observation, Outcome, ToolCall, ToolErrorCode};
use storage::{StepRecord, TaskError};
use task_model::AgentId;
use tokio::time::Instant;

use super::stop::Stop;
use crate::tools::Toolbox;

/// Code of a run that waits for a person because nobody knows whether an effect happened.
pub const EFFECT_UNKNOWN: &str = "EFFECT_UNKNOWN";

/// Whether a call whose INTENT stands without a RESULT may run again. The tools built in can all be repeated; a tool that could
/// be asked whether it happened does not exist yet, so `probe` is a person's decision too.
pub fn settle_unknown(call: &ToolCall, open: &StepRecord) -> Result<(), Stop> {
    let same = open.intent.key == call.key;
    if open.approved_at.is_some() || (same && call.effect.may_repeat()) {
        return Ok(());
    }
    let message = format!(
        "a worker stopped while the tool {} ran in step {}, and nobody knows whether it took effect; approve to run it again, deny to end the task",
        call.tool, call.step
    );
    Err(Stop::Review(TaskError { code: EFFECT_UNKNOWN.into(), message }))
}

/// Runs all calls at once, each at most `within`; in the order of `calls`.
pub async fn run_all(
    tools: &Toolbox,
    agent: &AgentId,
    calls: &[ToolCall],
    within: Duration,
) -> Vec<(Observation, Duration)> {
    join_all(calls.iter().map(|call| run(tools, agent, call, within))).await
}

async fn run(tools: &Toolbox, agent: &AgentId, call: &ToolCall, within: Duration) -> (Observation, Duration) {
    let began = Instant::now();
    let outcome = match tokio::time::timeout(within, tools.call(agent, call)).await {
        Ok(outcome) => outcome,
        Err(_) => Outcome::error(
            ToolErrorCode::Deadline,
            format!("the tool took longer than {} ms", within.as_millis()),
        ),
    };
    let took = began.elapsed();
    metrics::histogram!("execution_step_seconds", "kind" => "tool").record(took);
    (Observation { step: call.step, outcome }, took)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use storage::StepIntent;
    use task_model::{EffectClass, Micros, StepKind};

    fn settled(effect: EffectClass, same_key: bool, approved: bool) -> bool {
        let call = ToolCall {
            step: 2,
            id: "c".into(),
            tool: "send".into(),
            arguments: json!({}),
            effect,
            key: "k".into(),
        };
        let intent = StepIntent {
            no: 2,
            kind: StepKind::Tool,
            tool: Some("send".into()),
            effect: EffectClass::Unsafe,
            key: if same_key { "k".into() } else { "other".into() },
            request_json: "{}".into(),
            at: Micros(1),
        };
        let open = StepRecord { intent, result: None, approved_at: approved.then_some(Micros(2)) };
        settle_unknown(&call, &open).is_ok()
    }

    #[test]
    fn harmless_effects_run_again_under_the_same_key_only() {
        for effect in [EffectClass::Pure, EffectClass::Read, EffectClass::Keyed] {
            assert!(settled(effect, true, false));
            assert!(!settled(effect, false, false));
        }
    }

    #[test]
    fn others_wait_for_a_person() {
        for effect in [EffectClass::Probe, EffectClass::Unsafe] {
            assert!(!settled(effect, true, false));
            assert!(settled(effect, true, true));
        }
    }
}
