//! The words of the command line.

mod bench_gateway;
mod chaos;
mod database;
pub mod dead_letters;
pub mod experiences;
pub mod inbox;
mod policy;
mod replay;
pub mod schedule;
pub mod steer;
mod task_options;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

pub use bench_gateway::BenchGatewayArgs;
pub use chaos::ChaosArgs;
pub use database::{BackupArgs, DbCommand, PruneArgs, RestoreArgs};
pub use policy::{EvaluateArgs, PolicyCommand};
pub use replay::ReplayArgs;
pub use task_options::TaskOptions;
pub use train::TrainArgs;

const EXAMPLES: &str = "\
Examples:
  lightning demo                                  real tasks on a throw-away database, with a report
  lightning up                                    all four services, SQLite file, until Ctrl-C
  lightning assign \"What is 17.5% of 2,480?\" --wait
  lightning task list --status failed --json | jq -r .task_id
  lightning feedback task_17 --quality 9
  lightning doctor                                what is wrong, and what to do about it

Exit codes: 0 done · 1 failed · 2 wrong arguments or configuration · 3 out of reach · 4 refused · 5 not found";

/// Assigns each task to the agent most likely to succeed at it, runs it durably, observes the outcome, and learns.
#[derive(Debug, Parser)]
#[command(name = "lightning", version, after_help = EXAMPLES, propagate_version = true)]
pub struct Cli {
    /// Print JSON: one document, or one a line for lists and streams
    #[arg(long, global = true)]
    pub json: bool,
    /// Colours
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub color: Color,
    /// A configuration file on top of config/default.toml
    #[arg(long, global = true, value_name = "FILE", env = "LIGHTNING_CONFIG")]
    pub config: Option<PathBuf>,
    /// The API key to show
    #[arg(long, global = true, value_name = "KEY", env = "LIGHTNING_API_KEY", hide_env_values = true)]
    pub key: Option<SecretString>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start all four services in this process
    Up(UpArgs),
    /// Watch real tasks being assigned, executed, rewarded and learned from, on a throw-away database
    Demo(DemoArgs),
    /// Give a task to the agent most likely to succeed at it
    Assign(AssignArgs),
    /// Look at tasks and steer them
    #[command(subcommand)]
    Task(TaskCommand),
    /// Tasks that are made again and again, by a calendar
    #[command(subcommand)]
    Schedule(schedule::ScheduleCommand),
    /// What failed with everything spent or waits for a person; try failed tasks once more, many at once
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLettersCommand),
    /// What waits for a person: tool calls to allow, effects of unknown outcome, tasks that killed their workers
    Inbox(inbox::InboxArgs),
    /// Say how good a result was
    Feedback(FeedbackArgs),
    /// The roster, with what each agent has done
    Agents(AgentsArgs),
    /// The learned action values
    QTable,
    /// Say why a task went to its agent
    Explain(TaskArg),
    /// The log that the learner learns from, out of and into the system
    #[command(subcommand)]
    Experiences(experiences::ExperiencesCommand),
    /// Train a policy from the log of experiences
    Train(TrainArgs),
    /// Judge policies by the log, and bring them into force step by step
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Check configuration, ports, database, services and providers, and say what to do
    Doctor,
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Bring the database to the schema of this release
    Migrate,
    /// Write a consistent copy of the database while everything runs
    Backup(BackupArgs),
    /// Bring a backup back into an empty database, or into one that is named
    Restore(RestoreArgs),
    /// Check the database and keep it in shape
    #[command(subcommand)]
    Db(DbCommand),
    /// Measure assignments and whole tasks per second, as ratios to a bare echo server
    Bench(BenchArgs),
    /// Play the learner, and what it is compared with, over tasks whose outcomes are known
    Replay(ReplayArgs),
    /// Load real processes, kill and freeze them at random, and hold the books against the promise
    Chaos(ChaosArgs),
}

/// `lightning up`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning up
  lightning up --database postgres://user:password@localhost/agent_lightning
  lightning up --only execution,models")]
pub struct UpArgs {
    /// The database, e.g. sqlite:///agent_lightning.db or postgres://user:password@host/name
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Start only these
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SERVICE,…")]
    pub only: Vec<Service>,
}

/// One of the four services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Service {
    /// RL orchestrator, :8025
    Orchestrator,
    /// Execution API, :8002
    Execution,
    /// Model service, :8005
    Models,
    /// RL server, :8010
    Rl,
}

/// `lightning demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning demo
  lightning demo --keep        leave the services running afterwards, until Ctrl-C
  lightning demo --json        the report as one JSON document")]
pub struct DemoArgs {
    /// Leave the services running after the report
    #[arg(long)]
    pub keep: bool,
    /// Tasks of your own, one JSON object a line as for POST /assign-task
    #[arg(long, value_name = "FILE")]
    pub tasks: Option<PathBuf>,
    /// Take any free ports instead of the configured ones
    #[arg(long)]
    pub free_ports: bool,
}

/// `lightning assign`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning assign \"Convert 26.2 miles to kilometers\" --wait
  lightning assign \"write unit tests for the payment module\" --priority high --dry-run
  echo \"Summarise this…\" | lightning assign -")]
pub struct AssignArgs {
    /// What is to be done; `-` reads it from standard input
    pub description: String,
    /// The task's identity; the same again with the same content changes nothing
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    #[command(flatten)]
    pub task: TaskOptions,
    /// Only decide: store nothing, run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Not to be begun before this time, e.g. 2027-01-31T06:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "delay")]
    pub start_at: Option<String>,
    /// Not to be begun for this many seconds
    #[arg(long, value_name = "SECONDS")]
    pub delay: Option<f64>,
    /// Wait for the end and print the result; exit 1 when the task does not complete
    #[arg(long, short)]
    pub wait: bool,
}

/// `lightning task …`.
#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// Newest first, one page
    #[command(visible_alias = "ls")]
    List(TaskListArgs),
    /// Everything about one task, with its steps
    Show(TaskArg),
    /// Follow a task until it ends
    Tail(TaskArg),
    /// Stop a task
    Cancel(TaskArg),
    /// Try a failed or cancelled task once more
    Retry(TaskArg),
    /// Hold a task; what it has done stays done
    Pause(TaskArg),
    /// Let a paused task go on
    Resume(TaskArg),
    /// Make a new task that begins with the first steps of this one
    Fork(steer::ForkArgs),
    /// Let what waits for a person go on
    Approve(steer::DecideArgs),
    /// Say no to what waits for a person
    Deny(steer::DecideArgs),
}

/// The filters of `lightning task list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning task list
  lightning task list --status failed --status needs_review --limit 100
  lightning task list --agent tester --query payment")]
pub struct TaskListArgs {
    /// Only these states; may be repeated
    #[arg(long, value_name = "STATUS")]
    pub status: Vec<String>,
    /// Only this agent's
    #[arg(long, value_name = "AGENT")]
    pub agent: Option<String>,
    /// Words in the description
    #[arg(long, value_name = "TEXT")]
    pub query: Option<String>,
    /// newest, oldest or priority
    #[arg(long, default_value = "newest")]
    pub order: String,
    /// How many, at most 500
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// Where the page before ended
    #[arg(long)]
    pub cursor: Option<String>,
}

/// One task.
#[derive(Debug, Args)]
pub struct TaskArg {
    /// The task's identity
    pub id: String,
}

/// `lightning feedback`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning feedback task_17 --success
  lightning feedback task_17 --quality 3 --comment \"the table lacks the totals\"
  lightning feedback task_17 --reward 0.8 --source nightly-check")]
pub struct FeedbackArgs {
    /// The task that is judged
    pub id: String,
    /// It was what was asked for
    #[arg(long, conflicts_with = "failure")]
    pub success: bool,
    /// It was not
    #[arg(long)]
    pub failure: bool,
    /// 0 to 10
    #[arg(long, value_name = "0-10")]
    pub quality: Option<f64>,
    /// 0 to 1
    #[arg(long, value_name = "0-1")]
    pub reward: Option<f64>,
    /// Who judges; the latest word of a source counts
    #[arg(long)]
    pub source: Option<String>,
    /// In words
    #[arg(long)]
    pub comment: Option<String>,
}

/// `lightning agents`.
#[derive(Debug, Args)]
pub struct AgentsArgs {
    /// One agent, with its prompt, tools and settings
    pub id: Option<String>,
}

/// `lightning key …`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key; it is shown once
    #[command(after_help = "Examples:
  lightning key create --name ci --role submitter
  lightning key create --name grafana --role viewer --expires-days 90")]
    Create(KeyCreateArgs),
    /// All keys, without the secrets
    #[command(visible_alias = "ls")]
    List,
    /// Take a key back; services notice within a second
    Revoke(KeyArg),
}

/// `lightning key create`.
#[derive(Debug, Args)]
pub struct KeyCreateArgs {
    /// Whose it is, for people
    #[arg(long)]
    pub name: String,
    /// viewer reads · submitter also sends tasks and feedback · operator also steers · admin also changes the roster
    #[arg(long, value_parser = ["viewer", "submitter", "operator", "admin"], default_value = "submitter")]
    pub role: String,
    /// Ends by itself after so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub expires_days: Option<u32>,
}

/// One key.
#[derive(Debug, Args)]
pub struct KeyArg {
    /// The key's identity as `lightning key list` shows it
    pub id: String,
}

/// `lightning bench`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    /// Measure something else
    #[command(subcommand)]
    pub part: Option<BenchPart>,
    /// The database; a throw-away SQLite file when absent
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Seconds for each measurement
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// Connections that ask at the same time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub connections: u32,
    /// Whole tasks to drive through the loop
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub tasks: u32,
}

/// What else can be measured.
#[derive(Debug, Subcommand)]
pub enum BenchPart {
    /// Measure what the model service adds to a call of a provider
    Gateway(BenchGatewayArgs),
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
