//! The values that are bound: five types, each with its own NULL, because PostgreSQL wants to know the type of a NULL.

use serde::{Serialize, Serializer};
use task_model::{AgentId, Attempt, DecisionId, Fence, MicroUsd, Micros, Priority, TaskId};

/// The types of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Real,
    Bool,
    Bytes,
}

/// A value on its way into a statement.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Real(Option<f64>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// As `jsonb_each` hands it to SQLite: booleans as 0 and 1, bytes as hex.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(value) => value.serialize(out),
            Self::Int(value) => value.serialize(out),
            Self::Real(value) => value.serialize(out),
            Self::Bool(value) => value.map(i64::from).serialize(out),
            Self::Bytes(value) => value.as_deref().map(hex).serialize(out),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]);
    digits.map(char::from).collect()
}

macro_rules! from {
    ($($source:ty => $variant:ident ($value:ident) $turn:expr;)*) => {$(
        impl From<$source> for Value {
            fn from($value: $source) -> Self {
                Self::$variant(Some($turn))
            }
        }

        impl From<Option<$source>> for Value {
            fn from(value: Option<$source>) -> Self {
                Self::$variant(value.map(|$value| $turn))
            }
        }
    )*};
}

from! {
    &str => Text(v) v.to_owned();
    String => Text(v) v;
    &String => Text(v) v.clone();
    &TaskId => Text(v) v.as_str().to_owned();
    &AgentId => Text(v) v.as_str().to_owned();
    &DecisionId => Text(v) v.as_str().to_owned();
    i64 => Int(v) v;
    Micros => Int(v) v.0;
    Attempt => Int(v) v.0;
    Fence => Int(v) v.0;
    MicroUsd => Int(v) v.0;
    Priority => Int(v) i64::from(v.get());
    usize => Int(v) i64::try_from(v).unwrap_or(i64::MAX);
    f64 => Real(v) v;
    bool => Bool(v) v;
    &Vec<u8> => Bytes(v) v.clone();
    &serde_json::Value => Text(v) v.to_string();
}
