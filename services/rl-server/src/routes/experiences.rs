//! `/experiences`: the log as JSON Lines or as a Parquet file, in and out.

mod json_lines;
#[cfg(feature = "parquet")]
mod parquet;

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use serde::Deserialize;
use service_api::policy::ExperienceFormat::{self, Jsonl, Parquet};
use service_api::policy::{ExperienceLine, ImportReport};
use service_kit::Problem;
use service_kit::extract::{BodyPieces, Json, Query};
use utoipa::IntoParams;

use crate::app::{State, experiences};

/// Which part of the log, and how it is written down.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Range {
    /// Lines after this place; 0 for the beginning.
    #[param(minimum = 0)]
    after: i64,
    /// At most so many. JSON Lines: 1–10,000, default 1,000. Parquet: all there are unless said.
    #[param(minimum = 1)]
    limit: Option<usize>,
    /// Wins over the header `Accept`; default `jsonl`.
    #[param(inline)]
    format: Option<ExperienceFormat>,
}

/// Appends outcomes of this system or another: one JSON object a line, an array of them, or a Parquet file. Known lines are
/// passed over, so the same again is harmless. Taken in portions of 1,000; a line that cannot be taken refuses its portion and
/// all that follows, and the answer says how many were taken before.
#[utoipa::path(post, path = "/experiences", tag = "experiences",
    request_body(content((ExperienceLine = "application/x-ndjson"), (Vec<ExperienceLine> = "application/json"),
        (Vec<u8> = "application/vnd.apache.parquet"))),
    responses((status = 200, body = ImportReport), Problem))]
pub(crate) async fn import(
    Shared(state): Shared<State>,
    headers: HeaderMap,
    body: BodyPieces,
) -> Result<Json<ImportReport>, Problem> {
    let mut import = experiences::Import::new(&state);
    let taken = match names_parquet(&headers, header::CONTENT_TYPE) {
        true => from_parquet(body, &mut import).await,
        false => json_lines::take(body, &mut import).await,
    };
    match taken {
        Ok(()) => Ok(Json(import.end()?)),
        // What was committed before is no secret: the rest may be corrected and sent alone, or everything again.
        Err(problem) => {
            Err(problem.with("imported", import.report.imported).with("known", import.report.known))
        }
    }
}

/// The log in the order in which the learner sees it. JSON Lines: continue with `after` = the `seq` of the last line.
#[utoipa::path(get, path = "/experiences", tag = "experiences", params(Range),
    responses((status = 200, content((ExperienceLine = "application/x-ndjson"), (Vec<u8> = "application/vnd.apache.parquet"))),
        Problem))]
pub(crate) async fn export(
    Shared(state): Shared<State>,
    headers: HeaderMap,
    Query(range): Query<Range>,
) -> Result<Response, Problem> {
    let accepted = if names_parquet(&headers, header::ACCEPT) { Parquet } else { Jsonl };
    match range.format.unwrap_or(accepted) {
        Jsonl => as_json_lines(&state, &range).await,
        Parquet => as_parquet(state, &range).await,
    }
}

async fn as_json_lines(state: &State, range: &Range) -> Result<Response, Problem> {
    let limit = range.limit.unwrap_or(1_000);
    if !(1..=experiences::LINES_MAX).contains(&limit) {
        return Err(Problem::invalid("limit", "must be from 1 to 10000"));
    }
    let lines = experiences::export(state, range.after.max(0), limit).await?;
    Ok(([(header::CONTENT_TYPE, Jsonl.media_type())], json_lines::text(&lines)?).into_response())
}

#[cfg(feature = "parquet")]
async fn as_parquet(state: State, range: &Range) -> Result<Response, Problem> {
    if range.limit == Some(0) {
        return Err(Problem::invalid("limit", "must be at least 1"));
    }
    let file = parquet::export(state, range.after.max(0), range.limit).await?;
    let headers = [
        (header::CONTENT_TYPE, Parquet.media_type()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"experiences.parquet\""),
    ];
    Ok((headers, file).into_response())
}

#[cfg(feature = "parquet")]
async fn from_parquet(body: BodyPieces, import: &mut experiences::Import<'_>) -> Result<(), Problem> {
    parquet::take(body, import).await
}

#[cfg(not(feature = "parquet"))]
async fn as_parquet(_: State, _: &Range) -> Result<Response, Problem> {
    Err(not_built(http::StatusCode::NOT_ACCEPTABLE))
}

#[cfg(not(feature = "parquet"))]
async fn from_parquet(_: BodyPieces, _: &mut experiences::Import<'_>) -> Result<(), Problem> {
    Err(not_built(http::StatusCode::UNSUPPORTED_MEDIA_TYPE))
}

#[cfg(not(feature = "parquet"))]
fn not_built(status: http::StatusCode) -> Problem {
    Problem::new(status, "NOT_BUILT", "this program was built without the feature parquet; use JSON Lines")
}

/// Whether a header names Parquet among what it lists.
fn names_parquet(headers: &HeaderMap, name: header::HeaderName) -> bool {
    let listed = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    let mut kinds = listed.flat_map(|value| value.split(','));
    kinds.any(|kind| {
        kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(Parquet.media_type())
    })
}
