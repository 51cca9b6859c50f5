//! Ceilings on cost and time are met in closed loop, whatever the scale of costs, and what steers them is kept with the learner.

use std::sync::Arc;

use q_learning::replay::{DataSet, Policy, Report, Row, Variant, run};
use q_learning::{
    AgentKey, Candidate, Context, Experience, Learner, LearnerConfig, Limited, Objective, Scratch, Spent,
    Terms, decision_rng,
};

/// One of two agents is better and costs ten times as much; `scale` is what the cheap one costs.
fn world(rows: usize, scale: f64) -> DataSet {
    let row = |index: usize| {
        let luck = (index * 7919 % 100) as f64 / 100.0;
        let won = |share: f64| f64::from(u8::from(luck < share));
        let costs = vec![Some(scale), Some(10.0 * scale)];
        Row { costs, ..Row::new(&format!("task {index}"), &[won(0.5), won(0.8)]) }
    };
    DataSet::new("two", &["cheap", "dear"], (0..rows).map(row).collect())
}

fn pass(scale: f64, ceiling: f64, seed: u64) -> Report {
    let data = world(4_000, scale).with_cost_ceiling(ceiling * scale).expect("a ceiling");
    run(&data, &Policy::Default, Variant::Stationary, seed, || 0).expect("plays")
}

#[test]
fn the_mean_cost_comes_to_the_ceiling_at_any_scale_and_earns_what_a_mixture_would() {
    for scale in [1e-5, 0.01, 50.0] {
        for ceiling in [3.25, 5.5, 7.75] {
            let report = pass(scale, ceiling, 1);
            let share = report.cost / (ceiling * scale);
            assert!((share - 1.0).abs() < 0.01, "{scale} {ceiling}: {share}");
            let mixture = report.mixture.expect("costs are known");
            assert!(report.mean > mixture - 0.02, "{scale} {ceiling}: {} {mixture}", report.mean);
        }
    }
}

#[test]
fn a_ceiling_that_does_not_bind_changes_little_and_one_below_the_cheapest_takes_the_cheapest() {
    assert!(pass(1.0, 100.0, 1).mean > 0.77);
    assert!(pass(1.0, 0.5, 1).cost < 1.1);
}

/// Outcomes of a learner that decides under `terms`, `count` of them, `gap_ms` apart from the beginning of a day.
fn live(learner: &mut Learner, terms: &Arc<Terms>, count: i64, gap_ms: i64) -> (f64, f64) {
    let agents = [AgentKey::new("cheap"), AgentKey::new("dear")];
    let candidates: Vec<_> = agents.iter().map(|agent| Candidate::new(agent, 0.0)).collect();
    let (mut rng, mut scratch) = (decision_rng(3), Scratch::default());
    let (mut cost, mut time) = (0.0, 0.0);
    for turn in 0..count {
        let context = Context::from_text(&format!("task {turn}")).on(terms.clone());
        let decision = learner.decide(&context, &candidates, &mut rng, &mut scratch).expect("two");
        assert!((decision.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let dear = decision.index == 1;
        let luck = (turn * 7919 % 100) as f64 / 100.0;
        let reward = f64::from(u8::from(luck < if dear { 0.8 } else { 0.5 }));
        let (cost_usd, latency_ms) = if dear { (0.10, 9_000.0) } else { (0.01, 1_000.0) };
        let spent = Some(Spent { cost_usd, latency_ms, at_ms: 20_000 * 86_400_000 + turn * gap_ms });
        let experience = Experience::new(context, agents[decision.index].clone(), reward);
        learner.update(&Experience { spent, ..experience }).expect("a good row");
        cost += cost_usd;
        time += latency_ms;
    }
    (cost, time)
}

fn learner() -> Learner {
    Learner::new(LearnerConfig::default()).expect("allowed")
}

fn terms(group: &str, objective: Objective) -> Arc<Terms> {
    Arc::new(Terms { group: group.into(), objective })
}

#[test]
fn a_days_money_lasts_the_day() {
    let objective = Objective { cost_per_day_usd: Some(40.0), ..Objective::default() };
    // A thousand tasks a day: all cheap would be 10, all dear 100.
    let (cost, _) = live(&mut learner(), &terms("acme", objective), 1_000, 86_400);
    assert!((cost - 40.0).abs() < 1.2, "{cost}");
}

#[test]
fn a_mean_time_is_met() {
    let objective = Objective { latency_ms: Some(4_000.0), ..Objective::default() };
    let (_, time) = live(&mut learner(), &terms("acme", objective), 2_000, 1_000);
    assert!((time / 2_000.0 / 4_000.0 - 1.0).abs() < 0.02, "{}", time / 2_000.0);
}

#[test]
fn groups_are_paced_by_themselves_and_a_restart_forgets_nothing() {
    let objective = Objective { cost_per_task_usd: Some(0.03), ..Objective::default() };
    let (tight, other) = (terms("tight", objective), terms("other", objective));
    let mut whole = learner();
    live(&mut whole, &tight, 300, 1_000);
    let paces: Vec<_> = whole.paces().collect();
    assert_eq!(
        (paces.len(), paces[0].group.as_str(), paces[0].limited),
        (1, "tight", Limited::CostPerTaskUsd)
    );
    assert_eq!(paces[0].tasks, 300);
    let mut resumed = Learner::from_bytes(&whole.to_bytes()).expect("its own bytes");
    live(&mut whole, &other, 200, 1_000);
    live(&mut resumed, &other, 200, 1_000);
    assert_eq!(resumed.to_bytes(), whole.to_bytes());
    assert_eq!(whole.paces().count(), 2);
    let dear = AgentKey::new("dear");
    let (cost, latency) = whole.spending(&dear).expect("it was chosen");
    assert!((cost - 0.10).abs() < 1e-9 && (latency - 9_000.0).abs() < 1e-6);
}

#[test]
fn a_second_attempt_spends_what_the_first_left_of_its_task() {
    let objective = Objective { cost_per_task_usd: Some(1.0), ..Objective::default() };
    let terms = terms("acme", objective);
    let first = Context::from_text("a task").on(terms);
    let agent = AgentKey::new("a");
    let mut learner = learner();
    for context in [first.clone(), first.after_failure(&agent)] {
        let spent = Some(Spent { cost_usd: 0.75, ..Spent::default() });
        learner.update(&Experience { spent, ..Experience::new(context, agent.clone(), 0.0) }).expect("good");
    }
    let pace = learner.paces().next().expect("one ceiling");
    assert_eq!((pace.tasks, pace.spent), (1, 1.5));
}

#[test]
fn spending_that_no_reward_came_of_counts_and_teaches_nothing_else() {
    let objective = Objective { cost_per_task_usd: Some(0.03), ..Objective::default() };
    let terms = terms("acme", objective);
    let mut learner = learner();
    live(&mut learner, &terms, 50, 1_000);
    let (dear, context) = (AgentKey::new("dear"), Context::from_text("a pinned task").on(terms.clone()));
    let believed = |learner: &Learner| {
        let candidate = Candidate::new(&dear, 0.0);
        learner.values(&context, &[candidate], &mut Scratch::default())[0]
    };
    let (before, seen, pace) = (believed(&learner), learner.seen(), learner.paces().next().expect("one"));
    let spent = Spent { cost_usd: 0.5, ..Spent::default() };
    for agent in [dear.clone(), AgentKey::new("never heard of")] {
        let row = Experience::spending(context.clone(), agent, spent);
        let row = Experience::from_bytes(&row.to_bytes()).expect("its own bytes");
        learner.update(&row).expect("a good row");
    }
    let (after, now) = (believed(&learner), learner.paces().next().expect("one"));
    assert_eq!((after.mean, after.std_dev, learner.seen()), (before.mean, before.std_dev, seen));
    assert!(after.price > before.price && now.multiplier > pace.multiplier);
    assert_eq!(now.tasks, 52);
    assert!((now.spent * 52.0 - pace.spent * 50.0 - 1.0).abs() < 1e-9);
    assert!(!learner.knows(&AgentKey::new("never heard of")));
}

#[test]
fn an_agent_that_was_never_tried_costs_nothing_until_it_was() {
    let objective = Objective { cost_per_task_usd: Some(0.01), ..Objective::default() };
    let (mut learner, terms) = (learner(), terms("acme", objective));
    let (dear, new) = (AgentKey::new("dear"), AgentKey::new("new"));
    let price = |learner: &Learner| {
        let both = [&dear, &new].map(|agent| Candidate::new(agent, 0.0));
        let context = Context::from_text("a task").on(terms.clone());
        let mut scratch = Scratch::default();
        let values = learner.values(&context, &both, &mut scratch);
        [values[0].price, values[1].price]
    };
    for turn in 0..100 {
        let context = Context::from_text(&format!("task {turn}")).on(terms.clone());
        let spent = Some(Spent { cost_usd: 0.1, ..Spent::default() });
        learner.update(&Experience { spent, ..Experience::new(context, dear.clone(), 1.0) }).expect("good");
    }
    let [known, untried] = price(&learner);
    assert!(known > 1.0 && untried == 0.0, "{known} {untried}");
}

#[test]
fn streams_are_bounded_and_the_idle_one_goes() {
    let (agent, mut learner) = (AgentKey::new("a"), learner());
    for turn in 0..400 {
        let objective = Objective { cost_per_task_usd: Some(1.0 + f64::from(turn)), ..Objective::default() };
        let context = Context::from_text("x").on(terms("acme", objective));
        let spent = Some(Spent { cost_usd: 1.0, ..Spent::default() });
        learner.update(&Experience { spent, ..Experience::new(context, agent.clone(), 1.0) }).expect("good");
    }
    assert_eq!(learner.paces().count(), 256);
    assert!(learner.paces().all(|pace| pace.ceiling > 144.5));
    assert!(Learner::from_bytes(&learner.to_bytes()).is_ok());
}

#[test]
fn what_cannot_have_been_spent_is_refused() {
    let row = Experience::new(Context::from_text("x"), AgentKey::new("a"), 1.0);
    for cost_usd in [-0.1, f64::NAN, f64::INFINITY] {
        let spent = Some(Spent { cost_usd, ..Spent::default() });
        assert!(learner().update(&Experience { spent, ..row.clone() }).is_err(), "{cost_usd}");
    }
    let nothing = Objective { latency_ms: Some(0.0), ..Objective::default() };
    assert!(nothing.check().unwrap_err().to_string().starts_with("latency_ms must be from 0.000001"));
}
