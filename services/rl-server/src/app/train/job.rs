//! A training job as it is asked for.

use q_learning::{Learner, LearnerConfig};
use serde_json::{Map, Value, json};
use service_api::policy::{SearchRequest, TrainingRequest};
use storage::TrainingJob;
use task_model::Micros;

use super::{Error, default_config};

const NAME_MAX: usize = 200;
/// Settings that are tried when nobody says how many.
const TRIALS: usize = 8;
/// Each trial reads the whole log.
const TRIALS_MAX: usize = 64;

/// A job that waits; what it asks for can be done.
pub(super) fn new(request: TrainingRequest, now: Micros) -> Result<TrainingJob, Error> {
    if request.name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX) {
        return Err(Error::field("name", format!("must be at most {NAME_MAX} characters")));
    }
    let config = json!({
        "name": request.name,
        "learner": request.learner.unwrap_or_default(),
        "publish": request.publish.unwrap_or(true),
        "search": search(request.search)?,
    });
    let learner = learner_config(&config)?;
    Learner::new(learner).map_err(|error| Error::field("learner", error.to_string()))?;
    Ok(TrainingJob {
        job_id: format!("training_{}", uuid::Uuid::now_v7().simple()),
        status: "queued".into(),
        config,
        progress: json!({"share": 0.0, "experiences": 0}),
        metrics: Value::Object(Map::new()),
        policy_version: None,
        error: None,
        created_at: now,
        started_at: None,
        finished_at: None,
    })
}

/// The running settings with the job's changes.
fn learner_config(config: &Value) -> Result<LearnerConfig, Error> {
    merged(config.get("learner").and_then(Value::as_object).cloned().unwrap_or_default())
}

/// The usual settings with these changes.
pub(crate) fn merged(changes: Map<String, Value>) -> Result<LearnerConfig, Error> {
    let mut merged = default_config();
    merged.extend(changes);
    serde_json::from_value(Value::Object(merged)).map_err(|error| Error::field("learner", error.to_string()))
}

/// What is looked for, within bounds.
fn search(request: Option<SearchRequest>) -> Result<Value, Error> {
    let Some(request) = request else { return Ok(Value::Null) };
    let trials = request.trials.unwrap_or(TRIALS);
    if !(1..=TRIALS_MAX).contains(&trials) {
        return Err(Error::field("search.trials", format!("must be from 1 to {TRIALS_MAX}")));
    }
    Ok(json!({"trials": trials, "seed": request.seed.unwrap_or(1)}))
}

/// How many settings are tried, and by which seed; nothing when nothing is looked for.
pub(super) fn trials(config: &Value) -> Option<(usize, u64)> {
    Some((config["search"]["trials"].as_u64()? as usize, config["search"]["seed"].as_u64()?))
}

/// Whether the result is to be published.
pub(crate) fn wants_publication(job: &TrainingJob) -> bool {
    job.config.get("publish").and_then(Value::as_bool).unwrap_or(true)
}

/// Whether a job can still be stopped.
pub(super) fn is_open(job: &TrainingJob) -> bool {
    matches!(job.status.as_str(), "queued" | "running")
}
