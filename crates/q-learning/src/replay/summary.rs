//! Passes with several seeds, as one line of figures.

use super::Report;
use super::curve::{CurvePoint, together};

/// Passes with several seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Number of passes.
    pub seeds: usize,
    /// Decisions in each.
    pub rows: usize,
    /// Means over the passes.
    pub mean: f64,
    /// Of choosing evenly.
    pub random: f64,
    /// Of the best fixed agent.
    pub best_fixed: f64,
    /// Of the best agent of each row.
    pub oracle: f64,
    /// Fraction of the way from random to best fixed.
    pub f_bf: f64,
    /// Half width of the 95 % interval of `f_bf` over the seeds.
    pub f_bf_ci95: f64,
    /// Fraction of the way from random to the oracle.
    pub f_or: f64,
    /// Mean cost of a task in dollars.
    pub cost: f64,
    /// Of the best mixture of fixed agents that costs as much as the policy, where costs are known.
    pub mixture: Option<f64>,
    /// Half width of the 95 % interval of what the policy earned beyond that mixture.
    pub mixture_ci95: f64,
    /// Half width of the 95 % interval of the mean cost.
    pub cost_ci95: f64,
    /// Expected calibration error of policies that have a confidence.
    pub ece: Option<f64>,
    /// What chance alone would leave of it.
    pub ece_by_chance: Option<f64>,
    /// How the mean reward grew.
    pub curve: Vec<CurvePoint>,
    /// Median time of a decision in microseconds.
    pub decision_us_p50: f64,
    /// Its 99th percentile.
    pub decision_us_p99: f64,
}

impl Summary {
    /// Several passes together; `None` of no pass.
    pub fn of(reports: &[Report]) -> Option<Self> {
        let first = reports.first()?;
        let average = |of: fn(&Report) -> f64| Interval::of(reports.iter().map(of)).mean;
        let f_bf = Interval::of(reports.iter().map(Report::f_bf));
        let beyond = Interval::of(reports.iter().map(|report| report.mean - report.mixture.unwrap_or(0.0)));
        let curves: Vec<&[(usize, f64)]> = reports.iter().map(|report| report.curve.as_slice()).collect();
        let mut nanos: Vec<u64> = reports.iter().flat_map(|report| &report.decision_nanos).copied().collect();
        nanos.sort_unstable();
        Some(Self {
            seeds: reports.len(),
            rows: first.rows,
            mean: average(|report| report.mean),
            random: average(|report| report.random),
            best_fixed: average(|report| report.best_fixed),
            oracle: average(|report| report.oracle),
            f_bf: f_bf.mean,
            f_bf_ci95: f_bf.half_width,
            f_or: average(Report::f_or),
            cost: average(|report| report.cost),
            mixture: first.mixture.map(|_| average(|report| report.mixture.unwrap_or(0.0))),
            mixture_ci95: beyond.half_width,
            cost_ci95: Interval::of(reports.iter().map(|report| report.cost)).half_width,
            ece: first.ece.map(|_| average(|report| report.ece.unwrap_or(0.0))),
            ece_by_chance: first.ece.map(|_| average(|report| report.ece_by_chance.unwrap_or(0.0))),
            curve: together(&curves),
            decision_us_p50: microseconds_at(&nanos, 0.5),
            decision_us_p99: microseconds_at(&nanos, 0.99),
        })
    }
}

/// A mean with the half width of its 95 % interval; 0 of a single value, which says nothing of its spread.
pub(super) struct Interval {
    pub(super) mean: f64,
    pub(super) half_width: f64,
}

impl Interval {
    pub(super) fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let count = values.clone().count().max(1) as f64;
        let mean = values.clone().sum::<f64>() / count;
        let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
        let error = (squares / (count - 1.0).max(1.0) / count).sqrt();
        Self { mean, half_width: student(count as usize) * error }
    }
}

/// The 97.5th percentile of Student's t for the mean of so many passes.
fn student(seeds: usize) -> f64 {
    const SMALL: [f64; 10] = [12.706, 12.706, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306];
    match seeds {
        0..10 => SMALL[seeds],
        _ => 1.96 + 2.7 / (seeds as f64 - 1.0),
    }
}

fn microseconds_at(sorted: &[u64], share: f64) -> f64 {
    sorted.get((share * sorted.len() as f64) as usize).map_or(0.0, |nanos| *nanos as f64 / 1e3)
}
