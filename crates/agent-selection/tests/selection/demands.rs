//! Who may take a task, and in which words the others may not.

use agent_selection::{
    Refusal, Requirements, RosterIndex, Selection, SelectionConfig, TaskRequest, Unavailable, select,
};
use q_learning::{Context, decision_rng};
use task_model::{AgentStatus, Priority};

use crate::roster::{choose, id, newborn, shipped, shipped_agents};

const UNIT_TESTS: &str = "write unit tests for the payment module";

fn why(selection: &Selection, agent: &str) -> String {
    let candidate =
        selection.candidates.iter().find(|candidate| candidate.agent_id.as_str() == agent).unwrap();
    assert!(!candidate.eligible && candidate.probability == 0.0, "{candidate:?}");
    candidate.why.clone()
}

fn needs(change: impl FnOnce(&mut Requirements)) -> Requirements {
    let mut needs = Requirements::default();
    change(&mut needs);
    needs
}

#[test]
fn an_agent_that_failed_does_not_try_again_while_there_are_others() {
    let failed = [id("tester")];
    let chosen = choose(&TaskRequest { failed: &failed, ..TaskRequest::new(UNIT_TESTS) }, 1).unwrap();
    assert_ne!(chosen.agent_id, id("tester"));
    assert_eq!(why(&chosen, "tester"), "failed this task before");
    let context = Context::from_bytes(&chosen.context).unwrap();
    assert_eq!(context.attempt(), 2);
    let next = chosen.next_state();
    assert_eq!((next.context, next.candidates.len()), (context, shipped().len() - 1));
}

#[test]
fn when_all_have_failed_they_may_try_again() {
    let failed: Vec<_> = shipped().agents().iter().map(|agent| agent.id.clone()).collect();
    let chosen = choose(&TaskRequest { failed: &failed, ..TaskRequest::new(UNIT_TESTS) }, 1).unwrap();
    assert_eq!(chosen.warnings.len(), 1);
    assert!(chosen.reason.contains("failed it before"), "{}", chosen.reason);
}

#[test]
fn a_pin_by_alias_is_certain_and_teaches_nothing() {
    let chosen =
        choose(&TaskRequest { pin: Some("QA-tester"), ..TaskRequest::new("Build a website") }, 1).unwrap();
    assert_eq!((chosen.agent_id.as_str(), chosen.propensity, chosen.learns), ("tester", 1.0, false));
    assert_eq!(why(&chosen, "web_developer"), "another agent was demanded");
    assert!(chosen.reason.contains("the caller demanded it"));
    let unknown = choose(&TaskRequest { pin: Some("nobody"), ..TaskRequest::new("Build a website") }, 1);
    assert_eq!(unknown.unwrap_err().to_string(), "agent_id names no agent of the roster: nobody");
}

#[test]
fn requirements_of_the_metadata_exclude_in_words() {
    let roster = shipped();
    let tester = roster.resolve("tester").unwrap();
    let (capability, tool) = (tester.capabilities[0].to_uppercase(), tester.tools[0].clone());
    let cases = [
        (needs(|n| n.required_tools = vec!["time machine".into()]), "lacks the required tool time machine"),
        (
            needs(|n| n.required_capabilities = vec!["levitation".into()]),
            "lacks the required capability levitation",
        ),
        (needs(|n| n.exclude_agents = vec!["tester-agent".into()]), "excluded by the task"),
        (needs(|n| n.only_agents = vec!["web_developer".into()]), "not among the agents the task allows"),
    ];
    for (requirements, expected) in &cases {
        match choose(&TaskRequest { requirements, ..TaskRequest::new(UNIT_TESTS) }, 1) {
            Ok(chosen) => assert_eq!(why(&chosen, "tester"), *expected),
            Err(Refusal::NoEligibleAgent { candidates, .. }) => {
                assert!(candidates.iter().all(|candidate| candidate.why == *expected));
            }
            Err(other) => panic!("{other}"),
        }
    }
    let met = needs(|n| (n.required_capabilities, n.required_tools) = (vec![capability], vec![tool]));
    assert_eq!(
        choose(&TaskRequest { requirements: &met, ..TaskRequest::new(UNIT_TESTS) }, 1).unwrap().agent_id,
        tester.id
    );
}

#[test]
fn agents_that_cannot_take_anything_now_are_passed_over() {
    let unavailable =
        [(id("tester"), Unavailable::AtCapacity), (id("web_developer"), Unavailable::Unhealthy)];
    let chosen =
        choose(&TaskRequest { unavailable: &unavailable, ..TaskRequest::new(UNIT_TESTS) }, 1).unwrap();
    assert_eq!(why(&chosen, "tester"), "works on as many tasks as it may");
    assert_eq!(why(&chosen, "web_developer"), "does not answer");
}

#[test]
fn nobody_is_chosen_of_a_roster_at_rest() {
    let mut agents = shipped_agents();
    agents.iter_mut().for_each(|agent| agent.status = AgentStatus::Paused);
    for (agents, hint) in [(agents, "(paused)"), (Vec::new(), "roster is empty")] {
        let (roster, config) = (RosterIndex::new(agents), SelectionConfig::default());
        let task = TaskRequest { force_execute: true, ..TaskRequest::new(UNIT_TESTS) };
        let refusal = select(&task, &roster, &newborn(), &config, &mut decision_rng(1)).unwrap_err();
        assert!(matches!(refusal, Refusal::NoEligibleAgent { .. }) && refusal.confidence() == 0.0);
        assert!(refusal.suggestion().contains(hint), "{}", refusal.suggestion());
    }
}

#[test]
fn a_higher_floor_refuses_what_force_executes() {
    let config = SelectionConfig { min_confidence: 1.0, ..SelectionConfig::default() };
    let of = |task: &TaskRequest<'_>| select(task, &shipped(), &newborn(), &config, &mut decision_rng(1));
    let task = TaskRequest { priority: Priority::new(8).unwrap(), ..TaskRequest::new(UNIT_TESTS) };
    assert!(matches!(of(&task), Err(Refusal::InsufficientConfidence { min_required: 1.0, .. })));
    assert!(of(&TaskRequest { force_execute: true, ..task }).unwrap().warnings.is_empty());
}

#[test]
fn requirements_leave_other_metadata_alone() {
    let needs: Requirements = toml::from_str("required_tools = ['calculator']\nowner = 'ann'").unwrap();
    assert_eq!(needs.required_tools, ["calculator"]);
    assert!(toml::from_str::<Requirements>("required_tools = 3").is_err());
}
