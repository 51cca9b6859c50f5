//! What a pass gave, beside what could have been had; and many passes together.

/// One pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Mean reward of the policy.
    pub mean: f64,
    /// Mean reward of choosing evenly.
    pub random: f64,
    /// Mean reward of the agent that was the best of all to stay with, in hindsight. Where it joins late, its stand-in until
    /// then is the best of the others.
    pub best_fixed: f64,
    /// Mean reward of the best agent of each row.
    pub oracle: f64,
    /// Nanoseconds of each decision.
    pub decision_nanos: Vec<u64>,
}

/// Passes with several seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Number of passes.
    pub seeds: usize,
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
    /// Median time of a decision in microseconds.
    pub decision_us_p50: f64,
    /// Its 99th percentile.
    pub decision_us_p99: f64,
}

impl Report {
    /// Fraction of the way from random to best fixed.
    pub fn f_bf(&self) -> f64 {
        (self.mean - self.random) / (self.best_fixed - self.random)
    }

    /// Fraction of the way from random to the oracle.
    pub fn f_or(&self) -> f64 {
        (self.mean - self.random) / (self.oracle - self.random)
    }
}

impl Summary {
    /// Several passes together; `None` of no pass.
    pub fn of(reports: &[Report]) -> Option<Self> {
        let seeds = reports.len();
        let average = |of: fn(&Report) -> f64| reports.iter().map(of).sum::<f64>() / seeds as f64;
        let f_bf = average(Report::f_bf);
        let squares: f64 = reports.iter().map(|report| (report.f_bf() - f_bf).powi(2)).sum();
        let error = (squares / (seeds.max(2) - 1) as f64 / seeds as f64).sqrt();
        let mut nanos: Vec<u64> = reports.iter().flat_map(|report| &report.decision_nanos).copied().collect();
        nanos.sort_unstable();
        let at = |share: f64| {
            nanos.get((share * nanos.len() as f64) as usize).map_or(0.0, |nanos| *nanos as f64 / 1e3)
        };
        (seeds > 0).then(|| Self {
            seeds,
            mean: average(|report| report.mean),
            random: average(|report| report.random),
            best_fixed: average(|report| report.best_fixed),
            oracle: average(|report| report.oracle),
            f_bf,
            f_bf_ci95: student(seeds) * error,
            f_or: average(Report::f_or),
            decision_us_p50: at(0.5),
            decision_us_p99: at(0.99),
        })
    }
}

/// The 97.5th percentile of Student's t for the mean of so many passes.
fn student(seeds: usize) -> f64 {
    const SMALL: [f64; 10] = [12.706, 12.706, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306];
    match seeds {
        0..10 => SMALL[seeds],
        _ => 1.96 + 2.4 / (seeds as f64 - 1.0),
    }
}

/// Sums of a pass while it goes.
pub(super) struct Tally {
    rows: f64,
    mean: f64,
    random: f64,
    oracle: f64,
    /// By agent, over the rows in which it could be chosen; and over all rows with a stand-in for it.
    fixed: Vec<f64>,
    missing: Vec<f64>,
    nanos: Vec<u64>,
}

impl Tally {
    pub(super) fn new(agents: usize) -> Self {
        let zeros = vec![0.0; agents];
        Self {
            rows: 0.0,
            mean: 0.0,
            random: 0.0,
            oracle: 0.0,
            fixed: zeros.clone(),
            missing: zeros,
            nanos: Vec::new(),
        }
    }

    pub(super) fn decided(&mut self, nanos: u64) {
        self.nanos.push(nanos);
    }

    pub(super) fn row(&mut self, rewards: &[f64], available: &[usize], arm: usize) {
        self.rows += 1.0;
        self.mean += rewards[arm];
        self.random += available.iter().map(|agent| rewards[*agent]).sum::<f64>() / available.len() as f64;
        self.oracle += available.iter().map(|agent| rewards[*agent]).fold(0.0, f64::max);
        available.iter().for_each(|agent| self.fixed[*agent] += rewards[*agent]);
        for agent in (0..rewards.len()).filter(|agent| !available.contains(agent)) {
            available.iter().for_each(|other| self.missing[*other] += rewards[*other]);
            self.fixed[agent] += 0.0;
        }
    }

    pub(super) fn report(self) -> Report {
        let rows = self.rows.max(1.0);
        let stand_in = self.missing.iter().copied().fold(0.0, f64::max);
        let whole = |(fixed, missing): (&f64, &f64)| if *missing > 0.0 { *fixed } else { fixed + stand_in };
        let best = self.fixed.iter().zip(&self.missing).map(whole).fold(0.0, f64::max);
        Report {
            mean: self.mean / rows,
            random: self.random / rows,
            best_fixed: best / rows,
            oracle: self.oracle / rows,
            decision_nanos: self.nanos,
        }
    }
}
