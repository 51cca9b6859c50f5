//! A database for one test, gone with it. The suites of the services use this file too.

#![allow(dead_code, reason = "no suite needs all of it")]

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use tokio::process::Command;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Where a test's services keep everything.
pub struct Database {
    pub url: String,
    folder: TempDir,
}

impl Database {
    /// A file in a folder of its own.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: format!("sqlite:///{}", folder.path().join("e2e.db").display()), folder }
    }

    /// A database of its own on the server of `LIGHTNING_TEST_POSTGRES_URL`; `None` when there is no server and none is required.
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("LIGHTNING_TEST_POSTGRES_URL") else {
            let required = std::env::var("LIGHTNING_REQUIRE_POSTGRES").is_ok_and(|word| word == "1");
            assert!(!required, "PostgreSQL is required: use tests/with-postgres.sh");
            eprintln!("skipped: LIGHTNING_TEST_POSTGRES_URL is not set");
            return None;
        };
        let name = format!("e2e_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // The cluster is thrown away after the run, so its databases need no dropping.
        let created = Command::new("psql")
            .args([server.as_str(), "--quiet", "--command", &format!("CREATE DATABASE {name}")])
            .status()
            .await
            .expect("psql comes with PostgreSQL");
        assert!(created.success());
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        Some(Self { url, folder: tempfile::tempdir().unwrap() })
    }

    /// For suites that run on SQLite, unless `LIGHTNING_TEST_DATABASE=postgres` sends them to PostgreSQL.
    pub async fn usual() -> Self {
        Self::postgres_if_asked().await.unwrap_or_else(Self::sqlite)
    }

    /// The same for those that have another SQLite.
    pub async fn postgres_if_asked() -> Option<Self> {
        let asked = std::env::var("LIGHTNING_TEST_DATABASE").is_ok_and(|word| word == "postgres");
        if asked { Some(Self::postgres().await.expect("LIGHTNING_TEST_POSTGRES_URL is set")) } else { None }
    }

    /// A folder that is gone with the test.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}
