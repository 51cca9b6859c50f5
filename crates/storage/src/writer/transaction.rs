//! One transaction over several groups.

use std::time::Duration;

use super::group::{Care, Group, Went};
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

/// Runs the groups in one transaction; if one of them spoils it, in a second one that protects them from each other.
pub(super) async fn run(
    connection: &mut Connection,
    groups: &mut [Box<dyn Group>],
    patience: Duration,
) -> Attempted {
    match attempt(connection, groups, patience, Care::Trusting).await {
        Some(attempted) => attempted,
        // A lone call keeps the answer that it failed with.
        None if groups.iter().map(|group| group.len()).sum::<usize>() == 1 => Attempted::Committed,
        None => match attempt(connection, groups, patience, Care::Savepoints).await {
            Some(attempted) => attempted,
            None => {
                Attempted::RolledBack(Error::Unavailable("a failed operation could not be taken back".into()))
            }
        },
    }
}

/// `None` when a group spoiled the transaction, which is then rolled back.
async fn attempt(
    connection: &mut Connection,
    groups: &mut [Box<dyn Group>],
    patience: Duration,
    care: Care,
) -> Option<Attempted> {
    if let Err(error) = connection.begin(patience).await {
        connection.close_on_drop();
        return Some(Attempted::NotBegun(error));
    }
    match run_all(connection, groups, care).await {
        Err(error) => {
            connection.rollback().await;
            return Some(Attempted::RolledBack(error));
        }
        Ok(Went::Spoiled) => {
            connection.rollback().await;
            return None;
        }
        Ok(Went::Well) => {}
    }
    Some(match connection.commit().await {
        Ok(()) => Attempted::Committed,
        Err(error) => {
            connection.rollback().await;
            connection.close_on_drop();
            Attempted::Unknown(error)
        }
    })
}

async fn run_all(connection: &mut Connection, groups: &mut [Box<dyn Group>], care: Care) -> Result<Went> {
    // Before any row is locked, so that two processes can never wait for each other with the two kinds of locks.
    if connection.kind() == Kind::Postgres && groups.iter().any(|group| group.appends_to_log()) {
        sql("SELECT pg_advisory_xact_lock(7304025)").rows(connection).await?;
    }
    for group in groups {
        if group.run(connection, care).await? == Went::Spoiled {
            return Ok(Went::Spoiled);
        }
    }
    Ok(Went::Well)
}
