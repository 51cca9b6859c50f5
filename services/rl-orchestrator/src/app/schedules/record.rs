//! Schedules as they are shown.

use service_api::rfc3339;
use service_api::schedule::{Schedule, ScheduleFiring, ScheduleRefusal};
use storage::ScheduleRecord;
use task_model::Micros;

use super::calendar_of;
use crate::app::Error;

/// Firings that are foretold.
const FORETOLD: usize = 5;

/// With the next firings.
pub(super) fn whole(record: ScheduleRecord, now: Micros) -> Result<Schedule, Error> {
    let calendar = calendar_of(&record.spec)?;
    let mut firings = Vec::new();
    if let Some(next) = record.next_at {
        firings.push(next);
        firings.extend(calendar.following(next.max(now), FORETOLD - 1));
    }
    let next_firings = firings.into_iter().map(|at| calendar.written(at)).collect();
    Ok(Schedule { next_firings, ..brief(record)? })
}

/// As a line of a list.
pub(super) fn brief(record: ScheduleRecord) -> Result<Schedule, Error> {
    let spec = record.spec;
    let task = serde_json::from_str(&spec.task_json)
        .map_err(|error| Error::Internal(format!("a schedule's task cannot be read: {error}")))?;
    let status = match (record.paused_at, record.next_at) {
        (Some(_), _) => "paused",
        (None, Some(_)) => "active",
        (None, None) => "ended",
    };
    Ok(Schedule {
        schedule_id: record.schedule_id.as_str().to_owned(),
        status: status.to_owned(),
        tenant: spec.tenant.as_str().to_owned(),
        cron: spec.cron,
        time_zone: spec.time_zone,
        task,
        missed: spec.missed.as_str().to_owned(),
        catch_up_max: spec.catch_up_max,
        overlap: spec.overlap.as_str().to_owned(),
        starts_at: spec.starts_at.map(rfc3339),
        ends_at: spec.ends_at.map(rfc3339),
        revision: record.revision,
        next_at: record.next_at.map(rfc3339),
        next_firings: Vec::new(),
        fired: record.fired,
        refused: record.refused,
        skipped: record.skipped,
        last_firing: record.last.map(|(at, outcome)| ScheduleFiring { due_at: rfc3339(at), outcome }),
        last_task_id: record.last_task_id.map(|id| id.as_str().to_owned()),
        last_refusal: record.last_refusal.map(|(at, error)| ScheduleRefusal {
            due_at: rfc3339(at),
            code: error.code,
            message: error.message,
        }),
        created_at: rfc3339(record.created_at),
        updated_at: rfc3339(record.updated_at),
    })
}
