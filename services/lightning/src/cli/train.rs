//! The words of `lightning train`.

use clap::Args;

/// `lightning train`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning train                          a candidate from the whole log
  lightning train --search 16              after trying sixteen other settings off-policy
  lightning train --learner '{\"gamma\": 0.8}' --no-publish

What is trained is a candidate: `lightning policy shadow`, `canary` and `promote` bring it into force.")]
pub struct TrainArgs {
    /// For people
    #[arg(long)]
    pub name: Option<String>,
    /// Settings, as far as they differ from the usual ones
    #[arg(long, value_name = "JSON")]
    pub learner: Option<String>,
    /// Try so many other settings first, and train with those that would have earned the most
    #[arg(long, value_name = "TRIALS", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub search: Option<u8>,
    /// The same seed tries the same settings
    #[arg(long, requires = "search", default_value_t = 1)]
    pub seed: u64,
    /// Only measure, publish nothing
    #[arg(long)]
    pub no_publish: bool,
    /// Do not wait for the end
    #[arg(long)]
    pub detach: bool,
}
