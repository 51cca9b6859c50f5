//! What is learned from outcomes, and what is not.

use q_learning::{
    AgentKey, Candidate, Context, Experience, Learner, LearnerConfig, NextState, Offer, Scratch, Value,
    decision_rng,
};
use rand::RngExt;

const CODE: &str = "fn main() { let x = vec![1, 2]; println!(\"{:?}\", x); }";
const PROSE: &str = "Write a friendly letter to our customers about the summer holidays";

fn learner() -> Learner {
    Learner::new(LearnerConfig::default()).expect("the default configuration is allowed")
}

fn experience(text: &str, agent: &str, reward: f64) -> Experience {
    Experience::new(Context::from_text(text), AgentKey::new(agent), reward)
}

fn teach(learner: &mut Learner, text: &str, agent: &str, reward: f64, times: usize) {
    for _ in 0..times {
        learner.update(&experience(text, agent, reward)).expect("a good experience");
    }
}

fn value_in(learner: &Learner, context: &Context, agent: &str, relevance: f64) -> Value {
    let agent = AgentKey::new(agent);
    learner.values(context, &[Candidate::new(&agent, relevance)], &mut Scratch::default())[0]
}

fn value(learner: &Learner, text: &str, agent: &str) -> Value {
    value_in(learner, &Context::from_text(text), agent, 0.0)
}

#[test]
fn tells_specialists_apart_by_the_text() {
    let mut learner = learner();
    for _ in 0..40 {
        teach(&mut learner, CODE, "coder", 1.0, 1);
        teach(&mut learner, PROSE, "coder", 0.0, 1);
        teach(&mut learner, CODE, "writer", 0.0, 1);
        teach(&mut learner, PROSE, "writer", 1.0, 1);
    }
    assert!(value(&learner, CODE, "coder").mean > value(&learner, CODE, "writer").mean + 0.4);
    assert!(value(&learner, PROSE, "writer").mean > value(&learner, PROSE, "coder").mean + 0.4);
}

#[test]
fn a_newcomer_begins_at_what_is_known_of_all_and_is_unsure() {
    let mut learner = learner();
    teach(&mut learner, PROSE, "old", 0.9, 60);
    let (old, new) = (value(&learner, PROSE, "old"), value(&learner, PROSE, "new"));
    assert!((old.mean - new.mean).abs() < 0.1, "{old:?} {new:?}");
    assert!(new.std_dev > 2.0 * old.std_dev, "{old:?} {new:?}");
    assert_eq!((old.observations, new.observations), (60, 0));
}

#[test]
fn values_follow_rewards_between_failure_and_success() {
    let mut learner = learner();
    teach(&mut learner, PROSE, "a", 0.3, 200);
    assert!((value(&learner, PROSE, "a").mean - 0.3).abs() < 0.03);
}

#[test]
fn a_correction_equals_having_been_told_so_at_once() {
    let config = LearnerConfig { forgetting: 0.0, ..LearnerConfig::default() };
    let mut told = Learner::new(config.clone()).expect("allowed");
    let mut corrected = Learner::new(config).expect("allowed");
    for round in 0..10 {
        teach(&mut told, PROSE, "a", f64::from(round % 2), 1);
        teach(&mut corrected, PROSE, "a", f64::from(round % 2), 1);
    }
    told.update(&experience(CODE, "a", 0.9)).expect("good");
    corrected.update(&experience(CODE, "a", 0.1)).expect("good");
    let correction = Experience { replaces: Some(0.1), ..experience(CODE, "a", 0.9) };
    corrected.update(&correction).expect("good");
    for text in [CODE, PROSE] {
        let (told, corrected) = (value(&told, text, "a"), value(&corrected, text, "a"));
        assert!((told.mean - corrected.mean).abs() < 1e-3, "{told:?} {corrected:?}");
        assert_eq!(told.observations, corrected.observations);
    }
    assert_eq!((told.seen(), corrected.seen()), (11, 11));
    assert_eq!((told.seq(), corrected.seq()), (11, 12));
}

/// Work that always succeeds by its own account and is judged `late` decisions later: what was learned of two agents.
fn judged(late: usize) -> [(f64, f64); 2] {
    let mut learner = learner();
    let mut pending = std::collections::VecDeque::new();
    for round in 0..600 {
        let (agent, good) = [("a", 8), ("b", 3)][round % 2];
        let reward = f64::from(u8::from(round / 2 % 10 < good));
        let weight = learner.provisional_weight(1.0);
        learner.update(&Experience { weight, ..experience(PROSE, agent, 1.0) }).expect("good");
        let correction = experience(PROSE, agent, reward);
        pending.push_back(Experience { replaces: Some(1.0), replaced_weight: weight, ..correction });
        if pending.len() > late {
            learner.update(&pending.pop_front().expect("there is one")).expect("good");
        }
    }
    ["a", "b"].map(|agent| {
        let value = value(&learner, PROSE, agent);
        (value.mean, learner.confidence(value))
    })
}

#[test]
fn judgements_that_come_late_are_believed_more_than_the_first_success() {
    for late in [0, 1, 40] {
        for ((mean, confidence), truth) in judged(late).into_iter().zip([0.8, 0.3]) {
            assert!((mean - truth).abs() < 0.08, "{late} late: valued at {mean}, not {truth}");
            assert!((confidence - truth).abs() < 0.12, "{late} late: {confidence} sure, not {truth}");
        }
    }
}

#[test]
fn a_reward_that_is_corrected_twice_is_counted_once() {
    let mut learner = learner();
    let say = |learner: &mut Learner, reward, replaces, replaced_weight, provisional| {
        let row = experience(PROSE, "a", reward);
        learner.update(&Experience { replaces, replaced_weight, provisional, ..row }).expect("good")
    };
    teach(&mut learner, PROSE, "a", 0.6, 30);
    let before = value(&learner, PROSE, "a").mean;
    say(&mut learner, 0.6, None, 1.0, true);
    say(&mut learner, 0.0, Some(0.6), 1.0, true);
    say(&mut learner, 0.6, Some(0.0), 1.0, false);
    assert!((value(&learner, PROSE, "a").mean - before).abs() < 0.01);
    assert_eq!(learner.seen(), 31);
}

#[test]
fn where_few_choices_are_answered_an_agent_less_known_is_tried_less() {
    let chance_of_the_unknown = |unanswered: usize| {
        let mut learner = learner();
        teach(&mut learner, PROSE, "known", 0.6, 60);
        teach(&mut learner, PROSE, "hardly", 0.5, 4);
        for _ in 0..unanswered {
            let choice = Experience::unanswered(Context::from_text(PROSE), AgentKey::new("known"));
            learner.update(&choice).expect("good");
        }
        let agents = ["known", "hardly"].map(AgentKey::new);
        let candidates = agents.each_ref().map(|agent| Candidate::new(agent, 0.0));
        let mut scratch = Scratch::default();
        learner
            .probabilities(&Context::from_text(PROSE), &candidates, &mut scratch)
            .expect("two")
            .probabilities[1]
    };
    assert_eq!((chance_of_the_unknown(0), chance_of_the_unknown(600)), (1.0, 0.0));
}

#[test]
fn a_weight_of_two_moves_more_than_one() {
    let after = |weight| {
        let mut learner = learner();
        learner.update(&Experience { weight, ..experience(PROSE, "a", 1.0) }).expect("good");
        value(&learner, PROSE, "a").mean
    };
    assert!(after(2.0) > after(1.0) && after(1.0) > after(0.5));
}

#[test]
fn relevance_decides_before_anything_was_seen_and_is_unlearned_when_it_misleads() {
    let mut learner = learner();
    let context = Context::from_text(PROSE);
    let lead = |learner: &Learner| {
        value_in(learner, &context, "fit", 1.0).mean - value_in(learner, &context, "unfit", 0.0).mean
    };
    let before = lead(&learner);
    assert!(before > 0.2);
    for _ in 0..100 {
        let fit = Experience { relevance: 1.0, ..experience(PROSE, "fit", 0.2) };
        learner.update(&fit).expect("good");
        teach(&mut learner, PROSE, "unfit", 0.8, 1);
    }
    assert!(lead(&learner) < 0.0);
}

#[test]
fn what_follows_a_failure_counts_discounted() {
    let mut learner = learner();
    let context = Context::from_text(PROSE);
    let failed = context.after_failure(&AgentKey::new("first"));
    for _ in 0..50 {
        let second = Experience::new(failed.clone(), AgentKey::new("second"), 1.0);
        learner.update(&second).expect("good");
    }
    let next = NextState {
        context: failed,
        candidates: vec![Offer { agent: AgentKey::new("second"), relevance: 0.0, model: None }],
    };
    let first = Experience { next: Some(next), ..experience(PROSE, "first", 0.0) };
    let update = learner.update(&first).expect("good");
    assert!((0.4..=0.5).contains(&update.target), "{update:?}");
}

#[test]
fn an_agent_that_failed_at_the_task_is_worth_less_for_it() {
    let learner = learner();
    let failed = Context::from_text(PROSE).after_failure(&AgentKey::new("a"));
    assert_eq!(failed.attempt(), 2);
    assert!(failed.has_failed(&AgentKey::new("a")) && !failed.has_failed(&AgentKey::new("b")));
    assert!(value_in(&learner, &failed, "a", 0.0).mean < value_in(&learner, &failed, "b", 0.0).mean - 0.1);
}

#[test]
fn an_agent_that_changed_is_noticed_and_learned_anew() {
    let mut learner = learner();
    teach(&mut learner, PROSE, "a", 0.9, 300);
    let settled = value(&learner, PROSE, "a").std_dev;
    let mut noticed = None;
    for round in 0..60 {
        let update = learner.update(&experience(PROSE, "a", 0.1)).expect("good");
        if update.change_detected && noticed.is_none() {
            noticed = Some(round);
            assert!(value(&learner, PROSE, "a").std_dev > 1.3 * settled);
        }
    }
    assert!(noticed.is_some(), "no change was noticed");
    assert!(value(&learner, PROSE, "a").mean < 0.4);
}

#[test]
fn an_agent_that_did_not_change_is_left_alone() {
    let mut learner = learner();
    let mut rng = decision_rng(12);
    let alarms = (0..2_000).filter(|_| {
        let reward = f64::from(u8::from(rng.random::<f64>() < 0.7));
        learner.update(&experience(PROSE, "a", reward)).expect("good").change_detected
    });
    assert_eq!(alarms.count(), 0);
}

#[test]
fn forgotten_agents_are_newcomers_again() {
    let mut learner = learner();
    teach(&mut learner, PROSE, "a", 1.0, 5);
    teach(&mut learner, PROSE, "b", 1.0, 5);
    learner.agents_retain(&[AgentKey::new("b")]);
    assert!(!learner.knows(&AgentKey::new("a")) && learner.knows(&AgentKey::new("b")));
    assert_eq!(value(&learner, PROSE, "a").observations, 0);
    assert_eq!(learner.agents().count(), 1);
}

#[test]
fn a_snapshot_is_not_moved_by_later_updates() {
    let mut learner = learner();
    teach(&mut learner, PROSE, "a", 1.0, 3);
    let snapshot = learner.clone();
    let before = snapshot.to_bytes();
    teach(&mut learner, PROSE, "a", 0.0, 3);
    assert_eq!(snapshot.to_bytes(), before);
    assert_ne!(learner.to_bytes(), before);
}

#[test]
fn explanations_sum_to_the_value() {
    let mut learner = learner();
    teach(&mut learner, CODE, "a", 1.0, 10);
    teach(&mut learner, PROSE, "b", 0.0, 10);
    let (context, agent) = (Context::from_text(CODE), AgentKey::new("a"));
    let candidate = Candidate::new(&agent, 0.5);
    let sum: f64 = learner.explain(&context, candidate).iter().map(|part| part.amount).sum();
    let mean = learner.values(&context, &[candidate], &mut Scratch::default())[0].mean;
    assert!((sum - mean).abs() < 1e-4, "{sum} {mean}");
}

#[test]
fn the_table_shows_what_each_agent_gave_by_kind_of_text() {
    let mut learner = learner();
    teach(&mut learner, CODE, "a", 1.0, 4);
    teach(&mut learner, PROSE, "a", 0.25, 4);
    let table = learner.table();
    assert_eq!(table.len(), 2);
    let code = table.iter().find(|row| row.state.contains("code")).expect("a row for code");
    assert_eq!((code.value, code.observations), (1.0, 4));
}

#[test]
fn confidence_is_calibrated_to_what_comes() {
    let mut learner = learner();
    let mut rng = decision_rng(11);
    for round in 0..3_000 {
        let (text, chance) = if round % 2 == 0 { (CODE, 0.8) } else { (PROSE, 0.3) };
        let reward = f64::from(u8::from(rng.random::<f64>() < chance));
        teach(&mut learner, text, "a", reward, 1);
    }
    assert!((learner.confidence(value(&learner, CODE, "a")) - 0.8).abs() < 0.08);
    assert!((learner.confidence(value(&learner, PROSE, "a")) - 0.3).abs() < 0.08);
    assert!(learner.calibration_error() <= 0.05, "{}", learner.calibration_error());
}
