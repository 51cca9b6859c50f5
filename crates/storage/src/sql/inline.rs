//! SQLite on the thread of whoever calls: for the writer, which has a thread to itself. Handing every statement to another thread and
//! its rows back, as a pool must, takes longer than most statements do.

use std::path::Path;
use std::sync::Arc;

use rusqlite::types::{FromSql, ToSqlOutput, Value as Stored, ValueRef};
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
        let (mut found, mut rows, mut names) = (Vec::new(), statement.raw_query(), None);
        while let Some(row) = rows.next()? {
            // Not before the first row: a statement that was prepared before the schema changed gets its new columns with it.
            let names = names.get_or_insert_with(|| columns(row));
            let values = (0..names.len()).map(|at| row.get(at)).collect::<Result<_, _>>();
            let values = values.map_err(|error: rusqlite::Error| Error::Corrupt(error.to_string()))?;
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

fn columns(row: &rusqlite::Row<'_>) -> Arc<[String]> {
    row.as_ref().column_names().into_iter().map(str::to_owned).collect()
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
    pub(super) fn get<T: FromSql>(&self, column: &str) -> Result<T> {
        let place = self.names.iter().position(|name| name == column);
        let value = place.and_then(|place| self.values.get(place));
        let value = value.ok_or_else(|| Error::Corrupt(format!("there is no column {column}")))?;
        T::column_result(value.into()).map_err(|error| Error::Corrupt(format!("{column}: {error}")))
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
        assert_eq!(found[0].get::<String>("y").unwrap(), "one");
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
    fn columns_that_came_after_a_statement_was_prepared_have_their_own_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let (one, other) = (inline(&path), inline(&path));
        let select = || rows(&one, "SELECT t.*, 7 AS last FROM t", &[]);
        other.execute("INSERT INTO t VALUES (1, 'b')", |_| None).unwrap();
        assert_eq!(select().unwrap()[0].get::<i64>("last").unwrap(), 7);
        other.execute("ALTER TABLE t ADD COLUMN c DEFAULT 'c'", |_| None).unwrap();
        let row = &select().unwrap()[0];
        assert_eq!((row.get::<String>("c").unwrap(), row.get::<i64>("last").unwrap()), ("c".into(), 7));
    }

    #[test]
    fn text_that_is_none_is_unreadable_and_no_bug() {
        let folder = tempfile::tempdir().unwrap();
        let inline = inline(&folder.path().join("a.db"));
        assert!(matches!(rows(&inline, "SELECT CAST(x'ff' AS TEXT) AS t", &[]), Err(Error::Corrupt(_))));
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
