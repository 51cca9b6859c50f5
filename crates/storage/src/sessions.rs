//! Worker sessions.

use task_model::Micros;

use crate::open::pending;
use crate::*;

impl Storage {
    /// Opens a session that lives until `now + ttl_ms` unless it renews.
    pub async fn session_open(
        &self,
        _host: &str,
        _pid: i64,
        _ttl_ms: i64,
        _now: Micros,
    ) -> Result<WorkerSession> {
        Err(pending())
    }

    /// Lives on until `now + ttl_ms`. [`Error::Stale`] when it was reaped or closed: its runs are others' now.
    pub async fn session_renew(&self, _session_id: &str, _ttl_ms: i64, _now: Micros) -> Result<()> {
        Err(pending())
    }

    /// Ends a session in good order; its runs wait for another worker. Returns how many.
    pub async fn session_close(&self, _session_id: &str, _now: Micros) -> Result<usize> {
        Err(pending())
    }

    /// Ends all expired sessions; their runs wait for another worker, or for a person after two deaths.
    pub async fn sessions_reap(&self, _now: Micros) -> Result<Reaped> {
        Err(pending())
    }

    /// The live sessions.
    pub async fn session_list(&self) -> Result<Vec<WorkerSession>> {
        Err(pending())
    }
}
