//! The members of a problem document.

use std::borrow::Cow;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// RFC 9457 problem details. `type` is always `about:blank`: `code` is what programs should look at.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URI for the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: Cow<'static, str>,
    /// The name of the status.
    #[schema(example = "Unprocessable Entity")]
    pub title: Cow<'static, str>,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// One sentence that a person can act on.
    #[schema(example = "priority: invalid value: integer `11`; allowed: a whole number from 1 to 10")]
    pub detail: Cow<'static, str>,
    /// What a program should look at.
    #[schema(example = "INVALID")]
    pub code: Cow<'static, str>,
    /// The id of the request, also in the header `X-Request-Id` and in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Facts of this problem.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Path of the field: `metadata.labels[2]`.
    #[schema(example = "priority")]
    pub field: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl ProblemBody {
    pub(super) fn new(status: StatusCode, code: Cow<'static, str>, detail: Cow<'static, str>) -> Self {
        Self {
            kind: Cow::Borrowed("about:blank"),
            title: Cow::Borrowed(status.canonical_reason().unwrap_or("Error")),
            status: status.as_u16(),
            detail,
            code,
            request_id: None,
            errors: Vec::new(),
            extra: Map::new(),
        }
    }
}
