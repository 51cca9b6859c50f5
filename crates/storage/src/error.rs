//! What can go wrong with the database, named by what the caller can do about it.

use sqlx::error::BoxDynError;

/// The one error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not answer in time or is not reachable. Every operation may be repeated safely.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Something else was written first. Read again, decide again.
    #[error("{0} was changed in the meantime")]
    Conflict(&'static str),
    /// What the operation is about does not exist.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The lease was lost: somebody else has the run. Stop, write nothing more.
    #[error("the lease of this run was lost")]
    Stale,
    /// A value cannot be stored or a cursor cannot be read. The caller's input is wrong.
    #[error("{field} {why}")]
    Invalid {
        /// The field that is wrong.
        field: &'static str,
        /// A clause that reads well after the field's name.
        why: String,
    },
    /// The disk, or the quota of the database, is full. A person must make room.
    #[error("the database has no room left")]
    Full,
    /// The stored bytes do not mean what they should. A person must look.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// The schema is older or newer than this program. Run `lightning migrate`, or start the matching version.
    #[error("the database schema does not fit this program: {0}")]
    Schema(String),
    /// A statement failed in a way that only a bug in this crate explains.
    #[error("a statement failed")]
    Bug(#[source] BoxDynError),
}

/// What every method of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether the same call may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }

    /// The same error once more, for everybody who shared a commit that failed.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Conflict(what) => Self::Conflict(what),
            Self::NotFound(what) => Self::NotFound(what),
            Self::Stale => Self::Stale,
            Self::Invalid { field, why } => Self::Invalid { field, why: why.clone() },
            Self::Full => Self::Full,
            Self::Corrupt(why) => Self::Corrupt(why.clone()),
            Self::Schema(why) => Self::Schema(why.clone()),
            Self::Unavailable(why) => Self::Unavailable(why.clone()),
            Self::Bug(source) => Self::Unavailable(format!("a commit shared with others failed: {source}")),
        }
    }

    /// Whether the whole transaction is lost, and not only the statement.
    pub(crate) fn ends_transaction(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full | Self::Corrupt(_) | Self::Schema(_))
    }

    /// Whether an operation that answers this has left nothing behind, by the custom of this crate.
    pub(crate) fn wrote_nothing(&self) -> bool {
        matches!(self, Self::Stale | Self::NotFound(_))
    }

    pub(crate) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid { field, why: why.into() }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
                Self::Unavailable(error.to_string())
            }
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error.to_string())
            }
            sqlx::Error::Database(database) => match database.code().as_deref().and_then(known_code) {
                Some(build) => build(database.message()),
                None => Self::Bug(error.into()),
            },
            _ => Self::Bug(error.into()),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error().and_then(|failure| u32::try_from(failure.extended_code).ok());
        match code.and_then(known_sqlite) {
            Some(build) => build(&error.to_string()),
            None => Self::Bug(error.into()),
        }
    }
}

type Build = fn(&str) -> Error;

const UNAVAILABLE: Build = |message| Error::Unavailable(message.to_owned());
const TAKEN: Build = |_| Error::Conflict("a record of this identity");
const UNSTORABLE: Build = |_| Error::invalid("a text or number", "cannot be stored by this database");
const FULL: Build = |_| Error::Full;
const CORRUPT: Build = |message| Error::Corrupt(message.to_owned());
const SCHEMA: Build = |message| Error::Schema(message.to_owned());

/// SQLSTATEs of PostgreSQL have five characters, SQLite's (extended) result codes fewer.
fn known_code(code: &str) -> Option<Build> {
    match code.parse() {
        Ok(number) if code.len() < 5 => known_sqlite(number),
        _ => known_postgres(code),
    }
}

fn known_sqlite(code: u32) -> Option<Build> {
    match (code, code & 0xff) {
        (1555 | 2067, _) => Some(TAKEN), // CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE
        (_, 5 | 6 | 8 | 10 | 14) => Some(UNAVAILABLE), // BUSY, LOCKED, READONLY, IOERR, CANTOPEN
        (_, 13) => Some(FULL),           // FULL
        (_, 11 | 26) => Some(CORRUPT),   // CORRUPT, NOTADB
        (_, 18 | 20) => Some(UNSTORABLE), // TOOBIG, MISMATCH
        _ => None,
    }
}

fn known_postgres(code: &str) -> Option<Build> {
    match code {
        "23505" => Some(TAKEN),
        "53100" => Some(FULL),
        "55P03" | "25P03" => Some(UNAVAILABLE), // lock timeout, idle in a transaction for too long
        "42P01" | "42703" | "3D000" => Some(SCHEMA), // no such table, column, database
        _ => match code.get(..2)? {
            // Connection, log-in, resources, operator's intervention (statement timeout too), system, rolled back (deadlock).
            "08" | "28" | "53" | "57" | "58" | "40" => Some(UNAVAILABLE),
            "22" => Some(UNSTORABLE),
            "XX" => Some(CORRUPT),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, expected: fn(&Error) -> bool) {
        let build = known_code(code).unwrap_or(|why| Error::Corrupt(why.to_owned()));
        assert!(expected(&build("why")), "{code}: {:?}", build("why"));
    }

    #[test]
    fn codes_of_both_databases_become_what_a_caller_can_do() {
        for code in [
            "5", "261", "517", "6", "14", "522", "40P01", "40001", "57014", "55P03", "25P03", "08006",
            "53300",
        ] {
            check(code, |error| error.is_transient());
        }
        for code in ["13", "53100"] {
            check(code, |error| matches!(error, Error::Full));
        }
        for code in ["1555", "2067", "23505"] {
            check(code, |error| matches!(error, Error::Conflict(_)));
        }
        for code in ["18", "22021", "22003"] {
            check(code, |error| matches!(error, Error::Invalid { .. }));
        }
        for code in ["42P01", "42703"] {
            check(code, |error| matches!(error, Error::Schema(_)));
        }
    }

    #[test]
    fn a_broken_rule_of_a_table_is_a_bug_and_not_the_callers_fault() {
        for code in ["1299", "275", "23502", "42601"] {
            assert!(known_code(code).is_none(), "{code}");
        }
    }

    #[test]
    fn no_message_shows_a_statement() {
        let shown = Error::Bug("SELECT secret".into()).to_string();
        assert!(!shown.contains("secret"));
    }
}
