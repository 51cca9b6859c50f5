//! Behaviour of the loop, one rule at a time. The property of rebuilding is in `tests/journal.rs`.

use super::*;
use crate::{
    Blame, EffectClass, FinishReason, Limits, ModelAnswer, Observation, Outcome, Sampling, ToolCall,
    ToolCallMessage, ToolErrorCode, ToolSpec,
};
use serde_json::json;

mod keys;

fn plan(limits: Limits) -> AgentPlan {
    let tool = |name: &str, effect| ToolSpec {
        name: name.into(),
        description: String::new(),
        parameters: json!({"type": "object"}),
        effect,
    };
    AgentPlan {
        system_prompt: "be exact".into(),
        model: "default".into(),
        tools: vec![tool("add", EffectClass::Pure), tool("send", EffectClass::Keyed)].into(),
        limits,
        sampling: Sampling::default(),
    }
}

fn machine_with(limits: Limits) -> Machine {
    Machine::new(plan(limits), Task { id: "t1".into(), text: "what is 1+1?".into(), context: json!({}) })
}

fn machine() -> Machine {
    machine_with(Limits::default())
}

fn says(machine: &mut Machine, content: Option<&str>, calls: &[(&str, &str)]) {
    let Effect::CallModel(request) = machine.next() else { panic!("not thinking: {:?}", machine.next()) };
    let tool_calls = calls.iter().map(|(name, args)| ToolCallMessage::function("", *name, *args)).collect();
    let answer = ModelAnswer {
        step: request.step,
        content: content.map(str::to_owned),
        tool_calls,
        finish_reason: FinishReason::Stop,
        tokens_in: 10,
        tokens_out: 5,
        cost_micro: 100,
    };
    machine.apply(Event::ModelAnswered(answer)).expect("in turn");
}

fn calls(machine: &Machine) -> Vec<ToolCall> {
    match machine.next() {
        Effect::CallTools(calls) => calls,
        other => panic!("not acting: {other:?}"),
    }
}

fn observes(machine: &mut Machine, step: u32, content: &str) {
    let observation = Observation { step, outcome: Outcome::output(content) };
    machine.apply(Event::ToolObserved(observation)).expect("in turn");
}

fn goes_wrong(machine: &mut Machine, step: u32, code: ToolErrorCode) {
    let observation = Observation { step, outcome: Outcome::error(code, "no") };
    machine.apply(Event::ToolObserved(observation)).expect("in turn");
}

fn failure(machine: &Machine) -> Failure {
    match machine.next() {
        Effect::Fail(failure) => failure,
        other => panic!("has not failed: {other:?}"),
    }
}

fn last_message(machine: &Machine) -> String {
    json!(machine.messages().last()).to_string()
}

#[test]
fn thinks_acts_observes_and_answers() {
    let mut m = machine();
    says(&mut m, Some("I add"), &[("add", r#"{"a":1,"b":1}"#)]);
    let call = calls(&m).remove(0);
    assert_eq!((call.step, call.tool.as_str(), call.effect), (2, "add", EffectClass::Pure));
    assert_eq!(call.key, crate::idempotency_key("t1", 2, "add", &json!({"b":1,"a":1})));
    observes(&mut m, 2, "2");
    says(&mut m, Some("It is 2."), &[]);
    let Effect::Finish(answer) = m.next() else { panic!() };
    assert_eq!(answer.text, "It is 2.");
    assert_eq!((answer.usage.steps, answer.usage.thoughts, answer.usage.tool_calls), (3, 2, 1));
    assert_eq!((answer.usage.tokens_in, answer.usage.tokens_out, answer.usage.cost_micro), (20, 10, 200));
}

#[test]
fn the_model_is_asked_with_prompt_task_and_marked_context() {
    let task = Task { id: "t".into(), text: "do".into(), context: json!({"k": 1}) };
    let Effect::CallModel(request) = Machine::new(plan(Limits::default()), task).next() else { panic!() };
    assert_eq!(request.messages[0], Message::system("be exact"));
    assert_eq!(request.messages[1], Message::user("do\n\n<context>\n{\"k\":1}\n</context>"));
    assert_eq!((request.step, request.tool_choice), (1, ToolChoice::Auto));
}

#[test]
fn parallel_calls_may_end_in_any_order_and_are_told_in_the_models_order() {
    let mut m = machine();
    says(&mut m, None, &[("add", "{}"), ("add", "{}"), ("send", "{}")]);
    let keys: Vec<_> = calls(&m).into_iter().map(|c| c.key).collect();
    assert!(keys[0] != keys[1], "equal calls in one thought are two steps");
    observes(&mut m, 4, "third");
    assert_eq!(calls(&m).len(), 2);
    observes(&mut m, 2, "first");
    observes(&mut m, 3, "second");
    let Effect::CallModel(request) = m.next() else { panic!() };
    let told: Vec<_> = request.messages[3..]
        .iter()
        .map(|m| match m {
            Message::Tool { content, .. } => content.as_str(),
            _ => panic!(),
        })
        .collect();
    assert_eq!(told, ["first", "second", "third"]);
    assert_eq!(request.step, 5);
}

#[test]
fn call_ids_are_made_unique_and_match_the_tool_messages() {
    let mut m = machine();
    says(&mut m, None, &[("add", "{}"), ("add", "{}")]);
    let ids: Vec<_> = calls(&m).into_iter().map(|c| c.id).collect();
    assert_eq!(ids, ["call_1_1", "call_1_2"]);
    assert!(last_message(&m).contains("call_1_2"));
}

#[test]
fn an_unknown_tool_is_told_and_takes_no_step() {
    let mut m = machine();
    says(&mut m, None, &[("rm_rf", "{}")]);
    assert!(last_message(&m).contains("UNKNOWN_TOOL") && last_message(&m).contains("add, send"));
    let Effect::CallModel(request) = m.next() else { panic!() };
    assert_eq!(request.step, 2);
}

#[test]
fn known_calls_beside_an_unknown_one_still_run() {
    let mut m = machine();
    says(&mut m, None, &[("rm_rf", "{}"), ("add", "{}")]);
    assert_eq!(calls(&m).len(), 1);
    observes(&mut m, 2, "2");
    assert_eq!(m.messages().len(), 5, "system, user, assistant and two observations");
}

#[test]
fn a_tool_error_is_told_as_json() {
    let mut m = machine();
    says(&mut m, None, &[("add", r#"{"a":"x"}"#)]);
    let outcome = Outcome::error(ToolErrorCode::InvalidArguments, "`a` must be a number");
    m.apply(Event::ToolObserved(Observation { step: 2, outcome })).expect("in turn");
    assert!(last_message(&m).contains("INVALID_ARGUMENTS"));
}

#[test]
fn malformed_arguments_are_corrected_once_then_fail() {
    let mut m = machine();
    says(&mut m, None, &[("add", "{a:")]);
    assert!(last_message(&m).contains("could not be used"));
    says(&mut m, None, &[("add", "[1]")]);
    let failed = failure(&m);
    assert_eq!((failed.code, failed.blame()), (FailureCode::MalformedOutput, Blame::Agent));
}

#[test]
fn a_good_reply_between_forgives_a_malformed_one() {
    let mut m = machine();
    says(&mut m, None, &[("add", "{a:")]);
    says(&mut m, None, &[("add", "")]);
    observes(&mut m, 3, "1");
    says(&mut m, None, &[("", "{}")]);
    assert!(matches!(m.next(), Effect::CallModel(_)));
}

#[test]
fn an_empty_answer_is_a_failure_after_one_correction() {
    let mut m = machine();
    says(&mut m, Some("  \n"), &[]);
    says(&mut m, None, &[]);
    assert_eq!(failure(&m).code, FailureCode::EmptyAnswer);
}

#[test]
fn too_many_calls_in_a_thought_are_corrected() {
    let mut m = machine_with(Limits { max_parallel_calls: 1, ..Limits::default() });
    says(&mut m, None, &[("add", "{}"), ("add", "{}")]);
    assert!(last_message(&m).contains("2 tool calls at once, 1 are allowed"));
}

#[test]
fn a_call_that_shows_the_same_again_and_again_is_stopped() {
    let mut m = machine_with(Limits { max_repeats: 99, ..Limits::default() });
    let mut made = 0;
    while !m.is_over() {
        says(
            &mut m,
            None,
            &[("add", if made % 2 == 0 { r#"{"a":1, "b":2}"# } else { r#"{"b":2,"a":1.0}"# })],
        );
        let step = calls(&m)[0].step;
        observes(&mut m, step, "3");
        made += 1;
    }
    assert_eq!((failure(&m).code, made), (FailureCode::NoProgress, 5));
}

#[test]
fn an_alternating_cycle_is_stopped_as_early_as_a_single_call() {
    for max_repeats in [3, 4, 5, 99] {
        assert_eq!(made_in_turn(2, max_repeats), 5, "{max_repeats}");
    }
    assert_eq!(made_in_turn(2, 1), 1);
    assert_eq!(made_in_turn(3, 4), 6, "the first three were new");
}

/// How many calls are made by an agent that makes so many in turn, each of which always shows the same.
fn made_in_turn(different: usize, max_repeats: u32) -> usize {
    let mut m = machine_with(Limits { max_steps: 100, max_repeats, ..Limits::default() });
    let mut made = 0;
    while !m.is_over() {
        says(&mut m, None, &[("add", &format!("{{\"a\":{}}}", made % different))]);
        let step = calls(&m)[0].step;
        observes(&mut m, step, "same");
        made += 1;
    }
    assert_eq!(failure(&m).code, FailureCode::NoProgress);
    made
}

#[test]
fn going_back_to_what_was_known_between_new_things_is_no_cycle() {
    let mut m = machine_with(Limits { max_steps: 100, ..Limits::default() });
    for (i, call) in ["a", "b", "a", "b", "c", "a", "b", "d"].into_iter().enumerate() {
        says(&mut m, None, &[("add", &format!("{{\"of\":\"{call}\"}}"))]);
        let step = calls(&m)[0].step;
        observes(&mut m, step, "same");
        assert!(!m.is_over(), "after call {i}");
    }
}

#[test]
fn a_call_whose_observation_changes_is_no_cycle() {
    let mut m = machine_with(Limits { max_steps: 100, ..Limits::default() });
    for i in 0..20 {
        says(&mut m, None, &[("add", "{}")]);
        let step = calls(&m)[0].step;
        observes(&mut m, step, &i.to_string());
    }
    assert!(!m.is_over());
}

#[test]
fn a_cycle_of_unknown_tools_is_stopped() {
    let mut m = machine();
    for _ in 0..4 {
        says(&mut m, None, &[("nothing", "{}")]);
    }
    assert_eq!(failure(&m).code, FailureCode::NoProgress);
}

#[test]
fn steps_are_bounded_and_the_last_thought_may_not_call() {
    let mut m = machine_with(Limits { max_steps: 3, ..Limits::default() });
    says(&mut m, None, &[("add", "{}")]);
    observes(&mut m, 2, "1");
    let Effect::CallModel(request) = m.next() else { panic!() };
    assert_eq!((request.step, request.tool_choice), (3, ToolChoice::None));
    says(&mut m, None, &[("add", "{}")]);
    assert_eq!(failure(&m).code, FailureCode::StepLimit);
}

#[test]
fn tokens_and_cost_stop_going_on_but_never_an_answer() {
    for limits in [
        Limits { max_tokens: 15, ..Limits::default() },
        Limits { max_cost_micro: Some(100), ..Limits::default() },
    ] {
        let mut m = machine_with(limits.clone());
        says(&mut m, Some("done"), &[]);
        assert!(matches!(m.next(), Effect::Finish(_)));
        let mut m = machine_with(limits);
        says(&mut m, None, &[("add", "{}")]);
        assert!(matches!(failure(&m).code, FailureCode::TokenLimit | FailureCode::CostLimit));
    }
}

#[test]
fn a_cost_bound_of_zero_allows_a_free_model() {
    let mut m = machine_with(Limits { max_cost_micro: Some(0), ..Limits::default() });
    let free = ModelAnswer {
        step: 1,
        content: None,
        tool_calls: vec![ToolCallMessage::function("a", "add", "{}")],
        finish_reason: FinishReason::ToolCalls,
        tokens_in: 1,
        tokens_out: 1,
        cost_micro: 0,
    };
    m.apply(Event::ModelAnswered(free)).expect("in turn");
    assert_eq!(calls(&m).len(), 1);
}

#[test]
fn time_ends_a_run_at_any_moment_and_never_runs_backwards() {
    let mut m = machine_with(Limits { max_elapsed_ms: 100, ..Limits::default() });
    m.apply(Event::Tick { elapsed_ms: 99 }).expect("always");
    m.apply(Event::Tick { elapsed_ms: 3 }).expect("always");
    assert_eq!(m.usage().elapsed_ms, 99);
    m.apply(Event::Tick { elapsed_ms: 100 }).expect("always");
    assert_eq!(failure(&m).code, FailureCode::TimeLimit);
}

#[test]
fn a_finished_run_stays_finished() {
    let mut m = machine();
    says(&mut m, Some("done"), &[]);
    let before = m.clone();
    m.apply(Event::Tick { elapsed_ms: u64::MAX }).expect("always");
    let late = Event::ToolObserved(Observation { step: 2, outcome: Outcome::output("x") });
    assert!(matches!(m.apply(late), Err(ApplyError::OutOfTurn(_))));
    assert_eq!(m, before);
}

#[test]
fn blame_follows_the_kind_of_model_failure() {
    for (kind, blame) in [
        (ModelFailureKind::Cannot, Blame::Nobody),
        (ModelFailureKind::Unavailable, Blame::Infrastructure),
        (ModelFailureKind::Refused, Blame::Agent),
        (ModelFailureKind::LacksTool, Blame::Agent),
    ] {
        let mut m = machine();
        m.apply(Event::ModelFailed(ModelFailure { step: 1, kind, message: "no".into() })).expect("in turn");
        assert_eq!(failure(&m).blame(), blame);
    }
}

#[test]
fn events_that_do_not_fit_change_nothing() {
    let mut m = machine();
    says(&mut m, None, &[("add", "{}")]);
    let before = m.clone();
    let wrong = Event::ToolObserved(Observation { step: 7, outcome: Outcome::output("x") });
    assert_eq!(m.apply(wrong), Err(ApplyError::UnknownStep { given: 7 }));
    let early =
        Event::ModelFailed(ModelFailure { step: 3, kind: ModelFailureKind::Cannot, message: "x".into() });
    assert!(m.apply(early).is_err());
    assert_eq!(m, before);
}

#[test]
fn an_answer_cut_by_the_output_bound_says_so() {
    let mut m = machine();
    let cut = ModelAnswer {
        step: 1,
        content: Some("half".into()),
        tool_calls: vec![],
        finish_reason: FinishReason::Length,
        tokens_in: 0,
        tokens_out: 0,
        cost_micro: 0,
    };
    m.apply(Event::ModelAnswered(cut)).expect("in turn");
    let Effect::Finish(answer) = m.next() else { panic!() };
    assert!(answer.truncated);
}
