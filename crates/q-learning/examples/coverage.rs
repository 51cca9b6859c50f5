//! How often intervals of off-policy evaluation cover the truth, over random pairs of policies in random worlds.
//!
//! `cargo run --release -p q-learning --example coverage -- [pairs=2000] [decisions=1000] [seed=1]`
//!
//! Prints one JSON object for each size of log: the share of worlds in which each interval covered the true value, and how wide the
//! intervals were in the mean.

#[path = "../tests/world/mod.rs"]
#[expect(dead_code, reason = "this example needs a part of it")]
mod world;

use std::error::Error;
use std::io::Write;

use q_learning::decision_rng;
use q_learning::ope::{Estimate, Interval, evaluate};
use serde_json::json;
use world::World;

#[derive(Default)]
struct Tally {
    covered: f64,
    width: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut pairs, mut seed, mut sizes) = (2_000_u64, 1_u64, Vec::new());
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("pairs", number)) => pairs = number.parse()?,
            Some(("seed", number)) => seed = number.parse()?,
            Some(("decisions", number)) => sizes.push(number.parse()?),
            _ => return Err(format!("{argument} is none of pairs=, decisions=, seed=").into()),
        }
    }
    if sizes.is_empty() {
        sizes = vec![300, 1_000, 5_000];
    }
    for size in sizes {
        measure(pairs, size, seed)?;
    }
    Ok(())
}

fn measure(pairs: u64, decisions: usize, seed: u64) -> Result<(), Box<dyn Error>> {
    const NAMES: [&str; 7] = ["ips", "snips", "dm", "dr", "switch_dr", "bernstein", "anytime"];
    let mut tallies: [Tally; 7] = Default::default();
    let mut effective = 0.0;
    for pair in 0..pairs {
        let mut rng = decision_rng(seed.wrapping_mul(1_000_003).wrapping_add(pair));
        let world = World::random(&mut rng);
        let found = evaluate(&world.samples(decisions, &mut rng))?;
        effective += found.effective_samples;
        let of = |estimate: Estimate| Interval { low: estimate.low, high: estimate.high };
        let students = [found.ips, found.snips, found.dm, found.dr, found.switch_dr].map(of);
        for (tally, interval) in
            tallies.iter_mut().zip(students.into_iter().chain([found.bernstein, found.anytime]))
        {
            tally.covered += f64::from(u8::from(interval.covers(world.value())));
            tally.width += interval.high - interval.low;
        }
    }
    let share = |sum: f64| (sum / pairs as f64 * 1e4).round() / 1e4;
    let coverage: serde_json::Map<_, _> = NAMES
        .iter()
        .zip(&tallies)
        .map(|(name, tally)| ((*name).to_owned(), json!(share(tally.covered))))
        .collect();
    let width: serde_json::Map<_, _> = NAMES
        .iter()
        .zip(&tallies)
        .map(|(name, tally)| ((*name).to_owned(), json!(share(tally.width))))
        .collect();
    let line = json!({
        "pairs": pairs, "decisions": decisions, "seed": seed,
        "effective_samples": share(effective), "coverage": coverage, "width": width,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
