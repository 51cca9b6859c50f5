//! Database addresses, including the form of the source document: `sqlite:///agent_lightning.db` is a relative path.

use std::path::PathBuf;

use crate::{Error, Result};

/// Where a database is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A file.
    File(PathBuf),
    /// A file of its own that is gone when the last handle is.
    Throwaway,
    /// A server; the address goes to the driver unchanged.
    Server(String),
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Server(url.to_owned()));
        }
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(refused("must begin with sqlite:, postgres:// or postgresql://"));
        };
        let path = match rest.strip_prefix("//") {
            // As SQLAlchemy reads it: three slashes are relative, four are absolute.
            Some(path) => path.strip_prefix('/').unwrap_or(path),
            None => rest,
        };
        match path {
            ":memory:" => Ok(Self::Throwaway),
            "" => {
                Err(refused("names no file: sqlite:///name.db is relative, sqlite:////dir/name.db absolute"))
            }
            path if path.contains('?') => Err(refused("takes no options after ? for SQLite")),
            path => Ok(Self::File(PathBuf::from(path))),
        }
    }
}

fn refused(why: &str) -> Error {
    Error::invalid("database url", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, path: &str) {
        assert_eq!(Address::parse(url).unwrap(), Address::File(PathBuf::from(path)), "{url}");
    }

    #[test]
    fn three_slashes_are_relative_and_four_are_absolute() {
        check("sqlite:///agent_lightning.db", "agent_lightning.db");
        check("sqlite:////var/lib/agent.db", "/var/lib/agent.db");
        check("sqlite://agent.db", "agent.db");
        check("sqlite:agent.db", "agent.db");
        check("sqlite:///data/agent.db", "data/agent.db");
    }

    #[test]
    fn memory_and_servers_are_told_apart() {
        for memory in ["sqlite::memory:", "sqlite://:memory:", "sqlite:///:memory:"] {
            assert_eq!(Address::parse(memory).unwrap(), Address::Throwaway);
        }
        for server in ["postgres://u:p@h/db", "postgresql://h/db"] {
            assert_eq!(Address::parse(server).unwrap(), Address::Server(server.to_owned()));
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for bad in
            ["", "mysql://h/db", "agent.db", "sqlite:", "sqlite://", "sqlite:///", "sqlite:///a.db?mode=ro"]
        {
            assert!(matches!(Address::parse(bad), Err(Error::Invalid { .. })), "{bad:?}");
        }
    }
}
