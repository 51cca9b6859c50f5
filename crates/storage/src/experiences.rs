//! The experience log and its snapshots.

use crate::open::pending;
use crate::*;

impl Storage {
    /// The lines after `seq`, in order.
    pub async fn experiences_after(&self, _seq: i64, _limit: usize) -> Result<Vec<Experience>> {
        Err(pending())
    }

    /// How many lines there are.
    pub async fn experiences_count(&self) -> Result<i64> {
        Err(pending())
    }

    /// Appends lines from elsewhere; those already there (same task, attempt and revision) are passed over. Returns how many were new.
    pub async fn experience_import(&self, _experiences: Vec<NewExperience>) -> Result<usize> {
        Err(pending())
    }

    /// Keeps a snapshot, and the two before it.
    pub async fn learner_checkpoint_put(&self, _checkpoint: Checkpoint) -> Result<()> {
        Err(pending())
    }

    /// The latest snapshot of a format.
    pub async fn learner_checkpoint_latest(&self, _format: &str) -> Result<Option<Checkpoint>> {
        Err(pending())
    }
}
