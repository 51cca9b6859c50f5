//! Bodies in the words of other protocols, and errors as their clients read them.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use service_kit::Problem;
use service_kit::extract::{Json, parse_json};

use crate::Error;

/// The depth of a document was looked at when it came in.
const ANY_DEPTH: usize = 120;

/// A JSON body as an argument of a handler; refusals are [`shaped`].
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(value) = Json::from_request(request, state).await.map_err(shaped)?;
        Ok(Self(value))
    }
}

/// A JSON body as it came, and what must be known of it to find who answers.
pub struct Document {
    /// All of it.
    pub bytes: Bytes,
    /// The model; `default` when none is named.
    pub model: String,
    /// Whether the answer comes in pieces.
    pub stream: bool,
    /// How freely the model chooses its words, if that is said.
    pub temperature: Option<f64>,
}

#[derive(Deserialize)]
struct Outline {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    stream: Option<bool>,
    /// Of whatever type: who answers will refuse what is no number.
    #[serde(default)]
    temperature: Value,
}

impl<S: Send + Sync> FromRequest<S> for Document {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Sent(raw) = Sent::<Box<RawValue>>::from_request(request, state).await?;
        let outline: Outline = parse_json(raw.get().as_bytes(), ANY_DEPTH).map_err(shaped)?;
        Ok(Self {
            bytes: Bytes::from(String::from(Box::<str>::from(raw))),
            model: outline.model.ok_or_else(|| shaped(Problem::invalid("model", "is missing")))?,
            stream: outline.stream == Some(true),
            temperature: outline.temperature.as_f64(),
        })
    }
}

/// Reads a document as one of our types.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    parse_json(bytes, ANY_DEPTH).map_err(|problem| {
        let body = problem.body();
        let first = body.errors.first();
        let (field, message) = first.map_or(("", &body.detail), |error| (&*error.field, &error.message));
        Error::field(field, message.clone())
    })
}

/// The problem with an `error` member, where the clients of OpenAI and Anthropic look for what was wrong.
pub fn shaped(problem: impl Into<Problem>) -> Problem {
    let problem = problem.into();
    let body = problem.body();
    let kind = match body.status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        500 => "api_error",
        503 => "overloaded_error",
        _ => "invalid_request_error",
    };
    let param = body.errors.first().map(|error| error.field.clone());
    let error = json!({ "message": body.detail, "type": kind, "param": param, "code": body.code });
    problem.with("error", error)
}

/// A JSON body that is already text.
pub fn whole(bytes: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}
