//! The times of a schedule: a cron expression in a time zone. Knows no clock and no schedule.
//!
//! Where clocks are put forward or back, the library decides: a time that does not exist fires at the first instant after the gap, when
//! minute and hour are fixed numbers, and not at all when they are wildcards; a time that comes twice fires once when they are fixed, and
//! twice when they are wildcards.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use task_model::{Invalid, Micros};

/// Longest expression, in characters.
const CRON_MAX: usize = 200;
/// How far, and over how many firings, the shortest time between two of them is looked for.
const LOOK_FIRINGS: usize = 200;
const LOOK_DAYS: i64 = 400;

/// When a schedule fires.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    cron: Cron,
    zone: Tz,
    starts_at: Option<Micros>,
    ends_at: Option<Micros>,
}

impl Calendar {
    /// Reads an expression.
    pub(crate) fn cron(raw: &str) -> Result<Cron, Invalid> {
        if raw.trim().is_empty() || raw.chars().count() > CRON_MAX {
            return Err(Invalid(format!("must be 1 to {CRON_MAX} characters and not blank")));
        }
        raw.parse().map_err(|error| {
            Invalid(format!(
                "is not a cron expression of five or six fields, such as \"30 6 * * MON-FRI\": {error}"
            ))
        })
    }

    /// Reads the name of a time zone.
    pub(crate) fn zone(raw: &str) -> Result<Tz, Invalid> {
        raw.parse().map_err(|_| Invalid("must be an IANA time zone such as Europe/Vienna or UTC".into()))
    }

    /// All firings from `starts_at` to `ends_at`, both included.
    pub(crate) fn new(cron: Cron, zone: Tz, starts_at: Option<Micros>, ends_at: Option<Micros>) -> Self {
        Self { cron, zone, starts_at, ends_at }
    }

    /// The first firing after `at`.
    pub(crate) fn next_after(&self, at: Micros) -> Option<Micros> {
        let before_start = self.starts_at.map(|start| Micros(start.0.saturating_sub(1)));
        let from = before_start.map_or(at, |start| start.max(at));
        let next = micros(&self.cron.find_next_occurrence(&self.local(from)?, false).ok()?);
        (next > at && self.ends_at.is_none_or(|end| next <= end)).then_some(next)
    }

    /// The last firing at or before `at`.
    pub(crate) fn last_until(&self, at: Micros) -> Option<Micros> {
        let until = self.ends_at.map_or(at, |end| end.min(at));
        let last = micros(&self.cron.find_previous_occurrence(&self.local(until)?, true).ok()?);
        self.starts_at.is_none_or(|start| start <= last).then_some(last)
    }

    /// The next `count` firings after `at`.
    pub(crate) fn following(&self, at: Micros, count: usize) -> Vec<Micros> {
        std::iter::successors(self.next_after(at), |last| self.next_after(*last)).take(count).collect()
    }

    /// The shortest time between two firings, in milliseconds, as far as is looked.
    pub(crate) fn shortest_gap_ms(&self, from: Micros) -> Option<i64> {
        let horizon = from.plus_millis(TimeDelta::days(LOOK_DAYS).num_milliseconds());
        let firings = self.following(from, LOOK_FIRINGS);
        let near: Vec<_> = firings.into_iter().take_while(|at| *at <= horizon).collect();
        near.windows(2).map(|pair| pair[1].millis_since(pair[0])).min()
    }

    /// The instant as people in this zone write it.
    pub(crate) fn written(&self, at: Micros) -> String {
        let local = self.local(at);
        local.map_or_else(
            || service_api::rfc3339(at),
            |local| local.to_rfc3339_opts(SecondsFormat::Secs, true),
        )
    }

    fn local(&self, at: Micros) -> Option<DateTime<Tz>> {
        Some(DateTime::<Utc>::from_timestamp_micros(at.0)?.with_timezone(&self.zone))
    }
}

fn micros(at: &DateTime<Tz>) -> Micros {
    Micros(at.timestamp_micros())
}

#[cfg(test)]
mod tests;
