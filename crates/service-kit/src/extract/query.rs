//! Parameters in the query of a request. A parameter may be repeated where a list is expected: `?status=queued&status=running`.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::form::{self, Form};
use crate::problem::Problem;
use crate::wording;

/// Query parameters as a struct. `#[serde(flatten)]` works for texts only: what is inside cannot know that a text is a number.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Reads a query string (without its question mark).
pub fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = form::pairs(query)?;
    serde_path_to_error::deserialize(Form::new(pairs)).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        let path = if path == "." { "" } else { path.as_str() };
        Problem::invalid(wording::field(path, &message), wording::sentence(&message))
    })
}
