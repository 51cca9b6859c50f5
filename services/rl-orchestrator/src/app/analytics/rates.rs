//! Shares of tasks that ended well or badly.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use service_api::performance::AgentPerformanceReport;
use service_api::rfc3339;
use task_model::{Micros, TaskStatus};
use utoipa::ToSchema;

const HOUR: i64 = 3_600_000_000;

/// Which share is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Of completed tasks.
    Completion,
    /// Of failed tasks.
    Error,
}

/// Which part of time is asked for, and how finely.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    pub(crate) since: Option<Micros>,
    pub(crate) until: Option<Micros>,
    /// Days instead of hours.
    pub(crate) by_day: bool,
}

/// `GET /analytics/completion-rate` and `/analytics/error-rate`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Rates {
    /// `completion_rate` or `error_rate`.
    pub(crate) metric: String,
    /// The span as a whole.
    pub(crate) overall: RateRow,
    /// By hour or day; spans in which nothing ended are left out.
    pub(crate) over_time: Vec<RateRow>,
    /// By agent, all time.
    pub(crate) agents: Vec<RateRow>,
}

/// One share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RateRow {
    /// `overall`, the beginning of the hour or day (RFC 3339), or the agent.
    pub(crate) of: String,
    /// Tasks that were completed or failed; cancelled ones count as neither.
    pub(crate) ended: u64,
    /// Those that the share is of.
    pub(crate) counted: u64,
    /// The share; null when nothing ended.
    pub(crate) rate: Option<f64>,
}

/// Ends by hour.
#[derive(Debug, Default)]
pub(super) struct Ends(BTreeMap<i64, Count>);

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    completed: u64,
    failed: u64,
}

impl Ends {
    pub(super) fn add(&mut self, at: Micros, status: TaskStatus) {
        let count = self.0.entry(at.0.div_euclid(HOUR)).or_default();
        match status {
            TaskStatus::Completed => count.completed += 1,
            TaskStatus::Failed => count.failed += 1,
            _ => {}
        }
    }

    /// Sums by the beginning of each hour or day that lies in the span.
    fn within(&self, span: &Span) -> BTreeMap<i64, Count> {
        let mut sums: BTreeMap<i64, Count> = BTreeMap::new();
        let bucket = if span.by_day { 24 } else { 1 };
        for (hour, count) in &self.0 {
            let begin = Micros(hour.saturating_mul(HOUR));
            if span.since.is_some_and(|since| begin < since) || span.until.is_some_and(|until| begin >= until)
            {
                continue;
            }
            let sum = sums.entry(hour.div_euclid(bucket) * bucket * HOUR).or_default();
            sum.completed += count.completed;
            sum.failed += count.failed;
        }
        sums
    }
}

pub(super) fn rates(metric: Metric, ends: &Ends, span: &Span, agents: &AgentPerformanceReport) -> Rates {
    let buckets = ends.within(span);
    let overall = buckets.values().fold(Count::default(), |sum, count| Count {
        completed: sum.completed + count.completed,
        failed: sum.failed + count.failed,
    });
    let over_time = buckets.iter().map(|(begin, count)| row(metric, rfc3339(Micros(*begin)), *count));
    let agents = agents.agents.iter().map(|(agent, record)| {
        row(metric, agent.clone(), Count { completed: record.completed, failed: record.failed })
    });
    Rates {
        metric: if metric == Metric::Completion { "completion_rate" } else { "error_rate" }.to_owned(),
        overall: row(metric, "overall".to_owned(), overall),
        over_time: over_time.filter(|row| row.ended > 0).collect(),
        agents: agents.collect(),
    }
}

fn row(metric: Metric, of: String, count: Count) -> RateRow {
    let ended = count.completed + count.failed;
    let counted = if metric == Metric::Completion { count.completed } else { count.failed };
    RateRow { of, ended, counted, rate: (ended > 0).then(|| counted as f64 / ended as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_add_up_to_days_and_spans_cut() {
        let mut ends = Ends::default();
        for (hour, status) in
            [(0, TaskStatus::Completed), (1, TaskStatus::Failed), (25, TaskStatus::Completed)]
        {
            ends.add(Micros(hour * HOUR + 5), status);
        }
        ends.add(Micros(2 * HOUR), TaskStatus::Cancelled);
        let nobody = AgentPerformanceReport {
            agents: BTreeMap::new(),
            total_tasks: 0,
            q_table_states: 0,
            policy_version: String::new(),
        };
        let days = rates(Metric::Completion, &ends, &Span { by_day: true, ..Span::default() }, &nobody);
        let shares: Vec<_> = days.over_time.iter().map(|row| (row.ended, row.rate)).collect();
        assert_eq!(shares, [(2, Some(0.5)), (1, Some(1.0))]);
        let first_hours = Span { until: Some(Micros(2 * HOUR)), ..Span::default() };
        let errors = rates(Metric::Error, &ends, &first_hours, &nobody);
        assert_eq!((errors.overall.ended, errors.overall.counted, errors.over_time.len()), (2, 1, 2));
    }
}
