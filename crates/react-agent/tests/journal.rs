//! The promise of the journal: whatever happened, the machine folded from any prefix of the recorded events
//! is the machine that was running, and goes on to the same end.

use proptest::prelude::*;
use react_agent::*;
use serde_json::{Value, json};
use std::collections::HashMap;

/// What the model does when asked.
#[derive(Debug, Clone)]
enum Move {
    Says(String),
    Calls(Vec<(String, String)>),
    Fails(ModelFailureKind),
}

/// One turn of the world: the model's move, what tools show, in which order, and how time passes.
#[derive(Debug, Clone)]
struct Turn {
    model: Move,
    shows: Vec<(String, bool)>,
    reversed: bool,
    tick: Option<u64>,
    cost: i64,
}

fn moves() -> impl Strategy<Value = Move> {
    let name = prop::sample::select(vec!["add", "send", "missing", ""]).prop_map(str::to_owned);
    let args = prop::sample::select(vec!["{}", r#"{"a":1}"#, r#"{"a":1.0}"#, "[]", "{broken", ""])
        .prop_map(str::to_owned);
    let fails = prop::sample::select(vec![
        ModelFailureKind::Cannot,
        ModelFailureKind::Refused,
        ModelFailureKind::ContextTooLong,
        ModelFailureKind::Unavailable,
    ]);
    prop_oneof![
        8 => prop::collection::vec((name, args), 1..4).prop_map(Move::Calls),
        1 => prop::sample::select(vec!["", "  ", "the answer"]).prop_map(|s| Move::Says(s.to_owned())),
        1 => fails.prop_map(Move::Fails),
    ]
}

fn turns() -> impl Strategy<Value = Turn> {
    let shows = prop::collection::vec((prop::sample::select(vec!["1", "2", "ääää"]), any::<bool>()), 4);
    (moves(), shows, any::<bool>(), prop::option::of(0u64..400), 0i64..50).prop_map(
        |(model, shows, reversed, tick, cost)| Turn {
            model,
            shows: shows.into_iter().map(|(s, ok)| (s.to_owned(), ok)).collect(),
            reversed,
            tick,
            cost,
        },
    )
}

fn plan(max_steps: u32) -> AgentPlan {
    let tool = |name: &str, effect| ToolSpec {
        name: name.into(),
        description: "for the test".into(),
        parameters: json!({}),
        effect,
    };
    AgentPlan {
        system_prompt: "prompt".into(),
        model: "default".into(),
        tools: vec![tool("add", EffectClass::Pure), tool("send", EffectClass::Keyed)].into(),
        limits: Limits { max_steps, max_elapsed_ms: 390, max_observation_bytes: 6, ..Limits::default() },
        sampling: Sampling::default(),
    }
}

fn task() -> Task {
    Task { id: "t".into(), text: "task".into(), context: Value::Null }
}

fn model_event(request: &ModelRequest, turn: &Turn) -> Event {
    let step = request.step;
    let (content, tool_calls) = match &turn.model {
        Move::Fails(kind) => {
            return Event::ModelFailed(ModelFailure { step, kind: *kind, message: "told so".into() });
        }
        Move::Says(text) => (Some(text.clone()), vec![]),
        Move::Calls(calls) => {
            (None, calls.iter().map(|(n, a)| ToolCallMessage::function("same id", n, a)).collect())
        }
    };
    Event::ModelAnswered(ModelAnswer {
        step,
        content,
        tool_calls,
        finish_reason: FinishReason::Stop,
        tokens_in: 7,
        tokens_out: 3,
        cost_micro: turn.cost,
    })
}

fn tool_event(call: &ToolCall, shown: &(String, bool)) -> Event {
    let outcome = match shown {
        (text, true) => Outcome::output(text.clone()),
        (text, false) if text == "1" => Outcome::error(ToolErrorCode::Deadline, "late"),
        (text, false) => Outcome::error(ToolErrorCode::ToolFailed, text.clone()),
    };
    Event::ToolObserved(Observation { step: call.step, outcome })
}

/// Plays the world until it or the machine ends; gives every event applied, and all calls made with what came of them.
fn play(machine: &mut Machine, world: &[Turn]) -> (Vec<Event>, Vec<(ToolCall, Event)>) {
    let (mut events, mut made) = (vec![], vec![]);
    let mut feed = |machine: &mut Machine, event: Event| {
        machine.apply(event.clone()).expect("the event answers the effect");
        events.push(event);
    };
    for turn in world {
        let Effect::CallModel(request) = machine.next() else { break };
        feed(machine, model_event(&request, turn));
        if let Some(elapsed_ms) = turn.tick {
            feed(machine, Event::Tick { elapsed_ms });
        }
        let Effect::CallTools(mut calls) = machine.next() else { continue };
        if turn.reversed {
            calls.reverse();
        }
        for (call, shown) in calls.iter().zip(&turn.shows) {
            made.push((call.clone(), tool_event(call, shown)));
            feed(machine, tool_event(call, shown));
        }
    }
    (events, made)
}

proptest! {
    #[test]
    fn rebuilt_at_every_prefix_it_is_the_same_machine(world in prop::collection::vec(turns(), 1..14), steps in 1u32..20) {
        let mut live = Machine::new(plan(steps), task());
        let (events, _) = play(&mut live, &world);

        let mut running = Machine::new(plan(steps), task());
        for end in 0..=events.len() {
            // Through JSON, as the journal has it.
            let recorded: Vec<Event> = events[..end]
                .iter()
                .map(|e| serde_json::from_str(&serde_json::to_string(e).expect("writes")).expect("reads"))
                .collect();
            let mut rebuilt = Machine::rebuild(plan(steps), task(), recorded).expect("the journal fits");
            prop_assert_eq!(&rebuilt, &running);
            prop_assert_eq!(rebuilt.next(), running.next());
            for event in &events[end..] {
                rebuilt.apply(event.clone()).expect("goes on");
            }
            prop_assert_eq!(&rebuilt, &live);
            if let Some(event) = events.get(end) {
                running.apply(event.clone()).expect("goes on");
            }
        }
    }

    #[test]
    fn ticks_need_not_be_recorded(world in prop::collection::vec(turns(), 1..14)) {
        let (events, _) = play(&mut Machine::new(plan(20), task()), &world);
        let mut running = Machine::new(plan(20), task());
        for (end, event) in events.iter().enumerate() {
            running.apply(event.clone()).expect("goes on");
            // A run that is over keeps the time at which it ended; nobody resumes it.
            if running.is_over() {
                break;
            }
            let steps = events[..=end].iter().filter(|e| !matches!(e, Event::Tick { .. })).cloned();
            let mut rebuilt = Machine::rebuild(plan(20), task(), steps).expect("the journal fits");
            rebuilt.apply(Event::Tick { elapsed_ms: running.usage().elapsed_ms }).expect("always");
            prop_assert_eq!(&rebuilt, &running);
        }
    }

    #[test]
    fn observations_told_in_step_order_make_the_same_machine(world in prop::collection::vec(turns(), 1..14)) {
        // Without ticks: a run that times out between two steps has no record of the second.
        let world: Vec<Turn> = world.into_iter().map(|turn| Turn { tick: None, ..turn }).collect();
        let mut live = Machine::new(plan(20), task());
        let (mut sorted, _) = play(&mut live, &world);
        sorted.sort_by_key(|event| match event {
            Event::ModelAnswered(answer) => answer.step,
            Event::ModelFailed(failure) => failure.step,
            Event::ToolObserved(observation) => observation.step,
            Event::Tick { .. } => unreachable!("no ticks in this world"),
        });
        let rebuilt = Machine::rebuild(plan(20), task(), sorted).expect("the journal fits");
        prop_assert_eq!(rebuilt, live);
    }

    #[test]
    fn a_key_is_given_again_only_to_the_same_call_after_no_answer(world in prop::collection::vec(turns(), 1..30)) {
        let (_, made) = play(&mut Machine::new(plan(40), task()), &world);
        let mut given = HashMap::new();
        for (call, event) in &made {
            let Event::ToolObserved(Observation { outcome, .. }) = event else { unreachable!("a tool's event") };
            let what = (&call.tool, canonical_json(&call.arguments));
            if let Some((before, hidden)) = given.insert(&call.key, (what.clone(), outcome.hides_effect())) {
                prop_assert_eq!((before, hidden, call.effect), (what, true, EffectClass::Keyed));
            }
        }
    }

    #[test]
    fn steps_are_bounded(world in prop::collection::vec(turns(), 1..30), steps in 1u32..20) {
        let mut live = Machine::new(plan(steps), task());
        play(&mut live, &world);
        prop_assert!(live.usage().steps <= steps);
        prop_assert!(live.is_over() || live.usage().thoughts as usize == world.len());
        if let Effect::Finish(answer) = live.next() {
            prop_assert!(!answer.text.trim().is_empty());
        }
    }
}
