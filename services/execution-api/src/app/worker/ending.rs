//! What is written when a walk through a run has ended, whatever ended it.

use std::time::Duration;

use rand::RngExt;
use react_agent::{Answer, Failure};
use serde_json::{Map, Value, json};
use service_kit::crash_point;
use storage::{RunEnd, RunLease, RunRecord, StepResult, TaskError};
use task_model::{Blame, FailureCode, MicroUsd, Micros, RunStatus};

use super::drive::{Drive, Ended};
use super::persist::insist;
use super::speaker::Speaker;
use super::stop::Stop;
use super::under_way::{Ask, Wish};
use crate::clock;
use crate::state::State;

/// Drives one claimed run to whatever end it finds, and writes that.
pub async fn see_through(state: &State, ask: &Ask, run: RunRecord) {
    crash_point("execution.run_claimed");
    let closing = Closing { state, ask, run: run.clone(), lease: run.lease() };
    let written = match Drive::begin(state, ask, run).await {
        Err(stop) => closing.stopped(stop, None).await,
        Ok(mut drive) => match drive.walk().await {
            Ok(ended) => closing.ended(ended, &mut drive).await,
            Err(stop) => closing.stopped(stop, Some(&mut drive)).await,
        },
    };
    match written {
        Ok(()) | Err(storage::Error::Stale) => {}
        Err(error) => closing.give_up(error).await,
    }
    state.watchers.changed(&closing.lease.task_id);
}

struct Closing<'a> {
    state: &'a State,
    ask: &'a Ask,
    run: RunRecord,
    lease: RunLease,
}

impl Closing<'_> {
    async fn ended(&self, ended: Ended, drive: &mut Drive<'_>) -> storage::Result<()> {
        let now = clock::now();
        let end = match ended {
            Ended::Answered(answer) => completed(&self.run, &answer, &drive.speaker, now),
            Ended::Failed(failure) => failed(failure, now),
        };
        self.finish(end, std::mem::take(&mut drive.pending)).await
    }

    async fn stopped(&self, stop: Stop, drive: Option<&mut Drive<'_>>) -> storage::Result<()> {
        let steps = drive.as_ref().map_or(self.run.steps, |drive| drive.machine.usage().steps.into());
        let mut pending = drive.map(|drive| std::mem::take(&mut drive.pending)).unwrap_or_default();
        let now = clock::now();
        match stop {
            Stop::Stale | Stop::Wished(Wish::Abandon) => Ok(()),
            Stop::Wished(Wish::Cancel) => self.finish(cancelled(now), pending).await,
            Stop::Deadline => self.finish(overdue(self.run.releases, steps, now), pending).await,
            Stop::Trouble { why, retry_after } => self.trouble(&why, retry_after, pending).await,
            Stop::Wished(Wish::Pause) => {
                self.results(&mut pending, 0).await?;
                insist(self.ask, || self.state.storage.run_paused(self.lease.clone())).await
            }
            Stop::Review(why) => {
                tracing::warn!(task.id = %self.lease.task_id, attempt = self.lease.attempt.0, code = why.code, "a run waits for a person");
                self.results(&mut pending, 0).await?;
                insist(self.ask, || self.state.storage.run_review(self.lease.clone(), why.clone())).await
            }
        }
    }

    /// The infrastructure failed the run: it rests, unless it has rested often enough.
    async fn trouble(
        &self,
        why: &str,
        retry_after: Option<Duration>,
        mut pending: Vec<StepResult>,
    ) -> storage::Result<()> {
        let tries = u32::try_from(self.run.releases + 1).unwrap_or(u32::MAX);
        let rest =
            self.state.settings.backoff().rest(tries, rand::rng().random(), retry_after.unwrap_or_default());
        tracing::warn!(
            task.id = %self.lease.task_id, attempt = self.lease.attempt.0, tries, cause = why,
            rest_ms = rest.map(|rest| rest.as_millis() as u64), "the infrastructure failed a run"
        );
        metrics::counter!("execution_runs_released_total").increment(1);
        let Some(rest) = rest else {
            let message = format!("the infrastructure failed this run {tries} times: {why}");
            return self
                .finish(failure("INFRASTRUCTURE", message, Blame::Infrastructure, clock::now()), pending)
                .await;
        };
        self.results(&mut pending, 0).await?;
        let due_at = clock::now().plus_millis(i64::try_from(rest.as_millis()).unwrap_or(i64::MAX));
        insist(self.ask, || self.state.storage.run_release(self.lease.clone(), due_at)).await
    }

    async fn finish(&self, end: RunEnd, mut pending: Vec<StepResult>) -> storage::Result<()> {
        crash_point("execution.before_finish");
        self.results(&mut pending, 1).await?;
        let last = pending.pop();
        insist(self.ask, || self.state.storage.run_finish(self.lease.clone(), last.clone(), end.clone()))
            .await?;
        crash_point("execution.finished");
        told(&self.run, &end);
        Ok(())
    }

    /// Commits results until `keep` are left.
    async fn results(&self, pending: &mut Vec<StepResult>, keep: usize) -> storage::Result<()> {
        let earlier = pending.len().saturating_sub(keep);
        for result in pending.drain(..earlier) {
            insist(self.ask, || self.state.storage.step_result(&self.lease, result.clone())).await?;
        }
        Ok(())
    }

    /// What cannot be written will not get better by trying again: a person must look.
    async fn give_up(&self, error: storage::Error) {
        tracing::error!(task.id = %self.lease.task_id, attempt = self.lease.attempt.0, %error, "the end of a run cannot be written");
        let why =
            TaskError { code: "INTERNAL".into(), message: "what the run came to cannot be stored".into() };
        if let Err(error) = self.state.storage.run_review(self.lease.clone(), why).await {
            tracing::error!(task.id = %self.lease.task_id, %error, "a run stays with this worker until its session ends");
        }
    }
}

/// The result of a completed task. Small and stable: clients read it on both ports.
fn completed(run: &RunRecord, answer: &Answer, speaker: &Speaker, now: Micros) -> RunEnd {
    let usage = &answer.usage;
    let mut result = Map::new();
    result.insert("answer".into(), answer.text.clone().into());
    result.insert("agent_id".into(), run.run.agent_id.as_str().into());
    result.insert("agent_revision".into(), run.run.agent_revision.into());
    result.insert("model".into(), speaker.model.clone().into());
    result.insert("provider".into(), speaker.provider.clone().into());
    result.insert("steps".into(), usage.steps.into());
    result.insert("tool_calls".into(), usage.tool_calls.into());
    let tokens = json!({ "in": usage.tokens_in, "out": usage.tokens_out });
    result.insert("tokens".into(), tokens);
    result.insert("cost_usd".into(), MicroUsd(usage.cost_micro).as_usd().into());
    result.insert("duration_ms".into(), now.millis_since(run.started_at.unwrap_or(now)).into());
    if answer.truncated {
        result.insert("truncated".into(), true.into());
    }
    let result_json = Some(Value::Object(result).to_string());
    RunEnd { status: RunStatus::COMPLETED, result_json, error: None, blame: None, finished_at: now }
}

fn failed(failed: Failure, now: Micros) -> RunEnd {
    failure(failed.code.as_str(), failed.message.clone(), failed.blame(), now)
}

fn failure(code: &str, message: String, blame: Blame, now: Micros) -> RunEnd {
    let error = Some(TaskError { code: code.to_owned(), message });
    RunEnd { status: RunStatus::FAILED, result_json: None, error, blame: Some(blame), finished_at: now }
}

fn cancelled(now: Micros) -> RunEnd {
    let stopped = failure(FailureCode::CANCELLED, "the task was cancelled".into(), Blame::Nobody, now);
    RunEnd { status: RunStatus::CANCELLED, ..stopped }
}

/// Time lost in queues and rests is not the agent's.
fn overdue(releases: i64, steps: i64, now: Micros) -> RunEnd {
    let blame = if releases == 0 && steps > 0 { Blame::Agent } else { Blame::Infrastructure };
    failure(FailureCode::DEADLINE, "the deadline of the task passed before it was done".into(), blame, now)
}

fn told(run: &RunRecord, end: &RunEnd) {
    let code = end.error.as_ref().map_or("", |error| error.code.as_str());
    metrics::counter!("execution_runs_finished_total", "status" => end.status.as_str(), "code" => code.to_owned()).increment(1);
    let duration_ms = end.finished_at.millis_since(run.run.created_at);
    metrics::histogram!("execution_run_seconds").record(duration_ms as f64 / 1e3);
    tracing::debug!(
        task.id = %run.run.task_id, attempt = run.run.attempt.0, agent.id = %run.run.agent_id,
        status = end.status.as_str(), code, duration_ms, "a run ended"
    );
}

#[cfg(test)]
mod tests;
