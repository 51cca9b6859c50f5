//! The state of a dependency, and of a service as a whole.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All is well.
    Healthy,
    /// It works, but less well.
    Degraded,
    /// It does not work.
    Down,
}

/// The state of one dependency.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dependency {
    /// How it is.
    pub status: Status,
    /// One sentence for the operator; it must hold no secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Facts: versions, lengths of queues.
    #[serde(flatten)]
    #[schema(additional_properties, value_type = Object)]
    pub facts: Map<String, Value>,
}

impl Dependency {
    /// All is well.
    pub fn healthy() -> Self {
        Self { status: Status::Healthy, detail: None, facts: Map::new() }
    }

    /// It works, but less well.
    pub fn degraded(detail: impl Into<String>) -> Self {
        Self { status: Status::Degraded, detail: Some(detail.into()), facts: Map::new() }
    }

    /// It does not work.
    pub fn down(detail: impl Into<String>) -> Self {
        Self { status: Status::Down, detail: Some(detail.into()), facts: Map::new() }
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}
