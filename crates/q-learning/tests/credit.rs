//! Outcomes are credited to agents, to the models that they run on, and to the tools that they called.

use q_learning::{
    AgentKey, Candidate, Context, Credit, Experience, Learner, LearnerConfig, ModelKey, Scratch, Value,
};

fn learner() -> Learner {
    Learner::new(LearnerConfig::default()).expect("allowed")
}

fn row(agent: &str, model: Option<&str>, turn: usize, reward: f64) -> Experience {
    let context = Context::from_text(&format!("Add a test to module {turn}"));
    let model = model.map(ModelKey::new);
    Experience { model, ..Experience::new(context, AgentKey::new(agent), reward) }
}

/// So many outcomes of each agent, of which this share succeeds, spread evenly.
fn live(learner: &mut Learner, agents: &[(&str, &str)], turns: usize, share: f64) {
    for turn in 0..turns {
        let reward = f64::from(u8::from((turn * 37 % 100) as f64 / 100.0 < share));
        for (agent, model) in agents {
            learner.update(&row(agent, Some(model), turn, reward)).expect("a good row");
        }
    }
}

fn value(learner: &Learner, agent: &str, model: Option<&str>) -> Value {
    let (agent, model) = (AgentKey::new(agent), model.map(ModelKey::new));
    let candidate = Candidate { model: model.as_ref(), ..Candidate::new(&agent, 0.0) };
    learner.values(&Context::from_text("Add a test to module 7"), &[candidate], &mut Scratch::default())[0]
}

/// An outcome under a name that may be an alias.
fn asking(name: &str, answered: Option<&str>, turn: usize, reward: f64) -> Experience {
    Experience { asked: Some(ModelKey::new(name)), ..row("a", answered, turn, reward) }
}

fn models(learner: &Learner) -> Vec<(String, u64)> {
    learner.credits().models.into_iter().map(|model| (model.name, model.outcomes)).collect()
}

#[test]
fn an_outcome_is_credited_to_who_answered_whatever_it_was_asked_for_by() {
    let mut learner = learner();
    for turn in 0..40 {
        learner.update(&asking("default", Some("p/good"), turn, 1.0)).expect("a good row");
        learner.update(&asking("fast", Some("p/bad"), turn, 0.0)).expect("a good row");
    }
    assert_eq!(models(&learner), [("p/bad".to_owned(), 40), ("p/good".to_owned(), 40)]);
    let [default, good] = ["default", "p/good"].map(|model| value(&learner, "new", Some(model)));
    assert_eq!(default, good, "an alias is worth what stands behind it");
    assert!(default.mean > value(&learner, "new", Some("fast")).mean + 0.05, "{default:?}");

    learner.update(&asking("default", Some("p/bad"), 40, 0.0)).expect("a good row");
    let [default, bad] = ["default", "p/bad"].map(|model| value(&learner, "new", Some(model)));
    assert_eq!(default, bad, "and that is who answered last");
}

#[test]
fn an_attempt_that_nobody_answered_is_credited_to_who_was_expected_to() {
    let mut learner = learner();
    learner.update(&asking("default", None, 0, 0.0)).expect("a good row");
    assert_eq!(models(&learner), [], "nothing is known of who that is");
    learner.update(&asking("default", Some("p/m"), 1, 1.0)).expect("a good row");
    learner.update(&asking("default", None, 2, 0.0)).expect("a good row");
    assert_eq!(models(&learner), [("p/m".to_owned(), 2)]);
    learner.update(&row("a", Some("kept by its name"), 3, 1.0)).expect("a good row");
    learner.update(&asking("kept by its name", None, 4, 0.0)).expect("a good row");
    assert_eq!(models(&learner)[0], ("kept by its name".to_owned(), 2));
}

const STRONG: [(&str, &str); 3] = [("a", "strong"), ("b", "strong"), ("c", "strong")];
const WEAK: [(&str, &str); 3] = [("d", "weak"), ("e", "weak"), ("f", "weak")];

#[test]
fn a_new_agent_begins_with_what_its_model_is_worth_and_less_in_doubt() {
    let mut learner = learner();
    for _ in 0..4 {
        live(&mut learner, &STRONG, 25, 0.9);
        live(&mut learner, &WEAK, 25, 0.3);
    }
    let [strong, weak, unknown] =
        [Some("strong"), Some("weak"), None].map(|model| value(&learner, "new", model));
    assert!(strong.mean > weak.mean + 0.1, "{strong:?} {weak:?}");
    assert!(strong.mean > unknown.mean && unknown.mean > weak.mean, "{unknown:?}");
    assert!(strong.std_dev < 0.9 * unknown.std_dev, "{strong:?} {unknown:?}");
    let other = value(&learner, "new", Some("never seen"));
    assert_eq!((other.mean, other.std_dev), (unknown.mean, unknown.std_dev));
}

#[test]
fn one_agent_on_a_model_is_no_less_in_doubt_than_without_one() {
    let (mut with, mut without) = (learner(), learner());
    for turn in 0..40 {
        let reward = f64::from(u8::from(turn % 4 > 0));
        with.update(&row("a", Some("m"), turn, reward)).expect("a good row");
        without.update(&row("a", None, turn, reward)).expect("a good row");
    }
    let (with, without) = (value(&with, "a", Some("m")), value(&without, "a", None));
    assert!((with.std_dev - without.std_dev).abs() < 0.01, "{with:?} {without:?}");
    assert!((with.mean - without.mean).abs() < 0.03, "{with:?} {without:?}");
}

#[test]
fn a_model_that_turns_bad_takes_its_other_agents_down_before_they_are_tried() {
    let mut learner = learner();
    for _ in 0..4 {
        live(&mut learner, &STRONG, 25, 0.9);
        live(&mut learner, &WEAK, 25, 0.6);
    }
    let before = [value(&learner, "c", Some("strong")), value(&learner, "f", Some("weak"))];
    live(&mut learner, &STRONG[..2], 25, 0.1);
    let after = [value(&learner, "c", Some("strong")), value(&learner, "f", Some("weak"))];
    let fell = |at: usize| before[at].mean - after[at].mean;
    assert!(fell(0) > 0.15, "{} of {:?}", fell(0), before[0]);
    assert!(fell(1) < 0.5 * fell(0), "the other model's: {}", fell(1));
}

#[test]
fn effects_can_be_read_with_their_doubt_and_come_back_from_bytes() {
    let mut learner = learner();
    live(&mut learner, &STRONG, 60, 0.9);
    live(&mut learner, &WEAK, 60, 0.3);
    // The tool `broken` fails whoever calls it; `sound` makes no difference.
    for turn in 0..200 {
        let called: &[&str] = if turn % 3 == 0 { &["broken", "sound"] } else { &["sound"] };
        let luck = (turn * 37 % 100) as f64 / 100.0;
        let reward = f64::from(u8::from(luck < if turn % 3 == 0 { 0.2 } else { 0.8 }));
        let tools = called.iter().map(|tool| (*tool).to_owned()).collect();
        let agent = ["a", "b"][turn % 2];
        learner.update(&Experience { tools, ..row(agent, Some("strong"), turn, reward) }).expect("good");
    }
    let credits = learner.credits();
    assert_eq!(Learner::from_bytes(&learner.to_bytes()).expect("its own bytes").credits(), credits);
    let names = |list: &[Credit]| list.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&credits.agents), ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(names(&credits.models), ["strong", "weak"]);
    assert_eq!(names(&credits.tools), ["broken", "sound"]);
    let [strong, weak] = &credits.models[..] else { panic!("two models") };
    assert!(strong.effect > weak.effect + 0.1 && strong.outcomes == 380, "{credits:?}");
    let [broken, sound] = &credits.tools[..] else { panic!("two tools") };
    assert!(broken.effect + 2.0 * broken.std_dev < 0.0 && broken.outcomes == 67, "{credits:?}");
    assert!(sound.effect > broken.effect + 0.15 && sound.effect.abs() < 0.15, "{credits:?}");
}

#[test]
fn models_and_tools_are_bounded_in_number() {
    let mut learner = learner();
    for turn in 0..1_100 {
        let tools = vec![format!("tool {turn}"), format!("tool {turn}")];
        let row = row("a", Some(&format!("model {turn}")), turn, 1.0);
        learner.update(&Experience { tools, ..row }).expect("a good row");
    }
    let credits = learner.credits();
    assert_eq!((credits.models.len(), credits.tools.len()), (1_024, 512));
    assert!(credits.tools.iter().all(|tool| tool.outcomes == 1 && tool.name.as_str() > "tool 0"));
    assert!(Learner::from_bytes(&learner.to_bytes()).is_ok());
}
