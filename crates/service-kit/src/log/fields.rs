//! What a line says: the fields of the event, of the spans around it, and of the call being served.

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::context;

/// The message and all other fields. A field of the event wins over one of a span, an inner span over an outer one.
pub(super) fn collect<S>(
    ctx: &FmtContext<'_, S, JsonFields>,
    event: &Event<'_>,
) -> (String, Map<String, Value>)
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    let mut fields = Map::new();
    for span in ctx.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
        if let Some(formatted) = span.extensions().get::<FormattedFields<JsonFields>>() {
            fields.extend(serde_json::from_str::<Map<_, _>>(formatted).unwrap_or_default());
        }
    }
    let mut visitor = Collect { message: String::new(), fields };
    event.record(&mut visitor);
    context::with(|context| {
        let id = context.request_id.to_str().unwrap_or_default();
        visitor.fields.insert("request.id".to_owned(), id.into());
        visitor.fields.insert("trace.id".to_owned(), context.trace.trace_id().into());
    });
    (visitor.message, visitor.fields)
}

struct Collect {
    message: String,
    fields: Map<String, Value>,
}

impl Collect {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.fields.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Collect {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            _ => self.put(field, format!("{value:?}")),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = value.to_owned(),
            _ => self.put(field, value),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }
}
