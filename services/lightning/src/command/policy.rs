//! `lightning policy`: the registry, its gates, and what policies would have earned.

mod render;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use service_api::policy::EvaluateRequest;

use crate::cli::{EvaluateArgs, PolicyCommand};
use crate::connection::{Connection, call, long_call};
use crate::exit::Failure;
use crate::output::Output;

/// An evaluation reads the whole log.
const EVALUATION_S: u64 = 600;
/// Moving a policy judges it by all that came after it was made.
const JUDGING_S: u64 = 120;

/// One of them.
pub async fn run(command: PolicyCommand, connection: &Connection, output: &Output) -> Result<(), Failure> {
    match command {
        PolicyCommand::List => list(connection, output).await,
        PolicyCommand::Show(arg) => {
            let policy = connection.rl.policy(arg.policy, &call()).await?;
            output.both(&policy, || render::whole(&policy, output));
            Ok(())
        }
        PolicyCommand::Shadow(arg) => step(arg.policy, "shadow", json!({}), connection, output).await,
        PolicyCommand::Canary(args) => {
            step(args.policy, "canary", json!({"share": args.share}), connection, output).await
        }
        PolicyCommand::Promote(arg) => step(arg.policy, "promote", json!({}), connection, output).await,
        PolicyCommand::Rollback(arg) => step(arg.policy, "rollback", json!({}), connection, output).await,
        PolicyCommand::Evaluate(args) => evaluate(args, connection, output).await,
    }
}

async fn list(connection: &Connection, output: &Output) -> Result<(), Failure> {
    let list = connection.rl.policies(&call()).await?;
    for policy in &list.policies {
        output.data(policy);
    }
    output.say(render::list(&list, output));
    Ok(())
}

async fn step(
    version: i64,
    step: &str,
    body: Value,
    connection: &Connection,
    output: &Output,
) -> Result<(), Failure> {
    let policy = connection.rl.move_policy(version, step, &body, &long_call(JUDGING_S)).await?;
    output.both(&policy, || render::moved(&policy, output));
    Ok(())
}

async fn evaluate(args: EvaluateArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let since = args.last.map(|last| (Utc::now() - last).to_rfc3339_opts(SecondsFormat::Micros, true));
    let request = EvaluateRequest {
        policy: args.policy,
        learner: args.learner.as_deref().map(settings).transpose()?,
        against: args.against,
        since: since.or(args.since),
        until: args.until,
    };
    let report = connection.rl.evaluate(&request, &long_call(EVALUATION_S)).await?;
    output.both(&report, || render::report(&report, output));
    Ok(())
}

/// Settings of a learner as they stand on the command line.
pub fn settings(text: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::usage(format!("--learner must be a JSON object: {error}")))
}
