//! How a row becomes a schedule.

use task_model::{Missed, Overlap, ScheduleId, TaskId, TenantId};

use crate::sql::Row;
use crate::{Result, ScheduleRecord, ScheduleSpec, TaskError};

pub(super) fn schedule(row: &Row) -> Result<ScheduleRecord> {
    let last = match (row.opt_micros("last_due_at")?, row.opt_text("last_outcome")?) {
        (Some(at), Some(outcome)) => Some((at, outcome)),
        _ => None,
    };
    let last_refusal = match (row.opt_micros("refused_due_at")?, row.opt_text("refused_code")?) {
        (Some(at), Some(code)) => {
            let message = row.opt_text("refused_message")?.unwrap_or_default();
            Some((at, TaskError { code, message }))
        }
        _ => None,
    };
    Ok(ScheduleRecord {
        schedule_id: row.word("schedule_id", |raw| ScheduleId::parse(raw))?,
        spec: spec(row)?,
        revision: row.int("revision")?,
        paused_at: row.opt_micros("paused_at")?,
        next_at: row.opt_micros("next_at")?,
        fired: row.int("fired")?,
        refused: row.int("refused")?,
        skipped: row.int("skipped")?,
        last,
        last_task_id: row.opt_word("last_task_id", |raw| TaskId::parse(raw))?,
        last_refusal,
        created_at: row.micros("created_at")?,
        updated_at: row.micros("updated_at")?,
    })
}

fn spec(row: &Row) -> Result<ScheduleSpec> {
    Ok(ScheduleSpec {
        tenant: row.word("tenant", |raw| TenantId::parse(raw))?,
        cron: row.text("cron")?,
        time_zone: row.text("time_zone")?,
        task_json: row.text("task_json")?,
        missed: row.word("missed", Missed::parse)?,
        catch_up_max: row.int("catch_up_max")?,
        overlap: row.word("overlap", Overlap::parse)?,
        starts_at: row.opt_micros("starts_at")?,
        ends_at: row.opt_micros("ends_at")?,
    })
}
