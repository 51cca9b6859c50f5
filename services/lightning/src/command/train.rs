//! `lightning train`.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use service_api::policy::{SearchRequest, TrainingJob, TrainingRequest};

use super::policy::settings;
use crate::cli::TrainArgs;
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::{Output, counted};

/// Between two looks at the job.
const LOOK: Duration = Duration::from_millis(300);
/// Parts of the bar.
const PARTS: u64 = 1_000;

/// Queues a job and, unless told otherwise, waits for its end.
pub async fn run(args: TrainArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let search =
        args.search.map(|trials| SearchRequest { trials: Some(trials.into()), seed: Some(args.seed) });
    let request = TrainingRequest {
        name: args.name,
        learner: args.learner.as_deref().map(settings).transpose()?,
        publish: Some(!args.no_publish),
        search,
    };
    let job = connection.rl.start_training(&request, &call()).await?;
    if args.detach {
        output.both(&job, || format!("{} is {}", job.id, job.status));
        return Ok(());
    }
    let job = end(job, connection, output).await?;
    output.both(&job, || render(&job));
    if job.status == "completed" {
        return Ok(());
    }
    Err(Failure::other(format!(
        "{} is {}: {}",
        job.id,
        job.status,
        job.error.as_deref().unwrap_or("no error")
    )))
}

async fn end(mut job: TrainingJob, connection: &Connection, output: &Output) -> Result<TrainingJob, Failure> {
    let bar = if output.is_live() { ProgressBar::new(PARTS) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} % {msg}") {
        bar.set_style(style);
    }
    while ["queued", "running"].contains(&job.status.as_str()) {
        bar.set_position((job.progress * PARTS as f64) as u64);
        bar.set_message(counted(job.experiences, "experience"));
        tokio::time::sleep(LOOK).await;
        job = connection.rl.training(&job.id, &call()).await?;
    }
    bar.finish_and_clear();
    Ok(job)
}

fn render(job: &TrainingJob) -> String {
    let mut lines =
        vec![format!("{} is {} after {}", job.id, job.status, counted(job.experiences, "experience"))];
    for name in ["mean_reward", "rmse", "rmse_of_mean", "calibration_error"] {
        if let Some(value) = job.metrics.get(name).and_then(serde_json::Value::as_f64) {
            lines.push(format!("  {name:<18} {value:.4}"));
        }
    }
    let trials = job.metrics.get("trials").and_then(serde_json::Value::as_array);
    for trial in trials.into_iter().flatten() {
        let number = |name: &str| trial[name].as_f64().unwrap_or_default();
        let early = if trial["stopped_early"] == true { ", stopped early" } else { "" };
        lines.push(format!(
            "  trial {:<3} {:+.4} ({:+.4} to {:+.4}){early}",
            trial["trial"],
            number("uplift"),
            number("low"),
            number("high")
        ));
    }
    if let Some(version) = &job.policy_version {
        lines.push(format!("published as candidate {version}; next: lightning policy shadow {version}"));
    }
    lines.join("\n")
}
