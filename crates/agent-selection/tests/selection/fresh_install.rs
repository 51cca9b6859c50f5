//! What holds before anything was learned: the descriptions alone choose sensibly, whatever the seed.

use std::collections::BTreeSet;

use agent_selection::{Refusal, SelectionConfig, TaskRequest, select};
use q_learning::decision_rng;

use crate::intelligibility::{GIBBERISH, INTELLIGIBLE, texts};
use crate::roster::{choose, newborn, shipped};

const SEEDS: u64 = 300;
const EXAMPLES: &str = include_str!("../../../../config/examples/tasks.jsonl");

fn check(text: &str, allowed: &[&str]) {
    let (roster, learner, config) = (shipped(), newborn(), SelectionConfig::default());
    for seed in 0..SEEDS {
        let chosen =
            select(&TaskRequest::new(text), &roster, &learner, &config, &mut decision_rng(seed)).unwrap();
        assert!(allowed.contains(&chosen.agent_id.as_str()), "{text:?}, seed {seed}: {}", chosen.agent_id);
    }
}

#[test]
fn conformance_c5_holds_for_every_seed() {
    let web = &["web_developer", "full_stack_developer"];
    check("Create a website for my restaurant", web);
    check("Build a website", web);
    check("Build a responsive website with a contact form", web);
    check("Perform a security audit of the login system", &["security_expert"]);
    check("write unit tests for the payment module", &["tester"]);
    check("deploy the application to kubernetes cluster", &["devops_engineer"]);
    check("analyze user engagement data for the last quarter", &["data_analyst"]);
}

#[test]
fn fibonacci_is_not_ci() {
    check("Write a Python function to calculate fibonacci", &["full_stack_developer", "web_developer"]);
    let roster = shipped();
    let devops = roster.agents().iter().position(|agent| agent.id.as_str() == "devops_engineer").unwrap();
    assert!(roster.relevance("fibonacci").evidence(devops).is_empty());
    assert!(roster.relevance("fix the ci").evidence(devops).contains(&"ci"));
}

#[test]
fn topics_carry_over_to_words_no_agent_uses() {
    check("Fix the navbar on our homepage", &["web_developer", "full_stack_developer"]);
    check("pentest the checkout for xss", &["security_expert"]);
    check("Proofread this blog article", &["technical_writer"]);
    check("Make a chart of churn by cohort", &["data_analyst"]);
}

/// The ids of the example tasks begin with the field they were written for.
#[test]
fn example_tasks_go_to_their_field() {
    let fields = [
        ("data", "data_analyst"),
        ("security", "security_expert"),
        ("devops", "devops_engineer"),
        ("tester", "tester"),
        ("database", "database_admin"),
        ("writer", "technical_writer"),
        ("web", "web_developer"),
        ("fullstack", "full_stack_developer"),
    ];
    let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
    for line in EXAMPLES.lines() {
        let task: toml::Value = toml::from_str(&json_as_toml(line)).unwrap();
        let (name, text) = (task["task_id"].as_str().unwrap(), task["description"].as_str().unwrap());
        let Some((_, agent)) = fields.iter().find(|(field, _)| name.split('-').next() == Some(field)) else {
            continue;
        };
        all += 1;
        let most_relevant = most_relevant(text);
        if most_relevant == *agent { right += 1 } else { wrong.push(format!("{name}: {most_relevant}")) }
    }
    assert!(all >= 40 && right * 100 >= all * 94, "{right} of {all}; {wrong:?}");
}

/// JSON strings without slashes to escape are TOML basic strings.
fn json_as_toml(line: &str) -> String {
    let member = |name: &str| {
        let from = line.find(&format!("\"{name}\": ")).unwrap() + name.len() + 4;
        let mut escaped = false;
        let end = line[from + 1..].find(|c| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        line[from..=from + 1 + end.unwrap()].to_owned()
    };
    format!("task_id = {}\ndescription = {}\n", member("task_id"), member("description"))
}

fn most_relevant(text: &str) -> String {
    let (roster, relevance) = (shipped(), shipped().relevance(text));
    let best = (0..roster.len()).max_by(|a, b| relevance.of(*a).total_cmp(&relevance.of(*b))).unwrap();
    roster.agents()[best].id.as_str().to_owned()
}

#[test]
fn everyone_is_tried_where_no_description_speaks() {
    let (roster, learner, config) = (shipped(), newborn(), SelectionConfig::default());
    let tried: BTreeSet<_> = (0..3000)
        .map(|seed| {
            select(&TaskRequest::new("hello there"), &roster, &learner, &config, &mut decision_rng(seed))
                .unwrap()
                .agent_id
        })
        .collect();
    assert_eq!(tried.len(), roster.len(), "{tried:?}");
}

#[test]
fn intelligible_texts_are_never_refused() {
    for text in texts(INTELLIGIBLE) {
        let chosen =
            choose(&TaskRequest::new(&text), 1).unwrap_or_else(|refusal| panic!("{text:?}: {refusal}"));
        assert!(chosen.confidence >= SelectionConfig::default().min_confidence);
    }
}

#[test]
fn gibberish_is_refused_unless_forced() {
    for text in texts(GIBBERISH) {
        let refusal = choose(&TaskRequest::new(&text), 1).unwrap_err();
        assert!(matches!(refusal, Refusal::InsufficientConfidence { .. }), "{text:?}: {refusal}");
        assert!(
            refusal.confidence() < SelectionConfig::default().min_confidence
                && !refusal.suggestion().is_empty()
        );
        let forced = choose(&TaskRequest { force_execute: true, ..TaskRequest::new(&text) }, 1).unwrap();
        assert_eq!(forced.warnings.len(), 1);
    }
}
