//! The two ends of the scale: anyone, and always the same.

use rand::RngExt;

use crate::DecisionRng;
use crate::replay::policy::{Player, View};
use crate::replay::{DataSet, Outcome};

/// Anyone, evenly.
pub(crate) struct Random;

/// Always this one. While it cannot be chosen, the first that can.
pub(crate) struct Fixed(pub(crate) usize);

impl Player for Random {
    fn choose(&mut self, view: &View<'_>, rng: &mut DecisionRng) -> usize {
        view.available[rng.random_range(0..view.available.len())]
    }

    fn learn(&mut self, _: &DataSet, _: &Outcome) {}
}

impl Player for Fixed {
    fn choose(&mut self, view: &View<'_>, _: &mut DecisionRng) -> usize {
        if view.available.contains(&self.0) { self.0 } else { view.available[0] }
    }

    fn learn(&mut self, _: &DataSet, _: &Outcome) {}
}
