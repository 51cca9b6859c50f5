//! The words of `lightning dead-letters`.

use clap::{Args, Subcommand};

/// `lightning dead-letters …`.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// The latest first, one page
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Try failed ones once more, the oldest first
    Redrive(RedriveArgs),
}

/// Which.
#[derive(Debug, Args)]
pub struct Filters {
    /// Only those that ended with this code, e.g. STEP_LIMIT
    #[arg(long)]
    pub code: Option<String>,
    /// Only those whose last attempt was this agent's
    #[arg(long, value_name = "AGENT")]
    pub agent: Option<String>,
    /// Only this tenant's
    #[arg(long)]
    pub tenant: Option<String>,
    /// Only tasks accepted from this time on, e.g. 2027-01-31T06:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only tasks accepted before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// `lightning dead-letters list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning dead-letters list
  lightning dead-letters list --reason failed --code STEP_LIMIT --agent tester
  lightning dead-letters list --json | jq -r .task_id")]
pub struct ListArgs {
    /// Why it does not go on by itself
    #[arg(long, value_parser = ["failed", "needs_review", "poison"])]
    pub reason: Option<String>,
    #[command(flatten)]
    pub filters: Filters,
    /// How many, at most 500
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
    /// Where the page before ended
    #[arg(long)]
    pub cursor: Option<String>,
}

/// `lightning dead-letters redrive`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning dead-letters redrive --dry-run
  lightning dead-letters redrive --code MODEL_UNAVAILABLE --since 2027-01-31T06:00:00Z --key outage-17

What waits for a person is left alone: lightning inbox, lightning task approve. With --key the same call once more goes on with
the same tasks, and tries none of them twice.")]
pub struct RedriveArgs {
    #[command(flatten)]
    pub filters: Filters,
    /// How many, at most 500
    #[arg(long, default_value_t = 100)]
    pub limit: i64,
    /// Only say which
    #[arg(long)]
    pub dry_run: bool,
    /// A name for this call
    #[arg(long)]
    pub key: Option<String>,
}
