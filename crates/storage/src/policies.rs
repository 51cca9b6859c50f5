//! Published policies.

use task_model::Micros;

use crate::open::pending;
use crate::*;

impl Storage {
    /// Publishes a policy under the next version.
    pub async fn policy_publish(&self, _policy: NewPolicy) -> Result<i64> {
        Err(pending())
    }

    /// All policies without their bytes, the latest first.
    pub async fn policy_list(&self) -> Result<Vec<PolicyRecord>> {
        Err(pending())
    }

    /// A policy with its bytes.
    pub async fn policy_find(&self, _version: i64) -> Result<Option<PolicyRecord>> {
        Err(pending())
    }

    /// The version that decides: cheap to poll.
    pub async fn policy_promoted(&self) -> Result<Option<i64>> {
        Err(pending())
    }

    /// Moves a policy; promoting one retires the one before.
    pub async fn policy_set_status(&self, _version: i64, _status: PolicyStatus, _at: Micros) -> Result<()> {
        Err(pending())
    }
}
