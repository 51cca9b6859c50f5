//! `lightning schedule`: tasks that are made again and again.

use service_api::schedule::{RunSchedule, Schedule, ScheduleInput, ScheduleList};

use super::assign::task;
use crate::cli::schedule::{AddArgs, ListArgs, ScheduleCommand};
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::{Output, Tone, counted, excerpt};

/// One of them.
pub async fn run(command: ScheduleCommand, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let orchestrator = &connection.orchestrator;
    let schedule = match command {
        ScheduleCommand::List(args) => return list(args, connection, output).await,
        ScheduleCommand::RunNow(args) => {
            let run = RunSchedule { idempotency_key: args.key };
            let answer = orchestrator.schedule_run(&args.id, &run, &call()).await?;
            output.both(&answer, || format!("{} → {}", answer.task_id, answer.assigned_agent));
            return Ok(());
        }
        ScheduleCommand::Delete(arg) => {
            let was = orchestrator.schedule_delete(&arg.id, &call()).await?;
            output.both(&was, || {
                format!(
                    "{} is deleted, but not the {} that it made",
                    was.schedule_id,
                    counted(was.fired, "task")
                )
            });
            return Ok(());
        }
        ScheduleCommand::Add(args) => orchestrator.schedule_create(&input(*args)?, &call()).await?,
        ScheduleCommand::Show(arg) => orchestrator.schedule(&arg.id, &call()).await?,
        ScheduleCommand::Pause(arg) => orchestrator.schedule_steer(&arg.id, "pause", &call()).await?,
        ScheduleCommand::Resume(arg) => orchestrator.schedule_steer(&arg.id, "resume", &call()).await?,
    };
    output.both(&schedule, || whole(&schedule, output));
    Ok(())
}

async fn list(args: ListArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (tenant, cursor) = (args.tenant.as_deref(), args.cursor.as_deref());
    let page = connection.orchestrator.schedules(tenant, args.limit, cursor, &call()).await?;
    page.schedules.iter().for_each(|schedule| output.data(schedule));
    output.say(table(&page, output));
    Ok(())
}

fn input(args: AddArgs) -> Result<ScheduleInput, Failure> {
    Ok(ScheduleInput {
        // An identity of our own makes a repetition after a broken connection harmless.
        schedule_id: Some(args.id.unwrap_or_else(|| format!("schedule_{}", uuid::Uuid::now_v7()))),
        cron: args.cron,
        time_zone: Some(args.zone),
        task: task(args.description, args.task)?,
        missed: Some(args.missed),
        catch_up_max: args.catch_up_max,
        overlap: Some(args.overlap),
        starts_at: args.starts_at,
        ends_at: args.ends_at,
        revision: None,
    })
}

fn table(page: &ScheduleList, output: &Output) -> String {
    if page.schedules.is_empty() {
        return "no schedules; make one with `lightning schedule add`".to_owned();
    }
    let mut table =
        output.table(&["id", "status", "cron", "zone", "next", "fired", "refused", "skipped", "task"]);
    for schedule in &page.schedules {
        table.add_row([
            schedule.schedule_id.clone(),
            status(schedule, output),
            schedule.cron.clone(),
            schedule.time_zone.clone(),
            schedule.next_at.clone().unwrap_or_else(|| "–".to_owned()),
            schedule.fired.to_string(),
            schedule.refused.to_string(),
            schedule.skipped.to_string(),
            excerpt(&schedule.task.description, 40),
        ]);
    }
    let more =
        page.next_cursor.as_ref().map_or_else(String::new, |cursor| format!("\nmore: --cursor {cursor}"));
    format!("{table}\n{}{more}", counted(page.count, "schedule"))
}

fn whole(schedule: &Schedule, output: &Output) -> String {
    let mut lines = vec![
        format!(
            "{}  {}  {} in {}",
            output.paint(Tone::Strong, &schedule.schedule_id),
            status(schedule, output),
            schedule.cron,
            schedule.time_zone
        ),
        format!("  {}", excerpt(&schedule.task.description, 120)),
        format!(
            "  missed: {} · overlap: {} · tenant: {} · revision {}",
            schedule.missed, schedule.overlap, schedule.tenant, schedule.revision
        ),
    ];
    lines.extend(schedule.next_firings.iter().map(|at| format!("  next {at}")));
    lines.push(format!(
        "  {} made, {} refused, {} passed over",
        schedule.fired, schedule.refused, schedule.skipped
    ));
    if let Some(last) = &schedule.last_firing {
        let task = schedule.last_task_id.as_deref().unwrap_or("–");
        lines.push(format!("  last {}: {}; last task {task}", last.due_at, last.outcome));
    }
    if let Some(refusal) = &schedule.last_refusal {
        let code = output.paint(Tone::Bad, &refusal.code);
        lines.push(format!("  refused {}: {code} {}", refusal.due_at, refusal.message));
    }
    lines.join("\n")
}

fn status(schedule: &Schedule, output: &Output) -> String {
    let tone = match schedule.status.as_str() {
        "active" => Tone::Good,
        "paused" => Tone::Odd,
        _ => Tone::Faint,
    };
    output.paint(tone, &schedule.status)
}
