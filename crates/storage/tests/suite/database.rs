//! A database of its own for every case, on either engine.

use std::future::Future;

use sqlx::{Connection, Executor, PgConnection};
use storage::{Storage, StorageOptions, TrialServer};

/// Makes `sqlite::<case>` and `postgres::<case>` of every case.
#[macro_export]
macro_rules! on_both {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::suite::database::on_sqlite(super::$case).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::suite::database::on_postgres(super::$case).await;
            })*
        }
    };
}

/// What a case gets: an open database, and the address for further handles.
#[derive(Clone)]
pub struct Database {
    pub storage: Storage,
    pub options: StorageOptions,
}

impl Database {
    async fn open(url: String) -> Self {
        let options = StorageOptions::new(url);
        let storage = Storage::open(&options).await.unwrap();
        storage.migrate().await.unwrap();
        Self { storage, options }
    }

    /// Another handle, as another process would have it.
    pub async fn neighbour(&self) -> Storage {
        Storage::open(&self.options).await.unwrap()
    }

    /// A place of the same kind with nothing in it.
    pub async fn empty(&self) -> StorageOptions {
        let name = format!("empty_{}", uuid::Uuid::now_v7().simple());
        let beside = |url: &str| url.rsplit_once('/').unwrap().0.to_owned();
        if self.options.url.starts_with("sqlite") {
            return StorageOptions::new(format!("{}/{name}", beside(&self.options.url)));
        }
        let server = TrialServer::new(postgres_url().unwrap());
        StorageOptions::new(server.database_create(&name).await.unwrap())
    }

    /// Such a place is not needed any more.
    pub async fn forget(&self, empty: &StorageOptions) {
        if let Some(server) = postgres_url().filter(|_| empty.url.starts_with("postgres")) {
            let name = Storage::name_of(empty).unwrap();
            TrialServer::new(server).database_drop(&name).await.unwrap();
        }
    }
}

pub async fn on_sqlite<F: Future<Output = ()> + Send + 'static>(case: fn(Database) -> F) {
    let folder = folder();
    let file = folder.path().join("case.db");
    let database = Database::open(format!("sqlite:///{}", file.display())).await;
    case(database.clone()).await;
    database.storage.close().await;
}

/// In memory where there is such a place: what these cases prove does not depend on a disk.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub async fn on_postgres<F: Future<Output = ()> + Send + 'static>(case: fn(Database) -> F) {
    let Some(server) = postgres_url() else { return };
    let name = format!("case_{}", uuid::Uuid::now_v7().simple());
    administer(&server, format!("CREATE DATABASE {name}")).await;
    let database = Database::open(format!("{}/{name}", server.trim_end_matches("/postgres"))).await;
    // On a task of its own, so that the database goes away even when the case fails.
    let outcome = tokio::spawn(case(database.clone())).await;
    database.storage.close().await;
    administer(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

fn postgres_url() -> Option<String> {
    let url = std::env::var("LIGHTNING_TEST_POSTGRES_URL").ok();
    if url.is_none() {
        let required = std::env::var("LIGHTNING_REQUIRE_POSTGRES").is_ok_and(|word| word == "1");
        assert!(
            !required,
            "PostgreSQL is required: set LIGHTNING_TEST_POSTGRES_URL, or use tests/with-postgres.sh"
        );
        eprintln!("skipped: LIGHTNING_TEST_POSTGRES_URL is not set");
    }
    url
}

async fn administer(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}
