//! `?wait=30s`: how long a caller is ready to wait.

use std::time::Duration;

use task_model::Invalid;

/// Reads `30s`, `1500ms`, `2m` or plain seconds, and cuts at `max`.
pub fn parse_wait(raw: &str, max: Duration) -> Result<Duration, Invalid> {
    let wrong = || Invalid("must be a time such as 30s, 1500ms or 2m".into());
    let raw = raw.trim();
    let split = raw.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(raw.len());
    let (number, unit) = raw.split_at(split);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "" | "s" => number,
        "ms" => number / 1e3,
        "m" => number * 60.0,
        _ => return Err(wrong()),
    };
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(max).min(max))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, millis: Option<u64>) {
        let parsed = parse_wait(raw, Duration::from_secs(60)).ok();
        assert_eq!(parsed, millis.map(Duration::from_millis), "{raw:?}");
    }

    #[test]
    fn reads_seconds_milliseconds_and_minutes() {
        check("30s", Some(30_000));
        check("5", Some(5_000));
        check("0.5s", Some(500));
        check("1500ms", Some(1_500));
        check("1m", Some(60_000));
    }

    #[test]
    fn cuts_at_the_longest_wait() {
        check("2h", None);
        check("61s", Some(60_000));
        check(&"9".repeat(400), Some(60_000));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for bad in ["", "s", "-1s", "ten", "1.2.3s", "NaN", "30 s"] {
            check(bad, None);
        }
    }
}
