//! API keys.

use task_model::Micros;

use crate::open::pending;
use crate::*;

impl Storage {
    /// Stores a key's hash. [`Error::Conflict`] when the id or hash is taken.
    pub async fn key_create(&self, _key: ApiKey) -> Result<()> {
        Err(pending())
    }

    /// All keys, the latest first, revoked ones too.
    pub async fn key_list(&self) -> Result<Vec<ApiKey>> {
        Err(pending())
    }

    /// Takes a key back; false when it is unknown or was taken back before.
    pub async fn key_revoke(&self, _key_id: &str, _at: Micros) -> Result<bool> {
        Err(pending())
    }

    /// The keys that open doors at `now`.
    pub async fn keys_active(&self, _now: Micros) -> Result<Vec<ApiKey>> {
        Err(pending())
    }
}
