//! `?wait=30s`: how long an answer may be held back.

use std::time::Duration;

use serde::Deserialize;
use task_model::Invalid;
use utoipa::IntoParams;

use crate::app::Error;

/// How long to wait for the end of the task.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(in crate::routes) struct WaitQuery {
    /// Answer only when the task has ended, or after this time: `30s`, `500ms`, `1m`, or a number of seconds.
    #[param(example = "30s")]
    wait: Option<String>,
}

/// The time to wait, cut to the longest this service waits; the caller asks again then.
pub(super) fn parse(query: WaitQuery, most: Duration) -> Result<Option<Duration>, Error> {
    let Some(raw) = query.wait else { return Ok(None) };
    let wait = duration(&raw).map_err(|invalid| Error::field("wait", invalid.0))?;
    Ok(Some(wait.min(most)))
}

fn duration(raw: &str) -> Result<Duration, Invalid> {
    let wrong = || Invalid("must be a time such as 30s, 500ms or 1m".into());
    let (number, unit_ms) = match raw {
        raw if raw.ends_with("ms") => (raw.trim_end_matches("ms"), 1),
        raw if raw.ends_with('s') => (raw.trim_end_matches('s'), 1_000),
        raw if raw.ends_with('m') => (raw.trim_end_matches('m'), 60_000),
        raw => (raw, 1_000),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    Ok(Duration::from_millis(u64::from(number) * unit_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_with_their_units() {
        for (raw, millis) in [("30s", 30_000), ("500ms", 500), ("1m", 60_000), ("5", 5_000), ("0", 0)] {
            assert_eq!(duration(raw), Ok(Duration::from_millis(millis)), "{raw}");
        }
        for bad in ["", "s", "-1s", "1h", "1.5s", "soon", "99999999999s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
