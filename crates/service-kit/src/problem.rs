//! Errors on the wire: RFC 9457 problem documents. Every answer of 400 and above is one of these.
//!
//! Knows no error type of any service; each service turns its own errors into problems in one file.

mod render;

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};
use service_api::problem::Problem as Document;

pub use service_api::problem::FieldError;

pub(crate) use render::is_foreign;
pub use render::of_status;

/// A problem document, ready to be an answer. One pointer wide, so that `Result<T, Problem>` stays small.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    body: Document,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with `code` in capitals (`TASK_NOT_FOUND`) and one sentence that a person can act on.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let body = Document {
            // With `about:blank` the title is the name of the status, and `code` is what programs look at (RFC 9457, 4.2.1).
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into().into_owned(),
            code: code.into().into_owned(),
            request_id: String::new(),
            errors: Vec::new(),
            extra: Map::new(),
        };
        Self(Box::new(Parts { status, body, headers: Vec::new() }))
    }

    /// 400: the request cannot be read.
    pub fn unreadable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "UNREADABLE", detail)
    }

    /// 422: the request can be read, but one field is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        let detail = if field.is_empty() { message.clone() } else { format!("{field}: {message}") };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "FIELD_INVALID", detail).field(field, message)
    }

    /// 422 with several wrong fields.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let named: Vec<_> =
            errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "FIELD_INVALID", named.join("; "));
        problem.0.body.errors = errors;
        problem
    }

    /// 404: `what` names the thing, for example `task "t1"`.
    pub fn not_found(what: impl AsRef<str>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is no {}", what.as_ref()))
    }

    /// 409: the request contradicts what is stored.
    pub fn conflict(code: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 401: no key, or one that is not known.
    pub fn unauthorized(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", detail)
            .header(http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403: the key is known but may not do this.
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", detail)
    }

    /// 503: something this service needs does not answer; worth trying again after `retry_after`.
    pub fn unavailable(detail: impl Into<Cow<'static, str>>, retry_after: Duration) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", detail).retry_after(retry_after)
    }

    /// 500: our bug. Logs the error with its causes, here and only here; the caller sees none of it.
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        let causes: Vec<_> =
            std::iter::successors(error.source(), |&cause| cause.source()).map(ToString::to_string).collect();
        tracing::error!(error = %error, causes = causes.join(": "), "a request failed inside this service");
        Self::bug()
    }

    /// 500 without anything to log.
    pub(crate) fn bug() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "the service failed at this request; report the request id to its operator",
        )
    }

    /// Replaces the code.
    #[must_use]
    pub fn code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.body.code = code.into().into_owned();
        self
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.body.errors.push(FieldError { field: field.into(), message: message.into() });
        self
    }

    /// Says in which part of the request it is: `[17]` makes `reward` the field `[17].reward`.
    #[must_use]
    pub fn within(mut self, part: &str) -> Self {
        let body = &mut self.0.body;
        for error in &mut body.errors {
            let dot = if error.field.is_empty() { "" } else { "." };
            error.field = format!("{part}{dot}{}", error.field);
        }
        body.detail = format!("{part}: {}", body.detail);
        self
    }

    /// Adds a member at the top level of the document.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.body.extra.insert(member.to_owned(), value.into());
        self
    }

    /// Says when to try again, in whole seconds, at least one.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        self.header(http::header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The document without its request id, which is known only when it is rendered.
    pub fn body(&self) -> &Document {
        &self.0.body
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.0.status.as_u16(), self.0.body.code, self.0.body.detail)
    }
}

impl Error for Problem {}

#[cfg(test)]
mod tests;
