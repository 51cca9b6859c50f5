//! One request to the first endpoint that will take it, within a deadline: breaker, retry, fallback.
//!
//! Invariant of absence: knows none of our routes, and no request that is not safe to repeat is ever sent twice.

mod backoff;
mod breaker;
mod client;
mod endpoint;
mod error;
mod request;
mod response;
pub mod sse;
mod tries;

pub use backoff::Backoff;
pub use breaker::{Admission, Breaker, BreakerOptions, BreakerState};
pub use client::{Client, ClientOptions};
pub use endpoint::Endpoint;
pub use error::Error;
pub use request::{DEADLINE_HEADER, Request};
pub use response::Response;
pub use tries::Tries;
