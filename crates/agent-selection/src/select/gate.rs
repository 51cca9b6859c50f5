//! Whom the descriptions let be drawn, and what experience changes about that.
//!
//! Without experience only the suited are drawn. An unsuited agent joins them when its learned value makes up for what
//! its description lacks; the rest are challengers, who get a share of the tasks that grows as the others disappoint.

use std::cmp::Ordering;

use q_learning::Value;

use super::board::Board;
use crate::SelectionConfig;

/// Confidence under which the best agent disappoints: little better than tossing a coin.
const DISAPPOINTING: f64 = 0.6;
/// The least share of challengers once there is experience, so that no agent stays unknown for ever.
const CURIOSITY: f64 = 0.02;

/// The eligible and confident agents in two groups.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// Those that may be drawn.
    pub(super) drawable: Vec<usize>,
    /// Those that get a share of the tries instead.
    pub(super) challengers: Vec<usize>,
    /// That share, 0 without challengers.
    pub(super) share: f64,
    /// Who takes the task whatever it costs, because even this one is likely to fail.
    pub(super) strongest: Option<usize>,
}

impl Gate {
    pub(super) fn of(board: &Board, force: bool, config: &SelectionConfig) -> Self {
        let confident = |agent: &usize| force || board.confidence[*agent] >= config.min_confidence;
        let pool: Vec<usize> = board.eligible().filter(confident).collect();
        let fit = |agent: usize| board.relevance.of(agent);
        let fittest = pool.iter().map(|agent| fit(*agent)).fold(0.0, f64::max);
        let suited = |agent: usize| fit(agent) >= config.suited_share * fittest;
        let Some(top) = best(board, pool.iter().copied().filter(|agent| suited(*agent))) else {
            return Self::default();
        };
        let clear = fittest >= config.clear_from;
        let bar = Bar::above(board.values[top], config);
        let joins = |agent: &usize| {
            !clear || suited(*agent) || bar.is_met(board.values[*agent], fit(*agent) / fittest)
        };
        let (drawable, mut challengers): (Vec<usize>, Vec<usize>) = pool.into_iter().partition(joins);
        let incumbent = best(board, drawable.iter().copied()).unwrap_or(top);
        if challengers.is_empty() {
            // Where the text speaks for nobody, everyone else is a challenger.
            challengers = drawable.iter().copied().filter(|agent| *agent != incumbent).collect();
        }
        let share = if challengers.is_empty() { 0.0 } else { challengers_share(board, incumbent, config) };
        let strongest = strongest(board, config);
        Self { drawable, challengers, share, strongest }
    }
}

/// The surest agent that may take the task, where it is surer of nothing than the configured floor.
fn strongest(board: &Board, config: &SelectionConfig) -> Option<usize> {
    // What was learned, not what is answered: the latter never falls below a floor.
    // Curves of confidence have level parts: there the value decides.
    let rank = |agent: usize| (board.expected[agent], board.values[agent].mean);
    let surest = board.eligible().max_by(|a, b| compare(rank(*a), rank(*b)).then(b.cmp(a)))?;
    (board.expected[surest] < config.escalate_below).then_some(surest)
}

fn compare(a: (f64, f64), b: (f64, f64)) -> Ordering {
    a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
}

fn best(board: &Board, agents: impl Iterator<Item = usize>) -> Option<usize> {
    agents.max_by(|a, b| board.values[*a].net().total_cmp(&board.values[*b].net()).then(b.cmp(a)))
}

/// Nothing before the incumbent has outcomes; then little while it does well, and up to the configured share when it
/// always fails. The learner alone would not get there: it takes the failures of the only agent that is tried for the
/// difficulty of the tasks, which is everyone's. One failure means
/// nothing, and a dozen convince.
fn challengers_share(board: &Board, incumbent: usize, config: &SelectionConfig) -> f64 {
    let disappointment = (1.0 - board.expected[incumbent] / DISAPPOINTING).max(0.0);
    let seen = board.values[incumbent].observations as f64;
    let half = config.prior_outcomes / 3.0;
    let convinced = seen * seen / (seen * seen + half * half);
    convinced * (config.challenge_share * disappointment).max(CURIOSITY)
}

/// From 0 without outcomes towards 1.
fn learned(value: Value, config: &SelectionConfig) -> f64 {
    let seen = value.observations as f64;
    seen / (seen + config.prior_outcomes)
}

/// What an agent must be valued at to be drawn although its description does not speak for the text.
///
/// At first the margin decides: what the description lacks must be made up by outcomes. As outcomes of the best suited
/// agent come in, the margin goes and the doubt in the other's value speaks for it.
struct Bar {
    value: f64,
    margin: f64,
    optimism: f64,
}

impl Bar {
    fn above(top: Value, config: &SelectionConfig) -> Self {
        let learned = learned(top, config);
        Self { value: top.net(), margin: config.unsuited_margin * (1.0 - learned), optimism: learned }
    }

    fn is_met(&self, value: Value, share: f64) -> bool {
        value.net() + self.optimism * value.std_dev >= self.value + self.margin * (1.0 - share)
    }
}
