//! Outcomes overturn the descriptions, and what is logged of a choice is exact.

use agent_selection::{RosterIndex, SelectionConfig, TaskRequest, redraw, select};
use q_learning::{AgentKey, Candidate, Context, Experience, Learner, decision_rng};

use crate::roster::{newborn, shipped};

const MODULES: [&str; 8] = ["payment", "login", "search", "billing", "export", "import", "profile", "report"];

fn unit_tests(round: u64) -> String {
    format!("write unit tests for the {} module", MODULES[round as usize % MODULES.len()])
}

fn conversion(round: u64) -> String {
    format!("Convert {round} miles to kilometers")
}

#[test]
fn failures_overturn_a_choice_for_which_no_description_speaks() {
    for base in 0..8 {
        let (roster, mut learner, config) = (shipped(), newborn(), SelectionConfig::default());
        let first =
            select(&TaskRequest::new(&conversion(0)), &roster, &learner, &config, &mut decision_rng(base));
        let disliked = first.unwrap().agent_id.to_string();
        let mut taken = Vec::new();
        for seed in 0..120 {
            let text = conversion(seed);
            let reward_of = |agent: &str| f64::from(u8::from(agent != disliked));
            taken.push(play(&text, &roster, &mut learner, 1_000 * base + seed, reward_of));
        }
        assert!(count(&taken[60..], &disliked) <= 20, "{base}: {taken:?}");
    }
}

/// One task from choice to reward; who took it.
fn round(roster: &RosterIndex, learner: &mut Learner, seed: u64, reward_of: impl Fn(&str) -> f64) -> String {
    play(&unit_tests(seed), roster, learner, seed, reward_of)
}

fn play(
    text: &str,
    roster: &RosterIndex,
    learner: &mut Learner,
    seed: u64,
    reward_of: impl Fn(&str) -> f64,
) -> String {
    let config = SelectionConfig::default();
    let chosen = select(&TaskRequest::new(text), roster, learner, &config, &mut decision_rng(seed)).unwrap();
    let agent = chosen.agent_id.as_str().to_owned();
    let context = Context::from_bytes(&chosen.context).unwrap();
    let experience = Experience::new(context, AgentKey::new(&agent), reward_of(&agent));
    learner.update(&Experience { relevance: chosen.relevance, ..experience }).unwrap();
    agent
}

/// Who takes the rounds of an episode of learning that begins with nothing.
fn takers(rounds: u64, base: u64, reward_of: impl Fn(&str) -> f64) -> Vec<String> {
    let (roster, mut learner) = (shipped(), newborn());
    (0..rounds).map(|seed| round(&roster, &mut learner, 1_000 * base + seed, &reward_of)).collect()
}

fn count(taken: &[String], agent: &str) -> usize {
    taken.iter().filter(|taken| *taken == agent).count()
}

#[test]
fn some_dozens_of_failures_overturn_the_description() {
    for base in 0..8 {
        let taken = takers(140, base, |agent| f64::from(u8::from(agent == "full_stack_developer")));
        assert_eq!(taken[0], "tester");
        assert!(count(&taken[80..], "tester") <= 10, "{base}: {taken:?}");
        assert!(count(&taken[100..], "full_stack_developer") >= 30, "{base}: {taken:?}");
    }
}

#[test]
fn a_good_agent_keeps_its_tasks() {
    for base in 0..8 {
        let taken = takers(120, base, |agent| if agent == "tester" { 0.95 } else { 0.3 });
        assert!(count(&taken, "tester") >= 105, "{base}: {taken:?}");
    }
}

#[test]
fn a_mediocre_agent_is_challenged() {
    for base in 0..8 {
        let taken = takers(240, base, |agent| if agent == "tester" { 0.45 } else { 0.9 });
        assert!(count(&taken[200..], "tester") <= 12, "{base}: {taken:?}");
    }
}

#[test]
fn one_failure_changes_next_to_nothing() {
    let (roster, mut learner, config) = (shipped(), newborn(), SelectionConfig::default());
    round(&roster, &mut learner, 0, |_| 0.0);
    let text = unit_tests(1);
    let next = select(&TaskRequest::new(&text), &roster, &learner, &config, &mut decision_rng(1)).unwrap();
    let tester = next.candidates.iter().find(|one| one.agent_id.as_str() == "tester").unwrap();
    assert!(tester.probability >= 0.98, "{tester:?}");
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

#[test]
fn a_logged_decision_is_taken_again_with_the_same_probabilities() {
    let (roster, mut learner, config) = (shipped(), newborn(), SelectionConfig::default());
    for seed in 0..60 {
        let text = if seed % 2 == 0 { unit_tests(seed) } else { conversion(seed) };
        let chosen =
            select(&TaskRequest::new(&text), &roster, &learner, &config, &mut decision_rng(seed)).unwrap();
        let mut logged: Vec<_> = chosen.candidates.iter().filter(|candidate| candidate.eligible).collect();
        logged.sort_by(|a, b| a.agent_id.cmp(&b.agent_id));
        let keys: Vec<AgentKey> = logged.iter().map(|one| AgentKey::new(one.agent_id.as_str())).collect();
        let candidates = keys.iter().zip(&logged);
        let candidates: Vec<_> = candidates
            .map(|(agent, one)| Candidate {
                model: one.model.as_ref(),
                ..Candidate::new(agent, one.relevance)
            })
            .collect();
        let context = Context::from_bytes(&chosen.context).unwrap();
        let again = redraw(&context, &candidates, &learner, &config).unwrap();
        let then: Vec<f64> = logged.iter().map(|one| one.probability).collect();
        assert_eq!(again.probabilities, then, "{text}");
        play(&text, &roster, &mut learner, seed, |agent| f64::from(u8::from(agent.len() % 2 == 0)));
    }
    assert_eq!(redraw(&Context::from_text("nobody"), &[], &learner, &config), None);
}

#[test]
fn what_even_the_surest_agent_is_likely_to_fail_at_goes_to_it_without_a_draw() {
    let (roster, mut learner) = (shipped(), newborn());
    for seed in 0..60 {
        let agent = round(&roster, &mut learner, seed, |agent| if agent == "tester" { 0.3 } else { 0.0 });
        assert!(!agent.is_empty());
    }
    let of = |escalate_below: f64, seed: u64| {
        let config = SelectionConfig { escalate_below, ..SelectionConfig::default() };
        let text = unit_tests(3);
        select(&TaskRequest::new(&text), &roster, &learner, &config, &mut decision_rng(seed)).unwrap()
    };
    let drawn = of(0.0, 1);
    assert!(drawn.candidates.iter().filter(|one| one.probability > 0.0).count() > 1);
    for seed in 0..20 {
        let taken = of(0.6, seed);
        let surest =
            taken.candidates.iter().filter(|one| one.eligible).map(|one| one.confidence).fold(0.0, f64::max);
        assert_eq!((taken.propensity, taken.explored), (1.0, false));
        assert_eq!(taken.confidence, surest);
        assert!(taken.warnings[0].contains("nothing was explored"), "{:?}", taken.warnings);
    }
}
