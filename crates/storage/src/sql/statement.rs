//! A statement with its values.

use std::borrow::Cow;

use sqlx::Arguments;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::{Connection, Row, Value};
use crate::{Error, Result};

/// A statement under construction; nothing happens before [`Self::execute`] or [`Self::rows`].
pub(crate) struct Statement {
    text: SqlStr,
    values: Vec<Value<'static>>,
}

/// A statement written in this crate.
pub(crate) fn sql(text: &'static str) -> Statement {
    Statement { text: text.into_sql_str(), values: Vec::new() }
}

/// A statement put together at run time, out of pieces written in this crate and never out of input.
pub(crate) fn built(text: String) -> Statement {
    Statement { text: AssertSqlSafe(text).into_sql_str(), values: Vec::new() }
}

impl Statement {
    /// Binds the next parameter. After LIMIT it stands as `CAST($n AS BIGINT)` in what is asked again and again: SQLite looks into a
    /// bare one while it plans, and therefore prepares the statement again for every execution.
    pub(crate) fn bind<'a>(mut self, value: impl Into<Value<'a>>) -> Self {
        self.values.push(value.into().into_owned());
        self
    }

    /// Binds the next parameters.
    pub(crate) fn bind_all<'a>(mut self, values: impl IntoIterator<Item = Value<'a>>) -> Self {
        self.values.extend(values.into_iter().map(Value::into_owned));
        self
    }

    /// Runs it for its effect; returns how many rows it changed.
    pub(crate) async fn execute(self, connection: &mut Connection) -> Result<u64> {
        Ok(match connection {
            Connection::Inline(inline) => {
                inline.execute(self.text.as_str(), |place| self.values.get(place))?
            }
            Connection::Sqlite(sqlite) => {
                let query = sqlx::query_with::<Sqlite, _>(self.text, sqlite_arguments(self.values)?);
                query.execute(&mut **sqlite).await?.rows_affected()
            }
            Connection::Postgres(postgres) => {
                let query = sqlx::query_with::<Postgres, _>(self.text, postgres_arguments(self.values)?);
                query.execute(&mut **postgres).await?.rows_affected()
            }
        })
    }

    /// Runs it for its rows.
    pub(crate) async fn rows(self, connection: &mut Connection) -> Result<Vec<Row>> {
        Ok(match connection {
            Connection::Inline(inline) => {
                let rows = inline.rows(self.text.as_str(), |place| self.values.get(place))?;
                rows.into_iter().map(Row::Inline).collect()
            }
            Connection::Sqlite(sqlite) => {
                let query = sqlx::query_with::<Sqlite, _>(self.text, sqlite_arguments(self.values)?);
                query.fetch_all(&mut **sqlite).await?.into_iter().map(Row::Sqlite).collect()
            }
            Connection::Postgres(postgres) => {
                let query = sqlx::query_with::<Postgres, _>(self.text, postgres_arguments(self.values)?);
                query.fetch_all(&mut **postgres).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Runs it for its only row, if it has one.
    pub(crate) async fn row(self, connection: &mut Connection) -> Result<Option<Row>> {
        Ok(self.rows(connection).await?.into_iter().next())
    }
}

fn sqlite_arguments(values: Vec<Value<'_>>) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Text(v) => Arguments::add(&mut arguments, v.map(Cow::into_owned)),
            Value::Int(v) => Arguments::add(&mut arguments, v),
            Value::Real(v) => Arguments::add(&mut arguments, v),
            Value::Bool(v) => Arguments::add(&mut arguments, v),
            Value::Bytes(v) => Arguments::add(&mut arguments, v.map(Cow::into_owned)),
        }
        .map_err(unencodable)?;
    }
    Ok(arguments)
}

fn postgres_arguments(values: Vec<Value<'_>>) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Text(v) => arguments.add(v.as_deref()),
            Value::Int(v) => arguments.add(v),
            Value::Real(v) => arguments.add(v),
            Value::Bool(v) => arguments.add(v),
            Value::Bytes(v) => arguments.add(v.as_deref()),
        }
        .map_err(unencodable)?;
    }
    Ok(arguments)
}

pub(super) fn unencodable(error: sqlx::error::BoxDynError) -> Error {
    Error::Bug(error)
}
