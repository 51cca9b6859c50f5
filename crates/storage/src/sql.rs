//! One SQL text for both databases: `$1` parameters, a small set of types, rows read by column name.
//!
//! Knows no table.

pub(crate) mod batch;
pub(crate) mod conditions;
pub(crate) mod connection;
pub(crate) mod inline;
pub(crate) mod row;
pub(crate) mod statement;
pub(crate) mod value;

pub(crate) use batch::BatchSql;
pub(crate) use conditions::Conditions;
pub(crate) use connection::Connection;
pub(crate) use inline::Inline;
pub(crate) use row::Row;
pub(crate) use statement::{built, sql};
pub(crate) use value::{Kind as Type, Value};
