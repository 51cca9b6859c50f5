//! Many rows in one statement: the rows come in as a table called `rows`.
//!
//! On SQLite that table is `VALUES` with a parameter for every value, on PostgreSQL `UNNEST` over one array per column: each was the
//! fastest way measured. A statement for SQLite has its number of rows in its text, so a batch is cut into numbers that are kept
//! prepared; `jsonb_each` needs one text for all, and takes twice as long by the row.

use std::sync::OnceLock;

use sqlx::Arguments;
use sqlx::postgres::{PgArguments, Postgres};

use super::statement::unencodable;
use super::value::Kind;
use super::{Connection, Row, Value, sql};
use crate::{Error, Result};

/// How many rows a statement for SQLite may have, the most first: up to eight are one statement, beyond that few are.
const SIZES: [usize; 11] = [64, 32, 16, 8, 7, 6, 5, 4, 3, 2, 1];

/// A statement over `{rows}`. `{lock runs}` locks the rows of `runs` that it reads, and `{hold tasks}` keeps those of `tasks`
/// from being stopped, where that needs saying. On SQLite it runs for a part of the rows at a time, so no row may matter to another.
pub(crate) struct BatchSql {
    columns: &'static [(&'static str, Kind)],
    template: &'static str,
    /// By place in [`SIZES`].
    sqlite: [OnceLock<String>; SIZES.len()],
    postgres: OnceLock<String>,
}

impl BatchSql {
    /// `template` names the table as `{rows}`; its columns are `columns`, in this order in every row.
    pub(crate) const fn new(columns: &'static [(&'static str, Kind)], template: &'static str) -> Self {
        Self {
            columns,
            template,
            sqlite: [const { OnceLock::new() }; SIZES.len()],
            postgres: OnceLock::new(),
        }
    }

    /// Runs it over `rows`; none at all is no statement at all.
    pub(crate) async fn run(
        &'static self,
        connection: &mut Connection,
        rows: Vec<Vec<Value<'_>>>,
    ) -> Result<Vec<Row>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        debug_assert!(rows.iter().all(|row| row.len() == self.columns.len()), "{}", self.template);
        match connection {
            Connection::Inline(inline) => {
                let mut found = Vec::new();
                for (text, part) in self.parts(&rows) {
                    let value =
                        |place: usize| part.get(place / self.columns.len())?.get(place % self.columns.len());
                    found.extend(inline.rows(text, value)?.into_iter().map(Row::Inline));
                }
                Ok(found)
            }
            Connection::Sqlite(_) => {
                let mut found = Vec::new();
                for (text, part) in self.parts(&rows) {
                    let statement = sql(text).bind_all(part.iter().flatten().cloned());
                    found.extend(statement.rows(connection).await?);
                }
                Ok(found)
            }
            Connection::Postgres(postgres) => {
                let text = self.postgres.get_or_init(|| self.for_postgres());
                let query = sqlx::query_with::<Postgres, _>(text.as_str(), self.arrays(rows)?);
                Ok(query.fetch_all(&mut **postgres).await?.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The rows in as few parts as there are texts for, each with its text.
    fn parts<'a, 'v>(
        &'static self,
        mut rows: &'a [Vec<Value<'v>>],
    ) -> impl Iterator<Item = (&'static str, &'a [Vec<Value<'v>>])> {
        std::iter::from_fn(move || {
            let at = SIZES.iter().position(|size| *size <= rows.len())?;
            let (part, rest) = rows.split_at(SIZES[at]);
            rows = rest;
            Some((self.sqlite[at].get_or_init(|| self.for_sqlite(SIZES[at])).as_str(), part))
        })
    }

    /// The text for SQLite and so many rows.
    pub(crate) fn for_sqlite(&self, size: usize) -> String {
        self.template
            .replace("{rows}", &self.values(size))
            .replace("{lock runs}", "")
            .replace("{hold tasks}", "")
    }

    fn for_postgres(&self) -> String {
        let text = self.template.replace("{rows}", &self.unnest());
        text.replace("{lock runs}", "FOR UPDATE OF runs").replace("{hold tasks}", "FOR KEY SHARE OF tasks")
    }

    fn values(&self, size: usize) -> String {
        let named = self.columns.iter().enumerate();
        let names: Vec<_> =
            named.map(|(place, (name, _))| format!("column{} AS {name}", place + 1)).collect();
        let row = format!("({})", vec!["?"; self.columns.len()].join(","));
        format!("(SELECT {} FROM (VALUES {})) AS rows", names.join(", "), vec![row; size].join(","))
    }

    fn unnest(&self) -> String {
        let array = |(place, (_, kind)): (usize, &(&str, Kind))| match kind {
            Kind::Text => format!("${}::text[]", place + 1),
            Kind::Int => format!("${}::bigint[]", place + 1),
            Kind::Real => format!("${}::float8[]", place + 1),
            Kind::Bool => format!("${}::boolean[]", place + 1),
            Kind::Bytes => format!("${}::bytea[]", place + 1),
        };
        let arrays: Vec<_> = self.columns.iter().enumerate().map(array).collect();
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        format!("UNNEST({}) AS rows ({})", arrays.join(", "), names.join(", "))
    }

    fn arrays(&self, rows: Vec<Vec<Value<'_>>>) -> Result<PgArguments> {
        let mut columns: Vec<Vec<Value<'_>>> =
            self.columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        let mut arguments = PgArguments::default();
        for ((name, kind), values) in self.columns.iter().zip(columns) {
            add_array(&mut arguments, name, *kind, &values)?;
        }
        Ok(arguments)
    }
}

fn add_array(
    arguments: &mut PgArguments,
    name: &'static str,
    kind: Kind,
    values: &[Value<'_>],
) -> Result<()> {
    macro_rules! array {
        ($variant:ident, $value:ident => $turn:expr) => {{
            let typed = values.iter().map(|value| match value {
                Value::$variant($value) => Ok($turn),
                _ => Err(Error::invalid(name, "was bound with another type than its column's")),
            });
            arguments.add(typed.collect::<Result<Vec<_>>>()?)
        }};
    }
    match kind {
        Kind::Text => array!(Text, value => value.as_deref()),
        Kind::Int => array!(Int, value => *value),
        Kind::Real => array!(Real, value => *value),
        Kind::Bool => array!(Bool, value => *value),
        Kind::Bytes => array!(Bytes, value => value.as_deref()),
    }
    .map_err(unencodable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Storage, StorageOptions};

    static ECHO: BatchSql = BatchSql::new(
        &[
            ("a", Kind::Int),
            ("b", Kind::Text),
            ("c", Kind::Real),
            ("d", Kind::Bool),
            ("e", Kind::Bytes),
            ("f", Kind::Text),
        ],
        "SELECT rows.a, rows.b, rows.c, rows.d, rows.e, rows.f FROM {rows} ORDER BY rows.a",
    );

    #[tokio::test]
    async fn every_row_of_a_batch_arrives_once_and_as_it_was_however_many_there_are() {
        let storage = Storage::open(&StorageOptions::new("sqlite::memory:")).await.unwrap();
        let mut connection = storage.read().await.unwrap();
        for count in [0, 1, 3, 8, 9, 63, 64, 65, 200] {
            let bytes = vec![0, 255, 7];
            let row = |n: i64| {
                vec![n.into(), "\"é\0".into(), 0.5.into(), true.into(), (&bytes).into(), Value::Text(None)]
            };
            let found = ECHO.run(&mut connection, (0..count).map(row).collect()).await.unwrap();
            assert_eq!(found.len() as i64, count);
            for (n, row) in found.iter().enumerate() {
                assert_eq!((row.int("a").unwrap(), row.text("b").unwrap()), (n as i64, "\"é\0".to_owned()));
                assert_eq!((row.get::<f64>("c").unwrap(), row.get::<bool>("d").unwrap()), (0.5, true));
                assert_eq!(
                    (row.get::<Vec<u8>>("e").unwrap(), row.opt_text("f").unwrap()),
                    (bytes.clone(), None)
                );
            }
        }
        drop(connection);
        storage.close().await;
    }
}
