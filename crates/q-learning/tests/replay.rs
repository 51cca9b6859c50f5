//! Replays of a small world of our own making, in which it is known what a good policy earns.

use q_learning::replay::{DataSet, Policy, Row, Summary, Variant, run};

/// Three kinds of tasks and three agents, each good at one kind; a fourth is middling at all.
fn world(rows: usize) -> DataSet {
    let texts = [
        "Please fix `parse()` in main.rs; it returns Err(e) { code: 7 }",
        "How many people lived in Norway in 1950, and how many in 2020?",
        "Write a warm letter to our customers about the holidays",
    ];
    let row = |index: usize| {
        let kind = index % 3;
        let mut rewards = vec![0.1; 4];
        rewards[kind] = 0.9;
        rewards[3] = 0.5;
        Row::new(&format!("{} ({index})", texts[kind]), &rewards)
    };
    DataSet::new("world", &["coder", "counter", "writer", "allrounder"], (0..rows).map(row).collect())
}

fn summary(policy: &Policy, variant: Variant) -> Summary {
    let data = world(600);
    let reports: Vec<_> =
        (1..4).map(|seed| run(&data, policy, variant, seed, || 0).expect("plays")).collect();
    Summary::of(&reports).expect("three passes")
}

#[test]
fn the_scale_runs_from_random_over_best_fixed_to_the_oracle() {
    let random = summary(&Policy::Random, Variant::Stationary);
    assert!(random.f_bf.abs() < 0.2, "{random:?}");
    let best = summary(&Policy::BestFixed, Variant::Stationary);
    assert!((best.f_bf - 1.0).abs() < 1e-9, "{best:?}");
    assert!((best.oracle - 0.9).abs() < 1e-9 && (best.best_fixed - 0.5).abs() < 1e-9);
}

#[test]
fn the_default_policy_learns_who_is_good_at_what() {
    let learned = summary(&Policy::Default, Variant::Stationary);
    assert!(learned.mean > 0.7, "{learned:?}");
}

#[test]
fn the_default_policy_beats_best_fixed_in_every_variant() {
    for (name, variant) in Variant::ALL {
        let learned = summary(&Policy::Default, variant);
        assert!(learned.mean > learned.best_fixed, "{name}: {learned:?}");
    }
}

#[test]
fn every_policy_plays_every_variant_the_same_way_twice() {
    let data = world(300);
    for (name, policy) in Policy::NAMED {
        for (_, variant) in Variant::ALL {
            let pass = || run(&data, &policy, variant, 5, || 0).expect("plays");
            assert_eq!(pass(), pass(), "{name}");
        }
    }
}

#[test]
fn rows_without_outcomes_that_can_be_are_left_out() {
    let row = |rewards: &[f64]| Row::new("text", rewards);
    let nobody = Row { rewards: vec![None, None], ..row(&[]) };
    let free = Row { costs: vec![Some(-1.0), None], ..row(&[0.5, 0.5]) };
    let rows = vec![row(&[0.5, 1.0]), row(&[0.5]), row(&[0.5, f64::NAN]), row(&[2.0, 0.0]), nobody, free];
    assert_eq!(DataSet::new("holes", &["a", "b"], rows).len(), 1);
}

#[test]
fn who_has_no_outcome_in_a_row_cannot_be_chosen_for_it() {
    let row = |index: usize| {
        let known = [index.is_multiple_of(2), true, index.is_multiple_of(3)];
        Row { rewards: known.map(|known| known.then_some(0.5)).to_vec(), ..Row::new("text", &[]) }
    };
    let data = DataSet::new("holes", &["a", "b", "c"], (0..60).map(row).collect());
    for (name, policy) in Policy::NAMED {
        for (_, variant) in Variant::ALL {
            let report = run(&data, &policy, variant, 1, || 0).expect("plays");
            assert_eq!((report.rows, report.mean, report.oracle), (60, 0.5, 0.5), "{name}");
        }
    }
}

#[test]
fn one_agent_leaves_nothing_to_gain_and_one_row_is_a_pass() {
    let one = DataSet::new("one", &["a"], vec![Row::new("text", &[0.3])]);
    let none = DataSet::new("none", &["a"], Vec::new());
    for (name, policy) in Policy::NAMED {
        for (_, variant) in Variant::ALL {
            let report = run(&one, &policy, variant, 1, || 0).expect("plays");
            assert_eq!((report.f_bf(), report.f_or(), report.mean), (1.0, 1.0, 0.3), "{name}");
            assert_eq!(run(&none, &policy, variant, 1, || 0).expect("plays").rows, 0, "{name}");
        }
    }
}

#[test]
fn prices_change_half_way() {
    let row = |_| Row { costs: vec![Some(1.0), Some(3.0)], ..Row::new("text", &[1.0, 0.0]) };
    let data = DataSet::new("prices", &["good", "bad"], (0..100).map(row).collect());
    let cost = |variant| run(&data, &Policy::BestFixed, variant, 1, || 0).expect("plays").cost;
    assert_eq!((cost(Variant::Stationary), cost(Variant::PriceChange)), (1.0, 2.0));
}
