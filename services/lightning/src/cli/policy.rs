//! The words of `lightning policy`.

use clap::{Args, Subcommand};

/// `lightning policy …`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// All versions, newest first
    #[command(visible_alias = "ls")]
    List,
    /// One version: where it came from, how it stands, what became of it
    Show(PolicyArg),
    /// Let a candidate be judged by every decision, unseen
    Shadow(PolicyArg),
    /// Let a shadow take a share of the decisions
    Canary(CanaryArgs),
    /// Make a canary the one that decides; refused unless it is proved better
    Promote(PolicyArg),
    /// Take a version back; if it decides, the one before decides again
    Rollback(PolicyArg),
    /// What a policy would have earned, had it decided
    Evaluate(EvaluateArgs),
}

/// One version.
#[derive(Debug, Args)]
pub struct PolicyArg {
    /// As `lightning policy list` shows it
    #[arg(value_name = "VERSION")]
    pub policy: i64,
}

/// `lightning policy canary`.
#[derive(Debug, Args)]
pub struct CanaryArgs {
    /// As `lightning policy list` shows it
    #[arg(value_name = "VERSION")]
    pub policy: i64,
    /// The share of the decisions that it takes, 0.01 to 0.5
    #[arg(long, default_value_t = 0.1)]
    pub share: f64,
}

/// `lightning policy evaluate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning policy evaluate 3                        version 3 on the whole log
  lightning policy evaluate 3 --last 7d              had it run in the last week
  lightning policy evaluate --learner '{\"gamma\": 0.8}' --against 2
  lightning policy evaluate --since 2026-01-01T00:00:00Z --until 2026-02-01T00:00:00Z --json")]
pub struct EvaluateArgs {
    /// A version; the learner as it comes when neither this nor --learner is given
    #[arg(value_name = "VERSION")]
    pub policy: Option<i64>,
    /// Settings of a learner, as far as they differ from the usual ones
    #[arg(long, value_name = "JSON", conflicts_with = "policy")]
    pub learner: Option<String>,
    /// The version to compare with; the one that decides when absent, 0 for the learner that started from nothing
    #[arg(long, value_name = "VERSION")]
    pub against: Option<i64>,
    /// Only outcomes from this time on (RFC 3339)
    #[arg(long, value_name = "TIME", conflicts_with = "last")]
    pub since: Option<String>,
    /// Only outcomes before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only outcomes of the last while: 30m, 24h, 7d
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub last: Option<chrono::TimeDelta>,
}

/// `30m`, `24h` or `7d`.
fn span(text: &str) -> Result<chrono::TimeDelta, String> {
    let wrong = || "must be a number with m, h or d: 30m, 24h, 7d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return Err(wrong()),
    };
    let fits = (1..=36_500 * 24 * 60).contains(&number);
    fits.then(|| chrono::TimeDelta::try_minutes(number.saturating_mul(minutes))).flatten().ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_numbers_with_a_unit() {
        assert_eq!(span("7d"), Ok(chrono::TimeDelta::days(7)));
        assert_eq!(span("30m"), Ok(chrono::TimeDelta::minutes(30)));
        for nonsense in ["", "d", "7", "7w", "-1d", "0h", "7é", "99999999999d"] {
            assert!(span(nonsense).is_err(), "{nonsense}");
        }
    }
}
