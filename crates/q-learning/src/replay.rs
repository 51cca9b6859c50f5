//! One pass of a policy over a file of tasks with known outcomes: the protocol of `docs/LEARNING.md`.
//!
//! The policy sees of each row the text and the agents, chooses one, and is shown that agent's reward alone. What it missed is known
//! to the report only. It knows no files and no clock: the caller brings rows, and a clock if decisions are to be timed.

mod baseline;
mod confidence;
mod curve;
mod data;
mod mixture;
mod policy;
mod report;
mod summary;
mod variant;

pub use curve::CurvePoint;
pub use data::{DataSet, Row};
pub use policy::Policy;
pub use report::Report;
pub use summary::Summary;
pub use variant::Variant;

use std::collections::VecDeque;

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::{DecisionRng, decision_rng};
use policy::{Player, View};
use report::Tally;
use variant::Course;

/// What work first counts as in [`Variant::Corrected`].
const OWN_ACCOUNT: f64 = 1.0;
/// Sources of rewards in [`Variant::Poisoned`], which give about as many each.
const SOURCES: f64 = 10.0;

/// The order in which the rows of a set come in a pass: others who play it can be compared on the very same.
pub fn order(rows: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut decision_rng(seed));
    order
}

/// Plays one pass, shuffled by the seed. `clock` tells nanoseconds from anywhere; `|| 0` does when times are of no interest.
///
/// Shuffle, variant and policy draw from streams of their own, so that every policy meets the same rows in the same order.
pub fn run(
    data: &DataSet,
    policy: &Policy,
    variant: Variant,
    seed: u64,
    mut clock: impl FnMut() -> u64,
) -> Result<Report, crate::Error> {
    let order = order(data.rows.len(), seed);
    let course = Course::new(data, variant, &order);
    let dealt = variant.has_tenants().then(|| data.dealt(&order));
    let data = dealt.as_ref().unwrap_or(data);
    let mut world = decision_rng(seed ^ 0x9e37_79b9_7f4a_7c15);
    let mut rng = decision_rng(seed ^ 0xd1b5_4a32_d192_ed03);
    let mut player = policy.player(data, &course)?;
    let mut tally = Tally::new(&course, order.len(), data.agents.len(), data.has_costs());
    let (mut pending, mut available) = (VecDeque::new(), Vec::new());
    for (time, &row) in order.iter().enumerate() {
        course.available(time, row, &mut available);
        let view = View { data, row, available: &available };
        let begin = clock();
        let arm = player.choose(&view, &mut rng);
        tally.decided(clock().saturating_sub(begin));
        let reward = tally.row(time, row, &available, arm);
        tally.foretold(player.confidence(), reward);
        let cost = data.has_costs().then(|| course.cost(time, row, arm));
        let mut outcome = Outcome { row, arm, reward, cost, source: None, replaces: None };
        if variant == Variant::Corrected {
            outcome.replaces = player.hear_first(data, &Outcome { reward: OWN_ACCOUNT, ..outcome });
        }
        pending.push_back(outcome);
        if pending.len() > variant.delay() {
            settle(&mut *player, data, &mut pending, variant, &mut world);
        }
    }
    Ok(tally.report())
}

/// What came of a decision.
struct Outcome {
    row: usize,
    arm: usize,
    reward: f64,
    /// In dollars, where costs are known.
    cost: Option<f64>,
    /// Whose word the reward is, where there are several.
    source: Option<usize>,
    /// The reward that was told before of the same decision, and its weight.
    replaces: Option<(f64, f64)>,
}

fn settle(
    player: &mut dyn Player,
    data: &DataSet,
    pending: &mut VecDeque<Outcome>,
    variant: Variant,
    world: &mut DecisionRng,
) {
    let Some(outcome) = pending.pop_front() else { return };
    let luck = world.random::<f64>();
    match variant {
        Variant::Sparse if luck >= 0.3 => player.hear_nothing(data, &outcome),
        Variant::Poisoned => {
            let source = Some((luck * SOURCES) as usize);
            let reward = if source == Some(0) { 1.0 - outcome.reward } else { outcome.reward };
            player.learn(data, &Outcome { reward, source, ..outcome });
        }
        _ => player.learn(data, &outcome),
    }
}
