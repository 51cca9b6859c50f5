//! What will be done, and when: the load and the faults of one run, both a pure function of the seed.
//!
//! The load does not know the faults, so that the same seed without faults gives exactly the same load.

use std::time::Duration;

use rand::prelude::*;
use rand::rngs::StdRng;
use task_model::EffectClass;

use super::world::{CLASSES, wish};

/// The share of tasks that do something to the world outside.
const EFFECTS: f64 = 0.2;

/// How a run is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// How long it loads and hurts.
    pub length: Duration,
    /// How many processes are killed.
    pub kills: u32,
    /// Steady tasks per second.
    pub rate: u32,
    /// How many tasks come at once before each kill.
    pub burst: u32,
    /// Whether there is a server whose connections can be cut.
    pub server: bool,
    /// Whether that server may be restarted.
    pub restartable: bool,
    /// Whether the disk may be filled.
    pub disk: bool,
    /// How long a frozen process stays so, at least: longer than its lease.
    pub freeze: Duration,
}

/// A task that a client will send.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// When, from the beginning.
    pub at: Duration,
    /// Its name.
    pub id: String,
    /// What is to be done.
    pub description: String,
    /// Digits that a right answer contains.
    pub expected: Option<String>,
    /// What it does to the world outside.
    pub effect: Option<EffectClass>,
    /// What else its client does.
    pub then: Then,
}

/// What a client does after its task was taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Then {
    /// Nothing more.
    Nothing,
    /// Stops it.
    Cancel,
    /// Holds it, and lets it go on a moment later.
    Pause,
    /// Judges it, after so many milliseconds.
    Judge(u64),
}

/// Which process a blow hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// An execution API.
    Execution,
    /// An orchestrator.
    Orchestrator,
    /// The model service.
    Models,
    /// The RL server.
    Rl,
}

/// A blow.
#[derive(Debug, Clone, PartialEq)]
pub enum Blow {
    /// SIGKILL; started again after a moment.
    Kill(Victim, Duration),
    /// SIGSTOP, and SIGCONT when others have taken over.
    Freeze(Victim, Duration),
    /// All connections of the database are cut by the server.
    CutConnections,
    /// The server crashes and is started again.
    RestartServer,
    /// All connections that the server has to give are taken for so long.
    TakeConnections(Duration),
    /// The disk of the database is full for so long.
    FillDisk(Duration),
}

/// When a blow falls.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// From the beginning.
    pub at: Duration,
    /// What happens.
    pub blow: Blow,
}

/// The tasks of a run, by time.
pub fn load(seed: u64, layout: &Layout) -> Vec<Order> {
    let mut rng = StdRng::seed_from_u64(seed);
    let steady = (layout.length.as_secs_f64() * f64::from(layout.rate)) as u32;
    let mut times: Vec<Duration> = (0..steady).map(|_| layout.length.mul_f64(rng.random::<f64>())).collect();
    for begin in slots(layout) {
        times.extend((0..layout.burst).map(|_| begin));
    }
    times.sort_unstable();
    times.into_iter().enumerate().map(|(n, at)| order(&mut rng, seed, n, at)).collect()
}

/// One slot for each kill; each begins with a burst.
fn slots(layout: &Layout) -> impl Iterator<Item = Duration> {
    let (length, kills) = (layout.length, layout.kills);
    (0..kills).map(move |n| length.mul_f64(f64::from(n) / f64::from(kills)))
}

fn order(rng: &mut StdRng, seed: u64, n: usize, at: Duration) -> Order {
    let (a, b, c) =
        (rng.random_range(11..99_u64), rng.random_range(11..99_u64), rng.random_range(100..999_u64));
    let id = format!("chaos-{seed}-{n}");
    let effect = rng.random_bool(EFFECTS).then(|| *CLASSES.choose(rng).unwrap_or(&EffectClass::Unsafe));
    let (description, expected) = match (effect, rng.random_range(0..4)) {
        (Some(class), _) => (wish(class, &id), None),
        (None, 0 | 1) => (format!("What is {a} * {b} + {c}?"), Some((a * b + c).to_string())),
        (None, 2) => (format!("What is ({a} + {b}) * {c}?"), Some(((a + b) * c).to_string())),
        (None, _) => (format!("Convert {c} miles to kilometers"), None),
    };
    let then = match rng.random_range(0..20) {
        0 => Then::Cancel,
        1 => Then::Pause,
        2..6 => Then::Judge(rng.random_range(0..4_000)),
        _ => Then::Nothing,
    };
    Order { at, id, description, expected, effect, then }
}

/// The faults of a run, by time.
pub fn faults(seed: u64, layout: &Layout) -> Vec<Fault> {
    let mut rng = StdRng::seed_from_u64(seed ^ 0x00fa_0175);
    let mut faults = Vec::new();
    for (n, begin) in slots(layout).enumerate() {
        // While the burst that opened the slot is being worked on.
        let at = begin + Duration::from_millis(rng.random_range(10..700));
        let down = Duration::from_millis(rng.random_range(0..1_000));
        faults.push(Fault { at, blow: Blow::Kill(victim(&mut rng), down) });
        if n % 4 == 1 {
            let at = begin + Duration::from_millis(rng.random_range(500..2_500));
            faults.push(Fault { at, blow: other(&mut rng, layout, n / 4) });
        }
    }
    faults.sort_by_key(|fault| fault.at);
    faults
}

/// Mostly those that have most to lose.
fn victim(rng: &mut StdRng) -> Victim {
    match rng.random_range(0..10) {
        0..6 => Victim::Execution,
        6..8 => Victim::Orchestrator,
        8 => Victim::Models,
        _ => Victim::Rl,
    }
}

/// Every other kind of blow in turn, as far as there is something to hit.
fn other(rng: &mut StdRng, layout: &Layout, turn: usize) -> Blow {
    let freeze = layout.freeze + Duration::from_millis(rng.random_range(500..2_500));
    let mut kinds = vec![
        Blow::Freeze(Victim::Execution, freeze),
        Blow::Freeze(if rng.random() { Victim::Orchestrator } else { Victim::Execution }, freeze),
    ];
    if layout.server {
        kinds.push(Blow::CutConnections);
        kinds.push(Blow::TakeConnections(Duration::from_millis(rng.random_range(1_000..3_000))));
    }
    if layout.restartable {
        kinds.push(Blow::RestartServer);
    }
    if layout.disk {
        kinds.push(Blow::FillDisk(Duration::from_millis(rng.random_range(1_000..3_000))));
    }
    kinds.swap_remove(turn % kinds.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout {
        length: Duration::from_secs(60),
        kills: 20,
        rate: 5,
        burst: 10,
        server: true,
        restartable: true,
        disk: true,
        freeze: Duration::from_secs(4),
    };

    #[test]
    fn the_same_seed_gives_the_same_run_and_another_seed_another() {
        assert_eq!(load(7, &LAYOUT), load(7, &LAYOUT));
        assert_eq!(faults(7, &LAYOUT), faults(7, &LAYOUT));
        assert_ne!(faults(7, &LAYOUT), faults(8, &LAYOUT));
    }

    #[test]
    fn there_are_as_many_kills_as_asked_for_and_every_other_kind_of_blow() {
        let faults = faults(1, &LAYOUT);
        let count = |is: fn(&Blow) -> bool| faults.iter().filter(|fault| is(&fault.blow)).count();
        assert_eq!(count(|blow| matches!(blow, Blow::Kill(..))), 20);
        for is in [
            (|blow| matches!(blow, Blow::Freeze(..))) as fn(&Blow) -> bool,
            |blow| matches!(blow, Blow::CutConnections),
            |blow| matches!(blow, Blow::TakeConnections(_)),
            |blow| matches!(blow, Blow::RestartServer),
        ] {
            assert!(count(is) > 0);
        }
    }

    #[test]
    fn names_are_unique_and_every_kind_of_client_takes_part() {
        let load = load(1, &LAYOUT);
        let names: std::collections::BTreeSet<_> = load.iter().map(|order| &order.id).collect();
        assert_eq!((names.len(), load.len()), (500, 500));
        for then in [Then::Cancel, Then::Pause, Then::Nothing] {
            assert!(load.iter().any(|order| order.then == then));
        }
        assert!(load.iter().any(|order| matches!(order.then, Then::Judge(_))));
    }
}
