//! The words of `lightning backup`, `restore` and `db`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `lightning backup`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning backup /var/backups             a file named after the moment, in that folder
  lightning backup before-upgrade.backup    that file, which must not exist

Services may go on meanwhile. SQLite: an SQLite file. PostgreSQL: one compressed file, made without pg_dump.")]
pub struct BackupArgs {
    /// A file that does not exist, or a folder
    #[arg(value_name = "FILE|DIR")]
    pub to: PathBuf,
}

/// `lightning restore`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning restore before-upgrade.backup                                into the configured database, which must be empty
  lightning restore before-upgrade.backup --replace agent_lightning.db   over what is in it, if that is its name

Stop the services first: a database in use is refused.")]
pub struct RestoreArgs {
    /// What `lightning backup` wrote
    pub file: PathBuf,
    /// The name of the database whose content may be thrown away
    #[arg(long, value_name = "NAME")]
    pub replace: Option<String>,
}

/// `lightning db …`.
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Read all of it and hold it against its rules; exit 1 when something is wrong
    Check,
    /// Give unused room back to the disk, and renew what the query planner knows
    Vacuum,
    /// Move the write-ahead log into the tables
    Checkpoint,
    /// Delete what is past its time, a little at a time while everything runs
    Prune(PruneArgs),
}

/// `lightning db prune`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning db prune --dry-run                  what is past its time by [retention] of the configuration
  lightning db prune --older-than 30d           ended tasks, model calls and closed sessions older than that
  lightning db prune --older-than 90d --dry-run

Deleted are ended tasks that are settled and told to everybody, with runs, steps, history and feedback. What the learner reads stays: the
log of experiences, and the decisions it refers to. The name of a deleted task is remembered and refused (409 TASK_PRUNED).")]
pub struct PruneArgs {
    /// Whatever is configured: everything that was over so long ago, e.g. 30d
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub older_than: Option<u32>,
    /// Only count
    #[arg(long)]
    pub dry_run: bool,
}

/// `30d`, at least a day.
fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').unwrap_or(text).parse().ok();
    number
        .filter(|days| (1..=36_500).contains(days))
        .ok_or_else(|| "must be a number of days: 30d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn ages_are_whole_days() {
        assert_eq!((days("30d"), days("7")), (Ok(30), Ok(7)));
        for nonsense in ["", "d", "0d", "-1d", "30h", "1.5d", "99999d"] {
            assert!(days(nonsense).is_err(), "{nonsense}");
        }
    }
}
