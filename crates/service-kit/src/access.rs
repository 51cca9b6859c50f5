//! Who may call what: roles, the table of a service's routes, and API keys.
//!
//! Knows hashes of keys only, and not where they are kept.

mod mint;
mod ring;
mod rules;

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub(crate) use mint::KEY_PREFIX;
pub use mint::{hash_key, mint_key};
pub use ring::{KeyEntry, KeyRing};
pub use rules::{Access, Rule};

/// What a key may do; each role may also do what the ones before it may.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look.
    Viewer,
    /// Submit tasks and feedback.
    Submitter,
    /// Change agents, models and policies; services are operators to one another.
    Operator,
    /// Everything.
    Admin,
}

impl Role {
    /// The word for this role in keys, on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Submitter => "submitter",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role for a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Viewer, Self::Submitter, Self::Operator, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == word)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The id of the key, `service` for a peer, `anonymous` when no key is needed and none was shown.
    pub id: Arc<str>,
    /// What they may do.
    pub role: Role,
}

impl Caller {
    /// The caller where no key is needed: the operator of this machine.
    pub fn anonymous() -> Self {
        Self { id: Arc::from("anonymous"), role: Role::Admin }
    }
}

/// Cancelled when the caller's key is not valid any more; with requests that may become more than a call.
#[derive(Debug, Clone)]
pub(crate) struct KeyGone(pub(crate) CancellationToken);

/// As an argument of a handler: who calls.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(crate::context::with(|context| context.caller.clone()).flatten().unwrap_or_else(Self::anonymous))
    }
}
