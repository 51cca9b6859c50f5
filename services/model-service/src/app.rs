//! What the service does, as plain async functions over its state. Knows no HTTP.

pub mod account;
pub mod adaptation;
pub mod allowances;
pub mod ask;
mod automatic;
pub mod books;
pub mod budgets;
pub mod cache;
mod chain;
pub mod check;
pub mod costs;
pub mod count;
pub mod embed;
pub mod foreign;
pub mod inference;
pub mod keep;
pub mod limits;
pub mod model;
pub mod providers;
pub mod registry;
pub mod resolve;
pub mod size;
mod state;
pub mod stream;
pub mod vitals;

pub use books::OnBehalf;
pub use state::{Parts, State};
