//! The words of `lightning schedule`.

use clap::{Args, Subcommand};

use super::TaskOptions;

/// `lightning schedule …`.
#[derive(Debug, Subcommand)]
pub enum ScheduleCommand {
    /// Make a schedule
    Add(Box<AddArgs>),
    /// All schedules by id, one page
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// One schedule, with its next firings and what became of the last ones
    Show(ScheduleArg),
    /// Let a schedule rest; what falls due meanwhile is not made up for
    Pause(ScheduleArg),
    /// Let a schedule go on
    Resume(ScheduleArg),
    /// Remove a schedule; its tasks stay
    #[command(visible_alias = "rm")]
    Delete(ScheduleArg),
    /// Make a schedule's task now, beside its times
    RunNow(RunNowArgs),
}

/// `lightning schedule add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning schedule add \"0 6 * * MON-FRI\" \"Summarise what failed since yesterday\" --id nightly --zone Europe/Vienna
  lightning schedule add \"*/15 * * * *\" \"Check the shop's statistics\" --overlap skip --missed skip
  lightning schedule add @daily - --ends-at 2027-01-01T00:00:00Z < task.txt

The fields are minute, hour, day of month, month, day of week; a sixth before them is the second. A fixed time that the
clocks skip in spring fires right after the gap; one that comes twice in autumn fires once.")]
pub struct AddArgs {
    /// The times, as a cron expression
    pub cron: String,
    /// What is to be done at each of them; `-` reads it from standard input
    pub description: String,
    /// The schedule's identity; the same again with the same content changes nothing
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// The IANA time zone of the times
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub zone: String,
    /// Firings that nobody was up to make: skip, last (the latest is made up for) or all
    #[arg(long, value_parser = ["skip", "last", "all"], default_value = "last")]
    pub missed: String,
    /// With --missed all: how many are made up for at most
    #[arg(long, value_name = "N")]
    pub catch_up_max: Option<i64>,
    /// skip: no firing while the last task of the schedule still runs
    #[arg(long, value_parser = ["allow", "skip"], default_value = "allow")]
    pub overlap: String,
    /// No firing before this time, e.g. 2027-01-31T06:00:00Z
    #[arg(long, value_name = "TIME")]
    pub starts_at: Option<String>,
    /// No firing after this time
    #[arg(long, value_name = "TIME")]
    pub ends_at: Option<String>,
    #[command(flatten)]
    pub task: TaskOptions,
}

/// `lightning schedule list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only this tenant's
    #[arg(long)]
    pub tenant: Option<String>,
    /// How many, at most 500
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
    /// Where the page before ended
    #[arg(long)]
    pub cursor: Option<String>,
}

/// One schedule.
#[derive(Debug, Args)]
pub struct ScheduleArg {
    /// The schedule's identity
    pub id: String,
}

/// `lightning schedule run-now`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning schedule run-now nightly
  lightning schedule run-now nightly --key ticket-17     once, however often it is said")]
pub struct RunNowArgs {
    /// The schedule's identity
    pub id: String,
    /// The same key makes the same task, once
    #[arg(long)]
    pub key: Option<String>,
}
