//! Worker sessions: what a lease belongs to.

use task_model::Micros;

/// A live worker process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerSession {
    /// Its identity.
    pub session_id: String,
    /// Where it runs.
    pub host: String,
    /// Its process.
    pub pid: i64,
    /// When it came.
    pub opened_at: Micros,
    /// When its runs go to others unless it renews.
    pub expires_at: Micros,
}

/// What became of the runs of dead workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reaped {
    /// Runs that wait for another worker now.
    pub requeued: usize,
    /// Runs that killed two workers and now wait for a person.
    pub poisoned: usize,
    /// Runs that were to be stopped or paused anyway and now are.
    pub stopped: usize,
}
