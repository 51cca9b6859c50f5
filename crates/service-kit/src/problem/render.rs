//! A problem as an HTTP answer and as part of an OpenAPI document.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use utoipa::openapi::{Content, RefOr, ResponseBuilder, schema::Ref};
use utoipa::{IntoResponses, openapi};

use super::Problem;
use crate::context;

const MEDIA_TYPE: &str = "application/problem+json";

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        self.0.body.request_id = context::request_id().unwrap_or_default();
        let text = serde_json::to_vec(&self.0.body).unwrap_or_default();
        let mut response = (self.0.status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        for (name, value) in self.0.headers {
            headers.insert(name, value);
        }
        response
    }
}

/// True when an error answer was not made from a [`Problem`]: then its text must not reach the caller.
pub(crate) fn is_foreign(response: &Response) -> bool {
    let error = response.status().is_client_error() || response.status().is_server_error();
    error
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

/// The problem for a status about which nothing more is known.
pub fn of_status(status: StatusCode) -> Problem {
    let (code, detail) = match status {
        StatusCode::BAD_REQUEST => ("UNREADABLE", "the request cannot be read"),
        StatusCode::NOT_FOUND => ("NOT_FOUND", "there is nothing at this path"),
        StatusCode::METHOD_NOT_ALLOWED => (
            "METHOD_NOT_ALLOWED",
            "this path does not take this method; the Allow header lists those it takes",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ("TOO_LARGE", "the request body is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("UNSUPPORTED_MEDIA_TYPE", "send the body as application/json"),
        StatusCode::UNPROCESSABLE_ENTITY => ("FIELD_INVALID", "a field of the request is wrong"),
        StatusCode::TOO_MANY_REQUESTS => {
            ("RATE_LIMITED", "too many requests; wait as long as Retry-After says")
        }
        StatusCode::REQUEST_TIMEOUT => ("BODY_TIMEOUT", "the request body took too long to arrive"),
        StatusCode::SERVICE_UNAVAILABLE => ("UNAVAILABLE", "the service cannot answer now; try again"),
        status if status.is_server_error() => return Problem::bug().with_status(status),
        _ => ("REFUSED", "the request was refused"),
    };
    Problem::new(status, code, detail)
}

impl Problem {
    fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self.0.body.status = status.as_u16();
        self
    }
}

/// `responses((status = 200, …), Problem)` documents the errors every route can answer.
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let described = [
            ("4XX", "The request cannot be done as sent"),
            ("5XX", "The service or something it needs failed"),
        ];
        described.into_iter().map(|(status, text)| (status.to_owned(), RefOr::T(response(text)))).collect()
    }
}

fn response(text: &str) -> openapi::Response {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new().description(text).content(MEDIA_TYPE, content).build()
}
