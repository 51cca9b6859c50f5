//! What every service shares: serving, configuration, errors, health, documentation, access, limits, telemetry, shutdown.
//!
//! Invariant of absence: knows no task and no table; whatever names either belongs to a service.

pub mod access;
mod app;
mod clock;
pub mod config;
mod connection;
pub mod context;
mod crash;
mod crypto;
mod docs;
pub mod events;
pub mod extract;
pub mod health;
mod layer;
pub mod log;
pub mod mask;
pub mod metrics;
pub mod port_holder;
pub mod problem;
mod run;
mod serve;
pub mod ssrf;
mod wording;

pub use app::App;
pub use clock::now_micros;
pub use config::Settings;
pub use crash::crash_point;
pub use crypto::install_crypto;
pub use layer::{KitState, layer};
pub use problem::Problem;
pub use run::{run_main, stop_on_signals};
pub use serve::{BindError, bind, serve};
