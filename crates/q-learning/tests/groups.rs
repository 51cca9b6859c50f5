//! Groups of callers have values of their own where they differ, share those of all where they agree, and are bounded in number.

use std::sync::Arc;

use q_learning::replay::{DataSet, Policy, Row, Summary, Variant, run};
use q_learning::{
    AgentKey, COMMON_GROUP, Candidate, Context, Experience, Learner, LearnerConfig, Objective, Scratch,
    Terms, Value,
};

fn learner() -> Learner {
    Learner::new(LearnerConfig::default()).expect("allowed")
}

fn context(group: Option<&str>, turn: usize) -> Context {
    let context = Context::from_text(&format!("Add a test to module {turn}"));
    let terms = |group: &str| Terms { group: group.to_owned(), objective: Objective::default() };
    group.map(|group| Arc::new(terms(group))).into_iter().fold(context, Context::on)
}

/// An outcome of each of two agents, of which the second is the better one for `other` and the first for everyone else.
fn live(learner: &mut Learner, group: Option<&str>, turns: usize, other: &str) {
    for turn in 0..turns {
        let better = usize::from(group == Some(other));
        for (at, agent) in ["a", "b"].into_iter().enumerate() {
            let luck = (turn * 37 % 100) as f64 / 100.0;
            let reward = f64::from(u8::from(luck < if at == better { 0.8 } else { 0.3 }));
            let row = Experience::new(context(group, turn), AgentKey::new(agent), reward);
            learner.update(&row).expect("a good row");
        }
    }
}

fn values(learner: &Learner, group: Option<&str>) -> [Value; 2] {
    let agents = ["a", "b"].map(AgentKey::new);
    let candidates = agents.each_ref().map(|agent| Candidate::new(agent, 0.0));
    let mut scratch = Scratch::default();
    let values = learner.values(&context(group, 3), &candidates, &mut scratch);
    [values[0], values[1]]
}

#[test]
fn groups_whose_best_agents_differ_learn_both() {
    let mut learner = learner();
    for _ in 0..10 {
        live(&mut learner, None, 20, "odd");
        live(&mut learner, Some("odd"), 20, "odd");
    }
    let [ours, odd] = [None, Some("odd")].map(|group| values(&learner, group).map(|value| value.mean));
    assert!(odd[1] > odd[0] + 0.3, "{odd:?}");
    assert!(ours[0] > ours[1] + 0.1, "{ours:?}");
}

#[test]
fn a_group_that_is_like_all_others_takes_their_values() {
    let mut learner = learner();
    for _ in 0..10 {
        live(&mut learner, None, 20, "");
        live(&mut learner, Some("alike"), 20, "");
    }
    let [ours, alike] = [None, Some("alike")].map(|group| values(&learner, group));
    for (ours, alike) in ours.iter().zip(&alike) {
        let apart = (ours.mean - alike.mean).abs();
        assert!(apart < 0.03 && alike.std_dev < ours.std_dev + 0.02, "{ours:?} {alike:?}");
    }
}

#[test]
fn a_new_group_begins_with_what_is_known_of_all_and_is_less_sure_of_it() {
    let mut learner = learner();
    live(&mut learner, None, 100, "");
    let [ours, new] = [None, Some("new")].map(|group| values(&learner, group)[0]);
    assert_eq!(new.mean, ours.mean);
    assert!(new.std_dev > ours.std_dev + 0.01, "{ours:?} {new:?}");
}

#[test]
fn the_common_group_and_one_without_a_name_have_no_values_of_their_own() {
    let fold = |group| {
        let mut learner = learner();
        live(&mut learner, group, 50, "odd");
        values(&learner, group)
    };
    assert_eq!(fold(Some(COMMON_GROUP)), fold(None));
    assert_eq!(fold(Some("")), fold(None));
    assert_ne!(fold(Some("acme")), fold(None));
}

#[test]
fn the_pair_that_was_not_seen_for_longest_is_forgotten_first() {
    let config = LearnerConfig { group_pairs: 4, ..LearnerConfig::default() };
    let mut learner = Learner::new(config).expect("allowed");
    for group in ["first", "second", "first", "third"] {
        live(&mut learner, Some(group), 30, "first");
    }
    let lead = |group| values(&learner, group)[1].mean - values(&learner, group)[0].mean;
    assert_eq!(lead(Some("second")), lead(None));
    assert!(lead(Some("first")) > lead(None) + 0.02, "{} {}", lead(Some("first")), lead(None));
    let resumed = Learner::from_bytes(&learner.to_bytes()).expect("its own bytes");
    assert_eq!(values(&resumed, Some("first")), values(&learner, Some("first")));
    assert!(Learner::new(LearnerConfig { group_pairs: 1_000_001, ..LearnerConfig::default() }).is_err());
}

#[test]
fn agents_that_left_are_forgotten_in_groups_too() {
    let mut learner = learner();
    live(&mut learner, Some("odd"), 60, "odd");
    learner.agents_retain(&[AgentKey::new("b")]);
    let mut again = Learner::from_bytes(&learner.to_bytes()).expect("its own bytes");
    live(&mut again, Some("odd"), 1, "odd");
    assert!(values(&again, Some("odd"))[1].mean > values(&again, Some("odd"))[0].mean);
}

/// Two agents, of which the first is right four times in five and the second once.
fn world(rows: usize) -> DataSet {
    let row = |index: usize| {
        let right = f64::from(u8::from(index * 7 % 10 < 8));
        Row::new(&format!("Question {index} of many"), &[right, 1.0 - right])
    };
    DataSet::new("world", &["sure", "odd"], (0..rows).map(row).collect())
}

fn mean(variant: Variant, group_pairs: u32) -> f64 {
    let data = world(600);
    let policy = Policy::Learner(Box::new(LearnerConfig { group_pairs, ..LearnerConfig::default() }));
    let reports: Vec<_> =
        (1..6).map(|seed| run(&data, &policy, variant, seed, || 0).expect("plays")).collect();
    Summary::of(&reports).expect("five passes").f_bf
}

#[test]
fn tenants_that_differ_gain_much_by_values_of_their_own_and_those_alike_lose_little() {
    let (own, pooled) = (mean(Variant::Tenants, 4_096), mean(Variant::Tenants, 0));
    assert!(own > 0.85 && pooled < 0.3, "{own} {pooled}");
    let (own, pooled) = (mean(Variant::TenantsAlike, 4_096), mean(Variant::TenantsAlike, 0));
    assert!(own > pooled - 0.02, "{own} {pooled}");
}
