//! What keeps the database in shape by itself while the services run: `[maintenance]` of the configuration.
//!
//! Only the process that runs the orchestrator does it, so that several processes on one database do not all do it at once.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use storage::Storage;
use tokio_util::sync::CancellationToken;

use crate::command::file_for;
use crate::retention::{self, Pruned, Retention};

/// `[maintenance]`; `config/default.toml` explains every field.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    /// Between two backups; 0 for none.
    pub backup_every_ms: u64,
    /// Where they go.
    pub backup_directory: PathBuf,
    /// Older ones are deleted.
    pub backups_max: usize,
    /// Between two checks; 0 for none.
    pub check_every_ms: u64,
    /// Between two clean-ups; 0 for none.
    pub vacuum_every_ms: u64,
    /// Between two checkpoints; 0 for none.
    pub checkpoint_every_ms: u64,
    /// Between two looks for what is past its time; 0 for none.
    pub prune_every_ms: u64,
}

/// One kind of work.
#[derive(Debug, Clone, Copy)]
enum Work {
    Backup,
    Check,
    Vacuum,
    Checkpoint,
    Prune,
}

/// Does all of it until `stop`.
pub async fn run(maintenance: Maintenance, retention: Retention, storage: Storage, stop: CancellationToken) {
    let prune_every_ms = if retention.is_for_ever() { 0 } else { maintenance.prune_every_ms };
    let all = [
        (maintenance.backup_every_ms, Work::Backup),
        (maintenance.check_every_ms, Work::Check),
        (maintenance.vacuum_every_ms, Work::Vacuum),
        (maintenance.checkpoint_every_ms, Work::Checkpoint),
        (prune_every_ms, Work::Prune),
    ];
    let wanted = all.into_iter().filter(|(every_ms, _)| *every_ms > 0);
    let all =
        wanted.map(|(every_ms, work)| repeat(work, every_ms, &maintenance, &retention, &storage, &stop));
    futures::future::join_all(all).await;
}

async fn repeat(
    work: Work,
    every_ms: u64,
    maintenance: &Maintenance,
    retention: &Retention,
    storage: &Storage,
    stop: &CancellationToken,
) {
    let pause = Duration::from_millis(every_ms);
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        let begun = std::time::Instant::now();
        let done = match work {
            Work::Backup => back_up(maintenance, storage).await,
            Work::Check => check(storage).await,
            Work::Vacuum => storage.upkeep_vacuum().await,
            Work::Checkpoint => storage.upkeep_checkpoint().await,
            Work::Prune => prune(retention, storage, stop).await,
        };
        let duration_ms = begun.elapsed().as_millis() as u64;
        match done {
            Ok(()) => tracing::info!(?work, duration_ms, "maintenance is done"),
            Err(error) => tracing::error!(?work, %error, "maintenance failed"),
        }
    }
}

/// The database's clock, as it gave what is looked at its times.
async fn prune(retention: &Retention, storage: &Storage, stop: &CancellationToken) -> storage::Result<()> {
    let now = storage.now().await?;
    let pruned = retention::prune(storage, retention, now, stop).await?;
    if pruned != Pruned::default() {
        tracing::info!(?pruned, "what was past its time is deleted");
    }
    Ok(())
}

async fn back_up(maintenance: &Maintenance, storage: &Storage) -> storage::Result<()> {
    let folder = &maintenance.backup_directory;
    let unusable =
        |error: std::io::Error| storage::Error::Unavailable(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(unusable)?;
    storage.backup(&file_for(folder, storage.kind())).await?;
    forget_oldest(folder, maintenance.backups_max).map_err(unusable)
}

/// Names begin with the moment, so their order is that of time. Touches nothing that is not named like a backup.
fn forget_oldest(folder: &std::path::Path, keep: usize) -> std::io::Result<()> {
    let mut backups = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("lightning-") && (name.ends_with("Z.db") || name.ends_with("Z.backup.gz")) {
            backups.push(path);
        }
    }
    backups.sort();
    let surplus = backups.len().saturating_sub(keep.max(1));
    backups.iter().take(surplus).try_for_each(std::fs::remove_file)
}

async fn check(storage: &Storage) -> storage::Result<()> {
    for problem in storage.upkeep_check().await? {
        tracing::error!(problem, "something is wrong with the database");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage::StorageOptions;

    #[tokio::test]
    async fn the_latest_backups_are_kept_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:///{}", folder.path().join("live.db").display());
        let storage = Storage::open(&StorageOptions::new(url)).await.unwrap();
        storage.migrate().await.unwrap();
        let backups = folder.path().join("backups");
        let maintenance = Maintenance {
            backup_every_ms: 1,
            backup_directory: backups.clone(),
            backups_max: 2,
            check_every_ms: 0,
            vacuum_every_ms: 0,
            checkpoint_every_ms: 0,
            prune_every_ms: 0,
        };
        std::fs::create_dir(&backups).unwrap();
        std::fs::write(backups.join("lightning-mine.db"), "precious").unwrap();
        for _ in 0..4 {
            back_up(&maintenance, &storage).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 3);
        assert!(backups.join("lightning-mine.db").exists());
        check(&storage).await.unwrap();
        storage.close().await;
    }
}
