//! API keys: never the key, only its hash.

use task_model::Micros;

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public identity.
    pub key_id: String,
    /// Whose it is, for people.
    pub name: String,
    /// `viewer`, `submitter`, `operator` or `admin`.
    pub role: String,
    /// SHA-256 of the key, in lower-case hex.
    pub sha256: String,
    /// When it was made.
    pub created_at: Micros,
    /// When it ends by itself.
    pub expires_at: Option<Micros>,
    /// When it was taken back.
    pub revoked_at: Option<Micros>,
}
