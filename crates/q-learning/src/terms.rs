//! On which terms a decision is taken: for whom, and what may be spent on it. Part of the state, so it is logged with the decision.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::bytes::{Reader, Writer};

/// The group of whoever names none. It has no values of its own: it takes what is learned of all.
pub const COMMON_GROUP: &str = "default";

/// For whom a decision is taken, and what is wanted of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// Who shares these terms, by any name. What they want is met over all decisions of the group that want the same, and what
    /// agents are worth to them is learned, unless they are [`COMMON_GROUP`] or have no name.
    pub group: String,
    /// What is wanted besides success.
    pub objective: Objective,
}

/// Ceilings that hold on average. None: success alone counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Objective {
    /// Mean cost of a task, all its attempts together, in dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_per_task_usd: Option<f64>,
    /// Cost of all tasks of a UTC day, in dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_per_day_usd: Option<f64>,
    /// Mean time of a task, all its attempts together, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limited {
    /// [`Objective::cost_per_task_usd`].
    CostPerTaskUsd,
    /// [`Objective::cost_per_day_usd`].
    CostPerDayUsd,
    /// [`Objective::latency_ms`].
    LatencyMs,
}

/// The least ceiling, in dollars or milliseconds: under it prices would leave the range of numbers.
const LEAST: f64 = 1e-6;
/// The largest ceiling, in dollars or milliseconds.
const MOST: f64 = 1e9;

impl Objective {
    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses a ceiling that is not from 0.000001 to 1,000,000,000, naming the field.
    pub fn check(&self) -> Result<(), Error> {
        match self.limits().into_iter().flatten().find(|(_, most)| !(LEAST..=MOST).contains(most)) {
            Some((limited, _)) => {
                Err(Error::Config { field: limited.field(), expected: "from 0.000001 to 1000000000" })
            }
            None => Ok(()),
        }
    }

    /// What this one leaves open as `other` has it.
    pub fn or(self, other: Self) -> Self {
        Self {
            cost_per_task_usd: self.cost_per_task_usd.or(other.cost_per_task_usd),
            cost_per_day_usd: self.cost_per_day_usd.or(other.cost_per_day_usd),
            latency_ms: self.latency_ms.or(other.latency_ms),
        }
    }

    pub(crate) fn limits(&self) -> [Option<(Limited, f64)>; 3] {
        [
            self.cost_per_task_usd.map(|most| (Limited::CostPerTaskUsd, most)),
            self.cost_per_day_usd.map(|most| (Limited::CostPerDayUsd, most)),
            self.latency_ms.map(|most| (Limited::LatencyMs, most)),
        ]
    }
}

impl Limited {
    pub(crate) fn numbered(number: u8) -> Option<Self> {
        [Self::CostPerTaskUsd, Self::CostPerDayUsd, Self::LatencyMs].get(usize::from(number)).copied()
    }

    /// The field of [`Objective`].
    pub fn field(self) -> &'static str {
        match self {
            Self::CostPerTaskUsd => "cost_per_task_usd",
            Self::CostPerDayUsd => "cost_per_day_usd",
            Self::LatencyMs => "latency_ms",
        }
    }
}

impl Terms {
    /// The group, if it is one that has values of its own.
    pub(crate) fn own_group(&self) -> Option<&str> {
        Some(self.group.as_str()).filter(|group| !group.is_empty() && *group != COMMON_GROUP)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.text(&self.group);
        let Objective { cost_per_task_usd, cost_per_day_usd, latency_ms } = self.objective;
        for most in [cost_per_task_usd, cost_per_day_usd, latency_ms] {
            out.option(most, Writer::f64);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let terms = Self {
            group: from.text()?.to_owned(),
            objective: Objective {
                cost_per_task_usd: from.option(Reader::f64)?,
                cost_per_day_usd: from.option(Reader::f64)?,
                latency_ms: from.option(Reader::f64)?,
            },
        };
        terms.objective.check().map_err(|_| Error::Corrupt("a ceiling that is not allowed"))?;
        Ok(terms)
    }
}
