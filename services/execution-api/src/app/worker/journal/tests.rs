use super::*;
use react_agent::{
    Effect, FinishReason, Limits, ModelAnswer, Observation, Sampling, ToolCallMessage, ToolSpec,
};
use storage::Approval;

fn plan() -> Arc<AgentPlan> {
    let add = ToolSpec {
        name: "add".into(),
        description: String::new(),
        parameters: json!({ "type": "object" }),
        effect: EffectClass::Pure,
    };
    Arc::new(AgentPlan {
        system_prompt: "be exact".into(),
        model: "default".into(),
        tools: vec![add].into(),
        limits: Limits::default(),
        sampling: Sampling::default(),
    })
}

fn task() -> Task {
    Task { id: "t".into(), text: "1+1?".into(), context: Value::Null }
}

fn answer(step: u32, content: Option<&str>, calls: Vec<ToolCallMessage>) -> Event {
    Event::ModelAnswered(ModelAnswer {
        step,
        content: content.map(str::to_owned),
        tool_calls: calls,
        finish_reason: FinishReason::Stop,
        tokens_in: 7,
        tokens_out: 3,
        cost_micro: 11,
    })
}

/// Drives a machine and records every step as the worker would.
fn record(machine: &mut Machine, steps: &mut Vec<StepRecord>, event: Event) {
    let intent = match machine.next() {
        Effect::CallModel(request) => thought_intent("t", &request, Micros(1)),
        Effect::CallTools(calls) => tool_intent(&calls[0], Micros(1)),
        other => panic!("over: {other:?}"),
    };
    let speaker = Speaker { model: Some("m1".into()), provider: None };
    let result = result(&event, &speaker, Duration::from_millis(2), Micros(2));
    steps.push(StepRecord { intent, result: Some(result), approval: Approval::None });
    machine.apply(event).unwrap();
}

fn recorded() -> (Machine, Vec<StepRecord>) {
    let (mut machine, mut steps) = (Machine::new(plan(), task()), Vec::new());
    let call = ToolCallMessage::function("c1", "add", r#"{"a":1,"b":1}"#);
    record(&mut machine, &mut steps, answer(1, None, vec![call]));
    let observation = Observation { step: 2, outcome: Outcome::output("2") };
    record(&mut machine, &mut steps, Event::ToolObserved(observation));
    (machine, steps)
}

#[test]
fn the_fold_of_the_journal_is_the_machine_that_ran() {
    let (machine, steps) = recorded();
    let folded = fold(plan(), task(), steps).unwrap();
    assert_eq!(folded.machine, machine);
    assert_eq!(folded.spent, Duration::from_millis(4));
    assert!(folded.open.is_empty());
}

#[test]
fn an_intent_without_result_is_open_and_asked_again_under_the_same_key() {
    let (machine, mut steps) = recorded();
    steps[1].result = None;
    let folded = fold(plan(), task(), steps.clone()).unwrap();
    let Effect::CallTools(calls) = folded.machine.next() else { panic!() };
    assert_eq!(folded.open[&2].intent.key, calls[0].key);
    assert_ne!(folded.machine, machine);
}

#[test]
fn a_damaged_journal_is_an_error_and_no_panic() {
    let (_, mut steps) = recorded();
    steps[0].result.as_mut().unwrap().result_json = Some("{\"event\":\"dream\"}".into());
    assert!(matches!(fold(plan(), task(), steps), Err(Unreadable::Result(1))));
    let (_, mut steps) = recorded();
    steps.remove(0);
    assert!(matches!(fold(plan(), task(), steps), Err(Unreadable::Order(_))));
}

#[test]
fn a_row_says_what_was_used_and_who_answered() {
    let (_, steps) = recorded();
    let result = steps[0].result.as_ref().unwrap();
    assert_eq!((result.tokens_in, result.tokens_out, result.cost), (7, 3, MicroUsd(11)));
    let shown: Value = serde_json::from_str(result.result_json.as_ref().unwrap()).unwrap();
    assert_eq!((shown["model"].as_str(), shown.get("provider")), (Some("m1"), None));
}

#[test]
fn the_request_of_a_thought_does_not_repeat_the_conversation() {
    let (machine, _) = recorded();
    let Effect::CallModel(request) = machine.next() else { panic!() };
    assert_eq!(thought_intent("t", &request, Micros(1)).request_json, r#"{"messages":4,"model":"default"}"#);
}
