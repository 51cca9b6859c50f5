//! The one place where refusals of the app become HTTP.

use std::time::Duration;

use service_client::Error as PeerError;
use service_kit::problem::{FieldError, Problem};

use crate::app::Error;

const SOON: Duration = Duration::from_secs(1);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Invalid(errors) => Self::invalid_fields(
                errors.into_iter().map(|e| FieldError { field: e.field, message: e.message }).collect(),
            ),
            Error::Unknown(what) => Self::not_found(what),
            Error::GateClosed(why) => Self::conflict("GATE_CLOSED", why),
            Error::WrongState(why) => Self::conflict("WRONG_STATE", why),
            Error::Peer(PeerError::Unavailable { retry_after, .. }) => Self::unavailable(
                "the orchestrator, which keeps rewards, does not answer; nothing was stored, send it again",
                retry_after.unwrap_or(SOON),
            ),
            Error::Peer(PeerError::Refused { status, problem, .. }) => {
                Self::new(status, "SIGNAL_REFUSED", problem.detail.clone())
            }
            Error::Peer(error @ PeerError::Unreadable { .. }) => Self::internal(&error),
            Error::Storage(error) if error.is_transient() => Self::unavailable(detail, SOON),
            Error::Storage(error) => Self::internal(&error),
            #[cfg(feature = "parquet")]
            Error::Unwritten(_) => Self::internal(&error),
            Error::Broken(error) => Self::internal(&error),
        }
    }
}
