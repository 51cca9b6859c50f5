//! Ceilings met in closed loop: a multiplier for each turns what an agent spends into what its value loses by it.
//!
//! Primal–dual pacing: the multiplier rises while more is spent than allowed and falls while less is (Agrawal and Devanur 2014;
//! Balseiro and Gur 2019), by factors, so that it needs no scale of its own. What was overspent is paid back over the
//! tasks that follow, so the mean converges to the ceiling and not only the rate.

use super::kept;
use crate::bytes::{Reader, Writer};
use crate::terms::{Limited, Terms};
use crate::{Error, Spent};

/// How far one outcome moves the logarithm of the multiplier when it spends twice what is allowed.
const STEP: f64 = 0.05;
/// The multiplier before anything was seen and the least it falls to: of no account beside rewards.
const LEAST: f64 = 1e-3;
/// At the most of it, whoever spends a hundredth of the ceiling more than another loses a whole reward by it.
const MOST: f64 = 100.0;
/// Outcomes over which a debt is paid back, once there are four times as many.
const PAYBACK: f64 = 200.0;
/// The least of them.
const PAYBACK_LEAST: f64 = 20.0;
/// An outcome that spends more times what is allowed than this moves the multiplier no further: one outlier is not the rule.
const OUTLIER: f64 = 10.0;
/// Outcomes over which the usual time between them is averaged, for ceilings of a day.
const RHYTHM: f64 = 50.0;
/// Streams that are kept; of more, the one that was not used for longest is forgotten.
const STREAMS: usize = 256;
/// The usual time between outcomes, in days, until there were two.
const NO_RHYTHM: f64 = 1e-3;
const DAY_MS: f64 = 86_400_000.0;

/// How a ceiling is met.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// Whose ceiling it is.
    pub group: String,
    /// What is limited.
    pub limited: Limited,
    /// To how much, in dollars or milliseconds.
    pub ceiling: f64,
    /// What spending as much as the ceiling takes from a value, in rewards.
    pub multiplier: f64,
    /// What was spent: the mean of a task, or the sum of the day.
    pub spent: f64,
    /// Tasks that this rests on.
    pub tasks: u64,
}

/// The multipliers, each of one ceiling of one group, ascending by both.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pacing(Vec<Pacer>);

/// What dollars and milliseconds cost, in rewards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Prices {
    pub(crate) per_usd: f64,
    pub(crate) per_ms: f64,
}

/// One multiplier.
#[derive(Clone, Debug, PartialEq)]
struct Pacer {
    group: String,
    limited: Limited,
    ceiling: f64,
    used: u64,
    log_multiplier: f64,
    /// Spent beyond what was allowed, in units of what is allowed for a task.
    debt: f64,
    outcomes: u64,
    tasks: u64,
    spent: f64,
    /// Of ceilings of a day: the day, the moment of the last outcome and the usual time between outcomes, in days.
    day: f64,
    last: f64,
    rhythm: f64,
}

impl Pacing {
    /// What spending costs on these terms.
    pub(crate) fn prices(&self, terms: &Terms) -> Prices {
        let mut prices = Prices::default();
        for (limited, most) in terms.objective.limits().into_iter().flatten() {
            let price = match self.find(&terms.group, limited, most) {
                Ok(at) => self.0[at].multiplier() / self.0[at].unit(),
                Err(_) => LEAST / unit(limited, most, NO_RHYTHM),
            };
            match limited {
                Limited::CostPerTaskUsd | Limited::CostPerDayUsd => prices.per_usd += price,
                Limited::LatencyMs => prices.per_ms += price,
            }
        }
        prices
    }

    /// How ceilings are met, those of which an outcome was seen.
    pub(crate) fn paces(&self) -> impl Iterator<Item = Pace> {
        self.0.iter().map(Pacer::pace)
    }

    /// Takes in what an attempt spent; `first` when it was the first at its task. `seq` tells which streams are in use.
    pub(crate) fn observe(&mut self, terms: &Terms, spent: &Spent, first: bool, seq: u64) {
        for (limited, most) in terms.objective.limits().into_iter().flatten() {
            let found = self.find(&terms.group, limited, most);
            let at = found.unwrap_or_else(|at| {
                let pacer = Pacer::new(&terms.group, limited, most);
                kept::welcome(&mut self.0, at, pacer, STREAMS, |pacer| pacer.used)
            });
            self.0[at].used = seq;
            match limited {
                Limited::CostPerTaskUsd => self.0[at].task(spent.cost_usd, first),
                Limited::LatencyMs => self.0[at].task(spent.latency_ms, first),
                Limited::CostPerDayUsd => self.0[at].moment(spent, first),
            }
        }
    }

    fn find(&self, group: &str, limited: Limited, ceiling: f64) -> Result<usize, usize> {
        self.0.binary_search_by(|pacer| {
            let place = pacer.group.as_str().cmp(group).then((pacer.limited as u8).cmp(&(limited as u8)));
            place.then(pacer.ceiling.total_cmp(&ceiling))
        })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.count(self.0.len());
        for pacer in &self.0 {
            out.text(&pacer.group);
            out.u8(pacer.limited as u8);
            [pacer.used, pacer.outcomes, pacer.tasks].iter().for_each(|value| out.u64(*value));
            out.f64(pacer.ceiling);
            let Pacer { log_multiplier, debt, spent, day, last, rhythm, .. } = pacer;
            [log_multiplier, debt, spent, day, last, rhythm].iter().for_each(|value| out.f64(**value));
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let pacers = from.list(|from| {
            let group = from.text()?.to_owned();
            let limited = Limited::numbered(from.u8()?).ok_or(Error::Corrupt("an unknown ceiling"))?;
            let (used, outcomes, tasks, ceiling) = (from.u64()?, from.u64()?, from.u64()?, from.f64()?);
            let (log_multiplier, debt, spent) = (from.f64()?, from.f64()?, from.f64()?);
            let (day, last, rhythm) = (from.f64()?, from.f64()?, from.f64()?);
            let kept = Pacer::new(&group, limited, ceiling);
            Ok(Pacer { used, log_multiplier, debt, outcomes, tasks, spent, day, last, rhythm, ..kept })
        })?;
        let pacing = Self(pacers);
        let found = |(at, pacer): (usize, &Pacer)| {
            pacing.find(&pacer.group, pacer.limited, pacer.ceiling) == Ok(at) && pacer.ceiling > 0.0
        };
        let ordered = pacing.0.len() <= STREAMS && pacing.0.iter().enumerate().all(found);
        if ordered { Ok(pacing) } else { Err(Error::Corrupt("ceilings are out of order")) }
    }
}

impl Pacer {
    fn new(group: &str, limited: Limited, ceiling: f64) -> Self {
        Self {
            group: group.to_owned(),
            limited,
            ceiling,
            used: 0,
            log_multiplier: LEAST.ln(),
            debt: 0.0,
            outcomes: 0,
            tasks: 0,
            spent: 0.0,
            day: 0.0,
            last: 0.0,
            rhythm: NO_RHYTHM,
        }
    }

    /// Once a day's money is spent, only the cheapest are worth anything.
    fn multiplier(&self) -> f64 {
        let gone = self.limited == Limited::CostPerDayUsd && self.spent >= self.ceiling;
        if gone { MOST } else { self.log_multiplier.exp() }
    }

    /// What is allowed for a task, in dollars or milliseconds.
    fn unit(&self) -> f64 {
        unit(self.limited, self.ceiling, self.rhythm)
    }

    fn pace(&self) -> Pace {
        let per = if self.limited == Limited::CostPerDayUsd { 1.0 } else { self.tasks.max(1) as f64 };
        Pace {
            group: self.group.clone(),
            limited: self.limited,
            ceiling: self.ceiling,
            multiplier: self.multiplier(),
            spent: self.spent / per,
            tasks: self.tasks,
        }
    }

    /// An attempt that spent so much of what is allowed for its task.
    fn task(&mut self, amount: f64, first: bool) {
        let (share, allowed) = (amount / self.ceiling, f64::from(u8::from(first)));
        self.spent += amount;
        self.debt += share - allowed;
        self.step(share, allowed, first);
    }

    /// The same where a day is what counts: what is allowed grows with the clock, and begins anew at midnight.
    fn moment(&mut self, spent: &Spent, first: bool) {
        let now = spent.at_ms as f64 / DAY_MS;
        let gap = (now - self.last).clamp(1e-8, 1.0);
        if self.outcomes > 0 {
            let window = (self.outcomes as f64).min(RHYTHM);
            self.rhythm += (gap - self.rhythm) / window;
        }
        self.last = self.last.max(now);
        if now.floor() > self.day {
            (self.day, self.spent, self.tasks) = (now.floor(), 0.0, 0);
        }
        self.spent += spent.cost_usd;
        let unit = self.unit();
        self.debt = (self.spent - self.ceiling * (self.last - self.day).clamp(0.0, 1.0)) / unit;
        self.step(spent.cost_usd / unit, 1.0, first);
    }

    fn step(&mut self, share: f64, allowed: f64, first: bool) {
        self.outcomes += 1;
        self.tasks += u64::from(first);
        let payback = (self.outcomes as f64 / 4.0).clamp(PAYBACK_LEAST, PAYBACK);
        let excess = share.min(OUTLIER) - allowed + (self.debt / payback).clamp(-0.8, 0.8);
        self.log_multiplier = (self.log_multiplier + STEP * excess).clamp(LEAST.ln(), MOST.ln());
    }
}

/// What is allowed for a task.
fn unit(limited: Limited, ceiling: f64, rhythm: f64) -> f64 {
    if limited == Limited::CostPerDayUsd { ceiling * rhythm.max(1e-8) } else { ceiling }
}
