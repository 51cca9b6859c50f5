//! Training jobs.

use crate::open::pending;
use crate::*;

impl Storage {
    /// Creates or replaces a job.
    pub async fn training_put(&self, _job: TrainingJob) -> Result<()> {
        Err(pending())
    }

    /// A job by its id.
    pub async fn training_find(&self, _job_id: &str) -> Result<Option<TrainingJob>> {
        Err(pending())
    }

    /// Jobs, the latest first.
    pub async fn training_list(&self, _page: &Page) -> Result<Listing<TrainingJob>> {
        Err(pending())
    }
}
