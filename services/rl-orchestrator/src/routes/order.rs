//! The members of an assign request become an [`Order`], or the list of what is wrong with them.

use q_learning::Objective;
use serde_json::{Map, Value};
use service_api::assign::{AssignTaskRequest, Ceilings, ExecutionMode, PriorityInput};
use task_model::{AgentId, Description, Invalid, MicroUsd, Priority, TaskId, TenantId};

use super::fields::{Fields, short_text};
use crate::app::Error;
use crate::app::assign::{Order, Start};

/// Longest idempotency key, in characters.
pub(super) const KEY_MAX: usize = 255;
/// Largest metadata as compact JSON.
const METADATA_MAX_BYTES: usize = 64 * 1024;
/// Most attempts of one task.
const ATTEMPTS_MAX: i64 = 10;
/// Longest delay: a year.
const DELAY_MAX_S: f64 = 31_536_000.0;
/// Deepest nesting inside metadata.
const METADATA_MAX_DEPTH: usize = 32;

/// Checks every member. Whether a deadline has passed is left to the decision: a replay may come later.
pub(super) fn parse(request: AssignTaskRequest) -> Result<Order, Error> {
    let mut fields = Fields::default();
    let named = request.task_id.is_some();
    let task_id = match request.task_id {
        Some(raw) => fields.check("task_id", TaskId::parse(raw)),
        None => Some(made_name()),
    };
    let description = fields.check("description", Description::parse(request.description));
    let priority = fields.check("priority", priority(request.priority));
    let metadata = fields.check("metadata", metadata(request.metadata));
    let idempotency_key =
        fields.check_some("idempotency_key", request.idempotency_key, |raw| short_text(raw, KEY_MAX));
    let pin = fields.check_some("agent_id", request.agent_id, AgentId::parse);
    let max_cost = fields.check_some("max_cost_usd", request.max_cost_usd, MicroUsd::from_usd);
    let deadline = fields.check_some("deadline", request.deadline, |raw| service_api::from_rfc3339(&raw));
    let tenant = fields.check("tenant", tenant(request.tenant));
    let objective = objective(request.objective, &mut fields);
    let max_attempts = fields.check_some("max_attempts", request.max_attempts, max_attempts);
    let start = start(request.start_at, request.delay, &mut fields);
    let order = || {
        Some(Order {
            task_id: task_id?,
            named,
            description: description?,
            priority: priority?,
            metadata: metadata?,
            idempotency_key,
            force: request.force_execute,
            pin,
            max_cost,
            objective: objective?,
            deadline,
            tenant: tenant?,
            max_attempts,
            start: start?,
            dry_run: request.execution_mode == ExecutionMode::DryRun,
        })
    };
    let order = order();
    fields.finish(order)
}

/// Who it is for; the default tenant when nobody is named.
pub(super) fn tenant(raw: Option<String>) -> Result<TenantId, Invalid> {
    raw.map_or(Ok(TenantId::default()), TenantId::parse)
}

/// Each ceiling that is given, above 0.
pub(super) fn objective(ceilings: Option<Ceilings>, fields: &mut Fields) -> Option<Objective> {
    let Ceilings { cost_per_task_usd, cost_per_day_usd, latency_ms } = ceilings.unwrap_or_default();
    let objective = Objective { cost_per_task_usd, cost_per_day_usd, latency_ms };
    match objective.check() {
        Ok(()) => Some(objective),
        Err(q_learning::Error::Config { field, expected }) => {
            fields.wrong(&format!("objective.{field}"), format!("must be {expected}"));
            None
        }
        Err(error) => {
            fields.wrong("objective", error.to_string());
            None
        }
    }
}

fn max_attempts(raw: i64) -> Result<i64, Invalid> {
    match raw {
        1..=ATTEMPTS_MAX => Ok(raw),
        _ => Err(Invalid(format!("must be a whole number from 1 to {ATTEMPTS_MAX}"))),
    }
}

/// One of both, or neither.
fn start(start_at: Option<String>, delay: Option<f64>, fields: &mut Fields) -> Option<Start> {
    match (start_at, delay) {
        (None, None) => Some(Start::Now),
        (Some(raw), None) => fields.check("start_at", service_api::from_rfc3339(&raw)).map(Start::At),
        (None, Some(seconds)) => fields.check("delay", self::delay(seconds)).map(Start::After),
        (Some(_), Some(_)) => {
            fields.wrong("delay", "must be absent when start_at is given");
            None
        }
    }
}

fn delay(seconds: f64) -> Result<i64, Invalid> {
    match (0.0..=DELAY_MAX_S).contains(&seconds) {
        true => Ok((seconds * 1e3) as i64),
        false => Err(Invalid(format!("must be between 0 and {DELAY_MAX_S} seconds"))),
    }
}

/// A name for a task whose caller gave none.
fn made_name() -> TaskId {
    let name = format!("task-{}", uuid::Uuid::now_v7());
    TaskId::parse(name).expect("a UUID holds only letters, digits and hyphens")
}

/// A number, a word, or 5.
pub(super) fn priority(input: Option<PriorityInput>) -> Result<Priority, Invalid> {
    match input {
        None => Ok(Priority::default()),
        Some(PriorityInput::Number(number)) => Priority::new(number),
        Some(PriorityInput::Word(word)) => Priority::from_word(&word),
    }
}

/// Within the limits of size and depth.
pub(super) fn metadata(input: Option<Map<String, Value>>) -> Result<Map<String, Value>, Invalid> {
    let metadata = input.unwrap_or_default();
    if metadata.is_empty() {
        return Ok(metadata);
    }
    if metadata.values().any(|value| depth(value) >= METADATA_MAX_DEPTH) {
        return Err(Invalid(format!("must be nested at most {METADATA_MAX_DEPTH} deep")));
    }
    let mut count = Counter(0);
    let fits = serde_json::to_writer(&mut count, &metadata).is_ok() && count.0 <= METADATA_MAX_BYTES;
    if fits {
        Ok(metadata)
    } else {
        Err(Invalid(format!("must be at most {METADATA_MAX_BYTES} bytes of JSON")))
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Measures without keeping.
struct Counter(usize);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(body: Value) -> Result<Order, Vec<String>> {
        let request = serde_json::from_value(body).unwrap();
        parse(request).map_err(|error| match error {
            Error::Invalid(errors) => errors.into_iter().map(|error| error.field).collect(),
            other => panic!("{other:?}"),
        })
    }

    fn check_refused(body: Value, fields: &[&str]) {
        assert_eq!(parsed(body.clone()).unwrap_err(), fields, "{body}");
    }

    #[test]
    fn fills_in_what_is_absent() {
        let order = parsed(json!({"description": "Test task"})).unwrap();
        assert_eq!((order.priority.get(), order.force, order.dry_run, order.named), (5, false, false, false));
        assert!(order.task_id.as_str().starts_with("task-"));
    }

    #[test]
    fn priorities_are_numbers_or_words() {
        for (given, meant) in [(json!(1), 1), (json!(10), 10), (json!("high"), 8), (json!("urgent"), 10)] {
            assert_eq!(
                parsed(json!({"description": "x y", "priority": given})).unwrap().priority.get(),
                meant
            );
        }
    }

    #[test]
    fn names_every_wrong_field_at_once() {
        let body = json!({"task_id": "a b", "description": " ", "priority": 0, "max_cost_usd": -1, "deadline": "soon"});
        check_refused(body, &["task_id", "description", "priority", "max_cost_usd", "deadline"]);
    }

    #[test]
    fn refuses_what_is_over_a_limit() {
        check_refused(json!({"description": "x".repeat(10_001)}), &["description"]);
        check_refused(json!({"description": "x", "metadata": {"k": "v".repeat(65_536)}}), &["metadata"]);
        check_refused(json!({"description": "x", "idempotency_key": "k".repeat(256)}), &["idempotency_key"]);
        check_refused(json!({"description": "x", "idempotency_key": "a\u{0}b"}), &["idempotency_key"]);
        check_refused(json!({"description": "x", "agent_id": ""}), &["agent_id"]);
        check_refused(json!({"description": "x", "task_id": "t".repeat(129)}), &["task_id"]);
        for max_attempts in [0, 11] {
            check_refused(json!({"description": "x", "max_attempts": max_attempts}), &["max_attempts"]);
        }
        check_refused(json!({"description": "x", "tenant": "a b"}), &["tenant"]);
        for (field, most) in [("cost_per_task_usd", 0.0), ("latency_ms", 5e-324), ("cost_per_day_usd", 1e10)]
        {
            check_refused(
                json!({"description": "x", "objective": {field: most}}),
                &[&format!("objective.{field}")],
            );
        }
        for delay in [-1.0, 31_536_001.0] {
            check_refused(json!({"description": "x", "delay": delay}), &["delay"]);
        }
        check_refused(
            json!({"description": "x", "delay": 1, "start_at": "2027-01-01T00:00:00Z"}),
            &["delay"],
        );
        let deep = (0..METADATA_MAX_DEPTH + 1).fold(json!(1), |inner, _| json!([inner]));
        check_refused(json!({"description": "x", "metadata": {"k": deep}}), &["metadata"]);
    }
}
