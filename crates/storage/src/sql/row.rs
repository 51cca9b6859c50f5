//! A row on its way out, read by column name into the types of the domain.

use rusqlite::types::FromSql;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{Decode, Row as _, Type};
use task_model::{AgentId, Attempt, Blame, DecisionId, Fence, Invalid, MicroUsd, Micros, Priority, TaskId};

use super::inline::InlineRow;
use crate::{Error, Result};

/// A row of any connection.
pub(crate) enum Row {
    Inline(InlineRow),
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column, in one of the five types or an `Option` of it.
    pub(crate) fn get<'r, T>(&'r self, column: &str) -> Result<T>
    where
        T: FromSql + Decode<'r, Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        // SQLite types values, not columns, so only PostgreSQL can check more than the conversion itself.
        let value = match self {
            Self::Inline(row) => return row.get(column),
            Self::Sqlite(row) => row.try_get_unchecked(column),
            Self::Postgres(row) => row.try_get(column),
        };
        value.map_err(|error| Error::Corrupt(error.to_string()))
    }

    pub(crate) fn text(&self, column: &str) -> Result<String> {
        self.get(column)
    }

    pub(crate) fn opt_text(&self, column: &str) -> Result<Option<String>> {
        self.get(column)
    }

    pub(crate) fn int(&self, column: &str) -> Result<i64> {
        self.get(column)
    }

    pub(crate) fn opt_int(&self, column: &str) -> Result<Option<i64>> {
        self.get(column)
    }

    /// A word that `parse` turns into a type of the domain.
    pub(crate) fn word<T>(&self, column: &str, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Result<T> {
        parse(&self.text(column)?).map_err(|why| Error::Corrupt(format!("{column} {why}")))
    }

    pub(crate) fn opt_word<T>(
        &self,
        column: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Result<Option<T>> {
        let word = self.opt_text(column)?.map(|word| parse(&word)).transpose();
        word.map_err(|why| Error::Corrupt(format!("{column} {why}")))
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T> {
        let text = self.text(column)?;
        serde_json::from_str(&text).map_err(|why| Error::Corrupt(format!("{column}: {why}")))
    }

    pub(crate) fn task_id(&self) -> Result<TaskId> {
        self.word("task_id", |raw| TaskId::parse(raw))
    }

    pub(crate) fn agent_id(&self, column: &str) -> Result<AgentId> {
        self.word(column, |raw| AgentId::parse(raw))
    }

    pub(crate) fn decision_id(&self, column: &str) -> Result<DecisionId> {
        self.word(column, |raw| DecisionId::parse(raw))
    }

    pub(crate) fn attempt(&self, column: &str) -> Result<Attempt> {
        self.int(column).map(Attempt)
    }

    pub(crate) fn fence(&self, column: &str) -> Result<Fence> {
        self.int(column).map(Fence)
    }

    pub(crate) fn micros(&self, column: &str) -> Result<Micros> {
        self.int(column).map(Micros)
    }

    pub(crate) fn opt_micros(&self, column: &str) -> Result<Option<Micros>> {
        Ok(self.opt_int(column)?.map(Micros))
    }

    pub(crate) fn money(&self, column: &str) -> Result<MicroUsd> {
        self.int(column).map(MicroUsd)
    }

    pub(crate) fn opt_money(&self, column: &str) -> Result<Option<MicroUsd>> {
        Ok(self.opt_int(column)?.map(MicroUsd))
    }

    pub(crate) fn priority(&self, column: &str) -> Result<Priority> {
        Priority::new(self.int(column)?).map_err(|why| Error::Corrupt(format!("{column} {why}")))
    }

    pub(crate) fn blame(&self, column: &str) -> Result<Option<Blame>> {
        self.opt_word(column, Blame::parse)
    }
}
