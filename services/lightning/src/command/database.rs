//! `lightning backup`, `lightning restore` and `lightning db …`.

use std::path::{Path, PathBuf};

use serde_json::json;
use service_kit::Settings;
use storage::{Backup, Kind, Storage, StorageOptions};
use tokio_util::sync::CancellationToken;

use crate::cli::{BackupArgs, DbCommand, PruneArgs, RestoreArgs};
use crate::exit::Failure;
use crate::output::{Output, counted};
use crate::retention::{self, Pruned, Retention};

/// Writes a backup of the configured database.
pub async fn backup(args: &BackupArgs, settings: &Settings, output: &Output) -> Result<(), Failure> {
    let storage = open(settings).await?;
    let taken = storage.backup(&file_for(&args.to, storage.kind())).await;
    storage.close().await;
    tell("backed up", &taken?, output);
    Ok(())
}

/// Brings a backup back.
pub async fn restore(args: &RestoreArgs, settings: &Settings, output: &Output) -> Result<(), Failure> {
    let options: StorageOptions = settings.section("database")?;
    let restored = Storage::restore(&options, &args.file, args.replace.as_deref()).await;
    let name = Storage::name_of(&options).unwrap_or_default();
    let restored = restored.map_err(|error| {
        let mut failure = Failure::from(error);
        if args.replace.is_none() && failure.message.contains("not empty") {
            failure.message.push_str(&format!(": --replace {name}"));
        }
        failure
    })?;
    tell("restored", &restored, output);
    Ok(())
}

/// Looks after the configured database.
pub async fn upkeep(command: &DbCommand, settings: &Settings, output: &Output) -> Result<(), Failure> {
    if let DbCommand::Prune(args) = command {
        return prune(args, settings, output).await;
    }
    let storage = open(settings).await?;
    let done = match command {
        DbCommand::Check => storage.upkeep_check().await,
        DbCommand::Vacuum => storage.upkeep_vacuum().await.map(|()| Vec::new()),
        DbCommand::Checkpoint => storage.upkeep_checkpoint().await.map(|()| Vec::new()),
        DbCommand::Prune(_) => Ok(Vec::new()),
    };
    storage.close().await;
    let wrong = done?;
    output.both(&json!({"sound": wrong.is_empty(), "problems": wrong}), || match wrong.as_slice() {
        [] => "done; nothing is wrong".to_owned(),
        wrong => wrong.join("\n"),
    });
    match wrong.len() {
        0 => Ok(()),
        1 => Err(Failure::other("one thing is wrong with the database")),
        count => Err(Failure::other(format!("{count} things are wrong with the database"))),
    }
}

/// Deletes what is past its time, or counts it.
async fn prune(args: &PruneArgs, settings: &Settings, output: &Output) -> Result<(), Failure> {
    let configured: Retention = settings.section("retention")?;
    let retention = args.older_than.map_or(configured.clone(), |days| configured.older_than(days));
    let storage = open(settings).await?;
    let pruned = async {
        let now = storage.now().await?;
        match args.dry_run {
            true => retention::count(&storage, &retention, now).await,
            false => retention::prune(&storage, &retention, now, &CancellationToken::new()).await,
        }
    };
    let pruned = pruned.await;
    storage.close().await;
    let pruned = pruned?;
    let word = if args.dry_run { "would be deleted" } else { "deleted" };
    output.both(&json!({"dry_run": args.dry_run, "deleted": pruned}), || {
        let Pruned { tasks, model_calls, sessions, names, redrives } = pruned;
        let kinds = [
            counted(tasks, "task"),
            counted(model_calls, "model call"),
            counted(sessions, "session"),
            counted(names, "remembered name"),
            counted(redrives, "redrive plan"),
        ];
        format!("{word}: {}", kinds.join(", "))
    });
    Ok(())
}

/// Where a backup goes: a folder gets a file named after this moment.
pub fn file_for(to: &Path, kind: Kind) -> PathBuf {
    if !to.is_dir() {
        return to.to_owned();
    }
    let ending = match kind {
        Kind::Sqlite => "db",
        Kind::Postgres => "backup.gz",
    };
    to.join(format!("lightning-{}.{ending}", chrono::Utc::now().format("%Y%m%dT%H%M%S%3fZ")))
}

/// Changes no schema: what is backed up or looked at stays as it is.
async fn open(settings: &Settings) -> Result<Storage, Failure> {
    let options: StorageOptions = settings.section("database")?;
    Ok(Storage::open(&options).await?)
}

fn tell(what: &str, backup: &Backup, output: &Output) {
    let rows: u64 = backup.rows.values().sum();
    let document = json!({
        "file": backup.path, "database": format!("{:?}", backup.kind), "bytes": backup.bytes, "rows": backup.rows,
    });
    output.both(&document, || {
        let path = backup.path.display();
        format!(
            "{what} {} of {}: {path}, {}",
            counted(rows, "row"),
            counted(backup.rows.len(), "table"),
            counted(backup.bytes, "byte")
        )
    });
}
