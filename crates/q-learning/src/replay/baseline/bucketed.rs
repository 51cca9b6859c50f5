//! Policies that keep an average for each agent, in all or by kind of text.

use rand::RngExt;
use rand_distr::{Beta, Distribution};

use crate::DecisionRng;
use crate::learner::kind;
use crate::replay::policy::{Player, View};
use crate::replay::{DataSet, Outcome};

/// The arm with the highest score; ties go to a random one.
fn best(
    view: &View<'_>,
    rng: &mut DecisionRng,
    mut score: impl FnMut(usize, &mut DecisionRng) -> f64,
) -> usize {
    let mut best = (view.available[0], f64::NEG_INFINITY);
    let start = rng.random_range(0..view.available.len());
    for offset in 0..view.available.len() {
        let arm = view.available[(start + offset) % view.available.len()];
        let score = score(arm, rng);
        if score > best.1 {
            best = (arm, score);
        }
    }
    best.0
}

#[derive(Clone, Copy, Default)]
struct Average {
    count: f64,
    sum: f64,
}

impl Average {
    fn add(&mut self, reward: f64) {
        self.count += 1.0;
        self.sum += reward;
    }

    fn mean(self) -> f64 {
        if self.count == 0.0 { 1.0 } else { self.sum / self.count }
    }
}

/// The best mean, an untried agent first; one time in ten anyone.
pub(crate) struct EpsilonGreedy(Vec<Average>);

impl EpsilonGreedy {
    pub(crate) fn new(agents: usize) -> Self {
        Self(vec![Average::default(); agents])
    }
}

impl Player for EpsilonGreedy {
    fn choose(&mut self, view: &View<'_>, rng: &mut DecisionRng) -> usize {
        if rng.random::<f64>() < 0.1 {
            return view.available[rng.random_range(0..view.available.len())];
        }
        best(view, rng, |arm, _| self.0[arm].mean())
    }

    fn learn(&mut self, _: &DataSet, &Outcome { arm, reward, .. }: &Outcome) {
        self.0[arm].add(reward);
    }
}

/// `mean + √(2 ln t / n)`.
pub(crate) struct Ucb1(Vec<Average>);

impl Ucb1 {
    pub(crate) fn new(agents: usize) -> Self {
        Self(vec![Average::default(); agents])
    }
}

impl Player for Ucb1 {
    fn choose(&mut self, view: &View<'_>, rng: &mut DecisionRng) -> usize {
        let total: f64 = self.0.iter().map(|arm| arm.count).sum();
        best(view, rng, |arm, _| {
            self.0[arm].mean() + (2.0 * (1.0 + total).ln() / self.0[arm].count.max(1e-9)).sqrt()
        })
    }

    fn learn(&mut self, _: &DataSet, &Outcome { arm, reward, .. }: &Outcome) {
        self.0[arm].add(reward);
    }
}

/// A draw from the Beta posterior of each agent on this kind of text.
pub(crate) struct BetaThompson(Vec<Vec<Average>>);

impl BetaThompson {
    pub(crate) fn new(agents: usize) -> Self {
        Self(vec![vec![Average::default(); agents]; kind::COUNT])
    }
}

impl Player for BetaThompson {
    fn choose(&mut self, view: &View<'_>, rng: &mut DecisionRng) -> usize {
        let cells = &self.0[kind::of(&view.data.contexts[view.row])];
        best(view, rng, |arm, rng| {
            let cell = cells[arm];
            Beta::new(1.0 + cell.sum, 1.0 + cell.count - cell.sum).map_or(0.5, |beta| beta.sample(rng))
        })
    }

    fn learn(&mut self, data: &DataSet, &Outcome { row, arm, reward, .. }: &Outcome) {
        self.0[kind::of(&data.contexts[row])][arm].add(reward);
    }
}

/// The earlier system: the first keyword group that the text matches is the state; Q-learning with α = 0.1, γ = 0.95 towards
/// the same state, values from zero, and one time in ten anyone.
pub(crate) struct KeywordTable(Vec<Vec<f64>>);

const KEYWORDS: [&[&str]; 7] = [
    &["test", "unit", "qa", "bug"],
    &["security", "audit", "vulnerab", "auth"],
    &["deploy", "docker", "kubernetes", "ci"],
    &["data", "analy", "chart", "sql"],
    &["web", "frontend", "react", "css"],
    &["api", "backend", "server", "database"],
    &["code", "function", "python", "implement"],
];

impl KeywordTable {
    pub(crate) fn new(agents: usize) -> Self {
        Self(vec![vec![0.0; agents]; KEYWORDS.len() + 1])
    }

    fn state(text: &str) -> usize {
        let text = text.to_lowercase();
        let matches = |words: &&[&str]| words.iter().any(|word| text.contains(word));
        KEYWORDS.iter().position(matches).unwrap_or(KEYWORDS.len())
    }
}

impl Player for KeywordTable {
    fn choose(&mut self, view: &View<'_>, rng: &mut DecisionRng) -> usize {
        if rng.random::<f64>() < 0.1 {
            return view.available[rng.random_range(0..view.available.len())];
        }
        let values = &self.0[Self::state(&view.data.rows[view.row].text)];
        best(view, rng, |arm, _| values[arm])
    }

    fn learn(&mut self, data: &DataSet, &Outcome { row, arm, reward, .. }: &Outcome) {
        let values = &mut self.0[Self::state(&data.rows[row].text)];
        let next = values.iter().copied().fold(0.0, f64::max);
        values[arm] += 0.1 * (reward + 0.95 * next - values[arm]);
    }
}
