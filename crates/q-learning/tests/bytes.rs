//! Everything that is kept comes back bit for bit, and damage is an error.

use std::sync::Arc;

use proptest::prelude::*;
use q_learning::{
    AgentKey, Candidate, Context, Error, Experience, Learner, LearnerConfig, NextState, Objective, Offer,
    Scratch, Signals, Spent, Terms, Word, decision_rng,
};

fn log() -> Vec<Experience> {
    let texts = ["Add a test", "Fix `main.rs`: it panics", "三つの数を足して", "What is 2 + 2?"];
    let rows = (0..60u32).map(|row| {
        let objective = Objective { latency_ms: Some(90.0), ..Objective::default() };
        let terms = Arc::new(Terms { group: format!("g{}", row % 3), objective });
        let context = Context::from_text(texts[row as usize % 4]);
        let context = if row % 4 == 0 { context.on(terms) } else { context };
        let agent = AgentKey::new(&format!("agent-{}", row % 5));
        let mut experience = Experience::new(context.clone(), agent.clone(), f64::from(row % 7) / 6.0);
        experience.relevance = f64::from(row % 3) / 2.0;
        experience.replaces = (row % 11 == 10).then_some(0.5);
        experience.replaced_weight = if row % 2 == 0 { 1.0 } else { 0.25 };
        experience.provisional = row % 3 > 0;
        experience.next = (row % 6 == 5).then(|| NextState {
            context: context.after_failure(&agent),
            candidates: vec![
                Offer { agent: AgentKey::new("agent-0"), relevance: 0.5, model: Some(AgentKey::new("m1")) },
                Offer { agent: AgentKey::new("never seen"), relevance: 0.0, model: None },
            ],
        });
        experience.word = (row % 5 == 0).then(|| Word { source: format!("s{}", row % 3), score: 0.5 });
        experience.model = (row % 3 > 0).then(|| AgentKey::new(&format!("m{}", row % 2)));
        experience.asked = (row % 4 > 1).then(|| AgentKey::new(&format!("alias {}", row % 3)));
        experience.tools = (0..row % 4).map(|tool| format!("tool {tool}")).collect();
        experience.spent = (row % 2 == 0).then_some(Spent { cost_usd: 0.25, latency_ms: 80.0, at_ms: 5 });
        experience
    });
    rows.collect()
}

fn folded(log: &[Experience]) -> Learner {
    let mut learner = Learner::new(LearnerConfig::default()).expect("the default configuration is allowed");
    log.iter().for_each(|row| {
        learner.update(row).expect("a good row");
    });
    learner
}

#[test]
fn the_same_log_gives_the_same_bytes() {
    assert_eq!(folded(&log()).to_bytes(), folded(&log()).to_bytes());
}

#[test]
fn a_log_that_went_through_bytes_gives_the_same_bytes() {
    let copied: Vec<Experience> =
        log().iter().map(|row| Experience::from_bytes(&row.to_bytes()).expect("its own bytes")).collect();
    assert_eq!(copied, log());
    assert_eq!(folded(&copied).to_bytes(), folded(&log()).to_bytes());
}

#[test]
fn a_learner_goes_on_from_its_bytes_as_if_it_had_never_stopped() {
    let log = log();
    let (first, second) = log.split_at(31);
    let mut resumed = Learner::from_bytes(&folded(first).to_bytes()).expect("its own bytes");
    second.iter().for_each(|row| {
        resumed.update(row).expect("a good row");
    });
    assert_eq!(resumed.to_bytes(), folded(&log).to_bytes());
}

#[test]
fn the_same_seed_gives_the_same_decision() {
    let learner = folded(&log());
    let agents: Vec<AgentKey> = (0..5).map(|index| AgentKey::new(&format!("agent-{index}"))).collect();
    let candidates: Vec<_> = agents.iter().map(|agent| Candidate::new(agent, 0.0)).collect();
    let decide = |seed| {
        let mut scratch = Scratch::default();
        let context = Context::from_text("Add another test");
        let decision =
            learner.decide(&context, &candidates, &mut decision_rng(seed), &mut scratch).expect("candidates");
        (decision.index, decision.propensity)
    };
    assert!((0..50).all(|seed| decide(seed) == decide(seed)));
}

#[test]
fn what_earlier_versions_kept_is_still_read() {
    // Written before there were terms and ceilings, from twelve outcomes of two agents.
    let learner = Learner::from_bytes(include_bytes!("data/learner_v1.bin")).expect("version 1");
    let agents = ["a", "b"].map(AgentKey::new);
    let candidates = agents.each_ref().map(|agent| Candidate::new(agent, 0.25));
    let mut scratch = Scratch::default();
    let values = learner.values(&Context::from_text("Add a test"), &candidates, &mut scratch);
    let means = [values[0].mean, values[1].mean];
    for (mean, then) in means.into_iter().zip([0.587_378_471_386_305_4, 0.585_399_114_549_583_9]) {
        assert!((mean - then).abs() < 1e-6, "{mean} {then}");
    }
    let row = Experience::from_bytes(include_bytes!("data/experience_v2.bin")).expect("version 2");
    assert_eq!(row, Experience::new(Context::from_text("Add test 0"), AgentKey::new("a"), 0.0));
}

#[test]
fn before_it_was_told_who_answered_the_name_in_the_settings_was_the_model() {
    let row = log()[4].clone();
    let row =
        Experience { model: Some(AgentKey::new("default")), provisional: true, replaced_weight: 1.0, ..row };
    let mut bytes = Experience { asked: None, ..row.clone() }.to_bytes();
    bytes.truncate(bytes.len() - 9);
    assert_eq!((bytes[4], bytes.pop()), (7, Some(0)), "before what is provisional: nobody was asked for");
    bytes[4] = 5;
    assert_eq!(Experience::from_bytes(&bytes), Ok(Experience { asked: None, ..row }));
}

#[test]
fn another_version_is_told_apart_from_damage() {
    let mut bytes = folded(&log()).to_bytes();
    bytes[4] = 0xff;
    assert!(matches!(Learner::from_bytes(&bytes), Err(Error::Version { found: 0x00ff.., .. })));
    assert!(matches!(Learner::from_bytes(b"not a learner"), Err(Error::Corrupt(_))));
    assert!(matches!(Learner::from_bytes(&[]), Err(Error::Corrupt(_))));
}

#[test]
fn bytes_cut_anywhere_are_an_error() {
    let whole = log()[5].to_bytes();
    assert!((0..whole.len()).all(|end| Experience::from_bytes(&whole[..end]).is_err()));
    let mut longer = whole.clone();
    longer.push(0);
    assert!(Experience::from_bytes(&longer).is_err());
    let learner = folded(&log()[..3]).to_bytes();
    assert!((0..learner.len()).step_by(997).all(|end| Learner::from_bytes(&learner[..end]).is_err()));
}

#[test]
fn a_context_is_compact() {
    let tags = ["billing"];
    let signals = Signals { tags: &tags, priority: Some(9), embedding: None };
    assert!(Context::describe(&"all kinds of words ".repeat(300), &signals).to_bytes().len() <= 160);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_context_of_any_text_comes_back(text in "\\PC{0,200}", tag in "\\PC{0,10}", embedding in prop::collection::vec(-2.0f32..2.0, 0..70)) {
        let signals = Signals { priority: Some(7), tags: &[&tag], embedding: Some(&embedding) };
        let context = Context::describe(&text, &signals).after_failure(&AgentKey::new(&tag));
        prop_assert_eq!(Context::from_bytes(&context.to_bytes()), Ok(context));
    }

    #[test]
    fn damaged_bytes_never_panic(position in 0usize..400, value: u8) {
        let mut bytes = log()[5].to_bytes();
        let position = position % bytes.len();
        bytes[position] = value;
        if let Ok(row) = Experience::from_bytes(&bytes) {
            let mut learner = Learner::new(LearnerConfig::default()).expect("allowed");
            let _ = learner.update(&row);
        }
    }

    #[test]
    fn damaged_learners_never_panic(position: usize, value: u8) {
        let mut bytes = folded(&log()[..2]).to_bytes();
        let position = if position % 2 == 0 { position % 600 } else { position % bytes.len() };
        bytes[position] = value;
        if let Ok(mut learner) = Learner::from_bytes(&bytes) {
            let _ = learner.update(&log()[3]);
        }
    }
}
