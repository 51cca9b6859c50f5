//! Policies are judged by a log that others made, come into force step by step, and are taken back by themselves.

#![allow(clippy::unwrap_used)]

mod support;

use http::Method;
use q_learning::{Exploration, Learner, LearnerConfig};
use serde_json::{Value, json};
use storage::{NewPolicy, PolicyStatus};
use task_model::Micros;

use support::{Database, Running, ask_json, routes};

/// Draws anyone evenly, whatever it learned.
fn anyone() -> LearnerConfig {
    LearnerConfig { exploration: Exploration::EpsilonGreedy { epsilon: 1.0 }, ..LearnerConfig::default() }
}

/// Decisions between two agents, drawn evenly: the tester succeeds nine times of ten when all is well, the analyst once.
fn decisions(
    name: &str,
    numbers: std::ops::Range<usize>,
    policy: &str,
    tester: fn(usize) -> f64,
) -> Vec<Value> {
    let line = |n: usize| {
        // Every second one, and of each agent's every tenth is odd.
        let (agent, odd) = (["tester", "data_analyst"][n % 2], (n / 2) % 10 == 9);
        let reward = if agent == "tester" { tester(n) } else { f64::from(u8::from(odd)) };
        json!({"task_id": format!("{name}-{n}"), "agent_id": agent, "reward": reward, "propensity": 0.5,
            "description": format!("look into matter {}", n % 7), "policy_version": policy,
            "candidates": [{"agent_id": "tester", "probability": 0.5}, {"agent_id": "data_analyst", "probability": 0.5}]})
    };
    numbers.map(line).collect()
}

fn well(n: usize) -> f64 {
    f64::from(u8::from((n / 2) % 10 != 9))
}

async fn publish_anyone(service: &Running) -> i64 {
    let learner = Learner::new(anyone()).unwrap();
    let policy = NewPolicy {
        status: PolicyStatus::Promoted,
        algorithm: "pooled-linear".into(),
        parent: None,
        trained_to: 0,
        params: serde_json::to_value(anyone()).unwrap(),
        metrics: json!({}),
        bytes: learner.to_bytes(),
        note: "draws anyone".into(),
        created_at: Micros(0),
    };
    service.storage.policy_publish(policy).await.unwrap()
}

#[tokio::test]
async fn what_another_policy_would_have_earned_is_told_with_intervals() {
    let routes = routes().await;
    ask_json(&routes, "POST", "/experiences", json!(decisions("d", 0..400, "p0.e0", well))).await;
    let (status, report) = ask_json(&routes, "POST", "/evaluate", json!({})).await;
    assert_eq!((status.as_u16(), &report["decisions"]), (200, &json!(400)), "{report}");
    let value = |name: &str| {
        let rows = report["estimates"].as_array().unwrap();
        rows.iter().find(|row| row["estimator"] == name).unwrap()["value"].as_f64().unwrap()
    };
    assert_eq!(report["logged"]["value"], 0.5);
    for estimator in ["ips", "snips", "dr", "switch_dr", "dm"] {
        // Nine of ten, less what exploring costs and learning took.
        assert!((0.75..0.95).contains(&value(estimator)), "{estimator}: {report}");
    }
    let (low, high) =
        (report["anytime"]["low"].as_f64().unwrap(), report["anytime"]["high"].as_f64().unwrap());
    assert!(low > 0.5 && high > value("dr"), "{report}");
    assert_eq!((&report["uplift"]["value"], &report["uplift"]["differing"]), (&json!(0.0), &json!(0)));
    assert_eq!(report["agents"][0]["agent_id"], "tester");
    assert!(report["agents"][0]["policy_share"].as_f64() > Some(0.8), "{report}");
    let of_tester = report["agents"][0]["policy_reward"]["value"].as_f64().unwrap();
    assert!((of_tester - 0.9).abs() < 0.01, "{report}");

    assert_eq!(report["uncovered_share"], 0.0);

    let (_, random) = ask_json(
        &routes,
        "POST",
        "/evaluate",
        json!({"learner": {"exploration": {"kind": "epsilon_greedy", "epsilon": 1.0}}}),
    )
    .await;
    assert_eq!(random["uplift"]["verdict"], "worse", "{random}");
}

#[tokio::test]
async fn only_outcomes_of_the_time_asked_for_count_and_all_are_learned_from() {
    let routes = routes().await;
    ask_json(&routes, "POST", "/experiences", json!(decisions("d", 0..40, "p0.e0", well))).await;
    let (_, never) = ask_json(&routes, "POST", "/evaluate", json!({"until": "2001-01-01T00:00:00Z"})).await;
    assert_eq!((&never["decisions"], &never["outside"]), (&json!(0), &json!(40)), "{never}");
    assert_eq!((&never["estimates"], &never["logged"]), (&json!([]), &Value::Null));
    let (_, always) = ask_json(&routes, "POST", "/evaluate", json!({"since": "2001-01-01T00:00:00Z"})).await;
    assert_eq!((&always["decisions"], &always["outside"]), (&json!(40), &json!(0)));
}

#[tokio::test]
async fn what_the_log_can_say_nothing_of_is_told_and_counts_as_not_known() {
    let routes = routes().await;
    let mut lines = decisions("d", 0..100, "p0.e0", |_| 0.0);
    for line in &mut lines {
        line["agent_id"] = json!("tester");
        line["reward"] = json!(0.0);
        line["propensity"] = json!(1.0);
        line["candidates"][0]["probability"] = json!(1.0);
        line["candidates"][1]["probability"] = json!(0.0);
    }
    ask_json(&routes, "POST", "/experiences", json!(lines)).await;
    let (_, report) = ask_json(&routes, "POST", "/evaluate", json!({})).await;
    assert!(report["uncovered_share"].as_f64() > Some(0.5), "the tester always fails: {report}");
    assert!(report["summary"].as_str().unwrap().contains("could not have been drawn"), "{report}");
    assert!(report["anytime"]["high"].as_f64() > Some(0.5), "what was never drawn may be anything: {report}");
}

#[tokio::test]
async fn a_bad_log_gives_defined_figures() {
    let routes = routes().await;
    let (_, empty) = ask_json(&routes, "POST", "/evaluate", json!({})).await;
    assert_eq!((&empty["decisions"], &empty["weight_max"]), (&json!(0), &json!(0.0)));

    let good = decisions("good", 0..30, "p0.e0", well);
    let with = |name: &str, changes: &[(&str, Value)]| {
        let mut line = good[0].clone();
        line["task_id"] = json!(name);
        changes.iter().for_each(|(member, value)| line[*member] = value.clone());
        line
    };
    let set = |chances: [f64; 2]| json!([{"agent_id": "tester", "probability": chances[0]}, {"agent_id": "data_analyst", "probability": chances[1]}]);
    let mut lines = good.clone();
    lines.extend(good.clone());
    lines.extend([
        with("no-set", &[("candidates", Value::Null)]),
        with("no-one", &[("candidates", json!([]))]),
        with("other", &[("agent_id", json!("never_heard_of"))]),
        with("zero", &[("candidates", set([0.0, 1.0]))]),
        with("sum", &[("candidates", set([0.5, 0.2]))]),
        with("orphan", &[("revision", json!(1)), ("prev_reward", json!(0.2)), ("reward", json!(0.9))]),
        with(
            "good-1",
            &[
                ("revision", json!(1)),
                ("agent_id", json!("data_analyst")),
                ("prev_reward", json!(0.0)),
                ("reward", json!(1.0)),
            ],
        ),
    ]);
    let (status, imported) = ask_json(&routes, "POST", "/experiences", json!(lines)).await;
    assert_eq!((status.as_u16(), &imported), (200, &json!({"imported": 37, "known": 30})));
    let (status, report) = ask_json(&routes, "POST", "/evaluate", json!({})).await;
    assert_eq!((status.as_u16(), &report["decisions"]), (200, &json!(30)), "{report}");
    let skipped = json!({"unreadable": 0, "without_action_set": 1, "not_in_action_set": 2, "bad_propensity": 2, "orphaned_correction": 1});
    assert_eq!(report["skipped"], skipped);
    let rewards: f64 = good.iter().map(|line| line["reward"].as_f64().unwrap()).sum();
    let logged = report["logged"]["value"].as_f64().unwrap();
    assert!((logged - (rewards + 1.0) / 30.0).abs() < 1e-12, "the latest word counts: {report}");
}

#[tokio::test]
async fn a_policy_comes_into_force_only_through_every_gate_and_falls_back_by_itself() {
    let database = Database::usual().await;
    let service = Running::start(&database).await;
    // The one before the incumbent is no better, or else the incumbent would be taken back at once.
    publish_anyone(&service).await;
    assert_eq!(publish_anyone(&service).await, 2);
    service.call(Method::POST, "/experiences", json!(decisions("past", 0..200, "p2.e0", well))).await;
    let job = service.trained(json!({})).await;
    assert_eq!(job["policy_version"], "3", "{job}");

    let code = |answer: Value| answer["code"].as_str().map(str::to_owned);
    for step in ["canary", "promote", "rollback"] {
        let refused = service.call(Method::POST, &format!("/policies/3/{step}"), json!({})).await;
        assert_eq!(code(refused).as_deref(), Some("WRONG_STATE"), "{step}");
    }
    assert_eq!(service.call(Method::POST, "/policies/3/shadow", Value::Null).await["status"], "shadow");
    let canary = service.call(Method::POST, "/policies/3/canary", json!({"share": 0.2})).await;
    assert_eq!((&canary["status"], &canary["share"]), (&json!("canary"), &json!(0.2)));
    let refused = service.call(Method::POST, "/policies/3/promote", Value::Null).await;
    assert_eq!(
        code(refused).as_deref(),
        Some("GATE_CLOSED"),
        "it was chosen by the past, so the past proves nothing"
    );

    service.call(Method::POST, "/experiences", json!(decisions("since", 0..400, "p2.e200", well))).await;
    let standing = service.until("/policies/3", |policy| policy["standing"]["decisions"] == json!(400)).await;
    assert_eq!(standing["standing"]["verdict"], "better", "{standing}");
    let promoted = service.call(Method::POST, "/policies/3/promote", Value::Null).await;
    assert_eq!((&promoted["status"], &promoted["replaced"]), (&json!("promoted"), &json!(2)), "{promoted}");
    assert_eq!(service.call(Method::GET, "/rl/status", Value::Null).await["promoted_version"], 3);

    // It decides, and all is well: what it earns is more than the one before would have.
    let own: Vec<Value> = decisions("own", 0..400, "p3.e600", well).into_iter().step_by(2).take(60).collect();
    service.call(Method::POST, "/experiences", json!(own)).await;
    let fine = service.until("/policies/3", |policy| policy["standing"]["outcomes"] == json!(60)).await;
    assert_eq!((&fine["status"], &fine["standing"]["against"]), (&json!("promoted"), &json!(2)));

    // Then it begins to choose the wrong one. Were the right one broken instead, the one before would do no better.
    let wrong: Vec<Value> =
        decisions("wrong", 0..400, "p3.e700", well).into_iter().skip(1).step_by(2).collect();
    service.call(Method::POST, "/experiences", json!(wrong)).await;
    let fallen = service.until("/policies/3", |policy| policy["status"] == "rolled_back").await;
    let last = fallen["moves"].as_array().unwrap().last().unwrap();
    assert_eq!(last["figures"]["automatic"], true, "{last}");
    assert!(last["why"].as_str().unwrap().contains("fall by ten points"), "{last}");
    assert_eq!(service.call(Method::GET, "/rl/status", Value::Null).await["promoted_version"], 2);
    let lineage: Vec<_> =
        fallen["moves"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(lineage, ["shadow", "canary", "promoted", "rolled_back"]);
    assert_eq!(fallen["ancestors"], json!([2]));
    service.stop().await;
}

#[tokio::test]
async fn a_search_finds_settings_that_would_have_earned_no_less() {
    let database = Database::usual().await;
    let service = Running::start(&database).await;
    service.call(Method::POST, "/experiences", json!(decisions("d", 0..200, "p0.e0", well))).await;
    let random = json!({"exploration": {"kind": "epsilon_greedy", "epsilon": 0.5}});
    let request = json!({"learner": random, "search": {"trials": 3, "seed": 2}});
    let job = service.trained(request.clone()).await;
    assert_eq!(job["status"], "completed", "{job}");
    let trials = job["metrics"]["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 3);
    assert!(trials.iter().all(|trial| trial["decisions"].as_u64() > Some(0)), "{job}");
    let again = service.trained(request).await;
    assert_eq!(again["metrics"]["trials"], job["metrics"]["trials"], "the same seed, the same figures");
    service.stop().await;
}
