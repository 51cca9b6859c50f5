//! Many latencies become a few figures.

use std::time::Duration;

use serde::Serialize;

/// What a load came to.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Good answers per second.
    pub per_second: f64,
    /// Half of the answers were quicker.
    pub p50_ms: f64,
    /// 99 of 100 were quicker.
    pub p99_ms: f64,
    /// Good answers.
    pub answers: usize,
    /// Answers that were not 200.
    pub errors: usize,
    /// User and system time of this process, server and load generator together.
    pub cpu_s_per_1000: f64,
}

impl Figures {
    /// From every good answer's latency.
    pub fn of(mut latencies: Vec<Duration>, errors: usize, elapsed: Duration, cpu_seconds: f64) -> Self {
        latencies.sort_unstable();
        let at = |share: f64| {
            let index = ((latencies.len() as f64 * share) as usize).min(latencies.len().saturating_sub(1));
            latencies.get(index).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
        };
        Self {
            per_second: latencies.len() as f64 / elapsed.as_secs_f64(),
            p50_ms: at(0.50),
            p99_ms: at(0.99),
            answers: latencies.len(),
            errors,
            cpu_s_per_1000: cpu_seconds / latencies.len().max(1) as f64 * 1e3,
        }
    }
}
