//! One transaction over several groups.

use std::time::Duration;

use super::group::Group;
use crate::sql::{Connection, sql};
use crate::{Error, Kind, Result};

/// How far a transaction came.
pub(super) enum Attempted {
    /// There was no connection, or no transaction on it.
    NotBegun(Error),
    /// It was given up; nothing is written, all of it may be tried again.
    RolledBack(Error),
    /// The commit itself failed: nobody knows whether it is written.
    Unknown(Error),
    /// It is durable.
    Committed,
}

impl Attempted {
    pub(super) fn failure(&self) -> Option<Error> {
        match self {
            Self::NotBegun(error) | Self::RolledBack(error) | Self::Unknown(error) => Some(error.again()),
            Self::Committed => None,
        }
    }
}

pub(super) async fn run(
    connection: &mut Connection,
    groups: &mut [Box<dyn Group>],
    patience: Duration,
) -> Attempted {
    if let Err(error) = connection.begin(patience).await {
        close(connection);
        return Attempted::NotBegun(error);
    }
    if let Err(error) = run_all(connection, groups).await {
        connection.rollback().await;
        return Attempted::RolledBack(error);
    }
    match connection.commit().await {
        Ok(()) => Attempted::Committed,
        Err(error) => {
            connection.rollback().await;
            close(connection);
            Attempted::Unknown(error)
        }
    }
}

async fn run_all(connection: &mut Connection, groups: &mut [Box<dyn Group>]) -> Result<()> {
    // Before any row is locked, so that two processes can never wait for each other with the two kinds of locks.
    if connection.kind() == Kind::Postgres && groups.iter().any(|group| group.appends_to_log()) {
        sql("SELECT pg_advisory_xact_lock(7304025)").rows(connection).await?;
    }
    for group in groups {
        group.run(connection).await?;
    }
    Ok(())
}

fn close(connection: &mut Connection) {
    match connection {
        Connection::Sqlite(connection) => connection.close_on_drop(),
        Connection::Postgres(connection) => connection.close_on_drop(),
    }
}
