//! How each registered model has been doing since the start of this process.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use task_model::Micros;

/// Failures in a row from which on a model counts as failing.
const FAILING_FROM: u32 = 3;
/// The weight of the newest call in the running mean of durations.
const NEWEST: f64 = 0.1;

/// By model.
#[derive(Debug, Default)]
pub struct Vitals(Mutex<HashMap<String, Vital>>);

/// Of one model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vital {
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Failures since the last good answer.
    pub failures_in_a_row: u32,
    /// Why the last failure was one.
    pub last_error: Option<String>,
    /// The last good answer.
    pub last_success_at: Option<Micros>,
    /// A running mean of good answers' durations.
    pub latency_ms: Option<f64>,
}

impl Vitals {
    /// A call ended. That a caller went away says nothing about the model.
    pub fn note(&self, model: &str, at: Micros, elapsed: Duration, error_code: Option<&str>) {
        let mut all = self.0.lock();
        let vital = match all.get_mut(model) {
            Some(vital) => vital,
            None => all.entry(model.to_owned()).or_default(),
        };
        match error_code {
            Some("CALLER_GONE") => {}
            Some(code) => {
                vital.calls += 1;
                vital.errors += 1;
                vital.failures_in_a_row += 1;
                vital.last_error = Some(code.to_owned());
            }
            None => {
                let ms = elapsed.as_secs_f64() * 1e3;
                vital.calls += 1;
                vital.failures_in_a_row = 0;
                vital.last_success_at = Some(at);
                vital.latency_ms = Some(vital.latency_ms.map_or(ms, |mean| mean + NEWEST * (ms - mean)));
            }
        }
    }

    /// Of one model, if it was called.
    pub fn of(&self, model: &str) -> Option<Vital> {
        self.0.lock().get(model).cloned()
    }
}

impl Vital {
    /// `healthy`, `unsteady` or `failing`.
    pub fn state(&self) -> &'static str {
        match self.failures_in_a_row {
            0 => "healthy",
            n if n < FAILING_FROM => "unsteady",
            _ => "failing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_make_a_model_failing_and_one_answer_heals_it() {
        let vitals = Vitals::default();
        let note = |code| vitals.note("m", Micros(7), Duration::from_millis(10), code);
        let state = || vitals.of("m").unwrap().state();
        for expected in ["unsteady", "unsteady", "failing"] {
            note(Some("PROVIDER_UNAVAILABLE"));
            note(Some("CALLER_GONE"));
            assert_eq!(state(), expected);
        }
        note(None);
        let vital = vitals.of("m").unwrap();
        assert_eq!((vital.state(), vital.calls, vital.errors), ("healthy", 4, 3));
        assert_eq!((vital.last_success_at, vital.latency_ms), (Some(Micros(7)), Some(10.0)));
        assert_eq!(vitals.of("other"), None);
    }
}
