//! The lease protocol in a simulated world: workers with clocks of their own, a network, and a store, all out of one seed.
//!
//! Workers decide by the real [`super::Lease`]; the store follows the rules that the storage suite holds both databases
//! against. Faults: crashes, frozen processes, lost and late messages in both directions, an unreachable store, drifting clocks.

mod store;
mod world;

use world::{Care, World};

/// Seeds of an ordinary test run; `LIGHTNING_SEEDS` asks for more.
const SEEDS: u64 = 3_000;

fn seeds() -> u64 {
    std::env::var("LIGHTNING_SEEDS").ok().and_then(|number| number.parse().ok()).unwrap_or(SEEDS)
}

#[test]
fn nothing_is_lost_and_nothing_done_by_two_whatever_fails() {
    let (mut takeovers, mut refused, mut freezes, mut unknown) = (0, 0, 0, 0);
    for seed in 0..seeds() {
        let world = World::run(seed, Care::Full);
        assert_eq!(world.faults(), Vec::<String>::new(), "seed {seed}");
        takeovers += world.takeovers;
        refused += world.store.refused;
        freezes += world.freezes;
        unknown += world.claims_unknown;
    }
    // A world in which nothing happens would pass as well.
    let each = |count: u64| count as f64 / seeds() as f64;
    assert!(each(takeovers) > 1.0, "takeovers: {takeovers}");
    assert!(each(refused) > 0.5, "late writes refused: {refused}");
    assert!(each(freezes) > 0.5, "freezes: {freezes}");
    assert!(each(unknown) > 0.05, "claims whose answer was lost: {unknown}");
}

#[test]
fn the_same_seed_is_the_same_world() {
    let told = |seed| World::run(seed, Care::Full).told;
    assert_eq!(told(5), told(5));
    assert_ne!(told(5), told(6));
}

/// Each care that is taken is needed: without it, some seed goes wrong.
#[track_caller]
fn goes_wrong_without(care: Care) {
    let wrong = (0..2_000).find(|seed| !World::run(*seed, care).faults().is_empty());
    assert!(wrong.is_some(), "{care:?} never mattered");
}

#[test]
fn a_store_that_ignores_fences_takes_late_writes() {
    goes_wrong_without(Care::NoFence);
}

#[test]
fn a_worker_that_does_not_look_at_its_lease_before_an_effect_acts_beside_another() {
    goes_wrong_without(Care::NoLookBeforeEffects);
}

#[test]
fn a_worker_that_believes_longer_than_the_store_acts_beside_another() {
    goes_wrong_without(Care::NoStop);
}

#[test]
fn a_worker_that_forgets_a_claim_whose_answer_was_lost_keeps_a_run_for_ever() {
    goes_wrong_without(Care::NoReconciliation);
}
