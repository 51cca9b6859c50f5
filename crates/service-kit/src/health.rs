//! `/health`: what a service needs, and whether it has it.
//!
//! `/health/live` only says that the process answers; `/health/ready` and `/health` are 503 when something required is down, so a
//! load balancer looks elsewhere while a supervisor does not restart what a restart would not mend.

mod check;
mod routes;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Map, Value};

pub use check::{Dependency, Status};

/// Longest time one check may take; a dependency that needs longer counts as down.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an answer is kept, so that many who ask cost no more than one.
const KEPT: Duration = Duration::from_secs(1);

type Check = Arc<dyn Fn() -> BoxFuture<'static, Dependency> + Send + Sync>;
type Extra = Arc<dyn Fn() -> BoxFuture<'static, Map<String, Value>> + Send + Sync>;

#[derive(Clone)]
struct Named {
    name: String,
    required: bool,
    check: Check,
}

/// The checks of a service.
#[derive(Clone, Default)]
pub struct Health {
    checks: Vec<Named>,
    extra: Vec<Extra>,
}

impl Health {
    /// No checks: healthy as long as it answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Without this dependency the service cannot do its work.
    #[must_use]
    pub fn required<F, Fut>(self, name: &str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Dependency> + Send + 'static,
    {
        self.add(name, true, check)
    }

    /// Without this dependency the service does less, or later.
    #[must_use]
    pub fn optional<F, Fut>(self, name: &str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Dependency> + Send + 'static,
    {
        self.add(name, false, check)
    }

    /// Further members of the answer: queue lengths, processing figures.
    #[must_use]
    pub fn extra<F, Fut>(mut self, read: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Map<String, Value>> + Send + 'static,
    {
        self.extra.push(Arc::new(move || Box::pin(read())));
        self
    }

    fn add<F, Fut>(mut self, name: &str, required: bool, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Dependency> + Send + 'static,
    {
        self.checks.push(Named {
            name: name.to_owned(),
            required,
            check: Arc::new(move || Box::pin(check())),
        });
        self
    }
}

#[cfg(test)]
mod tests;
