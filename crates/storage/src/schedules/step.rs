//! Firing: the task is made and the schedule moved on in one transaction, by whoever moves it first.

use task_model::{Micros, Overlap, ScheduleId, TaskId};

use super::row::schedule;
use crate::sql::{Connection, sql};
use crate::tasks::assign::assign_one;
use crate::{
    Assigned, Assignment, Error, Firing, Result, ScheduleRecord, ScheduleStep, Signal, Stepped, Storage,
    TaskError,
};

const MADE: &[Signal] = &[Signal::DispatchDue, Signal::TaskChanged];

impl Storage {
    /// Deals with one firing and sets the next one. Of all who try the same step, one succeeds.
    pub async fn schedule_step(&self, step: ScheduleStep) -> Result<Stepped> {
        self.write(step, MADE, |connection, step| Box::pin(advance(connection, step))).await
    }

    /// Makes a task beside the schedule's times. A known task id answers as its first request was answered.
    ///
    /// [`Error::NotFound`] when there is no such schedule.
    pub async fn schedule_run(&self, id: &ScheduleId, assignment: Assignment) -> Result<Assigned> {
        self.write((id.clone(), assignment), MADE, |connection, args| Box::pin(run(connection, args))).await
    }
}

async fn advance(connection: &mut Connection, step: &ScheduleStep) -> Result<Stepped> {
    let Some(schedule) = hold(connection, &step.schedule_id).await? else { return Ok(Stepped::Lost) };
    if schedule.revision != step.revision || schedule.next_at != Some(step.expected) {
        return Ok(Stepped::Lost);
    }
    let (stepped, task_id) = match &step.firing {
        Firing::Pass => (Stepped::Passed, None),
        Firing::Refuse(_) => (Stepped::Refused, None),
        Firing::Make(_) if overlaps(connection, &schedule).await? => (Stepped::Overlapped, None),
        Firing::Make(assignment) => {
            // A task of this id that was there before is this firing's: the id says which firing it is.
            assign_one(connection, assignment).await?;
            (Stepped::Made, Some(&assignment.task.task_id))
        }
    };
    let error = match &step.firing {
        Firing::Refuse(error) => Some(error),
        _ => None,
    };
    record(connection, step, stepped, task_id, error).await?;
    Ok(stepped)
}

/// The schedule, which nobody else changes before this transaction ends.
async fn hold(connection: &mut Connection, id: &ScheduleId) -> Result<Option<ScheduleRecord>> {
    let select = connection.choose(
        "SELECT * FROM schedules WHERE schedule_id = $1",
        "SELECT * FROM schedules WHERE schedule_id = $1 FOR UPDATE",
    );
    sql(select).bind(id).row(connection).await?.as_ref().map(schedule).transpose()
}

async fn overlaps(connection: &mut Connection, schedule: &ScheduleRecord) -> Result<bool> {
    let (Overlap::Skip, Some(last)) = (schedule.spec.overlap, &schedule.last_task_id) else {
        return Ok(false);
    };
    const RUNS: &str = "SELECT 1 AS one FROM tasks WHERE task_id = $1 AND status NOT IN ('completed', 'failed', 'cancelled')";
    Ok(sql(RUNS).bind(last).row(connection).await?.is_some())
}

async fn record(
    connection: &mut Connection,
    step: &ScheduleStep,
    stepped: Stepped,
    task_id: Option<&TaskId>,
    error: Option<&TaskError>,
) -> Result<()> {
    const UPDATE: &str = "UPDATE schedules SET next_at = $1, last_due_at = $2, last_outcome = $3, \
                              last_task_id = COALESCE($4, last_task_id), fired = fired + $5, refused = refused + $6, \
                              skipped = skipped + $7, refused_due_at = COALESCE($8, refused_due_at), \
                              refused_code = COALESCE($9, refused_code), \
                              refused_message = COALESCE($10, refused_message) \
                          WHERE schedule_id = $11";
    let counted = |wanted: &[Stepped]| i64::from(wanted.contains(&stepped));
    let update = sql(UPDATE).bind(step.next_at).bind(step.due_at).bind(stepped.as_str()).bind(task_id);
    let update = update.bind(counted(&[Stepped::Made])).bind(counted(&[Stepped::Refused]));
    let update = update.bind(counted(&[Stepped::Overlapped, Stepped::Passed]));
    let update = update.bind(error.map(|_| step.due_at)).bind(error.map(|error| &error.code));
    let update = update.bind(error.map(|error| &error.message)).bind(&step.schedule_id);
    update.execute(connection).await.map(drop)
}

async fn run(connection: &mut Connection, (id, assignment): &(ScheduleId, Assignment)) -> Result<Assigned> {
    if hold(connection, id).await?.is_none() {
        return Err(Error::NotFound("schedule"));
    }
    let task = &assignment.task;
    if !assign_one(connection, assignment).await? {
        return crate::tasks::assign::stored(connection, &task.task_id, None, &task.content_hash).await;
    }
    const UPDATE: &str = "UPDATE schedules SET fired = fired + 1, last_task_id = $1, last_due_at = $2, \
                              last_outcome = 'made' WHERE schedule_id = $3";
    let at: Micros = task.created_at;
    sql(UPDATE).bind(&task.task_id).bind(at).bind(id).execute(connection).await?;
    Ok(Assigned::New)
}
