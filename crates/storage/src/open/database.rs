//! The pools of one database.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::migrate::Migrate;
use sqlx::{Connection as _, PgPool, SqliteConnection, SqlitePool};

use super::postgres;
use super::sqlite::File;
use crate::sql::Connection;
use crate::url::Address;
use crate::{Kind, Result, StorageOptions, migrations};

/// Where connections come from.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite { read: SqlitePool, file: Arc<File>, _throwaway: Option<Arc<Throwaway>> },
    Postgres { read: PgPool, write: PgPool, listen: PgPool },
}

impl Database {
    pub(super) async fn open(options: &StorageOptions) -> Result<Self> {
        match Address::parse(&options.url)? {
            Address::Server(url) => {
                let [read, write, listen] = postgres::open(&url, options).await?;
                Ok(Self::Postgres { read, write, listen })
            }
            Address::File(path) => Ok(Self::sqlite(&path, options, None)),
            Address::Throwaway => {
                let throwaway = Arc::new(Throwaway::new());
                Ok(Self::sqlite(&throwaway.0, options, Some(throwaway.clone())))
            }
        }
    }

    fn sqlite(path: &Path, options: &StorageOptions, throwaway: Option<Arc<Throwaway>>) -> Self {
        let file = File::at(path, options);
        Self::Sqlite { read: file.readers(options), file: Arc::new(file), _throwaway: throwaway }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Sqlite { .. } => Kind::Sqlite,
            Self::Postgres { .. } => Kind::Postgres,
        }
    }

    pub(super) async fn read(&self) -> Result<Connection> {
        Ok(match self {
            Self::Sqlite { read, .. } => Connection::Sqlite(read.acquire().await?),
            Self::Postgres { read, .. } => Connection::Postgres(read.acquire().await?),
        })
    }

    pub(crate) async fn write(&self) -> Result<Connection> {
        Ok(match self {
            Self::Sqlite { file, .. } => Connection::Inline(file.writer().await?),
            Self::Postgres { write, .. } => Connection::Postgres(write.acquire().await?),
        })
    }

    pub(super) async fn migrate(&self) -> Result<()> {
        let migrator = migrations::migrator(self.kind());
        match self {
            Self::Sqlite { file, .. } => {
                // A connection of its own (the writer keeps the other one), and one transaction around all of
                // it, since SQLite has no lock that keeps two migrating processes apart.
                let mut connection = SqliteConnection::connect_with(&file.options).await?;
                let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
                run(&migrator, &mut *transaction).await?;
                transaction.commit().await?;
                connection.close().await?;
            }
            Self::Postgres { read, .. } => {
                // Outside the pool: the lock of the migrator belongs to its connection and ends with it.
                let mut connection = read.acquire().await?.detach();
                run(&migrator, &mut connection).await?;
                connection.close().await?;
            }
        }
        Ok(())
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { read, .. } => read.close().await,
            Self::Postgres { read, write, listen } => {
                listen.close().await;
                read.close().await;
                write.close().await;
            }
        }
    }
}

async fn run<C: Migrate>(migrator: &sqlx::migrate::Migrator, connection: &mut C) -> Result<()> {
    migrator.run_direct(None, connection, false).await.map_err(migrations::failure)
}

/// The file of a database that nobody wants to keep. A real file, because the readers of an in-memory database
/// would have to share a cache with its writer, and then lock each other out.
pub(crate) struct Throwaway(PathBuf);

impl Throwaway {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("lightning-{}.db", uuid::Uuid::now_v7())))
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(ending);
            let _ = std::fs::remove_file(path);
        }
    }
}
