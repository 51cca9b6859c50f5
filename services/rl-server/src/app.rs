//! What the service does, without HTTP.

mod error;
pub(crate) mod evaluate;
pub(crate) mod experiences;
pub(crate) mod gates;
mod log;
pub(crate) mod policies;
mod state;
pub(crate) mod status;
pub(crate) mod train;

pub(crate) use error::Error;
pub(crate) use state::State;
