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
}
