//! Estimates against a world whose truth is known.

use q_learning::ope::{Sample, dr, ips, snips};
use q_learning::{Error, decision_rng};
use rand::RngExt;

/// Two actions that succeed with 0.3 and 0.7; logged with 0.8 and 0.2, evaluated with 0.1 and 0.9.
fn world(seed: u64, count: usize, bias: f64) -> Vec<Sample> {
    let mut rng = decision_rng(seed);
    let (chance, logged, target) = ([0.3, 0.7], [0.8, 0.2], [0.1, 0.9]);
    let expected = chance.map(|chance| chance + bias);
    let sample = |_| {
        let action = usize::from(rng.random::<f64>() < logged[1]);
        Sample {
            reward: f64::from(u8::from(rng.random::<f64>() < chance[action])),
            logged: logged[action],
            target: target[action],
            expected: expected[action],
            expected_target: target[0] * expected[0] + target[1] * expected[1],
        }
    };
    (0..count).map(sample).collect()
}

const TRUTH: f64 = 0.1 * 0.3 + 0.9 * 0.7;

#[test]
fn all_estimators_come_near_the_truth() {
    let samples = world(1, 20_000, 0.1);
    for estimate in [ips(&samples), snips(&samples), dr(&samples)] {
        let estimate = estimate.expect("good samples");
        assert!((estimate.value - TRUTH).abs() < 0.02, "{estimate:?}");
        assert!(estimate.low < estimate.value && estimate.value < estimate.high);
    }
}

#[test]
fn intervals_cover_the_truth_about_as_often_as_they_say() {
    for estimator in [ips, snips, dr] {
        let covered = (0..400).filter(|seed| {
            let estimate = estimator(&world(*seed, 1_000, 0.1)).expect("good samples");
            (estimate.low..=estimate.high).contains(&TRUTH)
        });
        let covered = covered.count();
        assert!((370..=392).contains(&covered), "{covered} of 400");
    }
}

#[test]
fn a_good_model_narrows_the_interval() {
    let samples = world(3, 2_000, 0.0);
    let width = |estimate: q_learning::ope::Estimate| estimate.high - estimate.low;
    assert!(width(dr(&samples).expect("good")) < 0.8 * width(ips(&samples).expect("good")));
}

#[test]
fn evaluating_the_logging_policy_counts_every_sample() {
    let mut samples = world(4, 500, 0.0);
    samples.iter_mut().for_each(|sample| sample.target = sample.logged);
    let estimate = ips(&samples).expect("good");
    let mean = samples.iter().map(|sample| sample.reward).sum::<f64>() / 500.0;
    assert!((estimate.value - mean).abs() < 1e-12 && (estimate.effective_samples - 500.0).abs() < 1e-6);
}

#[test]
fn samples_that_cannot_be_are_refused() {
    assert_eq!(ips(&[]), Err(Error::NoSamples));
    let good = world(5, 1, 0.0)[0];
    for bad in
        [Sample { logged: 0.0, ..good }, Sample { logged: 1.5, ..good }, Sample { target: -0.1, ..good }]
    {
        assert!(matches!(snips(&[bad]), Err(Error::Propensity(_))));
    }
    assert!(matches!(dr(&[Sample { reward: f64::NAN, ..good }]), Err(Error::Reward(_))));
    let never = snips(&[Sample { target: 0.0, ..good }]).expect("defined");
    assert_eq!((never.low, never.high, never.effective_samples), (0.0, 1.0, 0.0));
}
