//! The service's wall clock, as the type that everything further in takes as an argument.

use task_model::Micros;

/// Microseconds since the epoch.
pub fn now() -> Micros {
    Micros(service_kit::now_micros())
}
