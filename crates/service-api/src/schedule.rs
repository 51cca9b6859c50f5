//! `/schedules` of the orchestrator: tasks that are made again and again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::assign::AssignTaskRequest;

/// A schedule as a caller describes it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"schedule_id": "nightly-report", "cron": "0 6 * * MON-FRI", "time_zone": "Europe/Vienna",
    "task": {"description": "Summarise what failed since yesterday"}}))]
pub struct ScheduleInput {
    /// 1–90 of `A-Za-z0-9._:-`; made for the caller when absent. The tasks are named `<schedule_id>:<time of the firing>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 90, pattern = "^[A-Za-z0-9._:-]+$")]
    pub schedule_id: Option<String>,
    /// Five fields (minute, hour, day of month, month, day of week), six with seconds before them, or `@hourly`, `@daily` …; also
    /// `L`, `W`, `#`, names of months and days.
    #[schema(min_length = 1, max_length = 200)]
    pub cron: String,
    /// The IANA time zone of the expression. Default `UTC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What is assigned at each firing. Without `task_id`, `idempotency_key`, `deadline`, `start_at` and `execution_mode`.
    pub task: AssignTaskRequest,
    /// What becomes of firings that nobody was up to make: `skip`, `last` (default: the latest is made up for) or `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<String>,
    /// With `missed: all`, how many are made up for at most, the latest ones. 1–1,000; default 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    pub catch_up_max: Option<i64>,
    /// `allow` (default), or `skip`: no firing while the last task of the schedule has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<String>,
    /// No firing before this time (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub starts_at: Option<String>,
    /// No firing after this time (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub ends_at: Option<String>,
    /// With PUT: replace only this revision, else 409.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
}

/// A schedule as it stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    /// Its identity.
    pub schedule_id: String,
    /// `active`, `paused`, or `ended`: no firing is left.
    pub status: String,
    /// Who its tasks are for.
    pub tenant: String,
    /// The times.
    pub cron: String,
    /// The time zone that they are meant in.
    pub time_zone: String,
    /// What is assigned at each firing.
    pub task: AssignTaskRequest,
    /// `skip`, `last` or `all`.
    pub missed: String,
    /// The bound of `all`.
    pub catch_up_max: i64,
    /// `allow` or `skip`.
    pub overlap: String,
    /// RFC 3339.
    pub starts_at: Option<String>,
    /// RFC 3339.
    pub ends_at: Option<String>,
    /// Grows with every edit, from 1.
    pub revision: i64,
    /// The next firing (RFC 3339).
    pub next_at: Option<String>,
    /// The next five firings, in the schedule's own time zone (RFC 3339). Only of a single schedule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_firings: Vec<String>,
    /// How many tasks it made.
    pub fired: i64,
    /// How many firings were refused.
    pub refused: i64,
    /// How many times firings were passed over: missed, or the last task still ran.
    pub skipped: i64,
    /// The last firing that was looked at.
    pub last_firing: Option<ScheduleFiring>,
    /// The last task that it made.
    pub last_task_id: Option<String>,
    /// The last firing that was refused, however long ago.
    pub last_refusal: Option<ScheduleRefusal>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// What became of a firing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ScheduleFiring {
    /// Its time (RFC 3339).
    pub due_at: String,
    /// `made`, `refused`, `missed` or `overlapped`.
    pub outcome: String,
}

/// Why a firing made no task.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ScheduleRefusal {
    /// The time of the firing (RFC 3339).
    pub due_at: String,
    /// As `POST /assign-task` would have answered.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// `GET /schedules`, by id.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ScheduleList {
    /// One page.
    pub schedules: Vec<Schedule>,
    /// How many are on this page.
    pub count: usize,
    /// Pass it as `cursor` to get the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// `POST /schedules/{id}/run`; the body may be left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunSchedule {
    /// The same key makes the same task, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
}
