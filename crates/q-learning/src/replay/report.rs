//! What a pass gave, beside what could have been had.

use super::confidence::Confidences;
use super::curve::Curve;
use super::mixture::mixture;
use super::variant::Course;

/// One pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Decisions.
    pub rows: usize,
    /// Mean reward of the policy.
    pub mean: f64,
    /// Mean reward of choosing evenly.
    pub random: f64,
    /// Mean reward of the agent that was the best of all to stay with, in hindsight. Where it joins late, its stand-in until
    /// then is the best of the others; where its outcome is not known, the mean of those that are. Where tenants differ, the best
    /// for each.
    pub best_fixed: f64,
    /// Mean reward of the best agent of each row.
    pub oracle: f64,
    /// Mean cost of a task in dollars.
    pub cost: f64,
    /// Mean reward of the best mixture of fixed agents that costs no more than the policy did, where costs are known.
    pub mixture: Option<f64>,
    /// Expected calibration error of the chosen agents' confidence over the whole pass, of policies that have one.
    pub ece: Option<f64>,
    /// What chance alone would leave of it.
    pub ece_by_chance: Option<f64>,
    /// Mean reward so far, after so many rows.
    pub curve: Vec<(usize, f64)>,
    /// Nanoseconds of each decision.
    pub decision_nanos: Vec<u64>,
}

impl Report {
    /// Fraction of the way from random to best fixed.
    pub fn f_bf(&self) -> f64 {
        fraction(self.mean, self.random, self.best_fixed)
    }

    /// Fraction of the way from random to the oracle.
    pub fn f_or(&self) -> f64 {
        fraction(self.mean, self.random, self.oracle)
    }
}

/// Where there is nothing to gain, all of it was gained by whoever lost nothing.
fn fraction(mean: f64, from: f64, to: f64) -> f64 {
    const NOTHING: f64 = 1e-9;
    match to - from {
        way if way > NOTHING => (mean - from) / way,
        _ => f64::from(u8::from(mean >= to - NOTHING)),
    }
}

/// Sums of a pass while it goes.
pub(super) struct Tally<'c> {
    course: &'c Course<'c>,
    rows: usize,
    mean: f64,
    random: f64,
    oracle: f64,
    cost: f64,
    /// By agent, over the rows since it joined; and over the rows before another joined.
    fixed: Vec<f64>,
    before: Vec<f64>,
    /// By agent, what staying with it would have cost; empty where costs are not known.
    costs: Vec<f64>,
    confidences: Confidences,
    curve: Curve,
    nanos: Vec<u64>,
}

impl<'c> Tally<'c> {
    pub(super) fn new(course: &'c Course<'c>, rows: usize, agents: usize, priced: bool) -> Self {
        Self {
            course,
            rows: 0,
            mean: 0.0,
            random: 0.0,
            oracle: 0.0,
            cost: 0.0,
            fixed: vec![0.0; agents],
            before: vec![0.0; agents],
            costs: vec![0.0; if priced { agents } else { 0 }],
            confidences: Confidences::default(),
            curve: Curve::new(rows),
            nanos: Vec::with_capacity(rows),
        }
    }

    pub(super) fn decided(&mut self, nanos: u64) {
        self.nanos.push(nanos);
    }

    /// Takes in what the policy thought of its choice.
    pub(super) fn foretold(&mut self, confidence: Option<f64>, reward: f64) {
        if let Some(confidence) = confidence {
            self.confidences.add(confidence, reward);
        }
    }

    /// Takes in a decision; returns its reward.
    pub(super) fn row(&mut self, time: usize, row: usize, available: &[usize], arm: usize) -> f64 {
        let reward = |agent: usize| self.course.reward(time, row, agent).unwrap_or(0.0);
        let even = available.iter().map(|agent| reward(*agent)).sum::<f64>() / available.len() as f64;
        self.rows += 1;
        self.mean += reward(arm);
        self.random += even;
        self.oracle += available.iter().map(|agent| reward(*agent)).fold(0.0, f64::max);
        self.cost += self.course.cost(time, row, arm);
        let even_cost = available.iter().map(|agent| self.course.cost(time, row, *agent)).sum::<f64>()
            / available.len() as f64;
        for (stay, cost) in self.costs.iter_mut().enumerate() {
            let agent = self.course.stays_as(time, stay);
            let own = available.contains(&agent);
            *cost += if own { self.course.cost(time, row, agent) } else { even_cost };
        }
        let someone_waits = (0..self.fixed.len()).any(|agent| self.course.is_waiting(time, agent));
        for agent in 0..self.fixed.len() {
            let given = if available.contains(&agent) { reward(agent) } else { even };
            if !self.course.is_waiting(time, agent) {
                let agent = self.course.stays_as(time, agent);
                self.fixed[agent] += given;
                self.before[agent] += if someone_waits { given } else { 0.0 };
            }
        }
        self.curve.passed(self.rows, self.mean / self.rows as f64);
        reward(arm)
    }

    pub(super) fn report(self) -> Report {
        let rows = self.rows.max(1) as f64;
        let stand_in = self.before.iter().copied().fold(0.0, f64::max);
        let whole =
            |(agent, fixed): (usize, &f64)| fixed + if self.course.is_late(agent) { stand_in } else { 0.0 };
        let fixed: Vec<f64> = self.fixed.iter().enumerate().map(whole).collect();
        let best = fixed.iter().copied().fold(0.0, f64::max);
        let points: Vec<(f64, f64)> = self.costs.iter().copied().zip(fixed).collect();
        Report {
            rows: self.rows,
            mean: self.mean / rows,
            random: self.random / rows,
            best_fixed: best / rows,
            oracle: self.oracle / rows,
            cost: self.cost / rows,
            mixture: mixture(&points, self.cost).map(|reward| reward / rows),
            ece: self.confidences.error(),
            ece_by_chance: self.confidences.error_by_chance(),
            curve: self.curve.into_points(),
            decision_nanos: self.nanos,
        }
    }
}
