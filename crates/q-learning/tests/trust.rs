//! Sources of rewards are believed as far as their words agree with what is expected, and nobody is silenced for long by mistake.

use q_learning::{AgentKey, Context, Error, Experience, Learner, LearnerConfig, Word};

const HONEST: &str = "ann";
const LIAR: &str = "eve";

fn learner() -> Learner {
    Learner::new(LearnerConfig::default()).expect("allowed")
}

/// One outcome of a good or a bad agent, as this source tells it.
fn tell(learner: &mut Learner, turn: usize, source: &str, lies: bool) {
    let good = turn.is_multiple_of(2);
    let reward = f64::from(u8::from(good != lies));
    let agent = AgentKey::new(if good { "good" } else { "bad" });
    let word = Some(Word { source: source.into(), score: reward });
    let row = Experience::new(Context::from_text(&format!("task {turn}")), agent, reward);
    learner.update(&Experience { word, ..row }).expect("a good row");
}

#[test]
fn a_source_that_says_the_opposite_is_found_out_and_the_others_are_not() {
    let mut learner = learner();
    for turn in 0..200 {
        let lies = turn % 10 >= 8;
        let source = if lies { LIAR.to_owned() } else { format!("{HONEST}-{}", turn / 2 % 4) };
        tell(&mut learner, turn, &source, lies);
    }
    assert!(learner.trust(LIAR) < 0.05, "{}", learner.trust(LIAR));
    for (source, trust, words) in learner.sources().filter(|(source, ..)| *source != LIAR) {
        assert!(trust > 0.95, "{source}: {trust} after {words}");
    }
    assert_eq!(learner.trust("never heard of"), 1.0);
    let resumed = Learner::from_bytes(&learner.to_bytes()).expect("its own bytes");
    assert_eq!(resumed.trust(LIAR), learner.trust(LIAR));
}

#[test]
fn one_who_stops_lying_is_believed_again() {
    let mut learner = learner();
    for turn in 0..200 {
        let lies = turn % 10 >= 8;
        tell(&mut learner, turn, if lies { LIAR } else { HONEST }, lies);
    }
    assert!(learner.trust(LIAR) < 0.05);
    (200..400).for_each(|turn| tell(&mut learner, turn, if turn % 10 >= 8 { LIAR } else { HONEST }, false));
    assert!(learner.trust(LIAR) > 0.9, "{}", learner.trust(LIAR));
}

#[test]
fn when_the_world_turns_round_its_sources_are_not_taken_for_liars() {
    let mut learner = learner();
    let names = ["a", "b", "c", "d"];
    for turn in 0..400 {
        tell(&mut learner, turn, names[turn / 2 % 4], turn >= 200);
    }
    let least = learner.sources().map(|(_, trust, _)| trust).fold(1.0, f64::min);
    assert!(least > 0.9, "{least}");
}

#[test]
fn the_only_source_there_is_is_believed() {
    let mut learner = learner();
    (0..300).for_each(|turn| tell(&mut learner, turn, HONEST, turn >= 150));
    assert_eq!(learner.trust(HONEST), 1.0);
}

#[test]
fn a_word_that_is_no_score_is_refused() {
    let word = Some(Word { source: LIAR.into(), score: 1.5 });
    let row = Experience { word, ..Experience::new(Context::from_text("x"), AgentKey::new("a"), 1.0) };
    assert_eq!(learner().update(&row), Err(Error::Reward(1.5)));
}

#[test]
fn sources_are_bounded() {
    let mut learner = learner();
    (0..1_100).for_each(|turn| tell(&mut learner, turn, &format!("source {turn}"), false));
    assert_eq!(learner.sources().count(), 1_024);
}
