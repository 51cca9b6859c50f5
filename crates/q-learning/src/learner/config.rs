//! The constants of learning. The defaults were set once for all data; `lightning replay` shows what they give.

use serde::{Deserialize, Serialize};

use super::encoding::WITH_GROUPS;
use super::layout::View;
use super::member::Member;
use crate::bytes::{Reader, Writer};
use crate::{Error, Exploration};

/// Constants of a [`crate::Learner`]. Variances are in units of reward squared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LearnerConfig {
    /// How values become choices.
    pub exploration: Exploration,
    /// Discount of the value of what follows a failed attempt, 0 to 1. A task is one to three attempts long: near 1, an agent
    /// whose failures others repair would look almost as good as they do.
    pub gamma: f64,
    /// The committee: views of the features with how far they let an agent stand apart. One to eight.
    pub members: Vec<Member>,
    /// How fast members that predict badly lose their say: log-weight for each squared error.
    pub committee_rate: f64,
    /// The value of everything before anything was seen.
    pub initial_value: f64,
    /// Variance of an outcome around its expectation.
    pub noise_variance: f64,
    /// How far the values common to all agents may be from the initial one.
    pub shared_bias_variance: f64,
    /// How strongly a feature may move the values common to all agents.
    pub shared_weight_variance: f64,
    /// Uncertainty of an agent's value on all tasks alike.
    pub sketch_bias_variance: f64,
    /// Uncertainty of an agent's value on texts of one shape and kind.
    pub sketch_weight_variance: f64,
    /// What full relevance adds to the value of an agent before it is learned what relevance is worth.
    pub relevance_gain: f64,
    /// What it adds to the value of an agent that it failed already at the same task, before that is learned.
    pub failed_gain: f64,
    /// Variance of both gains.
    pub gain_variance: f64,
    /// Share of an agent's evidence that each further outcome of it takes away: agents change.
    pub forgetting: f64,
    /// Deviation in standard deviations that the change detector lets pass each time.
    pub change_slack: f64,
    /// Sum of deviations beyond the slack at which an agent is taken to have changed.
    pub change_threshold: f64,
    /// Share of the evidence that is kept when an agent was found to have changed.
    pub change_keep: f64,
    /// How many pairs of a group and an agent have a value of their own, at most 1,000,000; of more, the one that was not seen for
    /// longest is forgotten. 0: all groups share all values.
    pub group_pairs: u32,
}

impl Default for LearnerConfig {
    fn default() -> Self {
        Self {
            exploration: Exploration::Ucb { width: 1.15, floor: 0.0 },
            gamma: 0.5,
            members: [View::Agent, View::Shape, View::FirstWords, View::Marks].map(Member::even).to_vec(),
            committee_rate: 3.3,
            initial_value: 0.5,
            noise_variance: 0.2,
            shared_bias_variance: 0.25,
            shared_weight_variance: 0.12,
            sketch_bias_variance: 0.03,
            sketch_weight_variance: 0.03,
            relevance_gain: 0.4,
            failed_gain: -0.2,
            gain_variance: 0.04,
            forgetting: 0.0002,
            change_slack: 0.5,
            change_threshold: 12.0,
            change_keep: 0.2,
            group_pairs: 4_096,
        }
    }
}

impl LearnerConfig {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(expected) = self.exploration.complaint() {
            return Err(Error::Config { field: "exploration", expected });
        }
        if !(1..=8).contains(&self.members.len()) || !self.members.iter().all(Member::is_allowed) {
            return Err(Error::Config {
                field: "members",
                expected: "one to eight, with variances from 0.000001 to 100",
            });
        }
        for (field, value) in self.numbers() {
            let (low, high, expected) = allowed(field);
            if !(low..=high).contains(&value) {
                return Err(Error::Config { field, expected });
            }
        }
        if self.group_pairs > 1_000_000 {
            return Err(Error::Config { field: "group_pairs", expected: "from 0 to 1000000" });
        }
        Ok(())
    }

    fn numbers(&self) -> [(&'static str, f64); 15] {
        [
            ("gamma", self.gamma),
            ("initial_value", self.initial_value),
            ("noise_variance", self.noise_variance),
            ("shared_bias_variance", self.shared_bias_variance),
            ("shared_weight_variance", self.shared_weight_variance),
            ("sketch_bias_variance", self.sketch_bias_variance),
            ("sketch_weight_variance", self.sketch_weight_variance),
            ("committee_rate", self.committee_rate),
            ("relevance_gain", self.relevance_gain),
            ("failed_gain", self.failed_gain),
            ("gain_variance", self.gain_variance),
            ("forgetting", self.forgetting),
            ("change_slack", self.change_slack),
            ("change_threshold", self.change_threshold),
            ("change_keep", self.change_keep),
        ]
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        self.exploration.write(out);
        out.count(self.members.len());
        self.members.iter().for_each(|member| member.write(out));
        self.numbers().iter().for_each(|(_, value)| out.f64(*value));
        out.u32(self.group_pairs);
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let config = Self {
            exploration: Exploration::read(from)?,
            members: from.list(Member::read)?,
            gamma: from.f64()?,
            initial_value: from.f64()?,
            noise_variance: from.f64()?,
            shared_bias_variance: from.f64()?,
            shared_weight_variance: from.f64()?,
            sketch_bias_variance: from.f64()?,
            sketch_weight_variance: from.f64()?,
            committee_rate: from.f64()?,
            relevance_gain: from.f64()?,
            failed_gain: from.f64()?,
            gain_variance: from.f64()?,
            forgetting: from.f64()?,
            change_slack: from.f64()?,
            change_threshold: from.f64()?,
            change_keep: from.f64()?,
            group_pairs: if from.version() >= WITH_GROUPS {
                from.u32()?
            } else {
                Self::default().group_pairs
            },
        };
        config.check().map_err(|_| Error::Corrupt("a configuration that is not allowed"))?;
        Ok(config)
    }
}

/// The bounds of a field: those of the mathematics where there are some, else far beyond what makes sense.
fn allowed(field: &str) -> (f64, f64, &'static str) {
    match field {
        "gamma" | "initial_value" | "change_keep" => (0.0, 1.0, "from 0 to 1"),
        "forgetting" => (0.0, 0.5, "from 0 to 0.5"),
        "relevance_gain" | "failed_gain" => (-10.0, 10.0, "from -10 to 10"),
        "change_slack" => (0.0, 10.0, "from 0 to 10"),
        "change_threshold" => (1.0, 1e6, "from 1 to 1000000"),
        _ => (1e-6, 100.0, "from 0.000001 to 100"),
    }
}
