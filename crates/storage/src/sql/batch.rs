//! Many rows in one statement: the rows come in as a table called `rows`.
//!
//! On SQLite that table is `jsonb_each` over one JSON text, on PostgreSQL `UNNEST` over one array per column: each
//! was the fastest way measured, and neither makes a new statement for every number of rows.

use std::sync::OnceLock;

use sqlx::Arguments;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::sqlite::Sqlite;

use futures::future::Either;

use super::statement::unencodable;
use super::value::Kind;
use super::{Connection, Row, Value};
use crate::{Error, Result};

/// A statement over `{rows}`. `{lock runs}` locks the rows of `runs` that it reads, and `{hold tasks}` keeps those of `tasks`
/// from being stopped, where that needs saying.
pub(crate) struct BatchSql {
    columns: &'static [(&'static str, Kind)],
    template: &'static str,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl BatchSql {
    /// `template` names the table as `{rows}`; its columns are `columns`, in this order in every row.
    pub(crate) const fn new(columns: &'static [(&'static str, Kind)], template: &'static str) -> Self {
        Self { columns, template, sqlite: OnceLock::new(), postgres: OnceLock::new() }
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
        Ok(match connection {
            Connection::Sqlite(sqlite) => {
                let text = self.sqlite.get_or_init(|| self.for_sqlite());
                let json = serde_json::to_string(&rows).map_err(|e| unencodable(e.into()))?;
                let query = sqlx::query::<Sqlite>(text.as_str()).bind(json);
                query.fetch_all(&mut **sqlite).await?.into_iter().map(Either::Left).map(Row).collect()
            }
            Connection::Postgres(postgres) => {
                let text = self.postgres.get_or_init(|| self.for_postgres());
                let query = sqlx::query_with::<Postgres, _>(text.as_str(), self.arrays(rows)?);
                query.fetch_all(&mut **postgres).await?.into_iter().map(Either::Right).map(Row).collect()
            }
        })
    }

    /// The text for SQLite.
    pub(crate) fn for_sqlite(&self) -> String {
        self.template
            .replace("{rows}", &self.jsonb_each())
            .replace("{lock runs}", "")
            .replace("{hold tasks}", "")
    }

    fn for_postgres(&self) -> String {
        let text = self.template.replace("{rows}", &self.unnest());
        text.replace("{lock runs}", "FOR UPDATE OF runs").replace("{hold tasks}", "FOR KEY SHARE OF tasks")
    }

    fn jsonb_each(&self) -> String {
        let column = |(place, (name, kind)): (usize, &(&str, Kind))| match kind {
            Kind::Bytes => format!("unhex(value ->> {place}) AS {name}"),
            _ => format!("value ->> {place} AS {name}"),
        };
        let columns: Vec<_> = self.columns.iter().enumerate().map(column).collect();
        format!("(SELECT {} FROM jsonb_each($1)) AS rows", columns.join(", "))
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
