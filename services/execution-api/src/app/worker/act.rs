//! Tool calls: which may run now, which a person must allow first, which a crash left unknown; and running them.

use std::time::Duration;

use futures::future::join_all;
use react_agent::{Observation, Outcome, ToolCall, ToolErrorCode};
use storage::{Approval, StepRecord, TaskError};
use task_model::{AgentId, EffectClass, FailureCode};
use tokio::time::Instant;

use super::stop::Stop;
use crate::tools::{Found, Toolbox};

/// Code of a run that waits for a person because nobody knows whether an effect happened.
pub const EFFECT_UNKNOWN: &str = "EFFECT_UNKNOWN";

/// Why a person must allow a call before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The agent's configuration says so.
    Configured,
    /// The same call was made in this step, and nobody knows what came of it.
    InDoubt(u32),
}

/// Whether a call may run now. `open` is its INTENT that stands without a RESULT, `guard` says why a person must allow it,
/// `cleared` that its tool was asked and knows of no such call.
///
/// An approval allows one execution: when a worker dies during it, nobody knows what came of it, as with any other effect.
pub fn admit(
    call: &ToolCall,
    open: Option<&StepRecord>,
    guard: Option<Guard>,
    cleared: bool,
) -> Result<(), Stop> {
    match (open.map(|open| (open, open.approval)), guard) {
        (Some((_, Approval::Given(_))), _) => Ok(()),
        (None | Some((_, Approval::None)), Some(guard)) => Err(approval_required(call, guard)),
        (None, None) => Ok(()),
        (Some(_), _) if cleared => Ok(()),
        (Some((open, _)), _) => settle_unknown(call, open),
    }
}

fn approval_required(call: &ToolCall, guard: Guard) -> Stop {
    let ToolCall { tool, step, .. } = call;
    let why = match guard {
        Guard::Configured => "which a person must allow".to_owned(),
        Guard::InDoubt(before) => {
            format!("as in step {before}, of which nobody knows whether it took effect")
        }
    };
    let message = format!(
        "the agent wants to call the tool {tool} in step {step}, {why}; approve to run it, deny to tell the agent no"
    );
    Stop::Review(TaskError { code: FailureCode::APPROVAL_REQUIRED.into(), message })
}

/// Whether the tool must be asked what became of a call that was begun before.
pub fn must_ask(call: &ToolCall, open: Option<&StepRecord>) -> bool {
    open.is_some_and(|open| {
        let both = [call.effect, open.intent.effect];
        open.intent.key == call.key
            && !matches!(open.approval, Approval::Given(_))
            && both.contains(&EffectClass::Probe)
            && both.iter().all(|effect| effect.may_repeat() || *effect == EffectClass::Probe)
    })
}

/// Whether a call whose INTENT stands without a RESULT may run again: what it was called when it was begun counts as well as what
/// its tool is called now. A `probe` gets here when its tool does not know either.
fn settle_unknown(call: &ToolCall, open: &StepRecord) -> Result<(), Stop> {
    if open.intent.key == call.key && call.effect.may_repeat() && open.intent.effect.may_repeat() {
        return Ok(());
    }
    let message = format!(
        "a worker stopped while the tool {} ran in step {}, and nobody knows whether it took effect; approve to run it again, deny to end the task",
        call.tool, call.step
    );
    Err(Stop::Review(TaskError { code: EFFECT_UNKNOWN.into(), message }))
}

/// Asks the tools of all these calls what became of them, each at most `within`; in the order of `calls`.
pub async fn probe_all(tools: &Toolbox, calls: &[&ToolCall], within: Duration) -> Vec<Found> {
    let probes = calls.iter().map(|call| tokio::time::timeout(within, tools.probe(call)));
    join_all(probes).await.into_iter().map(|found| found.unwrap_or(Found::Unknown)).collect()
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

    fn admitted(
        effect: EffectClass,
        same_key: bool,
        approval: Approval,
        guarded: bool,
    ) -> Result<(), String> {
        let guard = guarded.then_some(Guard::Configured);
        let call = call(effect);
        let open = begun(effect, same_key, approval);
        code(admit(&call, Some(&open), guard, false))
    }

    fn begun(effect: EffectClass, same_key: bool, approval: Approval) -> StepRecord {
        let intent = StepIntent {
            no: 2,
            kind: StepKind::Tool,
            tool: Some("send".into()),
            effect,
            key: if same_key { "k".into() } else { "other".into() },
            request_json: "{}".into(),
            at: Micros(1),
        };
        StepRecord { intent, result: None, approval }
    }

    fn call(effect: EffectClass) -> ToolCall {
        ToolCall {
            step: 2,
            id: "c".into(),
            tool: "send".into(),
            arguments: json!({}),
            effect,
            key: "k".into(),
        }
    }

    fn code(admitted: Result<(), Stop>) -> Result<(), String> {
        admitted.map_err(|stop| match stop {
            Stop::Review(why) => why.code,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn harmless_effects_run_again_under_the_same_key_only() {
        for effect in [EffectClass::Pure, EffectClass::Read, EffectClass::Keyed] {
            assert_eq!(admitted(effect, true, Approval::None, false), Ok(()));
            assert_eq!(admitted(effect, false, Approval::None, false), Err(EFFECT_UNKNOWN.into()));
        }
    }

    #[test]
    fn what_was_begun_as_unsafe_is_not_repeated_because_its_tool_is_called_otherwise_now() {
        let open = begun(EffectClass::Unsafe, true, Approval::None);
        let again = admit(&call(EffectClass::Keyed), Some(&open), None, false);
        assert_eq!(code(again), Err(EFFECT_UNKNOWN.into()));
        assert!(!must_ask(&call(EffectClass::Probe), Some(&open)));
    }

    #[test]
    fn a_tool_is_asked_about_the_same_call_only_and_not_when_a_person_decided() {
        let asked = |same_key, approval| {
            must_ask(&call(EffectClass::Probe), Some(&begun(EffectClass::Probe, same_key, approval)))
        };
        assert!(asked(true, Approval::None));
        assert!(!asked(false, Approval::None) && !asked(true, Approval::Given(Micros(2))));
        assert!(!must_ask(&call(EffectClass::Probe), None));
        let open = begun(EffectClass::Probe, true, Approval::None);
        assert_eq!(code(admit(&call(EffectClass::Probe), Some(&open), None, true)), Ok(()));
    }

    #[test]
    fn others_wait_for_a_person() {
        for effect in [EffectClass::Probe, EffectClass::Unsafe] {
            assert_eq!(admitted(effect, true, Approval::None, false), Err(EFFECT_UNKNOWN.into()));
            assert_eq!(admitted(effect, true, Approval::Given(Micros(2)), false), Ok(()));
        }
    }

    #[test]
    fn a_guarded_call_runs_only_with_an_approval() {
        let required = || Err(FailureCode::APPROVAL_REQUIRED.to_owned());
        assert_eq!(code(admit(&call(EffectClass::Pure), None, Some(Guard::Configured), false)), required());
        assert_eq!(admitted(EffectClass::Pure, true, Approval::None, true), required());
        assert_eq!(admitted(EffectClass::Unsafe, true, Approval::Given(Micros(2)), true), Ok(()));
        assert_eq!(code(admit(&call(EffectClass::Unsafe), None, None, false)), Ok(()));
    }

    #[test]
    fn an_approval_that_was_used_allows_nothing_more() {
        let spent = Approval::Spent(Micros(2));
        for guarded in [true, false] {
            assert_eq!(admitted(EffectClass::Unsafe, true, spent, guarded), Err(EFFECT_UNKNOWN.into()));
            assert_eq!(admitted(EffectClass::Read, true, spent, guarded), Ok(()));
        }
    }
}
