//! A JSON schema as its author wrote it. Nobody between author and model reads it, so it travels as text: the order of its members,
//! which some models follow in what they write, is kept, and copying it costs nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// A schema, or whatever JSON stands in its place.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schema(Arc<RawValue>);

impl Schema {
    /// The JSON text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// The members of an object, each as it was written.
    pub fn members(&self) -> Option<BTreeMap<String, Self>> {
        serde_json::from_str(self.text()).ok()
    }

    /// An object of `members`.
    pub fn of_members(members: &BTreeMap<String, Self>) -> Self {
        Self(to_raw_value(members).expect("texts of JSON make JSON").into())
    }

    /// Whether it is an object, as a schema must be.
    pub fn is_object(&self) -> bool {
        self.text().starts_with('{')
    }
}

impl From<&Value> for Schema {
    fn from(value: &Value) -> Self {
        Self(to_raw_value(value).expect("a JSON value has a text").into())
    }
}

/// The same text.
impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}
