//! SQLite on the thread of whoever calls: for the writer, which has a thread to itself. Handing every statement to another thread and
//! its rows back, as a pool must, takes longer than most statements do.

use std::path::Path;
use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, Value as Stored, ValueRef};
use rusqlite::{CachedStatement, ToSql};

use super::Value;
use crate::{Error, Result};

/// Statements that are kept prepared: those over many rows are several each, by their number of rows.
const STATEMENTS_MAX: usize = 512;

/// A connection of this kind.
pub(crate) struct Inline(rusqlite::Connection);

impl Inline {
    /// Opens the file, creates it when it does not exist, and runs `settings`. It never waits for a lock.
    pub(crate) fn open(path: &Path, settings: &str) -> Result<Self> {
        let connection = rusqlite::Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::ZERO)?;
        connection.execute_batch(settings)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(Self(connection))
    }

    /// Of SQLite.
    pub(crate) fn version(&self) -> Result<String> {
        Ok(self.0.query_row("SELECT sqlite_version()", [], |row| row.get(0))?)
    }

    /// Runs a statement for its effect; returns how many rows it changed.
    pub(super) fn execute<'v>(
        &self,
        text: &str,
        value: impl Fn(usize) -> Option<&'v Value<'v>>,
    ) -> Result<u64> {
        let mut statement = self.bound(text, value)?;
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        Ok(self.0.changes())
    }

    /// Runs a statement for its rows.
    pub(super) fn rows<'v>(
        &self,
        text: &str,
        value: impl Fn(usize) -> Option<&'v Value<'v>>,
    ) -> Result<Vec<InlineRow>> {
        let mut statement = self.bound(text, value)?;
        let names: Arc<[String]> = statement.column_names().into_iter().map(str::to_owned).collect();
        let (mut found, mut rows) = (Vec::new(), statement.raw_query());
        while let Some(row) = rows.next()? {
            let values = (0..names.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
            found.push(InlineRow { names: names.clone(), values });
        }
        Ok(found)
    }

    /// `value` gives the nth value, from 0. `$3` means the third wherever it stands; SQLite itself counts names as they come.
    fn bound<'v>(
        &self,
        text: &str,
        value: impl Fn(usize) -> Option<&'v Value<'v>>,
    ) -> Result<CachedStatement<'_>> {
        let mut statement = self.0.prepare_cached(text)?;
        for index in 1..=statement.parameter_count() {
            let named = statement.parameter_name(index).and_then(|name| name.get(1..)?.parse().ok());
            let place: usize = named.unwrap_or(index);
            let value = value(place - 1).ok_or(rusqlite::Error::InvalidParameterCount(place, index))?;
            statement.raw_bind_parameter(index, value)?;
        }
        Ok(statement)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Text(value) => value.as_deref().map(|text| ValueRef::Text(text.as_bytes())),
            Self::Int(value) => value.map(ValueRef::Integer),
            Self::Real(value) => value.map(ValueRef::Real),
            Self::Bool(value) => value.map(|value| ValueRef::Integer(value.into())),
            Self::Bytes(value) => value.as_deref().map(ValueRef::Blob),
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}

/// A row, copied out of the statement.
pub(crate) struct InlineRow {
    names: Arc<[String]>,
    values: Vec<Stored>,
}

impl InlineRow {
    /// The value of a column.
    pub(super) fn get<'r, T: FromInline<'r>>(&'r self, column: &str) -> Result<T> {
        let place = self.names.iter().position(|name| name == column);
        let value = place.and_then(|place| self.values.get(place));
        let value = value.ok_or_else(|| Error::Corrupt(format!("there is no column {column}")))?;
        T::from_inline(value).ok_or_else(|| Error::Corrupt(format!("{column} holds {}", value.data_type())))
    }
}

/// What a stored value can be read as.
pub(crate) trait FromInline<'r>: Sized {
    /// `None` when it cannot.
    fn from_inline(value: &'r Stored) -> Option<Self>;
}

impl<'r> FromInline<'r> for &'r str {
    fn from_inline(value: &'r Stored) -> Option<Self> {
        if let Stored::Text(text) = value { Some(text) } else { None }
    }
}

impl FromInline<'_> for String {
    fn from_inline(value: &Stored) -> Option<Self> {
        <&str>::from_inline(value).map(str::to_owned)
    }
}

impl FromInline<'_> for i64 {
    fn from_inline(value: &Stored) -> Option<Self> {
        if let Stored::Integer(value) = value { Some(*value) } else { None }
    }
}

impl FromInline<'_> for bool {
    fn from_inline(value: &Stored) -> Option<Self> {
        i64::from_inline(value).map(|value| value != 0)
    }
}

impl FromInline<'_> for f64 {
    fn from_inline(value: &Stored) -> Option<Self> {
        match value {
            Stored::Real(value) => Some(*value),
            Stored::Integer(value) => Some(*value as Self),
            _ => None,
        }
    }
}

impl FromInline<'_> for Vec<u8> {
    fn from_inline(value: &Stored) -> Option<Self> {
        if let Stored::Blob(bytes) = value { Some(bytes.clone()) } else { None }
    }
}

impl<'r, T: FromInline<'r>> FromInline<'r> for Option<T> {
    fn from_inline(value: &'r Stored) -> Option<Self> {
        if *value == Stored::Null { Some(None) } else { T::from_inline(value).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inline(path: &Path) -> Inline {
        Inline::open(
            path,
            "PRAGMA journal_mode = wal; CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b)",
        )
        .unwrap()
    }

    fn rows(inline: &Inline, text: &str, values: &[Value<'_>]) -> Result<Vec<InlineRow>> {
        inline.rows(text, |place| values.get(place))
    }

    #[test]
    fn a_number_names_its_value_wherever_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let inline = inline(&folder.path().join("a.db"));
        let found = rows(&inline, "SELECT $2 AS x, $1 AS y, $2 AS z", &["one".into(), 2_i64.into()]).unwrap();
        assert_eq!(found[0].get::<i64>("x").unwrap(), 2);
        assert_eq!(found[0].get::<&str>("y").unwrap(), "one");
        assert_eq!(found[0].get::<i64>("z").unwrap(), 2);
        assert!(rows(&inline, "SELECT $2", &["one".into()]).is_err(), "there is no second value");
    }

    #[test]
    fn what_is_stored_is_read_as_what_it_is_and_as_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let inline = inline(&folder.path().join("a.db"));
        let row = &rows(&inline, "SELECT NULL AS n, 'a' AS t, 1.5 AS r, 1 AS i, x'00' AS b", &[]).unwrap()[0];
        assert_eq!(
            (row.get::<Option<i64>>("n").unwrap(), row.get::<String>("t").unwrap()),
            (None, "a".into())
        );
        assert_eq!((row.get::<f64>("r").unwrap(), row.get::<f64>("i").unwrap()), (1.5, 1.0));
        assert_eq!((row.get::<bool>("i").unwrap(), row.get::<Vec<u8>>("b").unwrap()), (true, vec![0]));
        assert!(
            row.get::<i64>("n").is_err() && row.get::<i64>("t").is_err() && row.get::<String>("b").is_err()
        );
        assert!(matches!(row.get::<i64>("absent"), Err(Error::Corrupt(_))));
    }

    #[test]
    fn failures_are_named_by_what_a_caller_can_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let (one, other) = (inline(&path), inline(&path));
        let execute = |inline: &Inline, text: &str| inline.execute(text, |_| None);
        assert_eq!(execute(&one, "INSERT INTO t VALUES (1, 1), (2, 2)").unwrap(), 2);
        assert!(matches!(execute(&one, "INSERT INTO t VALUES (1, 1)"), Err(Error::Conflict(_))));
        assert!(matches!(execute(&one, "INSERT INTO absent VALUES (1)"), Err(Error::Bug(_))));
        execute(&one, "BEGIN IMMEDIATE").unwrap();
        assert!(
            matches!(execute(&other, "BEGIN IMMEDIATE"), Err(Error::Unavailable(_))),
            "the other one writes"
        );
        execute(&one, "COMMIT").unwrap();
        execute(&other, "BEGIN IMMEDIATE").unwrap();
    }
}
