//! `lightning backup`, `lightning restore` and `lightning db …`.

use std::path::{Path, PathBuf};

use serde_json::json;
use service_kit::Settings;
use storage::{Backup, Kind, Storage, StorageOptions};

use crate::cli::{BackupArgs, DbCommand, RestoreArgs};
use crate::exit::Failure;
use crate::output::Output;

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
    let storage = open(settings).await?;
    let done = match command {
        DbCommand::Check => storage.upkeep_check().await,
        DbCommand::Vacuum => storage.upkeep_vacuum().await.map(|()| Vec::new()),
        DbCommand::Checkpoint => storage.upkeep_checkpoint().await.map(|()| Vec::new()),
    };
    storage.close().await;
    let wrong = done?;
    output.both(&json!({"sound": wrong.is_empty(), "problems": wrong}), || match wrong.as_slice() {
        [] => "done; nothing is wrong".to_owned(),
        wrong => wrong.join("\n"),
    });
    match wrong.len() {
        0 => Ok(()),
        count => Err(Failure::other(format!("{count} things are wrong with the database"))),
    }
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
        format!("{what} {rows} rows of {} tables: {path}, {} bytes", backup.rows.len(), backup.bytes)
    });
}
