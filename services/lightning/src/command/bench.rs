//! `lightning bench`: durable assignments and whole tasks per second, as ratios to a bare echo server of the same run.
//!
//! Server, load and database share this machine, so only ratios mean anything elsewhere.

mod echo;
mod latency;
mod load;
mod whole;

use std::time::Duration;

use serde::Serialize;

use super::Environment;
use crate::cli::{BenchArgs, Service};
use crate::exit::{Code, Failure};
use crate::output::{Output, Tone};
use crate::stack::{ALL, Stack};
use latency::Figures;

/// What one run of the benchmark came to.
#[derive(Debug, Serialize)]
struct Sheet {
    database: &'static str,
    connections: u32,
    echo: Figures,
    assign: Figures,
    assign_to_echo: f64,
    tasks: whole::Whole,
    tasks_to_echo: f64,
    rss_peak_mib: Option<f64>,
}

/// Measures echo, assignments, and whole tasks, in this order and in one process.
pub async fn run(args: &BenchArgs, mut environment: Environment, output: &Output) -> Result<(), Failure> {
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

    let echo = load::run(echo::start().await?, args.connections, duration, load::echo_request).await?;
    let stack = Stack::start(environment.clone(), &ALL).await?;
    let orchestrator = address(&stack, Service::Orchestrator)?;
    whole::until_ready(&stack).await?;
    let tasks = whole::run(&stack, args.tasks).await?;
    let assign = load::run(orchestrator, args.connections, duration, load::assign_request).await?;
    stack.stop().await;

    let sheet = Sheet {
        database,
        connections: args.connections,
        assign_to_echo: assign.per_second / echo.per_second,
        tasks_to_echo: tasks.per_second / echo.per_second,
        echo,
        assign,
        tasks,
        rss_peak_mib: peak_memory_mib(),
    };
    output.both(&sheet, || render(&sheet, output));
    Ok(())
}

fn address(stack: &Stack, service: Service) -> Result<std::net::SocketAddr, Failure> {
    let found = stack.addresses.iter().find(|(s, _)| *s == service).map(|(_, address)| *address);
    found.ok_or_else(|| Failure::other("the service did not start"))
}

/// The most memory this process ever held, load generator included.
fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn render(sheet: &Sheet, output: &Output) -> String {
    let mut table = output.table(&["what", "per second", "÷ echo", "p50", "p99", "errors"]);
    let row = |name: &str, figures: &Figures, ratio: f64| {
        [
            name.to_owned(),
            format!("{:.0}", figures.per_second),
            format!("{ratio:.3}"),
            format!("{:.2} ms", figures.p50_ms),
            format!("{:.2} ms", figures.p99_ms),
            figures.errors.to_string(),
        ]
    };
    table.add_row(row("echo (axum, JSON in and out)", &sheet.echo, 1.0));
    table.add_row(row("POST /assign-task, durable", &sheet.assign, sheet.assign_to_echo));
    let tasks = &sheet.tasks;
    table.add_row([
        format!("whole tasks ({} steps each)", tasks.steps_per_task),
        format!("{:.0}", tasks.per_second),
        format!("{:.4}", sheet.tasks_to_echo),
        "–".into(),
        "–".into(),
        (tasks.tasks - tasks.completed).to_string(),
    ]);
    let memory = sheet
        .rss_peak_mib
        .map_or_else(String::new, |mib| format!("; peak memory {mib:.0} MiB with the load generator"));
    format!(
        "{table}\n{} · {} connections · {:.2} CPU s per 1,000 whole tasks{memory}",
        sheet.database, sheet.connections, tasks.cpu_s_per_1000
    )
}
