//! RFC 9457 problem details: the one shape of every error.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// `application/problem+json`. `detail` is one sentence a person can act on; further members carry facts for programs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A URI for this kind of problem, or `about:blank`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The kind in a few words.
    #[serde(default)]
    pub title: String,
    /// The HTTP status again.
    #[serde(default)]
    pub status: u16,
    /// What happened and what to do about it.
    #[serde(default)]
    pub detail: String,
    /// A stable word for programs, e.g. `FIELD_INVALID`.
    #[serde(default)]
    pub code: String,
    /// The id to look for in the logs.
    #[serde(default)]
    pub request_id: String,
    /// What is wrong with which field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Facts beyond the standard members.
    #[serde(flatten)]
    #[schema(additional_properties, value_type = Object)]
    pub extra: Map<String, Value>,
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The path of the field, e.g. `metadata.tags[2]`.
    pub field: String,
    /// What it must be.
    pub message: String,
}
