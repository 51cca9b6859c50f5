//! `lightning demo`: real tasks on a throw-away database, start to finish.
//!
//! Everything shown came over HTTP from the running services; nothing is staged but the list of tasks.

mod examples;
mod judge;
mod report;
mod submit;

use std::time::Duration;

use service_kit::{Settings, port_holder, stop_on_signals};
use tokio_util::sync::CancellationToken;

use super::{Environment, up};
use crate::cli::DemoArgs;
use crate::connection::{Connection, call};
use crate::exit::{Code, Failure};
use crate::output::{Output, Tone};
use crate::stack::{ALL, Stack};
use report::Report;

/// How long the services may take until the roster is there.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// Starts everything, runs the tasks, reports, and stops unless told to stay.
pub async fn run(args: &DemoArgs, mut environment: Environment, output: &Output) -> Result<(), Failure> {
    let tasks = examples::tasks(args.tasks.as_deref())?;
    let folder = tempfile::tempdir().map_err(|error| Failure::from_error(Code::Other, &error))?;
    prepare(&mut environment, folder.path(), args.free_ports)?;
    let _logs = service_kit::log::start("lightning", &environment.settings()?)?;
    let stop = CancellationToken::new();
    stop_on_signals(stop.clone()).map_err(|error| Failure::from_error(Code::Other, &error))?;

    let stack = Stack::start(environment, &ALL).await?;
    let connection = Connection::open(&stack.settings, None)?;
    let shown = tokio::select! {
        shown = show(tasks, &stack, &connection, output) => shown,
        () = stop.cancelled() => Err(Failure::other("interrupted")),
    };
    if shown.is_ok() && args.keep {
        up::announce(&stack, output)?;
        output.say(output.paint(Tone::Faint, "running until Ctrl-C; the database goes with it"));
        stop.cancelled().await;
    } else if shown.is_ok() {
        output.say("");
        output.say("Keep it running:  lightning demo --keep     (this throw-away database)");
        output.say("                  lightning up              (agent_lightning.db in this folder)");
    }
    stack.stop().await;
    shown
}

/// A database of its own, quiet logs, and ports that are free.
fn prepare(environment: &mut Environment, folder: &std::path::Path, free_ports: bool) -> Result<(), Failure> {
    environment.set("DATABASE_URL", format!("sqlite:///{}", folder.join("demo.db").display()));
    environment.set("LIGHTNING__LOG__DIRECTORY", folder.join("logs").display().to_string());
    if !environment.has("LIGHTNING__LOG__LEVEL") {
        environment.set("LIGHTNING__LOG__LEVEL", "error");
    }
    if free_ports || any_port_is_taken(&environment.settings()?)? {
        for service in ALL {
            environment.set(&format!("LIGHTNING__{}__PORT", service.section().to_uppercase()), "0");
        }
    }
    Ok(())
}

fn any_port_is_taken(settings: &Settings) -> Result<bool, Failure> {
    for service in ALL {
        let listen = settings.listen(service.section())?;
        if listen.port != 0 && std::net::TcpListener::bind((listen.host.as_str(), listen.port)).is_err() {
            let holder = port_holder::find(listen.port).map_or_else(String::new, |h| format!(" by {h}"));
            tracing::warn!(
                port = listen.port,
                "the port is taken{holder}; the demonstration takes free ones"
            );
            return Ok(true);
        }
    }
    Ok(false)
}

async fn show(
    tasks: Vec<examples::Example>,
    stack: &Stack,
    connection: &Connection,
    output: &Output,
) -> Result<(), Failure> {
    until_ready(connection).await?;
    examples::teach(connection).await?;
    up::announce(stack, output)?;
    output.say("");
    output.say(
        output.paint(Tone::Strong, format!("{} tasks: assign → execute → observe → learn", tasks.len())),
    );
    let before = submit::values(&tasks, connection).await?;
    let rows = submit::all(tasks.clone(), connection, output).await?;
    let after = submit::values(&tasks, connection).await?;
    let verdicts = judge::change_a_mind(connection).await?;
    let report = Report { rows, before, after, verdicts };
    output.both(&report, || report.render(output));
    report.verdict()
}

/// The roster is seeded by the execution API and followed by the orchestrator: a moment after the ports are open.
async fn until_ready(connection: &Connection) -> Result<(), Failure> {
    let deadline = tokio::time::Instant::now() + READY_WITHIN;
    loop {
        let probe = service_api::assign::SelectAgentRequest {
            description: "Test task".into(),
            ..service_api::assign::SelectAgentRequest::default()
        };
        match connection.orchestrator.select_agent(&probe, &call()).await {
            Ok(_) => return Ok(()),
            Err(error) if tokio::time::Instant::now() >= deadline => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
