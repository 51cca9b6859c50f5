//! The words of `lightning chaos`.

use std::path::PathBuf;

use clap::Args;

/// `lightning chaos`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning chaos --minutes 1                                  a throw-away SQLite file
  lightning chaos --minutes 10 --kills 100 --database postgres a PostgreSQL of its own, which it also restarts
  lightning chaos --database postgres://me@localhost/postgres  a database of its own on a server of yours, never restarted
  lightning chaos --minutes 5 --prune 20                       while what ended 20 seconds ago is deleted
  lightning chaos --minutes 1 --seed 7 --no-faults             the same load in peace, to compare

It starts every process that it hurts, and ends no other. Exit 1 when anything is lost, doubled, torn or late.")]
pub struct ChaosArgs {
    /// How long to load the services and to hurt them
    #[arg(long, default_value_t = 1.0, value_name = "MINUTES")]
    pub minutes: f64,
    /// sqlite, postgres, or the address of a PostgreSQL server
    #[arg(long, default_value = "sqlite", value_name = "KIND|URL")]
    pub database: String,
    /// The same seed makes the same load and the same plan of faults
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many processes to end with SIGKILL; ten a minute when absent
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub kills: Option<u32>,
    /// Tasks per second, besides a burst before every kill
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rate: u32,
    /// Execution APIs that share the database
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub executions: u16,
    /// Orchestrators that share the database
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=8))]
    pub orchestrators: u16,
    /// Only the load
    #[arg(long)]
    pub no_faults: bool,
    /// Also delete tasks that ended so many seconds ago, all the time
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub prune: Option<u32>,
    /// Also let the disk run full: keeps the database on a small disk in memory, which needs the right to mount one
    #[arg(long)]
    pub fill_disk: bool,
    /// How long everything may take to end after the last fault
    #[arg(long, default_value_t = 180, value_name = "SECONDS")]
    pub patience: u64,
    /// Keep logs and database in this folder, which must not exist
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,
}
