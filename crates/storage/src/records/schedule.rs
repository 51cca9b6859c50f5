//! Schedules: what makes tasks again and again.

use task_model::{Micros, Missed, Overlap, ScheduleId, TaskId, TenantId};

use crate::{Assignment, TaskError};

/// What a person decides about a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSpec {
    /// Who its tasks are for.
    pub tenant: TenantId,
    /// The times, as a cron expression.
    pub cron: String,
    /// The IANA time zone that the expression is read in.
    pub time_zone: String,
    /// The task of each firing.
    pub task_json: String,
    /// What becomes of missed firings.
    pub missed: Missed,
    /// How many missed firings are made up for, where all are.
    pub catch_up_max: i64,
    /// Whether it fires while its last task still runs.
    pub overlap: Overlap,
    /// No firing before.
    pub starts_at: Option<Micros>,
    /// No firing after.
    pub ends_at: Option<Micros>,
}

/// A schedule to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSchedule {
    /// Its identity.
    pub schedule_id: ScheduleId,
    /// What it does.
    pub spec: ScheduleSpec,
    /// Its first firing.
    pub next_at: Option<Micros>,
    /// When it is made.
    pub at: Micros,
    /// How many schedules its tenant may have.
    pub tenant_max: i64,
}

/// What became of a schedule that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleCreated {
    /// It is stored.
    New,
    /// The same one is there already.
    Replay,
    /// Another one has this id.
    Conflict,
    /// Its tenant has as many as it may have.
    Full,
}

/// A stored schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRecord {
    /// Its identity.
    pub schedule_id: ScheduleId,
    /// What it does.
    pub spec: ScheduleSpec,
    /// Grows with every edit, from 1.
    pub revision: i64,
    /// Since when it rests.
    pub paused_at: Option<Micros>,
    /// The next firing; none while it rests, and when there is none left.
    pub next_at: Option<Micros>,
    /// How many tasks it made.
    pub fired: i64,
    /// How many firings were refused.
    pub refused: i64,
    /// How many times firings were passed over.
    pub skipped: i64,
    /// The last firing that was looked at: its time, and the word for what became of it.
    pub last: Option<(Micros, String)>,
    /// The last task that it made.
    pub last_task_id: Option<TaskId>,
    /// The last firing that was refused, and why.
    pub last_refusal: Option<(Micros, TaskError)>,
    /// When it was made.
    pub created_at: Micros,
    /// When it was last edited.
    pub updated_at: Micros,
}

/// What is to become of one firing.
#[derive(Debug, Clone, PartialEq)]
pub enum Firing {
    /// Its task is made, unless the last one still runs and overlap is not allowed.
    Make(Box<Assignment>),
    /// Nobody may be given the task.
    Refuse(TaskError),
    /// It comes too late.
    Pass,
}

/// One step of a schedule: a firing is dealt with, and the next one is set.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleStep {
    /// The schedule.
    pub schedule_id: ScheduleId,
    /// As it was read.
    pub revision: i64,
    /// `next_at` as it was read: of all who try this step, one succeeds.
    pub expected: Micros,
    /// The firing.
    pub due_at: Micros,
    /// What is to become of it.
    pub firing: Firing,
    /// The firing after it.
    pub next_at: Option<Micros>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stepped {
    /// The task is made, or was there.
    Made,
    /// The last task still runs.
    Overlapped,
    /// Recorded as refused.
    Refused,
    /// Recorded as passed over.
    Passed,
    /// Somebody else made this step, or the schedule was edited, paused or deleted.
    Lost,
}

impl Stepped {
    /// The word for it, as it is stored and counted.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Overlapped => "overlapped",
            Self::Refused => "refused",
            Self::Passed => "missed",
            Self::Lost => "lost",
        }
    }
}
