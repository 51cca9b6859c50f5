//! Instants on the wire: RFC 3339 in UTC with microseconds.

use chrono::{DateTime, SecondsFormat, Utc};
use task_model::Micros;

/// The instant as clients read it; instants outside the calendar's range become its nearest end.
pub fn rfc3339(at: Micros) -> String {
    let at = DateTime::<Utc>::from_timestamp_micros(at.0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Reads RFC 3339 with any offset.
pub fn from_rfc3339(text: &str) -> Result<Micros, task_model::Invalid> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| Micros(at.timestamp_micros()))
        .map_err(|_| task_model::Invalid("must be a time such as 2026-01-31T12:00:00Z (RFC 3339)".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_to_the_microsecond() {
        let at = Micros(1_700_000_000_123_456);
        assert_eq!(rfc3339(at), "2023-11-14T22:13:20.123456Z");
        assert_eq!(from_rfc3339(&rfc3339(at)), Ok(at));
        assert_eq!(from_rfc3339("2023-11-14T23:13:20.123456+01:00"), Ok(at));
        assert!(from_rfc3339("yesterday").is_err());
    }
}
