//! Schedules: kept, edited, listed.

mod row;
mod step;

use task_model::{Micros, ScheduleId, TenantId};

use crate::sql::statement::Statement;
use crate::sql::{Conditions, Connection, built, sql};
use crate::{
    Error, Listing, NewSchedule, Page, Result, ScheduleCreated, ScheduleRecord, ScheduleSpec, Signal, Storage,
};
use row::schedule;

const CHANGED: &[Signal] = &[Signal::ScheduleChanged];

impl Storage {
    /// Stores a schedule, once.
    pub async fn schedule_create(&self, new: NewSchedule) -> Result<ScheduleCreated> {
        self.write(new, CHANGED, |connection, new| Box::pin(create(connection, new))).await
    }

    /// One schedule.
    pub async fn schedule_find(&self, id: &ScheduleId) -> Result<Option<ScheduleRecord>> {
        find(&mut self.read().await?, id).await
    }

    /// Schedules by id, of one tenant or of all.
    pub async fn schedule_list(
        &self,
        tenant: Option<&TenantId>,
        page: &Page,
    ) -> Result<Listing<ScheduleRecord>> {
        let mut wanted = Conditions::default();
        wanted.compare("tenant =", tenant);
        wanted.compare("schedule_id >", page.after::<String>()?);
        let limit = wanted.bind(page.size() + 1);
        let text =
            format!("SELECT * FROM schedules {} ORDER BY schedule_id LIMIT {limit}", wanted.clause(None));
        let rows = built(text).bind_all(wanted.into_values()).rows(&mut self.read().await?).await?;
        let schedules = rows.iter().map(schedule).collect::<Result<Vec<_>>>()?;
        Ok(Listing::cut(schedules, page.size(), |one| one.schedule_id.as_str().to_owned()))
    }

    /// Replaces what a schedule does. `at_revision`: only as it was then. A paused one stays paused.
    ///
    /// [`Error::NotFound`], or [`Error::Conflict`] when it was edited meanwhile.
    pub async fn schedule_replace(
        &self,
        new: NewSchedule,
        at_revision: Option<i64>,
    ) -> Result<ScheduleCreated> {
        self.write((new, at_revision), CHANGED, |connection, args| Box::pin(replace(connection, args))).await
    }

    /// Removes a schedule; its tasks stay. False when it was not there.
    pub async fn schedule_delete(&self, id: &ScheduleId) -> Result<bool> {
        self.write(id.clone(), CHANGED, |connection, id| Box::pin(delete(connection, id))).await
    }

    /// Lets a schedule rest. Asking again changes nothing.
    pub async fn schedule_pause(&self, id: &ScheduleId, at: Micros) -> Result<()> {
        self.write((id.clone(), at), CHANGED, |connection, args| Box::pin(pause(connection, args))).await
    }

    /// Lets a schedule go on at `next_at`. Asking again changes nothing; [`Error::Conflict`] when it is not at `revision`.
    pub async fn schedule_resume(
        &self,
        id: &ScheduleId,
        revision: i64,
        next_at: Option<Micros>,
        at: Micros,
    ) -> Result<()> {
        let args = (id.clone(), revision, next_at, at);
        self.write(args, CHANGED, |connection, args| Box::pin(resume(connection, args))).await
    }

    /// Schedules whose next firing is due at `now`, the longest waiting first.
    pub async fn schedules_due(&self, now: Micros, limit: usize) -> Result<Vec<ScheduleRecord>> {
        const SELECT: &str = "SELECT * FROM schedules WHERE next_at <= $1 ORDER BY next_at, schedule_id LIMIT CAST($2 AS BIGINT)";
        let rows = sql(SELECT).bind(now).bind(limit).rows(&mut self.read().await?).await?;
        rows.iter().map(schedule).collect()
    }
}

async fn find(connection: &mut Connection, id: &ScheduleId) -> Result<Option<ScheduleRecord>> {
    let row = sql("SELECT * FROM schedules WHERE schedule_id = $1").bind(id).row(connection).await?;
    row.as_ref().map(schedule).transpose()
}

async fn create(connection: &mut Connection, new: &NewSchedule) -> Result<ScheduleCreated> {
    one_at_a_time(connection).await?;
    if let Some(known) = find(connection, &new.schedule_id).await? {
        let same = known.spec == new.spec;
        return Ok(if same { ScheduleCreated::Replay } else { ScheduleCreated::Conflict });
    }
    if full(connection, new).await? {
        return Ok(ScheduleCreated::Full);
    }
    const INSERT: &str = "INSERT INTO schedules (tenant, cron, time_zone, task_json, missed, catch_up_max, overlap, \
                              starts_at, ends_at, schedule_id, revision, next_at, created_at, updated_at) \
                          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12, $12)";
    let insert = with_spec(sql(INSERT), &new.spec).bind(&new.schedule_id).bind(new.next_at).bind(new.at);
    insert.execute(connection).await?;
    Ok(ScheduleCreated::New)
}

async fn replace(
    connection: &mut Connection,
    (new, at_revision): &(NewSchedule, Option<i64>),
) -> Result<ScheduleCreated> {
    one_at_a_time(connection).await?;
    let known = find(connection, &new.schedule_id).await?.ok_or(Error::NotFound("schedule"))?;
    if at_revision.is_some_and(|wanted| wanted != known.revision) {
        return Err(Error::Conflict("the schedule"));
    }
    if known.spec == new.spec {
        return Ok(ScheduleCreated::Replay);
    }
    if known.spec.tenant != new.spec.tenant && full(connection, new).await? {
        return Ok(ScheduleCreated::Full);
    }
    const UPDATE: &str = "UPDATE schedules SET tenant = $1, cron = $2, time_zone = $3, task_json = $4, missed = $5, \
                              catch_up_max = $6, overlap = $7, starts_at = $8, ends_at = $9, revision = revision + 1, \
                              next_at = CASE WHEN paused_at IS NULL THEN $11 ELSE NULL END, updated_at = $12 \
                          WHERE schedule_id = $10";
    // What is due already stays due when only the task changes.
    let same_times = times(&known.spec) == times(&new.spec);
    let next_at = if same_times { known.next_at } else { new.next_at };
    let update = with_spec(sql(UPDATE), &new.spec).bind(&new.schedule_id).bind(next_at).bind(new.at);
    update.execute(connection).await?;
    Ok(ScheduleCreated::New)
}

fn times(spec: &ScheduleSpec) -> (&str, &str, Option<Micros>, Option<Micros>) {
    (&spec.cron, &spec.time_zone, spec.starts_at, spec.ends_at)
}

fn with_spec(statement: Statement, spec: &ScheduleSpec) -> Statement {
    let statement = statement.bind(&spec.tenant).bind(&spec.cron).bind(&spec.time_zone).bind(&spec.task_json);
    let statement = statement.bind(spec.missed.as_str()).bind(spec.catch_up_max).bind(spec.overlap.as_str());
    statement.bind(spec.starts_at).bind(spec.ends_at)
}

/// Two that count at the same time would both find room.
async fn one_at_a_time(connection: &mut Connection) -> Result<()> {
    // SQLite has one writer anyway. Firing takes no part in this and goes on meanwhile.
    let lock = connection.choose("SELECT 1 AS one", "SELECT pg_advisory_xact_lock(7304027)");
    sql(lock).execute(connection).await.map(drop)
}

async fn full(connection: &mut Connection, new: &NewSchedule) -> Result<bool> {
    const COUNT: &str = "SELECT COUNT(*) AS count FROM schedules WHERE tenant = $1";
    let row = sql(COUNT).bind(&new.spec.tenant).row(connection).await?;
    Ok(row.map_or(Ok(0), |row| row.int("count"))? >= new.tenant_max)
}

async fn delete(connection: &mut Connection, id: &ScheduleId) -> Result<bool> {
    Ok(sql("DELETE FROM schedules WHERE schedule_id = $1").bind(id).execute(connection).await? > 0)
}

async fn pause(connection: &mut Connection, (id, at): &(ScheduleId, Micros)) -> Result<()> {
    const PAUSE: &str = "UPDATE schedules SET paused_at = COALESCE(paused_at, $1), next_at = NULL, \
                             revision = CASE WHEN paused_at IS NULL THEN revision + 1 ELSE revision END \
                         WHERE schedule_id = $2";
    match sql(PAUSE).bind(*at).bind(id).execute(connection).await? {
        0 => Err(Error::NotFound("schedule")),
        _ => Ok(()),
    }
}

async fn resume(
    connection: &mut Connection,
    (id, revision, next_at, at): &(ScheduleId, i64, Option<Micros>, Micros),
) -> Result<()> {
    const RESUME: &str = "UPDATE schedules SET paused_at = NULL, next_at = $1, revision = revision + 1, updated_at = $2 \
                          WHERE schedule_id = $3 AND revision = $4 AND paused_at IS NOT NULL";
    let resume = sql(RESUME).bind(*next_at).bind(*at).bind(id).bind(*revision);
    if resume.execute(connection).await? > 0 {
        return Ok(());
    }
    match find(connection, id).await?.ok_or(Error::NotFound("schedule"))?.paused_at {
        None => Ok(()),
        Some(_) => Err(Error::Conflict("the schedule")),
    }
}
