//! `/experiences`: the log as JSON Lines, in and out.

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Deserialize;
use service_api::policy::{ExperienceLine, ImportReport};
use service_kit::Problem;
use service_kit::extract::{Json, Query, RawBody, parse_json};
use utoipa::IntoParams;

use crate::app::{State, experiences};

/// The deepest a line may nest; a line is flat.
const DEPTH_MAX: usize = 8;

/// Which part of the log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Range {
    /// Lines after this place; 0 for the beginning.
    #[param(minimum = 0)]
    after: i64,
    /// At most so many, 1–10,000. Default 1,000.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<usize>,
}

/// Appends outcomes of this system or another, one JSON object a line; all or none. Known lines are passed over.
#[utoipa::path(post, path = "/experiences", tag = "experiences",
    request_body(content((ExperienceLine = "application/x-ndjson"), (Vec<ExperienceLine> = "application/json"))),
    responses((status = 200, body = ImportReport), Problem))]
pub(crate) async fn import(
    Shared(state): Shared<State>,
    RawBody(body): RawBody,
) -> Result<Json<ImportReport>, Problem> {
    Ok(Json(experiences::import(&state, lines(&body)?).await?))
}

/// The log in the order in which the learner sees it. Continue with `after` = the `seq` of the last line.
#[utoipa::path(get, path = "/experiences", tag = "experiences", params(Range),
    responses((status = 200, body = ExperienceLine, content_type = "application/x-ndjson"), Problem))]
pub(crate) async fn export(
    Shared(state): Shared<State>,
    Query(range): Query<Range>,
) -> Result<Response, Problem> {
    let limit = range.limit.unwrap_or(1_000);
    if !(1..=experiences::LINES_MAX).contains(&limit) {
        return Err(Problem::invalid("limit", "must be from 1 to 10000"));
    }
    let mut text = String::new();
    for line in experiences::export(&state, range.after.max(0), limit).await? {
        text.push_str(&serde_json::to_string(&line).map_err(|error| Problem::internal(&error))?);
        text.push('\n');
    }
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], text).into_response())
}

/// One object, an array of objects, or an object a line.
fn lines(body: &[u8]) -> Result<Vec<ExperienceLine>, Problem> {
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return parse_json(body, DEPTH_MAX);
    }
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.map(|line| parse_json(line, DEPTH_MAX)).collect()
}
