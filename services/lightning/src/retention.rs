//! Deleting what is past its time, a little at a time: `[retention]` of the configuration.

use std::time::Duration;

use serde::Deserialize;
use storage::{Prunable, PruneLine, Storage};
use task_model::Micros;
use tokio_util::sync::CancellationToken;

const DAY_MS: i64 = 86_400_000;

/// `[retention]`; `config/default.toml` explains every field.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Ended tasks; 0 for ever.
    pub tasks_days: u32,
    /// The log of model calls; 0 for ever.
    pub model_calls_days: u32,
    /// Closed worker sessions; 0 for ever.
    pub sessions_days: u32,
    /// Names of deleted tasks, and of calls to try failed ones again; 0 for ever.
    pub names_days: u32,
    /// Rows in one transaction.
    #[serde(deserialize_with = "service_kit::config::positive")]
    pub portion_rows: usize,
    /// Between two transactions.
    pub rest_ms: u64,
}

/// What was deleted, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Pruned {
    /// Tasks with all that belongs to them.
    pub tasks: i64,
    /// Lines of the log of model calls.
    pub model_calls: i64,
    /// Worker sessions.
    pub sessions: i64,
    /// Names of deleted tasks.
    pub names: i64,
    /// Names of calls to try failed tasks again.
    pub redrives: i64,
}

impl Pruned {
    fn of(&mut self, what: Prunable) -> &mut i64 {
        match what {
            Prunable::Tasks => &mut self.tasks,
            Prunable::ModelCalls => &mut self.model_calls,
            Prunable::Sessions => &mut self.sessions,
            Prunable::Names => &mut self.names,
            Prunable::Redrives => &mut self.redrives,
        }
    }
}

impl Retention {
    /// The same for everything that people look at, whatever is configured. Names of deleted tasks are kept as configured.
    pub fn older_than(self, days: u32) -> Self {
        Self { tasks_days: days, model_calls_days: days, sessions_days: days, ..self }
    }

    /// Whether nothing is ever deleted.
    pub fn is_for_ever(&self) -> bool {
        Prunable::ALL.into_iter().all(|what| self.days(what) == 0)
    }

    fn days(&self, what: Prunable) -> u32 {
        match what {
            Prunable::Tasks => self.tasks_days,
            Prunable::ModelCalls => self.model_calls_days,
            Prunable::Sessions => self.sessions_days,
            Prunable::Names | Prunable::Redrives => self.names_days,
        }
    }

    fn line(&self, what: Prunable, now: Micros) -> Option<PruneLine> {
        let days = i64::from(self.days(what));
        (days > 0).then(|| PruneLine { before: now.plus_millis(-days * DAY_MS), at: now })
    }
}

/// What would be deleted at `now`.
pub async fn count(storage: &Storage, retention: &Retention, now: Micros) -> storage::Result<Pruned> {
    let mut pruned = Pruned::default();
    for what in Prunable::ALL {
        if let Some(line) = retention.line(what, now) {
            *pruned.of(what) = storage.prunable(what, line.before).await?;
        }
    }
    Ok(pruned)
}

/// Deletes what is past its time at `now`, until nothing is left or `stop`; rests after each transaction.
pub async fn prune(
    storage: &Storage,
    retention: &Retention,
    now: Micros,
    stop: &CancellationToken,
) -> storage::Result<Pruned> {
    let mut pruned = Pruned::default();
    let rest = Duration::from_millis(retention.rest_ms);
    for what in Prunable::ALL {
        let Some(line) = retention.line(what, now) else { continue };
        loop {
            let portion = storage.prune(what, line, retention.portion_rows).await?;
            *pruned.of(what) += i64::try_from(portion).unwrap_or(i64::MAX);
            if portion == 0 || stop.run_until_cancelled(tokio::time::sleep(rest)).await.is_none() {
                break;
            }
        }
    }
    Ok(pruned)
}
