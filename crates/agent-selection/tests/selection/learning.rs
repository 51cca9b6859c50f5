//! Outcomes overturn the descriptions, and what is logged of a choice is exact.

use agent_selection::{RosterIndex, SelectionConfig, TaskRequest, select};
use q_learning::{AgentKey, Context, Experience, Learner, decision_rng};

use crate::roster::{newborn, shipped};

const MODULES: [&str; 8] = ["payment", "login", "search", "billing", "export", "import", "profile", "report"];

fn unit_tests(round: u64) -> String {
    format!("write unit tests for the {} module", MODULES[round as usize % MODULES.len()])
}

/// One task from choice to reward; who took it.
fn round(roster: &RosterIndex, learner: &mut Learner, seed: u64, reward_of: impl Fn(&str) -> f64) -> String {
    let text = unit_tests(seed);
    let config = SelectionConfig::default();
    let chosen = select(&TaskRequest::new(&text), roster, learner, &config, &mut decision_rng(seed)).unwrap();
    let agent = chosen.agent_id.as_str().to_owned();
    let context = Context::from_bytes(&chosen.context).unwrap();
    let experience = Experience::new(context, AgentKey::new(&agent), reward_of(&agent));
    learner.update(&Experience { relevance: chosen.relevance, ..experience }).unwrap();
    agent
}

#[test]
fn some_dozens_of_failures_overturn_the_description() {
    let (roster, mut learner) = (shipped(), newborn());
    let reward_of = |agent: &str| f64::from(u8::from(agent == "full_stack_developer"));
    let taken: Vec<String> = (0..160).map(|seed| round(&roster, &mut learner, seed, reward_of)).collect();
    assert_eq!(taken[0], "tester");
    let by = |agent: &str, from: usize| taken[from..].iter().filter(|taken| *taken == agent).count();
    assert!(by("tester", 60) <= 10, "the tester was still chosen {} times of 100", by("tester", 60));
    assert!(by("full_stack_developer", 120) >= 24, "{taken:?}");
}

#[test]
fn a_good_agent_keeps_its_tasks() {
    let (roster, mut learner) = (shipped(), newborn());
    let reward_of = |agent: &str| if agent == "tester" { 0.95 } else { 0.3 };
    let taken: Vec<String> = (0..160).map(|seed| round(&roster, &mut learner, seed, reward_of)).collect();
    let kept = taken.iter().filter(|agent| *agent == "tester").count();
    assert!(kept >= 136, "kept {kept} of 160");
}

#[test]
fn a_mediocre_agent_is_challenged() {
    let (roster, mut learner) = (shipped(), newborn());
    let reward_of = |agent: &str| if agent == "tester" { 0.45 } else { 0.9 };
    let taken: Vec<String> = (0..200).map(|seed| round(&roster, &mut learner, seed, reward_of)).collect();
    let late = taken[150..].iter().filter(|agent| *agent != "tester").count();
    assert!(late >= 30, "{late} of 50");
}

#[test]
fn logged_propensities_are_the_frequencies() {
    let (roster, learner, config) = (shipped(), newborn(), SelectionConfig::default());
    let task = TaskRequest::new("Refactor the javascript of our backend");
    let draws = 4_000;
    let mut counts = std::collections::BTreeMap::new();
    let mut logged = std::collections::BTreeMap::new();
    for seed in 0..draws {
        let chosen = select(&task, &roster, &learner, &config, &mut decision_rng(seed)).unwrap();
        let sum: f64 = chosen.candidates.iter().map(|candidate| candidate.probability).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        for candidate in &chosen.candidates {
            logged.insert(candidate.agent_id.clone(), candidate.probability);
        }
        assert_eq!(logged[&chosen.agent_id], chosen.propensity);
        *counts.entry(chosen.agent_id).or_insert(0.0) += 1.0;
    }
    for (agent, probability) in logged {
        let frequency = counts.get(&agent).copied().unwrap_or(0.0) / draws as f64;
        assert!((frequency - probability).abs() < 0.03, "{agent}: {frequency} {probability}");
    }
}

#[test]
fn the_same_seed_gives_the_same_choice() {
    let (roster, learner, config) = (shipped(), newborn(), SelectionConfig::default());
    let once = || {
        select(&TaskRequest::new("hello there"), &roster, &learner, &config, &mut decision_rng(7)).unwrap()
    };
    assert_eq!(once(), once());
}
