//! What the gate lets pass and how soon the watch takes a regression back, over random worlds.
//!
//! `cargo run --release -p q-learning --example gates -- [worlds=1000] [decisions=3000] [seed=1]`
//!
//! Candidates are compared with the policy that logs after every 25 decisions; one that ever passes is promoted. For the watch, a
//! policy that earns 10 points less takes over after 1,000 decisions of the one before.

#[path = "../tests/world/mod.rs"]
#[expect(dead_code, reason = "this example needs a part of it")]
mod world;

use std::error::Error;
use std::io::Write;

use q_learning::ope::{Gate, Verdict, Watch};
use serde_json::{Value, json};

struct Settings {
    worlds: u64,
    decisions: usize,
    seed: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings { worlds: 1_000, decisions: 3_000, seed: 1 };
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("worlds", number)) => settings.worlds = number.parse()?,
            Some(("decisions", number)) => settings.decisions = number.parse()?,
            Some(("seed", number)) => settings.seed = number.parse()?,
            _ => return Err(format!("{argument} is none of worlds=, decisions=, seed=").into()),
        }
    }
    for change in [-0.10, -0.05, -0.01, 0.0, 0.02, 0.05, 0.10] {
        print(&gate(&settings, change))?;
    }
    for change in [-0.20, -0.10, 0.0, 0.02, 0.05] {
        print(&watch(&settings, change))?;
    }
    Ok(())
}

fn print(line: &Value) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn gate(settings: &Settings, change: f64) -> Value {
    let (mut promoted, mut found_worse, mut after) = (0, 0, Vec::new());
    for (world, mut rng) in world::worlds(settings.seed, change).take(settings.worlds as usize) {
        let pairs = world.pairs(settings.decisions, &mut rng);
        let ends = (25..=settings.decisions).step_by(25);
        let verdict = ends
            .map(|end| (end, Gate::default().judge(&pairs[..end]).0))
            .find(|(_, verdict)| *verdict != Verdict::Undecided);
        match verdict {
            Some((end, Verdict::Better)) => {
                promoted += 1;
                after.push(end);
            }
            Some((_, Verdict::Worse)) => found_worse += 1,
            _ => {}
        }
    }
    after.sort_unstable();
    json!({
        "gate": change, "worlds": settings.worlds, "decisions": settings.decisions, "promoted": promoted,
        "found_worse": found_worse, "median_decisions_to_promote": after.get(after.len() / 2),
    })
}

fn watch(settings: &Settings, change: f64) -> Value {
    let (mut within_200, mut within_1000, mut after) = (0, 0, Vec::new());
    for (world, mut rng) in world::worlds(settings.seed, change).take(settings.worlds as usize) {
        let mut watch = Watch::default();
        (0..1_000).for_each(|_| watch.before(world.surplus(false, &mut rng)));
        let alarm = (1..=1_000).find(|_| watch.observe(world.surplus(true, &mut rng)));
        within_200 += u32::from(alarm.is_some_and(|at| at <= 200));
        within_1000 += u32::from(alarm.is_some());
        after.extend(alarm);
    }
    after.sort_unstable();
    json!({
        "watch": change, "worlds": settings.worlds, "rolled_back_within_200": within_200,
        "rolled_back_within_1000": within_1000, "median_decisions": after.get(after.len() / 2),
    })
}
