//! `lightning bench`: durable assignments and whole tasks per second, as ratios to a bare echo server of the same run.
//!
//! Server, load and database share this machine, so only ratios mean anything elsewhere. Assignments are measured twice: with the
//! orchestrator alone, so that the tasks wait in the outbox, and beside the loop that works them off at the same time.

mod apart;
mod echo;
mod gateway;
mod latency;
mod load;
mod process;
mod whole;

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Environment;
use crate::cli::{BenchArgs, BenchPart, Service};
use crate::exit::{Code, Failure};
use crate::output::{Output, Tone};
use crate::stack::{ALL, Stack};
use latency::Figures;

/// What one run of the benchmark came to.
#[derive(Debug, Serialize)]
struct Sheet {
    database: &'static str,
    connections: u32,
    start_ms: f64,
    idle_rss_mib: Option<f64>,
    echo: Figures,
    assign: Figures,
    assign_to_echo: f64,
    assign_beside_loop: Figures,
    assign_beside_loop_to_echo: f64,
    tasks: whole::Whole,
    tasks_to_echo: f64,
    rss_peak_mib: Option<f64>,
}

/// Measures all of it, one after the other and in one process.
pub async fn run(args: &BenchArgs, mut environment: Environment, output: &Output) -> Result<(), Failure> {
    if let Some(BenchPart::Gateway(args)) = &args.part {
        return gateway::run(args, output).await;
    }
    if cfg!(debug_assertions) {
        output.say(output.paint(Tone::Odd, "this is a debug build: the figures mean little; use --release"));
    }
    let folder = tempfile::tempdir().map_err(|error| Failure::from_error(Code::Other, &error))?;
    let url = args
        .database
        .clone()
        .unwrap_or_else(|| format!("sqlite:///{}", folder.path().join("bench.db").display()));
    let database = if url.starts_with("postgres") { "postgres" } else { "sqlite" };
    environment.set("DATABASE_URL", url);
    environment.set("LIGHTNING__LOG__LEVEL", "error");
    environment.set("LIGHTNING__LOG__DIRECTORY", "");
    for service in ALL {
        environment.set(&format!("LIGHTNING__{}__PORT", service.section().to_uppercase()), "0");
    }
    let _logs = service_kit::log::start("lightning", &environment.settings()?)?;
    let duration = Duration::from_secs(args.seconds);

    let began = Instant::now();
    let stack = Stack::start(environment.clone(), &ALL).await?;
    whole::until_ready(&stack).await?;
    let start_ms = began.elapsed().as_secs_f64() * 1e3;
    let idle_rss_mib = process::memory_mib("VmRSS:");

    let echo = load::run(echo::start().await?, args.connections, duration, load::echo_request).await?;
    let tasks = whole::run(&stack, args.tasks).await?;
    let orchestrator = address(&stack, Service::Orchestrator)?;
    let beside = load::run(orchestrator, args.connections, duration, load::assign_beside_loop).await?;
    stack.stop().await;
    let alone = Stack::start(environment, &[Service::Orchestrator]).await?;
    whole::until_ready(&alone).await?;
    let orchestrator = address(&alone, Service::Orchestrator)?;
    let assign = load::run(orchestrator, args.connections, duration, load::assign_request).await?;
    alone.stop().await;

    let sheet = Sheet {
        database,
        connections: args.connections,
        start_ms,
        idle_rss_mib,
        assign_beside_loop_to_echo: beside.per_second / echo.per_second,
        assign_beside_loop: beside,
        assign_to_echo: assign.per_second / echo.per_second,
        tasks_to_echo: tasks.per_second / echo.per_second,
        echo,
        assign,
        tasks,
        rss_peak_mib: process::memory_mib("VmHWM:"),
    };
    output.both(&sheet, || render(&sheet, output));
    Ok(())
}

fn address(stack: &Stack, service: Service) -> Result<std::net::SocketAddr, Failure> {
    let found = stack.addresses.iter().find(|(s, _)| *s == service).map(|(_, address)| *address);
    found.ok_or_else(|| Failure::other("the service did not start"))
}

fn render(sheet: &Sheet, output: &Output) -> String {
    let mut table = output.table(&["what", "per second", "÷ echo", "p50", "p99", "CPU s / 1,000", "errors"]);
    let row = |name: &str, figures: &Figures, ratio: f64| {
        [
            name.to_owned(),
            format!("{:.0}", figures.per_second),
            format!("{ratio:.3}"),
            format!("{:.2} ms", figures.p50_ms),
            format!("{:.2} ms", figures.p99_ms),
            format!("{:.3}", figures.cpu_s_per_1000),
            figures.errors.to_string(),
        ]
    };
    table.add_row(row("echo (axum, JSON in and out)", &sheet.echo, 1.0));
    table.add_row(row("POST /assign-task, durable", &sheet.assign, sheet.assign_to_echo));
    let beside = &sheet.assign_beside_loop;
    table.add_row(row("the same beside the loop", beside, sheet.assign_beside_loop_to_echo));
    let tasks = &sheet.tasks;
    table.add_row([
        format!("whole tasks ({} steps each)", tasks.steps_per_task),
        format!("{:.0}", tasks.per_second),
        format!("{:.4}", sheet.tasks_to_echo),
        "–".into(),
        "–".into(),
        format!("{:.3}", tasks.cpu_s_per_1000),
        (tasks.tasks - tasks.completed).to_string(),
    ]);
    let memory =
        |name: &str, mib: Option<f64>| mib.map_or_else(String::new, |mib| format!(" · {name} {mib:.0} MiB"));
    format!(
        "{table}\n{} · {} connections · load generator in the same process · ready after {:.0} ms{}{}",
        sheet.database,
        sheet.connections,
        sheet.start_ms,
        memory("memory idle", sheet.idle_rss_mib),
        memory("at most", sheet.rss_peak_mib),
    )
}
