//! A decision allocates nothing once its scratch has grown, whoever is asked and however it is explored.

use std::sync::Arc;

use allocation_counter::measure;
use q_learning::{
    AgentKey, Candidate, Context, Experience, Exploration, Learner, LearnerConfig, ModelKey, Objective,
    Scratch, Spent, Terms, decision_rng,
};

const STRATEGIES: [Exploration; 5] = [
    Exploration::Ucb { width: 1.15, floor: 0.01 },
    Exploration::Thompson { width: 1.0, floor: 0.01 },
    Exploration::InverseGap { scale: 20.0, exponent: 0.5 },
    Exploration::EpsilonGreedy { epsilon: 0.1 },
    Exploration::Greedy,
];

/// On no terms, and on all there are.
fn contexts() -> [Context; 2] {
    let objective =
        Objective { cost_per_task_usd: Some(0.01), cost_per_day_usd: Some(5.0), latency_ms: Some(900.0) };
    let plain = Context::from_text("Fix `parse()` in main.rs: it returns Err(e) { code: 7 }");
    [plain.clone(), plain.on(Arc::new(Terms { group: "a tenant".to_owned(), objective }))]
}

fn agents(count: usize) -> Vec<AgentKey> {
    (0..count).map(|index| AgentKey::new(&format!("agent-{index}"))).collect()
}

/// Knows every agent but the last, on these terms.
fn taught(exploration: Exploration, context: &Context, agents: &[AgentKey]) -> Learner {
    let mut learner =
        Learner::new(LearnerConfig { exploration, ..LearnerConfig::default() }).expect("an allowed strategy");
    let known = &agents[..agents.len().saturating_sub(1)];
    for (turn, agent) in known.iter().cycle().take(2 * known.len()).enumerate() {
        let spent = Spent { cost_usd: 0.002, latency_ms: 300.0, at_ms: turn as i64 };
        let reward = (turn % 3) as f64 / 2.0;
        let experience = Experience::new(context.clone(), agent.clone(), reward);
        let model = Some(ModelKey::new("a model of them all"));
        learner.update(&Experience { spent: Some(spent), model, ..experience }).expect("a good experience");
    }
    learner
}

/// Allocations of the first decision and of a hundred that follow, some of them after a failure.
fn allocations(exploration: Exploration, context: &Context, count: usize) -> [u64; 2] {
    let agents = agents(count);
    let learner = taught(exploration, context, &agents);
    let model = ModelKey::new("a model of them all");
    let candidate = |agent| Candidate { model: Some(&model), ..Candidate::new(agent, 0.5) };
    let candidates: Vec<_> = agents.iter().map(candidate).collect();
    let again = context.after_failure(&agents[0]);
    let (mut scratch, mut rng) = (Scratch::default(), decision_rng(7));
    let mut decide = |context: &Context| {
        let decision = learner.decide(context, &candidates, &mut rng, &mut scratch).expect("candidates");
        assert!(decision.propensity > 0.0);
        learner.confidence(decision.values[decision.index]);
    };
    let first = measure(|| decide(context));
    let later = measure(|| (0..50).for_each(|_| [context, &again].into_iter().for_each(&mut decide)));
    [first.count_total, later.count_total]
}

#[test]
fn a_decision_with_a_warm_scratch_allocates_nothing() {
    for exploration in STRATEGIES {
        for context in &contexts() {
            for count in [1, 16, 100] {
                let [first, later] = allocations(exploration, context, count);
                let case = format!("{exploration:?}, {count} agents, terms: {}", context.terms().is_some());
                assert!(first > 0, "nothing is counted: {case}");
                assert_eq!(later, 0, "{case}");
            }
        }
    }
}
