//! What the service does, as plain async functions over its state. Knows no HTTP.

pub mod ask;
pub mod books;
pub mod check;
pub mod costs;
pub mod embed;
pub mod inference;
pub mod model;
pub mod providers;
pub mod registry;
pub mod resolve;
mod state;
pub mod stream;

pub use books::OnBehalf;
pub use state::{Parts, State};
