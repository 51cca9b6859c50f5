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
    /// All work first counts as a success, by its own account; 50 decisions later its true reward replaces that.
    Corrected,
    /// Half way the dearest agent takes the price of the cheapest, and so on. As stationary where no costs are known.
    PriceChange,
    /// Rewards come from ten sources, and all of one of them arrive inverted.
    Poisoned,
    /// Tasks come from two tenants in turn. For the second the best agent is as the worst is for the first, and so on.
    Tenants,
    /// Tasks come from two tenants in turn, for whom all agents are the same.
    TenantsAlike,
}

impl Variant {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 10] = [
        ("stationary", Self::Stationary),
        ("drift", Self::Drift),
        ("newcomer", Self::Newcomer),
        ("delayed", Self::Delayed),
        ("sparse", Self::Sparse),
        ("corrected", Self::Corrected),
        ("price-change", Self::PriceChange),
        ("poisoned", Self::Poisoned),
        ("tenants", Self::Tenants),
        ("tenants-alike", Self::TenantsAlike),
    ];

    /// The variant of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, variant)| *variant)
    }

    /// How many decisions a true reward is late.
    pub(super) fn delay(self) -> usize {
        match self {
            Self::Delayed => 200,
            Self::Corrected => 50,
            _ => 0,
        }
    }

    /// Whether tasks come from several tenants.
    pub(super) fn has_tenants(self) -> bool {
        matches!(self, Self::Tenants | Self::TenantsAlike)
    }
}

/// A variant with what it makes of one set of data.
pub(super) struct Course<'d> {
    data: &'d DataSet,
    variant: Variant,
    half: usize,
    /// Whose outcomes an agent has after the drift.
    swapped: Vec<usize>,
    /// Whose costs it has after the change of prices.
    repriced: Vec<usize>,
    /// The best agent of all, who may join late.
    top: usize,
    /// The best fixed agent in hindsight over the whole pass.
    pub(super) best: usize,
}

impl<'d> Course<'d> {
    pub(super) fn new(data: &'d DataSet, variant: Variant, order: &[usize]) -> Self {
        let outcomes = averages(data, |row, agent| data.rows[row].rewards[agent]);
        let costs = averages(data, |row, agent| data.rows[row].costs.get(agent).copied().flatten());
        let top = highest(&outcomes);
        let (swapped, repriced) = (mirrored(&outcomes), mirrored(&costs));
        let mut course = Self { data, variant, half: order.len() / 2, swapped, repriced, top, best: 0 };
        course.best = course.best_fixed(order);
        course
    }

    /// Who may be chosen for this row: whoever has an outcome in it and has joined.
    pub(super) fn available(&self, time: usize, row: usize, out: &mut Vec<usize>) {
        out.clear();
        out.extend((0..self.swapped.len()).filter(|agent| self.reward(time, row, *agent).is_some()));
        if self.is_waiting(time, self.top) && out.len() > 1 {
            out.retain(|agent| *agent != self.top);
        }
    }

    /// Whether an agent has not joined yet.
    pub(super) fn is_waiting(&self, time: usize, agent: usize) -> bool {
        self.is_late(agent) && time < self.half
    }

    /// Whether an agent joins late.
    pub(super) fn is_late(&self, agent: usize) -> bool {
        self.variant == Variant::Newcomer && agent == self.top
    }

    pub(super) fn reward(&self, time: usize, row: usize, agent: usize) -> Option<f64> {
        self.data.rows[row].rewards[self.role(time, agent)]
    }

    /// Whose outcomes an agent has.
    fn role(&self, time: usize, agent: usize) -> usize {
        let drifted = self.variant == Variant::Drift && time >= self.half;
        if drifted || self.is_other(time) { self.swapped[agent] } else { agent }
    }

    /// Whether the task comes from a tenant for whom agents are not what they are for the first.
    fn is_other(&self, time: usize) -> bool {
        self.variant == Variant::Tenants && tenant(time) > 0
    }

    /// As whom an agent counts among those to stay with: in another tenant as the one whose outcomes it has.
    pub(super) fn stays_as(&self, time: usize, agent: usize) -> usize {
        if self.is_other(time) { self.role(time, agent) } else { agent }
    }

    pub(super) fn cost(&self, time: usize, row: usize, agent: usize) -> f64 {
        let changed = self.variant == Variant::PriceChange && time >= self.half;
        self.data.rows[row].cost(if changed { self.repriced[agent] } else { agent })
    }

    fn best_fixed(&self, order: &[usize]) -> usize {
        let (mut sums, mut available) = (vec![0.0; self.swapped.len()], Vec::new());
        for (time, row) in order.iter().enumerate() {
            self.available(time, *row, &mut available);
            available.iter().for_each(|agent| sums[*agent] += self.reward(time, *row, *agent).unwrap_or(0.0));
        }
        highest(&sums)
    }
}

/// Which tenant a task comes from, where there are two.
pub(super) fn tenant(time: usize) -> usize {
    time % 2
}

/// The mean of what is known of each agent.
fn averages(data: &DataSet, of: impl Fn(usize, usize) -> Option<f64>) -> Vec<f64> {
    let average = |agent| {
        let known = (0..data.rows.len()).filter_map(|row| of(row, agent));
        let (count, sum) = known.fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
        if count > 0.0 { sum / count } else { 0.0 }
    };
    (0..data.agents.len()).map(average).collect()
}

/// For each agent the one whose rank from below is its rank from above.
fn mirrored(values: &[f64]) -> Vec<usize> {
    let mut ranked: Vec<usize> = (0..values.len()).collect();
    ranked.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    let mut mirrored = vec![0; values.len()];
    ranked.iter().zip(ranked.iter().rev()).for_each(|(agent, other)| mirrored[*agent] = *other);
    mirrored
}

fn highest(values: &[f64]) -> usize {
    (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0)
}
