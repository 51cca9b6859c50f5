//! How the world behaves during a pass.

use super::DataSet;

/// A course of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// As the data say.
    Stationary,
    /// Half way the best agent takes the place of the worst, the second best that of the second worst, and so on.
    Drift,
    /// The best agent joins half way.
    Newcomer,
    /// A reward arrives 200 decisions late.
    Delayed,
    /// Three of ten decisions are rewarded.
    Sparse,
    /// One of ten rewards arrives inverted.
    Poisoned,
}

impl Variant {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 6] = [
        ("stationary", Self::Stationary),
        ("drift", Self::Drift),
        ("newcomer", Self::Newcomer),
        ("delayed", Self::Delayed),
        ("sparse", Self::Sparse),
        ("poisoned", Self::Poisoned),
    ];

    /// The variant of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, variant)| *variant)
    }
}

/// A variant with what it makes of one set of data.
pub(super) struct Course<'d> {
    data: &'d DataSet,
    variant: Variant,
    half: usize,
    /// Whose outcomes an agent has after the drift.
    swapped: Vec<usize>,
    everyone: Vec<usize>,
    without_best: Vec<usize>,
    /// The best fixed agent in hindsight over the whole pass.
    pub(super) best: usize,
}

impl<'d> Course<'d> {
    pub(super) fn new(data: &'d DataSet, variant: Variant, order: &[usize]) -> Self {
        let count = data.agents.len();
        let mut ranked: Vec<usize> = (0..count).collect();
        ranked.sort_by(|a, b| total(data, *b).total_cmp(&total(data, *a)));
        let mut swapped = vec![0; count];
        ranked.iter().zip(ranked.iter().rev()).for_each(|(agent, other)| swapped[*agent] = *other);
        let top = ranked.first().copied().unwrap_or(0);
        let everyone: Vec<usize> = (0..count).collect();
        let without_best = everyone.iter().copied().filter(|agent| *agent != top).collect();
        let half = order.len() / 2;
        let mut course = Self { data, variant, half, swapped, everyone, without_best, best: 0 };
        course.best = course.best_fixed(order);
        course
    }

    pub(super) fn available(&self, time: usize) -> &[usize] {
        let apart = self.variant == Variant::Newcomer && time < self.half && self.everyone.len() > 1;
        if apart { &self.without_best } else { &self.everyone }
    }

    pub(super) fn rewards(&self, time: usize, row: usize) -> Vec<f64> {
        let rewards = &self.data.rows[row].rewards;
        if self.variant == Variant::Drift && time >= self.half {
            self.swapped.iter().map(|source| rewards[*source]).collect()
        } else {
            rewards.clone()
        }
    }

    fn best_fixed(&self, order: &[usize]) -> usize {
        let mut sums = vec![0.0; self.everyone.len()];
        for (time, row) in order.iter().enumerate() {
            let rewards = self.rewards(time, *row);
            self.available(time).iter().for_each(|agent| sums[*agent] += rewards[*agent]);
        }
        (0..sums.len()).max_by(|a, b| sums[*a].total_cmp(&sums[*b])).unwrap_or(0)
    }
}

fn total(data: &DataSet, agent: usize) -> f64 {
    data.rows.iter().map(|row| row.rewards[agent]).sum()
}
