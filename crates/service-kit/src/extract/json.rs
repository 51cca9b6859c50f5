//! JSON in and out.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{body, nul};
use crate::config::Limits;
use crate::problem::Problem;
use crate::{context, wording};

/// A JSON body as an argument of a handler, or as its answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// As [`Json`], but no body at all means the default: for actions whose options are optional.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonOrDefault<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        check_content_type(request.headers())?;
        parse_json(&body::read(request.into_body()).await?, max_depth()).map(Self)
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for JsonOrDefault<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, content) = request.into_parts();
        let bytes = body::read(content).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        check_content_type(&parts.headers)?;
        parse_json(&bytes, max_depth()).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(text) => {
                ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
            }
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

/// Outside a served call (in tests of one handler) the default of `config/default.toml` applies.
const DEFAULT_MAX_DEPTH: usize = 64;

fn max_depth() -> usize {
    context::with(|context| Arc::<Limits>::clone(&context.limits))
        .map_or(DEFAULT_MAX_DEPTH, |limits| limits.json_max_depth)
}

/// JSON, or nothing said: some clients send JSON without naming it.
fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let json = kind.eq_ignore_ascii_case("application/json")
        || kind.rsplit_once('+').is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("json"));
    if json {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UNSUPPORTED_MEDIA_TYPE",
        "send the body as JSON with the header Content-Type: application/json (curl -d alone sends a form)",
    ))
}

/// Reads one JSON document with at most `max_depth` levels of nesting.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8], max_depth: usize) -> Result<T, Problem> {
    if bytes.is_empty() {
        return Err(Problem::unreadable("the body is empty; it should be a JSON document"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::unreadable(format!("the body is not UTF-8 after byte {}", error.valid_up_to()))
    })?;
    if is_deeper(bytes, max_depth) {
        return Err(Problem::unreadable(format!(
            "the JSON document is nested more than {max_depth} levels deep"
        ))
        .code("TOO_DEEP"));
    }
    nul::refuse(text)?;
    // Keeping track of the path takes longer than the reading itself, so only what is wrong is read that way.
    serde_json::from_str(text).map_err(|error| where_wrong::<T>(text, &error))
}

fn where_wrong<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Problem {
    match serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(text)) {
        Err(found) => refused(&found.path().to_string(), found.inner()),
        Ok(_) => refused("", error),
    }
}

fn refused(path: &str, error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let path = if path == "." { "" } else { path };
    match error.classify() {
        Category::Data => Problem::invalid(wording::field(path, &message), wording::sentence(&message)),
        _ if message.starts_with("number out of range") => Problem::invalid(path, "the number is too large"),
        _ => Problem::unreadable(format!("the body is not valid JSON: {message}")),
    }
}

/// Counting brackets is enough for nearly every document; only one with very many is looked at properly.
fn is_deeper(bytes: &[u8], max_depth: usize) -> bool {
    // Both brackets are the same but for this bit, and one comparison is what a compiler makes vectors of.
    let opening = bytes.iter().filter(|&&byte| byte | 0x20 == b'{').count();
    opening > max_depth && deepest(bytes) > max_depth
}

fn deepest(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut rest),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn skip_string(rest: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => drop(rest.next()),
            b'"' => return,
            _ => {}
        }
    }
}
