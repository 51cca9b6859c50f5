//! `lightning up`: all four services in one process.

use service_kit::stop_on_signals;
use storage::StorageOptions;
use tokio_util::sync::CancellationToken;

use super::Environment;
use crate::cli::{Service, UpArgs};
use crate::exit::{Code, Failure};
use crate::output::{Output, Tone};
use crate::stack::{ALL, Stack};

/// Runs until SIGTERM, SIGINT, or until a service ends by itself.
pub async fn run(args: &UpArgs, mut environment: Environment, output: &Output) -> Result<(), Failure> {
    if let Some(url) = &args.database {
        environment.set("DATABASE_URL", url);
    }
    let services = if args.only.is_empty() { ALL.to_vec() } else { args.only.clone() };
    let _logs = service_kit::log::start("lightning", &environment.settings()?)?;
    let stop = CancellationToken::new();
    stop_on_signals(stop.clone()).map_err(|error| Failure::from_error(Code::Other, &error))?;
    let mut stack = Stack::start(environment, &services).await?;
    announce(&stack, output)?;
    let ended = tokio::select! {
        () = stop.cancelled() => Ok(()),
        failure = stack.ended() => Err(failure),
    };
    output.say(output.paint(Tone::Faint, "stopping: finishing or releasing what was begun"));
    stack.stop().await;
    ended
}

/// Where everything is, and what to type next.
pub fn announce(stack: &Stack, output: &Output) -> Result<(), Failure> {
    let options: StorageOptions = stack.settings.section("database")?;
    let places: serde_json::Map<_, _> =
        stack.addresses.iter().map(|(s, a)| (s.section().to_owned(), a.to_string().into())).collect();
    output.data(&serde_json::json!({"event": "up", "services": places}));
    output.say(output.paint(Tone::Strong, "Agent Lightning is up"));
    for service in ALL {
        if let Some(url) = stack.url(service) {
            output.say(format!("  {:<16} {url:<28} docs {url}/docs", service.title()));
        }
    }
    output.say(format!("  {:<16} {}", "database", describe(&options)));
    if let Some(url) = stack.url(Service::Orchestrator) {
        output.say("");
        output.say("Give it a task:");
        output.say(format!("  curl -X POST {url}/assign-task -H 'Content-Type: application/json' \\"));
        output.say(r#"    -d '{"task_id": "test", "description": "Test task", "priority": 5}'"#);
        output.say(r#"or: lightning assign "What is 17.5% of 2,480?" --wait"#);
    }
    Ok(())
}

/// The database without what must stay secret.
fn describe(options: &StorageOptions) -> String {
    match options.url.split_once('@') {
        Some((_, place)) => format!("PostgreSQL {}", place.split('?').next().unwrap_or_default()),
        None => options.url.clone(),
    }
}
