//! Firing: every replica looks, and whoever moves a schedule on makes its task, in the same transaction.

use storage::{Firing, ScheduleRecord, ScheduleStep, Signal, Stepped, TaskError};
use task_model::Micros;
use tokio_util::sync::CancellationToken;

use super::calendar::Calendar;
use super::plan::{Plan, plan};
use super::{calendar_of, task};
use crate::app::assign::decided;
use crate::app::pace::Pace;
use crate::app::{Error, State};

/// Schedules that are looked at together.
const PORTION: usize = 64;

/// Fires what is due until told to stop.
pub(crate) async fn run(state: State, stop: CancellationToken) {
    let every = state.config.schedule_poll();
    let mut pace = Pace::new(&state.storage, Signal::ScheduleChanged, every, stop);
    loop {
        let fired = fire_due(&state).await;
        if !pace.more("schedules", fired) && !pace.wait().await {
            return;
        }
    }
}

/// One step of each schedule that is due; answers how many went on.
async fn fire_due(state: &State) -> Result<usize, Error> {
    // The database's clock, so that machines whose clocks differ agree on what is due.
    let now = state.storage.now().await?;
    let due = state.storage.schedules_due(now, PORTION).await?;
    let mut moved = 0;
    for schedule in due {
        match step(state, &schedule, now).await {
            Ok(Stepped::Lost) => {}
            Ok(stepped) => {
                metrics::counter!("orchestrator_schedule_steps_total", "outcome" => stepped.as_str())
                    .increment(1);
                moved += 1;
            }
            // Only this one waits; it is due until its time comes.
            Err(error) => {
                tracing::warn!(schedule.id = %schedule.schedule_id, %error, "a schedule could not fire; it is tried again");
            }
        }
    }
    Ok(moved)
}

async fn step(state: &State, schedule: &ScheduleRecord, now: Micros) -> Result<Stepped, Error> {
    let Some(expected) = schedule.next_at else { return Ok(Stepped::Lost) };
    let plan = planned(&calendar_of(&schedule.spec)?, schedule, expected, now);
    let firing = if plan.make { made(state, schedule, &plan, now)? } else { Firing::Pass };
    service_kit::crash_point("orchestrator.before_schedule_step");
    let step = ScheduleStep {
        schedule_id: schedule.schedule_id.clone(),
        revision: schedule.revision,
        expected,
        due_at: plan.due_at,
        firing,
        next_at: plan.next_at,
    };
    let stepped = state.storage.schedule_step(step).await?;
    service_kit::crash_point("orchestrator.schedule_stepped");
    Ok(stepped)
}

fn planned(calendar: &Calendar, schedule: &ScheduleRecord, due_at: Micros, now: Micros) -> Plan {
    plan(calendar, schedule.spec.missed, schedule.spec.catch_up_max, due_at, now)
}

/// A refusal is the answer of this firing; what only fails now is tried again.
fn made(state: &State, schedule: &ScheduleRecord, plan: &Plan, now: Micros) -> Result<Firing, Error> {
    let name = task::name(&schedule.schedule_id, plan.due_at);
    let order = task::order(&schedule.spec.task_json, name)?;
    match decided(state, order, now) {
        Ok(assignment) => Ok(Firing::Make(Box::new(assignment))),
        Err(error @ (Error::Insufficient(_) | Error::Invalid(_))) => {
            let code =
                if matches!(error, Error::Invalid(_)) { "FIELD_INVALID" } else { "INSUFFICIENT_CONFIDENCE" };
            tracing::warn!(schedule.id = %schedule.schedule_id, %error, "a firing was refused");
            Ok(Firing::Refuse(TaskError { code: code.to_owned(), message: error.to_string() }))
        }
        Err(error) => Err(error),
    }
}
