//! `lightning migrate`.

use service_kit::Settings;
use storage::{Storage, StorageOptions};

use crate::exit::Failure;
use crate::output::Output;

/// Brings the schema up to date and says so.
pub async fn run(settings: &Settings, output: &Output) -> Result<(), Failure> {
    let storage = open(settings).await?;
    let kind = format!("{:?}", storage.kind());
    storage.close().await;
    output.both(&serde_json::json!({"database": kind, "schema": "current"}), || {
        format!("{kind}: the schema is that of {}", env!("CARGO_PKG_VERSION"))
    });
    Ok(())
}

/// The database of the settings, with the schema of this release.
pub async fn open(settings: &Settings) -> Result<Storage, Failure> {
    let options: StorageOptions = settings.section("database")?;
    let storage = Storage::open(&options).await?;
    storage.migrate().await?;
    Ok(storage)
}
