//! `lightning experiences`: the log in files, out and in.

mod lines;

use std::io::Write;
use std::path::Path;

use futures::TryStreamExt;
use serde_json::json;
use service_api::policy::{ExperienceFormat, ImportReport};
use service_client::Call;
use tempfile::NamedTempFile;

use crate::cli::experiences::{ExperiencesCommand, ExportArgs, ImportArgs};
use crate::connection::{Connection, long_call};
use crate::exit::Failure;
use crate::output::{Output, counted};

/// Lines that are asked for at once.
const PAGE: usize = 2_000;
/// Seconds that the server may take for a file, or for a portion of one.
const PATIENCE_S: u64 = 600;

/// One of them.
pub async fn run(
    command: ExperiencesCommand,
    connection: &Connection,
    output: &Output,
) -> Result<(), Failure> {
    match command {
        ExperiencesCommand::Export(args) => export(&args, connection, output).await,
        ExperiencesCommand::Import(args) => import(&args, connection, output).await,
    }
}

/// What the name of a file says is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lines,
    PackedLines,
    Parquet,
}

fn kind(file: &Path) -> Result<Kind, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let known = [(".jsonl", Kind::Lines), (".jsonl.gz", Kind::PackedLines), (".parquet", Kind::Parquet)];
    known.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, kind)| kind).ok_or_else(|| {
        Failure::usage(format!("{}: the name must end in .jsonl, .jsonl.gz or .parquet", file.display()))
    })
}

async fn export(args: &ExportArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let kind = kind(&args.file)?;
    let folder = args.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(unwritten(&args.file))?;
    let limit = args.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let lines = match kind {
        Kind::Parquet => {
            parquet(&mut file, args.after, limit, connection, &args.file).await?;
            None
        }
        Kind::Lines => Some(lines::write(&mut file, args.after, limit, connection, &args.file).await?),
        Kind::PackedLines => {
            let mut packed = flate2::write::GzEncoder::new(&mut file, flate2::Compression::default());
            let lines = lines::write(&mut packed, args.after, limit, connection, &args.file).await?;
            packed.finish().map_err(unwritten(&args.file))?;
            Some(lines)
        }
    };
    file.as_file().sync_all().map_err(unwritten(&args.file))?;
    let bytes = file.as_file().metadata().map_err(unwritten(&args.file))?.len();
    file.persist(&args.file).map_err(|failed| unwritten(&args.file)(failed.error))?;
    output.both(&json!({"file": args.file, "bytes": bytes, "lines": lines}), || {
        let lines = lines.map_or_else(String::new, |lines| format!("{}, ", counted(lines, "line")));
        format!("{}: {lines}{}", args.file.display(), counted(bytes, "byte"))
    });
    Ok(())
}

async fn parquet(
    file: &mut impl Write,
    after: i64,
    limit: Option<usize>,
    connection: &Connection,
    name: &Path,
) -> Result<(), Failure> {
    let mut pieces = Box::pin(connection.rl.experiences_file(after, limit, &patient()).await?);
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).map_err(unwritten(name))?;
    }
    Ok(())
}

async fn import(args: &ImportArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let kind = kind(&args.file)?;
    let file = std::fs::File::open(&args.file).map_err(unread(&args.file))?;
    let report = match kind {
        Kind::Lines => lines::read(file, connection, &args.file).await?,
        Kind::PackedLines => {
            lines::read(flate2::read::MultiGzDecoder::new(file), connection, &args.file).await?
        }
        Kind::Parquet => {
            let body = std::fs::read(&args.file).map_err(unread(&args.file))?;
            let sent =
                connection.rl.import_experiences(ExperienceFormat::Parquet, body.into(), &patient()).await;
            sent.map_err(|error| refused(error, ImportReport::default()))?
        }
    };
    output.both(&report, || {
        format!("{} taken, {} known already", counted(report.imported, "line"), report.known)
    });
    Ok(())
}

/// Also says what was taken before the refusal.
fn refused(error: service_client::Error, before: ImportReport) -> Failure {
    let taken = |member: &str| {
        let more = error.problem().and_then(|problem| problem.extra.get(member)?.as_u64()).unwrap_or(0);
        usize::try_from(more).unwrap_or(usize::MAX)
    };
    let (imported, known) = (before.imported + taken("imported"), before.known + taken("known"));
    let mut failure = Failure::from(error);
    failure.message.push_str(&format!("; {} taken before, {known} known already", counted(imported, "line")));
    failure
}

fn patient() -> Call {
    long_call(PATIENCE_S)
}

fn unwritten(file: &Path) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::other(format!("{} cannot be written: {error}", file.display()))
}

fn unread(file: &Path) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::usage(format!("{} cannot be read: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_what_is_in_a_file() {
        let of = |name: &str| kind(Path::new(name)).ok();
        assert_eq!(of("a/log.jsonl"), Some(Kind::Lines));
        assert_eq!(of("log.JSONL.gz"), Some(Kind::PackedLines));
        assert_eq!(of("log.v2.parquet"), Some(Kind::Parquet));
        for other in ["log", "log.json", "log.gz", "parquet", "a.jsonl/log"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
