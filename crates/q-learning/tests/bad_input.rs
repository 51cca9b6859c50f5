//! Whatever comes in, the result is a defined one.

use q_learning::{
    AgentKey, Candidate, Context, Error, Experience, Exploration, Learner, LearnerConfig, Scratch, Signals,
    decision_rng,
};
use rand::RngExt;

fn learner() -> Learner {
    Learner::new(LearnerConfig::default()).expect("the default configuration is allowed")
}

fn refused(change: impl FnOnce(&mut Experience)) -> Error {
    let mut learner = learner();
    let before = learner.to_bytes();
    let mut experience = Experience::new(Context::from_text("text"), AgentKey::new("a"), 0.5);
    change(&mut experience);
    let error = learner.update(&experience).expect_err("must be refused");
    assert_eq!(learner.to_bytes(), before, "a refused experience changed something");
    error
}

#[test]
fn refuses_rewards_that_are_no_numbers_from_0_to_1() {
    for reward in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.1, 1.1] {
        assert!(matches!(refused(|e| e.reward = reward), Error::Reward(_)));
        assert!(matches!(refused(|e| e.replaces = Some(reward)), Error::Reward(_)));
    }
}

#[test]
fn refuses_weights_that_are_not_from_0_to_10() {
    for weight in [-1.0, 10.1, f64::NAN, f64::INFINITY] {
        assert!(matches!(refused(|e| e.weight = weight), Error::Weight(_)));
        let replaced = |e: &mut Experience| (e.replaces, e.replaced_weight) = (Some(0.5), weight);
        assert!(matches!(refused(replaced), Error::Weight(_)));
    }
    let heavier = |e: &mut Experience| (e.replaces, e.weight, e.replaced_weight) = (Some(0.5), 0.1, 1.0);
    assert!(matches!(refused(heavier), Error::Weight(_)));
}

#[test]
fn judgements_in_any_order_and_number_leave_numbers() {
    let (mut learner, mut rng) = (learner(), decision_rng(3));
    let agents = ["a", "b"].map(AgentKey::new);
    let context = Context::from_text("text");
    for _ in 0..2_000 {
        let agent = agents[usize::from(rng.random::<bool>())].clone();
        let weight = [0.01, 1.0, 10.0][rng.random_range(0..3)];
        let mut row = Experience::new(context.clone(), agent, rng.random_range(0..2).into());
        row.replaces = rng.random::<bool>().then(|| f64::from(rng.random_range(0..2)));
        (row.weight, row.replaced_weight) = (weight, weight * rng.random::<f64>());
        row.provisional = rng.random();
        learner.update(&row).expect("allowed");
    }
    let candidates = agents.each_ref().map(|agent| Candidate::new(agent, 0.5));
    let mut scratch = Scratch::default();
    let decision = learner.probabilities(&context, &candidates, &mut scratch).expect("two");
    assert!((decision.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    for value in decision.values {
        assert!(value.std_dev.is_finite() && (-1.0..=2.0).contains(&value.mean), "{value:?}");
        assert!((0.0..=1.0).contains(&learner.confidence(*value)), "{}", learner.confidence(*value));
    }
    assert!((0.01..=1.0).contains(&learner.provisional_weight(1.0)));
}

#[test]
fn an_empty_roster_is_an_error_and_one_agent_is_certain() {
    let (learner, context, mut scratch) = (learner(), Context::from_text("text"), Scratch::default());
    let mut rng = decision_rng(1);
    assert_eq!(learner.decide(&context, &[], &mut rng, &mut scratch).err(), Some(Error::NoCandidates));
    let agent = AgentKey::new("only");
    let only = [Candidate::new(&agent, 0.0)];
    let decision = learner.decide(&context, &only, &mut rng, &mut scratch).expect("one candidate");
    assert_eq!((decision.index, decision.best), (0, 0));
    assert!((decision.propensity - 1.0).abs() < 1e-12);
}

#[test]
fn relevance_is_clamped_and_not_a_number_is_none() {
    let (learner, context, mut scratch) = (learner(), Context::from_text("text"), Scratch::default());
    let agent = AgentKey::new("a");
    let mut mean =
        |relevance| learner.values(&context, &[Candidate::new(&agent, relevance)], &mut scratch)[0].mean;
    assert_eq!(mean(f64::NAN), mean(0.0));
    assert_eq!(mean(-3.0), mean(0.0));
    assert_eq!(mean(f64::INFINITY), mean(1.0));
    assert!(mean(1.0) > mean(0.0));
}

#[test]
fn ten_thousand_agents_are_a_distribution_under_every_strategy() {
    let agents: Vec<AgentKey> = (0..10_000).map(|index| AgentKey::new(&format!("agent-{index}"))).collect();
    let candidates: Vec<_> = agents.iter().map(|agent| Candidate::new(agent, 0.0)).collect();
    let strategies = [
        LearnerConfig::default().exploration,
        Exploration::Thompson { width: 1.0, floor: 0.01 },
        Exploration::InverseGap { scale: 10.0, exponent: 0.5 },
        Exploration::Ucb { width: 1.0, floor: 0.1 },
        Exploration::EpsilonGreedy { epsilon: 0.1 },
        Exploration::Greedy,
    ];
    for exploration in strategies {
        let learner =
            Learner::new(LearnerConfig { exploration, ..LearnerConfig::default() }).expect("allowed");
        let mut scratch = Scratch::default();
        let decision = learner
            .decide(&Context::from_text("text"), &candidates, &mut decision_rng(7), &mut scratch)
            .expect("there are candidates");
        let sum: f64 = decision.probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{exploration:?} sums to {sum}");
        assert!(decision.probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{exploration:?}");
        assert!(decision.propensity > 0.0);
    }
}

#[test]
fn newcomers_that_are_all_alike_share_the_choice_evenly() {
    let agents: Vec<AgentKey> = (0..4).map(|index| AgentKey::new(&format!("agent-{index}"))).collect();
    let candidates: Vec<_> = agents.iter().map(|agent| Candidate::new(agent, 0.0)).collect();
    let (context, mut scratch) = (Context::from_text("text"), Scratch::default());
    let decision =
        learner().probabilities(&context, &candidates, &mut scratch).map(|d| d.probabilities.to_vec());
    assert_eq!(decision, Ok(vec![0.25; 4]));
}

#[test]
fn any_text_has_finite_values() {
    let long = "word ".repeat(2_000);
    let one = "w".repeat(10_240);
    let noise: String = (1..5_000u32).filter_map(char::from_u32).collect();
    let texts = [
        "",
        " \n\t ",
        "?",
        "\u{0}\u{0}",
        "日本語のテキスト",
        "العربية",
        "हिन्दी",
        "👩‍👩‍👧‍👦 🏳️‍🌈",
        "Ǆ ß İ",
        &long,
        &one,
        &noise,
    ];
    let agent = AgentKey::new("a");
    let mut learner = learner();
    for text in texts {
        let context = Context::from_text(text);
        learner.update(&Experience::new(context.clone(), agent.clone(), 1.0)).expect("a good reward");
        let mut scratch = Scratch::default();
        let value = learner.values(&context, &[Candidate::new(&agent, 0.0)], &mut scratch)[0];
        assert!(value.mean.is_finite() && value.std_dev.is_finite() && value.std_dev > 0.0, "{text:.20}");
        assert!((0.0..=1.0).contains(&learner.confidence(value)));
        assert_eq!(Context::from_bytes(&context.to_bytes()), Ok(context));
    }
}

#[test]
fn embeddings_that_are_no_vectors_are_as_none() {
    let with = |embedding: &[f32]| {
        Context::describe("text", &Signals { embedding: Some(embedding), ..Signals::default() })
    };
    let none = Context::from_text("text");
    for embedding in
        [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY], &[f32::MAX, f32::MAX, f32::MIN]]
    {
        let context = with(embedding);
        assert!(context == none || embedding[0] == f32::MAX, "{embedding:?}");
    }
    assert_ne!(with(&[1.0, 2.0]), none);
}

#[test]
fn a_configuration_out_of_bounds_names_its_field() {
    let bad = |change: fn(&mut LearnerConfig)| {
        let mut config = LearnerConfig::default();
        change(&mut config);
        match Learner::new(config) {
            Err(Error::Config { field, .. }) => field,
            other => panic!("was not refused: {:?}", other.map(|_| ())),
        }
    };
    assert_eq!(bad(|config| config.gamma = 1.5), "gamma");
    assert_eq!(bad(|config| config.noise_variance = 0.0), "noise_variance");
    assert_eq!(bad(|config| config.sketch_bias_variance = f64::NAN), "sketch_bias_variance");
    assert_eq!(bad(|config| config.exploration = Exploration::EpsilonGreedy { epsilon: 2.0 }), "exploration");
}
