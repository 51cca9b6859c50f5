//! Where the services of a run keep everything: a file, a server of the run's own, or a database on somebody's server.

use std::path::{Path, PathBuf};

use storage::{Storage, StorageOptions, TrialServer};

use super::disk::SmallDisk;
use super::server::OwnServer;
use crate::exit::Failure;

/// The database of a run. Fields are dropped in this order: the server before the disk that it lives on.
pub struct Place {
    /// Its address.
    pub url: String,
    /// `sqlite` or `postgres`.
    pub kind: &'static str,
    /// The server and the database's name there.
    pub server: Option<(TrialServer, String)>,
    /// The server, when this run may restart it.
    pub own: Option<OwnServer>,
    /// The disk, when this run may fill it.
    pub disk: Option<SmallDisk>,
    /// Why there is no disk, when one was wanted.
    pub no_disk: Option<String>,
}

impl Place {
    /// Prepares the database that `wanted` names, empty.
    pub async fn prepare(wanted: &str, folder: &Path, seed: u64, fill_disk: bool) -> Result<Self, Failure> {
        let (disk, no_disk) = match fill_disk.then(|| SmallDisk::mount(folder)) {
            None => (None, None),
            Some(Ok(disk)) => (Some(disk), None),
            Some(Err(why)) => (None, Some(why)),
        };
        let folder = disk.as_ref().map_or_else(|| folder.to_owned(), |disk| disk.place.clone());
        let mut place = Self { url: String::new(), kind: "postgres", server: None, own: None, disk, no_disk };
        match wanted {
            "sqlite" => place.keep_in_file(folder),
            "postgres" => {
                let own = OwnServer::start(&folder)?;
                place.keep_on(own.url.clone(), seed).await?;
                place.own = Some(own);
            }
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                place.keep_on(url.to_owned(), seed).await?;
            }
            _ => {
                return Err(Failure::usage("--database must be sqlite, postgres, or begin with postgres://"));
            }
        }
        Ok(place)
    }

    /// Opens it, with the schema of this release and an audit of every write.
    pub async fn open(&self) -> Result<Storage, Failure> {
        let storage = Storage::open(&StorageOptions::new(&self.url)).await?;
        storage.migrate().await?;
        storage.books_audit().await?;
        Ok(storage)
    }

    /// Takes the database off a server that is not ours.
    pub async fn leave(self) {
        if let (Some((server, name)), None) = (&self.server, &self.own)
            && let Err(error) = server.database_drop(name).await
        {
            tracing::warn!(%error, name, "the database of this run stays on the server");
        }
    }

    fn keep_in_file(&mut self, folder: PathBuf) {
        self.kind = "sqlite";
        self.url = format!("sqlite:///{}", folder.join("chaos.db").display());
    }

    async fn keep_on(&mut self, server: String, seed: u64) -> Result<(), Failure> {
        let name = format!("lightning_chaos_{}_{seed}", std::process::id());
        let server = TrialServer::new(server);
        self.url = server.database_create(&name).await?;
        self.server = Some((server, name));
        Ok(())
    }
}
