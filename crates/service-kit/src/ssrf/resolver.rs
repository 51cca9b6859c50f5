//! Names become addresses here and nowhere else, so what was checked is what is connected to: an answer of the name server that
//! changes between check and connection (DNS rebinding) finds nothing to change.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::FetchError;
use super::policy::Policy;

pub(super) struct GuardedResolver {
    policy: Arc<Policy>,
}

impl GuardedResolver {
    pub(super) fn new(policy: Arc<Policy>) -> Self {
        Self { policy }
    }
}

/// All addresses of a name were refused.
#[derive(Debug, thiserror::Error)]
#[error("the host {0} has no public address")]
pub(super) struct Refused(String);

impl From<&Refused> for FetchError {
    fn from(refused: &Refused) -> Self {
        Self::NotPublic { host: refused.0.clone() }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| policy.allows_address(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Refused(name.as_str().to_owned()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
