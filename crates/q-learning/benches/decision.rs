//! Times of a decision and of an update: `cargo bench -p q-learning`. Medians of batches, so that a busy machine disturbs little.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use q_learning::{AgentKey, Candidate, Context, Experience, Learner, LearnerConfig, Scratch, decision_rng};

const TEXT: &str = "Fix the failing test in src/parser.rs: `parse_header` returns Err(Truncated) for a header of 12 bytes. \
    Keep the public interface, add a regression test, and say in one paragraph what was wrong.";

fn main() -> std::io::Result<()> {
    for count in [4, 16, 100, 1_000] {
        report(&format!("decision, {count} agents"), decisions(count))?;
    }
    report("update, 16 agents", updates(false))?;
    report("update, 16 agents, a snapshot held", updates(true))?;
    let long = TEXT.repeat(30);
    report(
        "features of 180 characters",
        median(|| drop(black_box(Context::from_text(black_box(&TEXT[..180]))))),
    )?;
    report(
        "features of 4,000 characters",
        median(|| drop(black_box(Context::from_text(black_box(&long[..4_000]))))),
    )
}

fn report(what: &str, nanos: f64) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{what}: {:.2} µs", nanos / 1e3)
}

fn taught(count: usize) -> (Learner, Vec<AgentKey>) {
    let agents: Vec<AgentKey> = (0..count).map(|index| AgentKey::new(&format!("agent-{index}"))).collect();
    let mut learner = Learner::new(LearnerConfig::default()).expect("the default configuration is allowed");
    for round in 0..3 * count {
        let context = Context::from_text(&format!("{TEXT} {round}"));
        let reward = (round % 5) as f64 / 4.0;
        let experience = Experience::new(context, agents[round % count].clone(), reward);
        learner.update(&experience).expect("a good experience");
    }
    (learner, agents)
}

fn decisions(count: usize) -> f64 {
    let (learner, agents) = taught(count);
    let candidates: Vec<_> = agents.iter().map(|agent| Candidate::new(agent, 0.0)).collect();
    let (context, mut scratch, mut rng) = (Context::from_text(TEXT), Scratch::default(), decision_rng(1));
    median(|| {
        let decision = learner.decide(black_box(&context), black_box(&candidates), &mut rng, &mut scratch);
        black_box(decision.expect("there are candidates").index);
    })
}

fn updates(snapshot: bool) -> f64 {
    let (mut learner, agents) = taught(16);
    let context = Context::from_text(TEXT);
    let mut round = 0;
    median(|| {
        let held = snapshot.then(|| learner.clone());
        round += 1;
        let reward = (round % 2) as f64;
        let experience = Experience::new(context.clone(), agents[round % 16].clone(), reward);
        black_box(learner.update(&experience).expect("a good experience"));
        drop(held);
    })
}

/// Nanoseconds of one call: the median of 200 batches.
fn median(mut call: impl FnMut()) -> f64 {
    const BATCH: u32 = 50;
    (0..BATCH).for_each(|_| call());
    let mut nanos: Vec<f64> = (0..200)
        .map(|_| {
            let begin = Instant::now();
            (0..BATCH).for_each(|_| call());
            begin.elapsed().as_nanos() as f64 / f64::from(BATCH)
        })
        .collect();
    nanos.sort_by(f64::total_cmp);
    nanos[nanos.len() / 2]
}
