//! The task of a schedule's firings: as it is stored, and as an order.

use q_learning::Objective;
use service_api::assign::{AssignTaskRequest, Ceilings, ExecutionMode, PriorityInput};
use task_model::{AgentId, Description, Invalid, MicroUsd, Micros, Priority, ScheduleId, TaskId, TenantId};

use crate::app::Error;
use crate::app::assign::{Order, Start};

/// The parts of a parsed order that repeat, in the words of the wire.
pub(crate) fn stored(order: &Order) -> AssignTaskRequest {
    AssignTaskRequest {
        task_id: None,
        description: order.description.as_str().to_owned(),
        priority: Some(PriorityInput::Number(order.priority.get().into())),
        metadata: (!order.metadata.is_empty()).then(|| order.metadata.clone()),
        idempotency_key: None,
        force_execute: order.force,
        agent_id: order.pin.as_ref().map(|pin| pin.as_str().to_owned()),
        max_cost_usd: order.max_cost.map(MicroUsd::as_usd),
        objective: objective(order.objective),
        deadline: None,
        tenant: Some(order.tenant.as_str().to_owned()),
        max_attempts: order.max_attempts,
        start_at: None,
        delay: match order.start {
            Start::After(millis) => Some(millis as f64 / 1e3),
            Start::Now | Start::At(_) => None,
        },
        execution_mode: ExecutionMode::Standard,
    }
}

fn objective(wanted: Objective) -> Option<Ceilings> {
    let Objective { cost_per_task_usd, cost_per_day_usd, latency_ms } = wanted;
    (wanted != Objective::default()).then_some(Ceilings { cost_per_task_usd, cost_per_day_usd, latency_ms })
}

/// The order of one firing. What is stored was parsed before, so an error is ours.
pub(super) fn order(task_json: &str, task_id: TaskId) -> Result<Order, Error> {
    let task: AssignTaskRequest = serde_json::from_str(task_json)
        .map_err(|error| Error::Internal(format!("a schedule's task cannot be read: {error}")))?;
    parse(task, task_id)
        .map_err(|error| Error::Internal(format!("a schedule's task cannot be read: {error}")))
}

fn parse(task: AssignTaskRequest, task_id: TaskId) -> Result<Order, Invalid> {
    let priority = match task.priority {
        Some(PriorityInput::Number(number)) => Priority::new(number)?,
        Some(PriorityInput::Word(word)) => Priority::from_word(&word)?,
        None => Priority::default(),
    };
    Ok(Order {
        task_id,
        named: true,
        description: Description::parse(task.description)?,
        priority,
        metadata: task.metadata.unwrap_or_default(),
        idempotency_key: None,
        force: task.force_execute,
        pin: task.agent_id.map(AgentId::parse).transpose()?,
        max_cost: task.max_cost_usd.map(MicroUsd::from_usd).transpose()?,
        objective: task.objective.map_or_else(Objective::default, |ceilings| Objective {
            cost_per_task_usd: ceilings.cost_per_task_usd,
            cost_per_day_usd: ceilings.cost_per_day_usd,
            latency_ms: ceilings.latency_ms,
        }),
        deadline: None,
        tenant: task.tenant.map_or(Ok(TenantId::default()), TenantId::parse)?,
        max_attempts: task.max_attempts,
        start: task.delay.map_or(Start::Now, |seconds| Start::After((seconds * 1e3).round() as i64)),
        dry_run: false,
    })
}

/// Which firing a task is, by its name: `nightly:20260131T063000Z`.
pub(super) fn name(schedule: &ScheduleId, due_at: Micros) -> TaskId {
    let at = chrono::DateTime::<chrono::Utc>::from_timestamp_micros(due_at.0).unwrap_or_default();
    TaskId::parse(format!("{schedule}:{}", at.format("%Y%m%dT%H%M%SZ")))
        .expect("ids of schedules leave room for a time, which holds letters and digits only")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_stored_becomes_the_same_order_again() {
        let order = Order {
            task_id: TaskId::parse("t").unwrap(),
            named: true,
            description: Description::parse("do it").unwrap(),
            priority: Priority::new(8).unwrap(),
            metadata: json!({"team": {"b": 1, "a": [2]}}).as_object().unwrap().clone(),
            idempotency_key: None,
            force: true,
            pin: Some(AgentId::parse("tester").unwrap()),
            max_cost: Some(MicroUsd(1_234_567)),
            objective: Objective { cost_per_task_usd: Some(0.02), ..Objective::default() },
            deadline: None,
            tenant: TenantId::parse("acme").unwrap(),
            max_attempts: Some(4),
            start: Start::After(1_500),
            dry_run: false,
        };
        let json = serde_json::to_string(&stored(&order)).unwrap();
        let again = super::order(&json, order.task_id.clone()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{order:?}"));
    }

    #[test]
    fn names_tell_firings_apart_and_fit() {
        let longest = ScheduleId::parse("s".repeat(90)).unwrap();
        let name = name(&longest, Micros(1_767_225_600_000_000));
        assert!(name.as_str().ends_with(":20260101T000000Z"));
    }
}
