//! Schedules: made, edited, looked at, run. When they fire is `fire`'s.

pub(crate) mod calendar;
pub(crate) mod fire;
mod plan;
mod record;
pub(crate) mod task;

use service_api::schedule::{Schedule, ScheduleList};
use sha2::{Digest, Sha256};
use storage::{NewSchedule, Page, ScheduleCreated, ScheduleRecord, ScheduleSpec};
use task_model::{Micros, ScheduleId, TaskId, TenantId};

use super::assign::{Answer, assign_with};
use super::{Error, State};
use calendar::Calendar;

/// A schedule that was parsed.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Its identity.
    pub(crate) id: ScheduleId,
    /// What it does.
    pub(crate) spec: ScheduleSpec,
    /// Its times.
    pub(crate) calendar: Calendar,
}

/// Makes a schedule; true when it was not there before.
pub(crate) async fn create(state: &State, wanted: Wanted, now: Micros) -> Result<(Schedule, bool), Error> {
    let id = wanted.id.clone();
    let new = checked(state, wanted, now)?;
    let tenant = new.spec.tenant.clone();
    let created = state.storage.schedule_create(new).await?;
    settled(state, created, &id, tenant)?;
    Ok((find(state, &id, now).await?, created == ScheduleCreated::New))
}

/// Replaces what a schedule does; with `revision`, only as it was then.
pub(crate) async fn replace(
    state: &State,
    wanted: Wanted,
    revision: Option<i64>,
    now: Micros,
) -> Result<Schedule, Error> {
    let id = wanted.id.clone();
    let new = checked(state, wanted, now)?;
    let tenant = new.spec.tenant.clone();
    let replaced = state.storage.schedule_replace(new, revision).await.map_err(|error| about(error, &id))?;
    settled(state, replaced, &id, tenant)?;
    find(state, &id, now).await
}

fn settled(state: &State, came: ScheduleCreated, id: &ScheduleId, tenant: TenantId) -> Result<(), Error> {
    match came {
        ScheduleCreated::New | ScheduleCreated::Replay => Ok(()),
        ScheduleCreated::Conflict => Err(Error::ScheduleDiffers(id.clone())),
        ScheduleCreated::Full => Err(Error::SchedulesFull { tenant, most: state.config.schedules_max }),
    }
}

/// What needs the clock and the configuration to be checked.
fn checked(state: &State, wanted: Wanted, now: Micros) -> Result<NewSchedule, Error> {
    let Wanted { id, spec, calendar } = wanted;
    let least = state.config.schedule_period_min_ms;
    if calendar.shortest_gap_ms(now).is_some_and(|gap| gap < least) {
        return Err(Error::field(
            "cron",
            format!("fires more often than every {least} ms, which is the least here"),
        ));
    }
    let next_at = calendar.next_after(now);
    if next_at.is_none() {
        let unbounded = calendar_of(&ScheduleSpec { starts_at: None, ends_at: None, ..spec.clone() })?;
        return Err(match unbounded.next_after(now) {
            None => Error::field("cron", "never fires: there is no such time"),
            Some(_) => Error::field("ends_at", "lies before the first firing"),
        });
    }
    Ok(NewSchedule { schedule_id: id, spec, next_at, at: now, tenant_max: state.config.schedules_max })
}

/// One schedule, with its next firings.
pub(crate) async fn find(state: &State, id: &ScheduleId, now: Micros) -> Result<Schedule, Error> {
    record::whole(stored(state, id).await?, now)
}

/// One page of schedules, by id.
pub(crate) async fn list(
    state: &State,
    tenant: Option<&TenantId>,
    page: &Page,
) -> Result<ScheduleList, Error> {
    let listing = state.storage.schedule_list(tenant, page).await?;
    let schedules = listing.items.into_iter().map(record::brief).collect::<Result<Vec<_>, _>>()?;
    Ok(ScheduleList { count: schedules.len(), schedules, next_cursor: listing.next_cursor })
}

/// Removes a schedule and answers it as it was; its tasks stay.
pub(crate) async fn delete(state: &State, id: &ScheduleId, now: Micros) -> Result<Schedule, Error> {
    let was = find(state, id, now).await?;
    match state.storage.schedule_delete(id).await? {
        true => Ok(was),
        false => Err(Error::ScheduleUnknown(id.clone())),
    }
}

/// Lets a schedule rest. What falls due meanwhile is never made up for.
pub(crate) async fn pause(state: &State, id: &ScheduleId, now: Micros) -> Result<Schedule, Error> {
    state.storage.schedule_pause(id, now).await.map_err(|error| about(error, id))?;
    find(state, id, now).await
}

/// Lets a schedule go on with its next firing.
pub(crate) async fn resume(state: &State, id: &ScheduleId, now: Micros) -> Result<Schedule, Error> {
    let schedule = stored(state, id).await?;
    let next_at = calendar_of(&schedule.spec)?.next_after(now);
    let resumed = state.storage.schedule_resume(id, schedule.revision, next_at, now).await;
    resumed.map_err(|error| about(error, id))?;
    find(state, id, now).await
}

/// Makes the schedule's task now, whether it rests or not, and whether its last task still runs or not.
pub(crate) async fn run_now(
    state: &State,
    id: &ScheduleId,
    key: Option<&str>,
    now: Micros,
) -> Result<Answer, Error> {
    let schedule = stored(state, id).await?;
    let order = task::order(&schedule.spec.task_json, run_name(id, key))?;
    let write = async |assignment| state.storage.schedule_run(id, assignment).await;
    assign_with(state, order, now, write).await
}

/// The same key names the same task.
fn run_name(id: &ScheduleId, key: Option<&str>) -> TaskId {
    let tail = match key {
        Some(key) => {
            Sha256::digest(key.as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
        }
        None => uuid::Uuid::now_v7().simple().to_string(),
    };
    TaskId::parse(format!("{id}:run-{tail}")).expect("ids of schedules leave room for a tail of hex digits")
}

async fn stored(state: &State, id: &ScheduleId) -> Result<ScheduleRecord, Error> {
    state.storage.schedule_find(id).await?.ok_or_else(|| Error::ScheduleUnknown(id.clone()))
}

fn about(error: storage::Error, id: &ScheduleId) -> Error {
    match error {
        storage::Error::NotFound(_) => Error::ScheduleUnknown(id.clone()),
        storage::Error::Conflict("the schedule") => Error::ScheduleChanged(id.clone()),
        other => other.into(),
    }
}

/// The times of a stored schedule. They were parsed before, so an error is ours.
fn calendar_of(spec: &ScheduleSpec) -> Result<Calendar, Error> {
    let read = || {
        Ok(Calendar::new(
            Calendar::cron(&spec.cron)?,
            Calendar::zone(&spec.time_zone)?,
            spec.starts_at,
            spec.ends_at,
        ))
    };
    read().map_err(|error: task_model::Invalid| {
        Error::Internal(format!("a schedule's times cannot be read: {error}"))
    })
}
