//! What was learned and how the agents do, for people.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use service_api::performance::{
    AgentPerformance, AgentPerformanceReport, Basis, CreditKind, Credited, QTable, SourceTrust,
};
use storage::PerformanceSums;
use task_model::{MicroUsd, Micros};

use super::assign::answer::readable;
use super::{Error, State};

/// The span that the trend looks at.
const RECENT_DAYS: i64 = 7;
/// How long a report is kept: making one reads every task.
const KEPT: Duration = Duration::from_secs(1);
/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The last report and when it was made.
#[derive(Debug, Default)]
pub(crate) struct Kept(tokio::sync::Mutex<Option<(Instant, Arc<AgentPerformanceReport>)>>);

/// The learned values as a person can read them.
pub(crate) fn q_table(state: &State) -> QTable {
    let policy = state.policy.now();
    let mut table: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    let mut basis: BTreeMap<String, BTreeMap<String, Basis>> = BTreeMap::new();
    for row in policy.learner.table() {
        let rests_on = Basis { outcomes: row.observations, std_error: readable(row.std_dev) };
        basis.entry(row.state.clone()).or_default().insert(row.agent.to_string(), rests_on);
        table.entry(row.state).or_default().insert(row.agent.to_string(), readable(row.value));
    }
    QTable {
        states: table.keys().cloned().collect(),
        total_entries: table.values().map(BTreeMap::len).sum(),
        q_table: table,
        basis,
        policy_version: policy.version.to_string(),
        experiences: policy.learner.seen(),
    }
}

/// How far each source of feedback is believed.
pub(crate) fn sources(state: &State) -> Vec<SourceTrust> {
    let policy = state.policy.now();
    let sources = policy.learner.sources();
    sources
        .map(|(source, trust, words)| SourceTrust {
            source: source.to_owned(),
            trust: readable(trust),
            words,
        })
        .collect()
}

/// What outcomes are credited to: agents, then models, then tools.
pub(crate) fn credit(state: &State) -> Vec<Credited> {
    let q_learning::Credits { agents, models, tools } = state.policy.now().learner.credits();
    let all = [(CreditKind::Agent, agents), (CreditKind::Model, models), (CreditKind::Tool, tools)];
    let lines = all.into_iter().flat_map(|(kind, list)| list.into_iter().map(move |one| (kind, one)));
    lines
        .map(|(kind, one)| Credited {
            kind,
            effect: readable(one.effect),
            low: readable(one.effect - Z * one.std_dev),
            high: readable(one.effect + Z * one.std_dev),
            outcomes: one.outcomes,
            name: one.name,
        })
        .collect()
}

/// Every agent's record, at most a second old.
pub(crate) async fn report(state: &State, now: Micros) -> Result<Arc<AgentPerformanceReport>, Error> {
    let mut kept = state.performance.0.lock().await;
    if let Some((made, report)) = kept.as_ref()
        && made.elapsed() < KEPT
    {
        return Ok(report.clone());
    }
    let report = Arc::new(make(state, now).await?);
    *kept = Some((Instant::now(), report.clone()));
    Ok(report)
}

async fn make(state: &State, now: Micros) -> Result<AgentPerformanceReport, Error> {
    let recent_since = now.plus_millis(-RECENT_DAYS * 24 * 3_600_000);
    let sums = state.storage.agent_performance(recent_since).await?;
    let counts = state.storage.task_counts().await?;
    let mut agents: BTreeMap<String, AgentPerformance> =
        sums.into_iter().map(|of| (of.agent_id.to_string(), performance(&of.total, &of.recent))).collect();
    for agent in &state.roster.now().agents {
        let idle = PerformanceSums::default();
        agents.entry(agent.spec.id.to_string()).or_insert_with(|| performance(&idle, &idle));
    }
    Ok(AgentPerformanceReport {
        agents,
        total_tasks: counts.values().map(|count| u64::try_from(*count).unwrap_or(0)).sum(),
        q_table_states: q_table(state).states.len(),
        policy_version: state.policy.now().version.to_string(),
    })
}

fn performance(total: &PerformanceSums, recent: &PerformanceSums) -> AgentPerformance {
    let (completed, counted) = (total.completed, counted(total));
    AgentPerformance {
        tasks: total.tasks.unsigned_abs(),
        completed: completed.unsigned_abs(),
        failed: total.failed.unsigned_abs(),
        success_rate: mean(completed as f64, counted),
        success_rate_ci95: wilson(completed, counted),
        mean_reward: mean(total.reward_sum, total.rewarded),
        mean_latency_ms: mean(total.latency_ms_sum as f64, total.runs),
        cost_usd: MicroUsd::as_usd(total.cost),
        trend: trend(total, recent),
    }
}

/// Ends that say something about the agent: a failure that is nobody's has no reward.
fn counted(sums: &PerformanceSums) -> i64 {
    sums.completed + (sums.rewarded - sums.completed).clamp(0, sums.failed.max(0))
}

fn mean(sum: f64, count: i64) -> Option<f64> {
    (count > 0).then(|| sum / count as f64)
}

/// Mean reward of the recent tasks minus that of those before.
fn trend(total: &PerformanceSums, recent: &PerformanceSums) -> Option<f64> {
    let before = mean(total.reward_sum - recent.reward_sum, total.rewarded - recent.rewarded)?;
    Some(mean(recent.reward_sum, recent.rewarded)? - before)
}

/// Wilson's score interval for a share (E. B. Wilson, 1927): sensible also for few trials and shares near 0 and 1.
fn wilson(successes: i64, trials: i64) -> Option<[f64; 2]> {
    let n = trials as f64;
    let share = mean(successes as f64, trials)?;
    let scale = 1.0 + Z * Z / n;
    let centre = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some([((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe 1998, table I: 81 of 263 and 0 of 20.
        let check = |successes, trials, low: f64, high: f64| {
            let [l, h] = wilson(successes, trials).unwrap();
            assert!((l - low).abs() < 5e-5 && (h - high).abs() < 5e-5, "{l} {h}");
        };
        check(81, 263, 0.2553, 0.3662);
        check(0, 20, 0.0, 0.1611);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn failures_that_are_nobodys_do_not_lower_the_rate() {
        let sums = PerformanceSums {
            tasks: 4,
            completed: 1,
            failed: 3,
            rewarded: 2,
            reward_sum: 0.9,
            ..Default::default()
        };
        assert_eq!(performance(&sums, &PerformanceSums::default()).success_rate, Some(0.5));
    }

    #[test]
    fn the_trend_compares_recent_rewards_with_those_before() {
        let total = PerformanceSums { rewarded: 4, reward_sum: 2.0, ..Default::default() };
        let recent = PerformanceSums { rewarded: 2, reward_sum: 1.5, ..Default::default() };
        assert_eq!(trend(&total, &recent), Some(0.5));
        assert_eq!(trend(&total, &total), None);
    }
}
