//! `lightning task pause|resume|fork|approve|deny`: what a person may do to a task under way.

use service_api::inbox::{Decision, ForkRequest};
use service_api::task::RunRecord;

use crate::cli::steer::{DecideArgs, ForkArgs};
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::Output;

/// Holds a task.
pub async fn pause(id: &str, connection: &Connection, output: &Output) -> Result<(), Failure> {
    say(&connection.execution.pause(id, &call()).await?, output);
    Ok(())
}

/// Lets a paused task go on.
pub async fn resume(id: &str, connection: &Connection, output: &Output) -> Result<(), Failure> {
    say(&connection.execution.resume(id, &call()).await?, output);
    Ok(())
}

/// Makes a new task out of the beginning of another.
pub async fn fork(args: ForkArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let request = ForkRequest { from_step: args.from_step, task_id: args.new_id, attempt: args.attempt };
    say(&connection.execution.fork(&args.id, &request, &call()).await?, output);
    Ok(())
}

/// Lets what waits go on.
pub async fn approve(args: DecideArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let id = args.id.clone();
    say(&connection.execution.approve(&id, &decision(args), &call()).await?, output);
    Ok(())
}

/// Says no.
pub async fn deny(args: DecideArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let id = args.id.clone();
    say(&connection.execution.deny(&id, &decision(args), &call()).await?, output);
    Ok(())
}

fn decision(args: DecideArgs) -> Decision {
    Decision { version: args.version, reason: args.reason, end_task: args.end_task }
}

fn say(run: &RunRecord, output: &Output) {
    output.both(run, || format!("{}: {}", run.task_id, output.status(&run.status)));
}
