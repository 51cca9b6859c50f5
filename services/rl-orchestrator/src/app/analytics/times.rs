//! How long the agents took from start to end.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use storage::NewExperience;
use task_model::AgentId;
use utoipa::ToSchema;

/// Outcomes of each agent that the quantiles are taken from: what an agent did long ago says little of it now.
const KEPT: usize = 10_000;

/// `GET /analytics/response-times`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ResponseTimes {
    /// Outcomes of each agent that are looked at, at most: the latest.
    pub(crate) latest: usize,
    /// One for each agent.
    pub(crate) agents: Vec<TimesRow>,
}

/// The times of one agent, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct TimesRow {
    /// The agent.
    pub(crate) agent_id: String,
    /// Outcomes looked at.
    pub(crate) outcomes: usize,
    /// Their mean.
    pub(crate) mean_ms: f64,
    /// Half took at most this.
    pub(crate) p50_ms: i64,
    /// 95 of 100 took at most this.
    pub(crate) p95_ms: i64,
    /// 99 of 100 took at most this.
    pub(crate) p99_ms: i64,
}

#[derive(Debug, Default)]
pub(super) struct Times(BTreeMap<AgentId, VecDeque<i64>>);

impl Times {
    pub(super) fn add(&mut self, line: &NewExperience) {
        self.push(&line.agent_id, line.latency_ms);
    }

    fn push(&mut self, agent: &AgentId, latency_ms: i64) {
        let times = self.0.entry(agent.clone()).or_default();
        if times.len() == KEPT {
            times.pop_front();
        }
        times.push_back(latency_ms);
    }

    pub(super) fn show(&self) -> ResponseTimes {
        ResponseTimes {
            latest: KEPT,
            agents: self.0.iter().map(|(agent, times)| row(agent, times)).collect(),
        }
    }
}

/// No agent is listed without an outcome.
fn row(agent: &AgentId, times: &VecDeque<i64>) -> TimesRow {
    let mut sorted: Vec<i64> = times.iter().copied().collect();
    sorted.sort_unstable();
    let quantile = |share: f64| {
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted[rank.clamp(1, sorted.len()) - 1]
    };
    TimesRow {
        agent_id: agent.to_string(),
        outcomes: sorted.len(),
        mean_ms: sorted.iter().sum::<i64>() as f64 / sorted.len() as f64,
        p50_ms: quantile(0.5),
        p95_ms: quantile(0.95),
        p99_ms: quantile(0.99),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_latest_outcomes() {
        let (mut times, agent) = (Times::default(), AgentId::parse("a").unwrap());
        times.push(&agent, 1_000_000);
        (1..=KEPT as i64).for_each(|latency| times.push(&agent, latency));
        let row = times.show().agents.remove(0);
        assert_eq!((row.outcomes, row.p50_ms, row.p95_ms, row.p99_ms), (10_000, 5_000, 9_500, 9_900));
        assert_eq!(row.mean_ms, 5_000.5);
    }
}
