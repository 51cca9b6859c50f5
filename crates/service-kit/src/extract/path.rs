//! Parameters in the path of a request.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::nul;
use crate::problem::{self, Problem};
use crate::wording;

/// Path parameters as a type: one value, a tuple in order, or a struct by name.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.path().contains("%00") {
            refuse_nul(parts, state).await?;
        }
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(refused)
    }
}

async fn refuse_nul<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<(), Problem> {
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| not_utf8())?;
    match params.iter().find(|(_, value)| value.contains('\0')) {
        Some((name, _)) => Err(Problem::invalid(name, nul::MESSAGE)),
        None => Ok(()),
    }
}

fn not_utf8() -> Problem {
    Problem::unreadable("the path is not UTF-8")
}

fn refused(rejection: PathRejection) -> Problem {
    let PathRejection::FailedToDeserializePathParams(error) = rejection else {
        return problem::of_status(StatusCode::INTERNAL_SERVER_ERROR);
    };
    match error.into_kind() {
        ErrorKind::InvalidUtf8InPathParam { .. } => not_utf8(),
        ErrorKind::ParseErrorAtKey { key, expected_type, .. } => {
            Problem::invalid(key, wording::sentence(&format!("cannot be read, expected {expected_type}")))
        }
        ErrorKind::DeserializeError { key, message, .. } => {
            Problem::invalid(key, wording::sentence(&message))
        }
        ErrorKind::ParseErrorAtIndex { expected_type, .. } | ErrorKind::ParseError { expected_type, .. } => {
            Problem::invalid("path", wording::sentence(&format!("cannot be read, expected {expected_type}")))
        }
        ErrorKind::Message(message) => Problem::invalid("path", wording::sentence(&message)),
        _ => problem::of_status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
