//! A typed client per service: what to send where, and what comes back.
//!
//! Invariant of absence: no retries of its own; breaker, retry and fallback are `resilient-http`'s.

mod call;
mod error;
mod execution;
mod model;
mod orchestrator;
mod peer;
mod rl;

pub use call::Call;
pub use error::Error;
pub use execution::ExecutionClient;
pub use model::{Asker, ChatStream, ModelClient};
pub use orchestrator::{DeadLetterQuery, OrchestratorClient, TaskQuery};
pub use peer::{Connector, PeerState};
pub use rl::RlClient;

/// Why a [`Connector`] cannot be made.
pub use resilient_http::Error as SetupError;
/// How a peer's endpoints are watched.
pub use resilient_http::{Backoff, BreakerOptions, ClientOptions};
