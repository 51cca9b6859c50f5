//! The values that are bound: five types, each with its own NULL, because PostgreSQL wants to know the type of a NULL.

use std::borrow::Cow;

use task_model::{
    AgentId, Attempt, DecisionId, Fence, MicroUsd, Micros, Priority, ScheduleId, TaskId, TenantId,
};

/// The types of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Real,
    Bool,
    Bytes,
}

/// A value on its way into a statement; texts and bytes are borrowed where that saves a copy.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Text(Option<Cow<'a, str>>),
    Int(Option<i64>),
    Real(Option<f64>),
    Bool(Option<bool>),
    Bytes(Option<Cow<'a, [u8]>>),
}

impl Value<'_> {
    /// The same value, borrowing nothing.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Text(value) => Value::Text(value.map(|text| Cow::Owned(text.into_owned()))),
            Self::Int(value) => Value::Int(value),
            Self::Real(value) => Value::Real(value),
            Self::Bool(value) => Value::Bool(value),
            Self::Bytes(value) => Value::Bytes(value.map(|bytes| Cow::Owned(bytes.into_owned()))),
        }
    }
}

macro_rules! from {
    ($($source:ty => $variant:ident ($value:ident) $turn:expr;)*) => {$(
        impl<'a> From<$source> for Value<'a> {
            fn from($value: $source) -> Self {
                Self::$variant(Some($turn))
            }
        }

        impl<'a> From<Option<$source>> for Value<'a> {
            fn from(value: Option<$source>) -> Self {
                Self::$variant(value.map(|$value| $turn))
            }
        }
    )*};
}

from! {
    &'a str => Text(v) Cow::Borrowed(v);
    String => Text(v) Cow::Owned(v);
    &'a String => Text(v) Cow::Borrowed(v.as_str());
    &'a TaskId => Text(v) Cow::Borrowed(v.as_str());
    &'a AgentId => Text(v) Cow::Borrowed(v.as_str());
    &'a ScheduleId => Text(v) Cow::Borrowed(v.as_str());
    &'a TenantId => Text(v) Cow::Borrowed(v.as_str());
    &'a DecisionId => Text(v) Cow::Borrowed(v.as_str());
    i64 => Int(v) v;
    Micros => Int(v) v.0;
    Attempt => Int(v) v.0;
    Fence => Int(v) v.0;
    MicroUsd => Int(v) v.0;
    Priority => Int(v) i64::from(v.get());
    usize => Int(v) i64::try_from(v).unwrap_or(i64::MAX);
    f64 => Real(v) v;
    bool => Bool(v) v;
    &'a Vec<u8> => Bytes(v) Cow::Borrowed(v.as_slice());
    &serde_json::Value => Text(v) Cow::Owned(v.to_string());
}
