//! Backup and restore while everything runs: a file of its own kind for SQLite, one portable file for PostgreSQL.
//!
//! A backup is one consistent snapshot, verified before it gets its name. Restoring never adds to what is there: the database
//! must be empty, or named by whoever wants it replaced.

mod frames;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::open::database::Database;
use crate::{Error, Kind, Result, Storage, StorageOptions};

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where it is.
    pub path: PathBuf,
    /// The database it is of.
    pub kind: Kind,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// The size of the file.
    pub bytes: u64,
}

impl Storage {
    /// Writes a backup to `path`, which must not exist. Writers go on meanwhile.
    pub async fn backup(&self, path: &Path) -> Result<Backup> {
        if path.exists() {
            return Err(Error::invalid("the backup's file", "exists already"));
        }
        // It gets its name only when it is whole.
        let partial = with_ending(path, "partial");
        let rows = match self.database() {
            Database::Sqlite { file, .. } => sqlite::export(&file.options, &partial).await,
            Database::Postgres { read: pool, .. } => postgres::export(pool, &partial).await,
        };
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => {
                let _ = std::fs::remove_file(&partial);
                return Err(error);
            }
        };
        std::fs::rename(&partial, path).map_err(|error| unusable(path, &error))?;
        let bytes = std::fs::metadata(path).map_err(|error| unusable(path, &error))?.len();
        Ok(Backup { path: path.to_owned(), kind: self.kind(), rows, bytes })
    }

    /// Brings a backup back into the database at `options`. Unless that is empty, `replace` must be its name
    /// ([`Storage::name_of`]), and nothing else may be connected to it.
    pub async fn restore(options: &StorageOptions, path: &Path, replace: Option<&str>) -> Result<Backup> {
        if !path.is_file() {
            return Err(Error::invalid("the backup's file", "does not exist"));
        }
        let name = Self::name_of(options)?;
        let may_replace = match replace {
            Some(named) if named == name => true,
            Some(_) => return Err(Error::invalid("the name to replace", "is not that of this database")),
            None => false,
        };
        let (kind, rows) = if frames::is_portable(path)? {
            (Kind::Postgres, postgres::import(options, path, may_replace).await?)
        } else {
            (Kind::Sqlite, sqlite::import(options, path, may_replace).await?)
        };
        let bytes = std::fs::metadata(path).map_err(|error| unusable(path, &error))?.len();
        Ok(Backup { path: path.to_owned(), kind, rows, bytes })
    }

    /// The name by which a person tells this database from others: the file's, or the database's on its server.
    pub fn name_of(options: &StorageOptions) -> Result<String> {
        let end = options.url.split('?').next().unwrap_or_default();
        let name = end.rsplit(['/', ':']).next().unwrap_or_default();
        if name.is_empty() {
            Err(Error::invalid("database url", "names no database"))
        } else {
            Ok(name.to_owned())
        }
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut whole = path.as_os_str().to_owned();
    whole.push(".");
    whole.push(ending);
    PathBuf::from(whole)
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Error::Full,
        _ => Error::Unavailable(format!("{}: {error}", path.display())),
    }
}

fn not_empty() -> Error {
    Error::invalid("the database", "is not empty; name it to have it replaced")
}
