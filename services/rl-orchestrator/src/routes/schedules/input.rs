//! The members of a schedule become what is stored, or the list of what is wrong with them.

use service_api::assign::{AssignTaskRequest, ExecutionMode};
use service_api::schedule::ScheduleInput;
use storage::ScheduleSpec;
use task_model::{Invalid, Missed, Overlap, ScheduleId};

use crate::app::Error;
use crate::app::assign::Order;
use crate::app::schedules::Wanted;
use crate::app::schedules::calendar::Calendar;
use crate::app::schedules::task::stored;
use crate::routes::fields::Fields;
use crate::routes::order;

/// So that a task's id, which also names the firing, fits its own limit.
const ID_MAX: usize = 90;
const CATCH_UP_DEFAULT: i64 = 100;
const CATCH_UP_MAX: i64 = 1_000;

/// Checks every member that can be checked without the clock.
pub(super) fn parse(input: ScheduleInput) -> Result<Wanted, Error> {
    let mut fields = Fields::default();
    let id = match input.schedule_id {
        Some(raw) => fields.check("schedule_id", id(raw)),
        None => Some(made_name()),
    };
    let cron = fields.check("cron", Calendar::cron(&input.cron));
    let time_zone = input.time_zone.unwrap_or_else(|| "UTC".to_owned());
    let zone = fields.check("time_zone", Calendar::zone(&time_zone));
    let task = task(input.task, &mut fields);
    let missed = fields.check_some("missed", input.missed, |word| Missed::parse(&word)).unwrap_or_default();
    let catch_up_max = fields.check_some("catch_up_max", input.catch_up_max, catch_up);
    let overlap =
        fields.check_some("overlap", input.overlap, |word| Overlap::parse(&word)).unwrap_or_default();
    let starts_at = fields.check_some("starts_at", input.starts_at, |raw| service_api::from_rfc3339(&raw));
    let ends_at = fields.check_some("ends_at", input.ends_at, |raw| service_api::from_rfc3339(&raw));
    if matches!((starts_at, ends_at), (Some(start), Some(end)) if end < start) {
        fields.wrong("ends_at", "must not lie before starts_at");
    }
    let wanted = || {
        let task = task?;
        let spec = ScheduleSpec {
            tenant: task.tenant.clone(),
            cron: input.cron.trim().to_owned(),
            time_zone,
            task_json: serde_json::to_string(&stored(&task)).expect("what was read as JSON renders as JSON"),
            missed,
            catch_up_max: catch_up_max.unwrap_or(CATCH_UP_DEFAULT),
            overlap,
            starts_at,
            ends_at,
        };
        Some(Wanted { id: id?, spec, calendar: Calendar::new(cron?, zone?, starts_at, ends_at) })
    };
    let wanted = wanted();
    fields.finish(wanted)
}

/// An id that leaves room for the time of a firing.
pub(super) fn id(raw: String) -> Result<ScheduleId, Invalid> {
    let id = ScheduleId::parse(raw)?;
    if id.as_str().len() > ID_MAX {
        return Err(Invalid(format!("must be 1 to {ID_MAX} characters")));
    }
    Ok(id)
}

fn made_name() -> ScheduleId {
    let name = format!("schedule-{}", uuid::Uuid::now_v7());
    ScheduleId::parse(name).expect("a UUID holds only letters, digits and hyphens")
}

fn catch_up(raw: i64) -> Result<i64, Invalid> {
    match raw {
        1..=CATCH_UP_MAX => Ok(raw),
        _ => Err(Invalid(format!("must be a whole number from 1 to {CATCH_UP_MAX}"))),
    }
}

/// Everything that a single task may say, but for what differs from firing to firing.
fn task(request: AssignTaskRequest, fields: &mut Fields) -> Option<Order> {
    let differs = [
        ("task_id", request.task_id.is_some()),
        ("idempotency_key", request.idempotency_key.is_some()),
        ("deadline", request.deadline.is_some()),
        ("start_at", request.start_at.is_some()),
        ("execution_mode", request.execution_mode != ExecutionMode::Standard),
    ];
    for (member, given) in differs {
        if given {
            fields.wrong(&format!("task.{member}"), "must be absent: every firing has its own");
        }
    }
    match order::parse(request) {
        Ok(order) => Some(order),
        Err(Error::Invalid(errors)) => {
            errors
                .into_iter()
                .for_each(|error| fields.wrong(&format!("task.{}", error.field), error.message));
            None
        }
        Err(_) => None,
    }
}
