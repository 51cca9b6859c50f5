//! SQLite: `VACUUM INTO` writes a whole and compact file out of one snapshot, and a restore puts such a file in place.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, Row as _};

use super::{not_empty, unusable, with_ending};
use crate::url::Address;
use crate::{Error, Result, Storage, StorageOptions};

pub(super) async fn export(from: &SqliteConnectOptions, path: &Path) -> Result<BTreeMap<String, u64>> {
    let mut connection = SqliteConnection::connect_with(from).await?;
    let place =
        path.to_str().ok_or_else(|| Error::invalid("the backup's file", "has a name that is no text"))?;
    sqlx::query("VACUUM INTO $1").bind(place).execute(&mut connection).await?;
    connection.close().await?;
    sync(path)?;
    verify(path).await
}

/// Reads every page of a file, and counts its rows.
async fn verify(path: &Path) -> Result<BTreeMap<String, u64>> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let found: String = sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await?.try_get(0)?;
    if found != "ok" {
        return Err(Error::Corrupt(format!("{}: {found}", path.display())));
    }
    let rows = rows(&mut connection).await?;
    connection.close().await?;
    if rows.contains_key("tasks") {
        Ok(rows)
    } else {
        Err(Error::Corrupt(format!("{} is not a backup of this program", path.display())))
    }
}

async fn rows(connection: &mut SqliteConnection) -> Result<BTreeMap<String, u64>> {
    const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                          AND name NOT LIKE '\\_sqlx\\_%' ESCAPE '\\' AND name NOT LIKE 'knowledge\\_text%' ESCAPE '\\' \
                          AND name NOT LIKE 'audit\\_%' ESCAPE '\\'";
    let mut rows = BTreeMap::new();
    for table in sqlx::query(TABLES).fetch_all(&mut *connection).await? {
        let name: String = table.try_get(0)?;
        let count = sqlx::query(AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{name}\"")));
        let count: i64 = count.fetch_one(&mut *connection).await?.try_get(0)?;
        rows.insert(name, count.unsigned_abs());
    }
    Ok(rows)
}

pub(super) async fn import(
    options: &StorageOptions,
    path: &Path,
    may_replace: bool,
) -> Result<BTreeMap<String, u64>> {
    let Address::File(place) = Address::parse(&options.url)? else {
        return Err(Error::invalid("the backup", "is an SQLite file and cannot go into a server"));
    };
    let rows = verify(path).await?;
    if place.exists() {
        make_way(&place, may_replace).await?;
    }
    // A copy beside it, whole on the disk before it takes the place in one move.
    let copy = with_ending(&place, "restoring");
    std::fs::copy(path, &copy).map_err(|error| unusable(&copy, &error))?;
    sync(&copy)?;
    for left_over in ["-wal", "-shm"] {
        let mut file = place.as_os_str().to_owned();
        file.push(left_over);
        let _ = std::fs::remove_file(PathBuf::from(file));
    }
    std::fs::rename(&copy, &place).map_err(|error| unusable(&place, &error))?;
    let storage = Storage::open(options).await?;
    storage.migrate().await?;
    storage.close().await;
    Ok(rows)
}

/// Nobody may have the file open, and unless it may be replaced there may be nothing in it.
async fn make_way(place: &Path, may_replace: bool) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(place).disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let rows = rows(&mut connection).await?;
    let is_empty = rows.iter().all(|(table, rows)| *rows == 0 || table == "roster");
    if !is_empty && !may_replace {
        return Err(not_empty());
    }
    // Leaving the WAL is only granted to the last connection.
    let alone = connection.execute("PRAGMA journal_mode = DELETE").await;
    connection.close().await?;
    match alone {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::invalid("the database", "is in use; stop the services first")),
    }
}

fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| unusable(path, &error))
}
