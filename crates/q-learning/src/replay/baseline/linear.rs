//! Ridge regression for each agent by itself, with the three usual ways to explore. The features are the learner's.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use crate::DecisionRng;
use crate::learner::View as Features;
use crate::learner::layout::beginning;
use crate::learner::portion::Portion;
use crate::learner::posterior::Posterior;
use crate::replay::policy::{Player, View};
use crate::replay::{DataSet, Outcome};

/// How the regressions become a choice.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// `mean + 0.25 · deviation`.
    Ucb,
    /// A draw with a quarter of the deviation.
    Thompson,
    /// SquareCB with γ = 20 √t.
    InverseGap,
}

/// Width of the confidence bound and of the draws: the best of 0.1, 0.25, 0.5 and 1 on the development sets.
const WIDTH: f64 = 0.25;

/// The regressions.
pub(crate) struct Linear {
    arms: Vec<Posterior>,
    prior: Vec<f32>,
    rule: Rule,
    learned: f64,
    x: Vec<f32>,
    g: Vec<f32>,
}

impl Linear {
    pub(crate) fn new(agents: usize, rule: Rule) -> Self {
        let prior = vec![1.0; Features::Words.dimensions()];
        let arms = vec![Posterior::new(&prior); agents];
        Self { arms, prior, rule, learned: 0.0, x: Vec::new(), g: Vec::new() }
    }

    fn score(&self, arm: usize, rng: &mut DecisionRng) -> f64 {
        let arm = &self.arms[arm];
        let mean = f64::from(arm.value(&self.x));
        if self.rule == Rule::InverseGap {
            return mean;
        }
        let deviation = WIDTH * f64::from(arm.covariance.quadratic(&self.x)).sqrt();
        let draw: f64 = if self.rule == Rule::Ucb { 1.0 } else { StandardNormal.sample(rng) };
        mean + draw * deviation
    }
}

impl Player for Linear {
    fn choose(&mut self, view: &View<'_>, rng: &mut DecisionRng) -> usize {
        vector(view.data, view.row, &mut self.x);
        let start = rng.random_range(0..view.available.len());
        let turned =
            (0..view.available.len()).map(|offset| view.available[(start + offset) % view.available.len()]);
        let scores: Vec<(usize, f64)> = turned.map(|arm| (arm, self.score(arm, rng))).collect();
        let best =
            scores.iter().copied().fold(scores[0], |best, next| if next.1 > best.1 { next } else { best });
        if self.rule != Rule::InverseGap {
            return best.0;
        }
        let gamma = 20.0 * (1.0 + self.learned).sqrt();
        let mut point = rng.random::<f64>();
        for (arm, score) in scores.iter().filter(|(arm, _)| *arm != best.0) {
            point -= 1.0 / (scores.len() as f64 + gamma * (best.1 - score));
            if point < 0.0 {
                return *arm;
            }
        }
        best.0
    }

    fn learn(&mut self, data: &DataSet, &Outcome { row, arm, reward, .. }: &Outcome) {
        vector(data, row, &mut self.x);
        self.arms[arm].learn(&self.x, &Portion::of(reward, 1.0), 1.0, 1.0, &self.prior, &mut self.g);
        self.learned += 1.0;
    }
}

/// The learner's own features of a row, all of the hashed words among them.
pub(super) fn vector(data: &DataSet, row: usize, out: &mut Vec<f32>) {
    let context = &data.contexts[row];
    out.clear();
    Features::Words.fill(context, &beginning(context), out);
}
