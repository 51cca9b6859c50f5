//! Training jobs: queued in the database, done one at a time, resumed where they were after a crash.
//!
//! A job is a fold over the log of experiences, if asked for after a search for the settings to fold with. What it publishes is a
//! candidate; the gates of [`super::policies`] stand between that and deciding.

mod fold;
mod job;
mod search;

use std::time::Duration;

use q_learning::LearnerConfig;
use serde_json::{Map, Value, json};
use service_api::policy::TrainingRequest;
use service_kit::now_micros;
use storage::{NewPolicy, Page, PolicyStatus, TrainingJob};
use task_model::Micros;
use tokio_util::sync::CancellationToken;

use super::{Error, State};
use fold::{Fold, Trained};
pub(crate) use job::{merged, wants_publication};

/// Another process may have queued a job; its bell does not ring here.
const POLL: Duration = Duration::from_secs(1);
/// Pages between two checkpoints: some seconds of work.
const CHECKPOINT_PAGES: usize = 5;

/// Queues a job.
pub(crate) async fn start(state: &State, request: TrainingRequest) -> Result<TrainingJob, Error> {
    let job = job::new(request, Micros(now_micros()))?;
    state.storage.training_put(job.clone()).await?;
    state.job_waits.notify_one();
    Ok(job)
}

/// One job.
pub(crate) async fn find(state: &State, id: &str) -> Result<TrainingJob, Error> {
    let job = state.storage.training_find(id).await?;
    job.ok_or_else(|| Error::Unknown(format!("training job \"{id}\"")))
}

/// Asks a job to stop; one that is over stays as it is.
pub(crate) async fn stop(state: &State, id: &str) -> Result<TrainingJob, Error> {
    let mut job = find(state, id).await?;
    if job::is_open(&job) {
        job.status = "stopped".into();
        job.finished_at = Some(Micros(now_micros()));
        state.storage.training_put(job.clone()).await?;
    }
    Ok(job)
}

/// Jobs that a crash left running go on.
pub(crate) async fn resume(state: &State) -> Result<(), storage::Error> {
    for mut job in state.storage.training_list(&Page::first(Page::MAX_LIMIT)).await?.items {
        if job.status == "running" {
            tracing::info!(job.id = %job.job_id, "a training job was interrupted and goes on");
            job.status = "queued".into();
            state.storage.training_put(job).await?;
        }
    }
    Ok(())
}

/// Does jobs, the oldest first, until told to stop. A job that is interrupted stays `running` and is resumed at the next start.
pub(crate) async fn run(state: State, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let wait = async {
            tokio::select! {
                () = state.job_waits.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        };
        match next(&state).await {
            Ok(Some(job)) => {
                let id = job.job_id.clone();
                tokio::select! {
                    () = stop.cancelled() => return,
                    done = perform(&state, job) => if let Err(error) = done {
                        fail(&state, &id, &error).await;
                    },
                }
            }
            Ok(None) => tokio::select! { () = stop.cancelled() => return, () = wait => {} },
            Err(error) => {
                tracing::warn!(%error, "training jobs cannot be read");
                tokio::select! { () = stop.cancelled() => return, () = wait => {} }
            }
        }
    }
}

async fn next(state: &State) -> Result<Option<TrainingJob>, Error> {
    let jobs = state.storage.training_list(&Page::first(Page::MAX_LIMIT)).await?.items;
    Ok(jobs.into_iter().filter(|job| job.status == "queued").min_by_key(|job| job.created_at))
}

async fn perform(state: &State, mut job: TrainingJob) -> Result<(), Error> {
    job.status = "running".into();
    job.started_at.get_or_insert(Micros(now_micros()));
    state.storage.training_put(job.clone()).await?;
    let Some(settings) = search::best(state, &mut job).await? else { return Ok(()) };
    let config = job::merged(settings)?;
    let searched = if job.progress["trials"].is_array() { search::SEARCH_SHARE } else { 0.0 };
    let total = state.storage.experiences_count().await?.max(1) as f64;
    let mut fold = begin(state, &job, &config).await?;
    for page in 1.. {
        let Some(advanced) = fold.advance(&state.storage, fold::PAGE).await? else { break };
        fold = advanced;
        if find(state, &job.job_id).await?.status == "stopped" {
            return Ok(());
        }
        if page % CHECKPOINT_PAGES == 0 {
            let checkpoint = fold.laid_down(&job.job_id, Micros(now_micros()));
            state.storage.training_checkpoint_put(checkpoint).await?;
        }
        let share = searched + (1.0 - searched) * (fold.read() as f64 / total).min(1.0);
        job.progress["share"] = json!(share);
        job.progress["experiences"] = json!(fold.read());
        state.storage.training_put(job.clone()).await?;
    }
    finish(state, job, fold.end()).await
}

/// Where it was interrupted, or else at the beginning of the log.
async fn begin(state: &State, job: &TrainingJob, config: &LearnerConfig) -> Result<Fold, Error> {
    let kept = state.storage.training_checkpoint_find(&job.job_id).await?;
    match kept.and_then(|checkpoint| Fold::taken_up(config, &checkpoint)) {
        Some(fold) => Ok(fold),
        None => Fold::new(config.clone()),
    }
}

async fn finish(state: &State, mut job: TrainingJob, trained: Trained) -> Result<(), Error> {
    let trials = job.metrics.get("trials").cloned();
    let mut metrics = trained.metrics.clone();
    metrics.extend(trials.map(|trials| ("trials".to_owned(), trials)));
    job.metrics = Value::Object(metrics);
    job.progress["share"] = json!(1.0);
    job.progress["experiences"] = json!(trained.read);
    if wants_publication(&job) {
        job.policy_version = Some(publish(state, &job, trained).await?);
    }
    job.status = "completed".into();
    job.finished_at = Some(Micros(now_micros()));
    state.storage.training_put(job.clone()).await?;
    state.storage.training_checkpoint_drop(job.job_id.clone()).await?;
    tracing::info!(job.id = %job.job_id, policy.version = ?job.policy_version, "a training job is done");
    Ok(())
}

async fn publish(state: &State, job: &TrainingJob, trained: Trained) -> Result<i64, Error> {
    let policy = NewPolicy {
        status: PolicyStatus::Candidate,
        algorithm: "pooled-linear".into(),
        parent: state.storage.policy_promoted().await?,
        trained_to: trained.seq,
        params: serde_json::to_value(trained.config).unwrap_or_default(),
        metrics: Value::Object(trained.metrics),
        bytes: trained.bytes,
        note: format!("training {}", job.job_id),
        created_at: Micros(now_micros()),
    };
    Ok(state.storage.policy_publish(policy).await?)
}

async fn fail(state: &State, id: &str, error: &Error) {
    tracing::warn!(job.id = %id, %error, "a training job failed");
    let failed = async {
        let mut job = find(state, id).await?;
        job.status = "failed".into();
        job.error = Some(error.to_string());
        job.finished_at = Some(Micros(now_micros()));
        state.storage.training_put(job).await?;
        Ok::<_, Error>(())
    };
    if let Err(error) = failed.await {
        tracing::error!(job.id = %id, %error, "the failure of a training job cannot be noted");
    }
}

/// The settings a learner has when nobody changes any.
pub(crate) fn default_config() -> Map<String, Value> {
    match serde_json::to_value(LearnerConfig::default()) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
