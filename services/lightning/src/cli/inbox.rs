//! The words of `lightning inbox`.

use clap::Args;

/// `lightning inbox`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning inbox
  lightning inbox --json | jq -r .task_id
  lightning task approve task_17 --version 4
  lightning task deny task_17 --reason \"not that address\"")]
pub struct InboxArgs {
    /// How many, at most 100
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub limit: u8,
    /// Where the page before ended
    #[arg(long)]
    pub cursor: Option<String>,
}
