//! The query parameters of the figures.

use serde::Deserialize;
use task_model::Invalid;
use utoipa::IntoParams;

use crate::app::Error;
use crate::app::analytics::Span;
use crate::routes::fields::Fields;

/// The shape of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    #[default]
    Json,
    Csv,
}

/// The shape of the answer.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FormatQuery {
    /// `json` (the default) or `csv`.
    format: Option<String>,
}

/// Which part of time, how finely, and the shape of the answer.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SpanQuery {
    /// From this time on (RFC 3339), in whole hours.
    since: Option<String>,
    /// Before this time (RFC 3339), in whole hours.
    until: Option<String>,
    /// `hour` (the default) or `day`.
    by: Option<String>,
    /// `json` (the default) or `csv`.
    format: Option<String>,
}

pub(super) fn format(query: FormatQuery) -> Result<Format, Error> {
    let mut fields = Fields::default();
    let format = fields.check_some("format", query.format, |raw| word(&raw)).unwrap_or_default();
    fields.finish(Some(format))
}

pub(super) fn span(query: SpanQuery) -> Result<(Span, Format), Error> {
    let mut fields = Fields::default();
    let since = fields.check_some("since", query.since, |raw| service_api::from_rfc3339(&raw));
    let until = fields.check_some("until", query.until, |raw| service_api::from_rfc3339(&raw));
    let by_day = fields.check_some("by", query.by, |raw| by_day(&raw)).unwrap_or(false);
    let format = fields.check_some("format", query.format, |raw| word(&raw)).unwrap_or_default();
    fields.finish(Some((Span { since, until, by_day }, format)))
}

fn by_day(raw: &str) -> Result<bool, Invalid> {
    match raw {
        "hour" => Ok(false),
        "day" => Ok(true),
        _ => Err(Invalid("must be hour or day".into())),
    }
}

fn word(raw: &str) -> Result<Format, Invalid> {
    match raw {
        "json" => Ok(Format::Json),
        "csv" => Ok(Format::Csv),
        _ => Err(Invalid("must be json or csv".into())),
    }
}
