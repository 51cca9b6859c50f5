//! What a trial does to a PostgreSQL server: a database of its own, connections cut, connections taken.
//!
//! Not for servers that anybody else needs at that moment.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, Row as _};

use crate::{Error, Result};

/// A server, by an address with the right to make databases and to end other sessions of the same user.
#[derive(Clone)]
pub struct TrialServer {
    url: String,
}

/// Connections that nobody else can have until this is dropped.
pub struct TakenConnections {
    held: Vec<PgConnection>,
}

impl TakenConnections {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

impl TrialServer {
    /// Nothing happens before it is told to do something.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    /// Makes an empty database, and returns its address.
    pub async fn database_create(&self, name: &str) -> Result<String> {
        self.tell(&format!("CREATE DATABASE {}", quoted(name)?)).await?;
        let options = PgConnectOptions::from_str(&self.url)?.database(name);
        Ok(options.to_url_lossy().to_string())
    }

    /// Drops a database, whoever is connected to it.
    pub async fn database_drop(&self, name: &str) -> Result<()> {
        self.tell(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)?)).await
    }

    /// Ends every connection to a database from the server's side; returns how many.
    pub async fn connections_cut(&self, name: &str) -> Result<i64> {
        let mut connection = self.connect().await?;
        const CUT: &str = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                           WHERE datname = $1 AND pid <> pg_backend_pid()";
        let cut = sqlx::query(CUT).bind(name).fetch_one(&mut connection).await?.try_get(0)?;
        connection.close().await?;
        Ok(cut)
    }

    /// Takes every connection that the server still has to give.
    pub async fn connections_take(&self) -> TakenConnections {
        let mut held = Vec::new();
        while let Ok(connection) = self.connect().await {
            held.push(connection);
        }
        TakenConnections { held }
    }

    async fn connect(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.url).await?)
    }

    async fn tell(&self, statement: &str) -> Result<()> {
        let mut connection = self.connect().await?;
        connection.execute(AssertSqlSafe(statement)).await?;
        Ok(connection.close().await?)
    }
}

/// A database's name that needs no escaping.
fn quoted(name: &str) -> Result<String> {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain && !name.is_empty() && name.len() < 60 {
        Ok(format!("\"{name}\""))
    } else {
        Err(Error::invalid("the database's name", "must be lower-case letters, digits and underscores"))
    }
}
