//! The words of `lightning task fork|approve|deny`.

use clap::Args;

/// `lightning task fork`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning task fork task_17 --from-step 3
  lightning task fork task_17 --from-step 0 --id again_17")]
pub struct ForkArgs {
    /// The task to begin from
    pub id: String,
    /// How many recorded steps the new task begins with
    #[arg(long, value_name = "N")]
    pub from_step: i64,
    /// The new task's identity; without one, the same fork twice is the same task
    #[arg(long = "id", value_name = "ID")]
    pub new_id: Option<String>,
    /// The attempt to begin from; the latest unless named
    #[arg(long, value_name = "N")]
    pub attempt: Option<i64>,
}

/// `lightning task approve` and `deny`.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "Examples:
  lightning task approve task_17
  lightning task approve task_17 --version 4
  lightning task deny task_17 --reason \"use the test account\"
  lightning task deny task_17 --end-task"
)]
pub struct DecideArgs {
    /// The task's identity
    pub id: String,
    /// The version that `lightning inbox` showed: refused when the task asks something else by now
    #[arg(long, value_name = "N")]
    pub version: Option<i64>,
    /// Why; after a no the agent reads it
    #[arg(long)]
    pub reason: Option<String>,
    /// After a no to a tool call: end the task instead of telling the agent
    #[arg(long)]
    pub end_task: bool,
}
