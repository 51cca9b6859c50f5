//! A curve that only rises, and nothing else: isotonic regression by pooling adjacent violators (Ayer et al., 1955).
//!
//! Values are held in cells of equal width, so that the curve needs no list of outcomes. What it does not know yet it takes from a curve of
//! few parameters, so that a cell of a few outcomes says no more than they can.

use crate::learner::portion::Portion;

/// Cells from value 0 to 1.
const CELLS: usize = 32;
/// Each outcome takes this share away from what earlier ones count.
const FADE: f64 = 0.999;
/// Outcomes that the curve of few parameters counts for in each cell.
const PRIOR: f64 = 4.0;

/// Outcomes by value, and the curve through them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Isotonic {
    pub(crate) count: [f64; CELLS],
    pub(crate) outcome: [f64; CELLS],
    curve: [f64; CELLS],
}

impl Isotonic {
    /// A curve through nothing but `prior`.
    pub(crate) fn new(prior: impl Fn(f64) -> f64) -> Self {
        let mut isotonic = Self { count: [0.0; CELLS], outcome: [0.0; CELLS], curve: [0.0; CELLS] };
        isotonic.fit(prior);
        isotonic
    }

    /// Between the middles of two cells the curve is straight.
    pub(crate) fn probability(&self, value: f64) -> f64 {
        let place = (value.clamp(0.0, 1.0) * CELLS as f64 - 0.5).clamp(0.0, (CELLS - 1) as f64);
        let (at, part) = (place as usize, place.fract());
        let next = (at + 1).min(CELLS - 1);
        self.curve[at] + part * (self.curve[next] - self.curve[at])
    }

    pub(crate) fn fade(&mut self) {
        self.count.iter_mut().chain(&mut self.outcome).for_each(|sum| *sum *= FADE);
    }

    pub(crate) fn learn(&mut self, value: f64, outcomes: &Portion) {
        self.count[cell(value)] += outcomes.count;
        self.outcome[cell(value)] += outcomes.sum;
    }

    /// The curve anew.
    pub(crate) fn fit(&mut self, prior: impl Fn(f64) -> f64) {
        // Blocks of cells that share a mean: where each ends, its weight and its sum.
        let (mut ends, mut weights, mut sums) = ([0; CELLS], [0.0; CELLS], [0.0; CELLS]);
        let mut blocks = 0;
        for at in 0..CELLS {
            let middle = (at as f64 + 0.5) / CELLS as f64;
            ends[blocks] = at + 1;
            weights[blocks] = self.count[at] + PRIOR;
            sums[blocks] = self.outcome[at] + PRIOR * prior(middle);
            blocks += 1;
            while blocks > 1
                && sums[blocks - 2] * weights[blocks - 1] > sums[blocks - 1] * weights[blocks - 2]
            {
                blocks -= 1;
                ends[blocks - 1] = ends[blocks];
                weights[blocks - 1] += weights[blocks];
                sums[blocks - 1] += sums[blocks];
            }
        }
        let mut begin = 0;
        for block in 0..blocks {
            let mean = (sums[block] / weights[block]).clamp(0.0, 1.0);
            self.curve[begin..ends[block]].fill(mean);
            begin = ends[block];
        }
    }
}

fn cell(value: f64) -> usize {
    ((value.clamp(0.0, 1.0) * CELLS as f64) as usize).min(CELLS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_and_follows_the_outcomes() {
        let mut isotonic = Isotonic::new(|value| value);
        assert!((isotonic.probability(0.4) - 0.4).abs() < 0.02);
        for turn in 0..600 {
            let value = f64::from(turn % 10) / 10.0;
            isotonic.fade();
            isotonic.learn(value, &Portion::of(if value >= 0.5 { 0.9 } else { 0.2 }, 1.0));
        }
        isotonic.fit(|value| value);
        let curve: Vec<f64> = (0..=100).map(|at| isotonic.probability(f64::from(at) / 100.0)).collect();
        assert!(curve.is_sorted(), "{curve:?}");
        assert!((curve[20] - 0.2).abs() < 0.05 && (curve[80] - 0.9).abs() < 0.05, "{curve:?}");
    }

    #[test]
    fn those_that_fall_are_pooled() {
        let mut isotonic = Isotonic::new(|_| 0.5);
        for _ in 0..300 {
            isotonic.learn(0.3, &Portion::of(0.8, 1.0));
            isotonic.learn(0.7, &Portion::of(0.4, 1.0));
        }
        isotonic.fit(|_| 0.5);
        assert!((isotonic.probability(0.3) - 0.6).abs() < 0.05);
        assert_eq!(isotonic.probability(0.3), isotonic.probability(0.7));
    }
}
