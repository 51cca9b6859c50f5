//! One JSON object a line: `time`, `level`, `target`, `message`, then the fields.

use std::fmt;

use chrono::{SecondsFormat, Utc};
use serde_json::json;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent};
use tracing_subscriber::registry::LookupSpan;

use super::fields;

pub(super) struct JsonLines;

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (message, fields) = fields::collect(ctx, event);
        let about = event.metadata();
        let time = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        // Written by hand so that these four come first, where people look.
        write!(
            writer,
            r#"{{"time":"{time}","level":"{}","target":{},"message":{}"#,
            about.level(),
            json!(about.target()),
            json!(message)
        )?;
        for (name, value) in fields {
            write!(writer, ",{}:{value}", json!(name))?;
        }
        writeln!(writer, "}}")
    }
}
