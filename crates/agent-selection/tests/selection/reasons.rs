//! The sentence that a person reads.

use agent_selection::{SelectionConfig, TaskRequest, select};
use q_learning::{AgentKey, Context, Experience, decision_rng};

use crate::roster::{choose, newborn, shipped};

#[test]
fn the_words_that_spoke_are_named() {
    let chosen = choose(&TaskRequest::new("write unit tests for the payment module"), 1).unwrap();
    assert!(chosen.reason.contains("“tests”"), "{}", chosen.reason);
    let why = |agent: &str| {
        chosen.candidates.iter().find(|one| one.agent_id.as_str() == agent).unwrap().why.clone()
    };
    assert!(why("tester").starts_with("described by “"), "{}", why("tester"));
    assert_eq!(chosen.candidates[0].agent_id, chosen.agent_id);
}

#[test]
fn without_such_words_it_says_so() {
    let chosen = choose(&TaskRequest::new("hello there"), 1).unwrap();
    assert!(chosen.reason.contains("no description speaks clearly"), "{}", chosen.reason);
}

#[test]
fn experience_is_mentioned() {
    let (roster, mut learner, config) = (shipped(), newborn(), SelectionConfig::default());
    let text = "Perform a security audit of the login system";
    for _ in 0..6 {
        let experience = Experience::new(Context::from_text(text), AgentKey::new("security_expert"), 1.0);
        learner.update(&experience).unwrap();
    }
    let chosen = select(&TaskRequest::new(text), &roster, &learner, &config, &mut decision_rng(3)).unwrap();
    assert!(chosen.reason.contains("after 6 outcomes"), "{}", chosen.reason);
    assert!(chosen.reason.ends_with('.') && chosen.reason.matches(". ").count() == 0, "{}", chosen.reason);
}
