//! What an agent spends on a task: the mean of its latest outcomes. Nothing while it was never tried, so that a ceiling never stands in
//! the way of finding out: optimism in the face of uncertainty, as in bandits with knapsacks (Agrawal and Devanur 2014).

use crate::Error;
use crate::Spent;
use crate::bytes::{Reader, Writer};

use super::pacing::Prices;

/// The mean follows the last so many outcomes once there are more: prices change.
const WINDOW: f64 = 100.0;

/// Running means of dollars and milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spending {
    pub(crate) count: u64,
    pub(crate) cost_usd: f64,
    pub(crate) latency_ms: f64,
}

impl Spending {
    pub(crate) fn observe(&mut self, spent: &Spent) {
        self.count += 1;
        let rate = 1.0 / (self.count as f64).min(WINDOW);
        self.cost_usd += rate * (spent.cost_usd - self.cost_usd);
        self.latency_ms += rate * (spent.latency_ms - self.latency_ms);
    }

    /// What that costs, in rewards.
    pub(crate) fn at(&self, prices: &Prices) -> f64 {
        prices.per_usd * self.cost_usd + prices.per_ms * self.latency_ms
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.u64(self.count);
        out.f64(self.cost_usd);
        out.f64(self.latency_ms);
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self { count: from.u64()?, cost_usd: from.f64()?, latency_ms: from.f64()? })
    }
}
