//! The words of `lightning experiences`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `lightning experiences …`.
#[derive(Debug, Subcommand)]
pub enum ExperiencesCommand {
    /// Write the log to a file
    Export(ExportArgs),
    /// Append a file to the log; what is known is passed over
    Import(ImportArgs),
}

/// `lightning experiences export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning experiences export log.jsonl.gz
  lightning experiences export log.parquet            one typed column a field: pandas, DuckDB, Spark
  lightning experiences export new.parquet --after 120000

What the ending says is written: .jsonl, .jsonl.gz or .parquet. A policy comes out of an exported log bit for bit. What was there under
this name stays until the new file is whole.")]
pub struct ExportArgs {
    /// Where to
    pub file: PathBuf,
    /// Only lines after this place (`seq`)
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub after: i64,
    /// At most so many lines
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
}

/// `lightning experiences import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lightning experiences import log.parquet
  lightning experiences import from-elsewhere.jsonl    task_id, agent_id, reward and description are enough

The ending says what is read: .jsonl, .jsonl.gz or .parquet. Taken in portions, each as a whole: after an error, correct the file and
import it again.")]
pub struct ImportArgs {
    /// From where
    pub file: PathBuf,
}
