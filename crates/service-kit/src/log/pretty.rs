//! Lines for people: time of day, level, message, fields, and where it came from.

use std::fmt;

use chrono::Local;
use serde_json::Value;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent};
use tracing_subscriber::registry::LookupSpan;

use super::fields;

pub(super) struct PrettyLines;

impl<S> FormatEvent<S, JsonFields> for PrettyLines
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
        let colours = writer.has_ansi_escapes();
        let (on, dim, off) =
            if colours { (colour(*about.level()), "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
        let time = Local::now().format("%H:%M:%S%.3f");
        write!(writer, "{dim}{time}{off} {on}{:>5}{off} {message}", about.level())?;
        for (name, value) in fields {
            match value {
                Value::String(text) => write!(writer, " {dim}{name}={off}{text}")?,
                other => write!(writer, " {dim}{name}={off}{other}")?,
            }
        }
        writeln!(writer, " {dim}[{}]{off}", about.target())
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        _ => "\x1b[34m",
    }
}
