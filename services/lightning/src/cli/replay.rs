//! The words of `lightning replay`.

use std::path::PathBuf;

use clap::Args;

/// `lightning replay`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning replay --data config/examples/outcomes.jsonl
  lightning replay --data *.jsonl.gz --policy all --seeds 10 --svg curves.svg
  lightning replay --data outcomes.jsonl --policy default knn_ucb --variant drift --json
  lightning replay --data outcomes.jsonl --cost-ceiling 0.002 0.005 --json

Data: JSON Lines, plain or gzip'd, one task a line:
  {\"id\": …, \"text\": \"what is asked\", \"rewards\": {\"agent\": 0..1, …}, \"cost\": {\"agent\": dollars, …}}
A pass shuffles the tasks by its seed; the policy sees the text, chooses one agent, and is shown that agent's reward alone.
  f_bf   how far the mean reward went from choosing evenly (0) to staying with the best agent in hindsight (1)
  f_or   the same towards the best agent of every single task")]
pub struct ReplayArgs {
    /// Files of tasks with known outcomes
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// What to play: `default`, which is what the orchestrator runs, the name of a baseline, `all`, or a learner's configuration
    /// as a JSON object
    #[arg(long, value_name = "POLICY", num_args = 1.., default_value = "default")]
    pub policy: Vec<String>,
    /// How the world behaves: stationary, drift, newcomer, delayed, sparse, price-change, poisoned, tenants,
    /// tenants-alike, or `all`
    #[arg(long, value_name = "VARIANT", num_args = 1.., default_value = "stationary")]
    pub variant: Vec<String>,
    /// Meet these ceilings on the mean cost of a task, in dollars, each in a line of its own; files without costs are played without
    #[arg(long, value_name = "USD", num_args = 1..)]
    pub cost_ceiling: Vec<f64>,
    /// Passes, each in another order: seeds 1 to N
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub seeds: u64,
    /// Passes played at the same time; as many as there are processors when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Draw the learning curves, with their 95 % bands, to this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}
