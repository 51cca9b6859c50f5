//! `lightning dead-letters`: what went as far as it can by itself without completing.

use service_api::dead_letter::{DeadLetterList, RedriveAnswer, RedriveRequest};
use service_client::DeadLetterQuery;

use crate::cli::dead_letters::{DeadLettersCommand, ListArgs, RedriveArgs};
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::{Output, Tone, counted, excerpt};

/// One of them.
pub async fn run(
    command: DeadLettersCommand,
    connection: &Connection,
    output: &Output,
) -> Result<(), Failure> {
    match command {
        DeadLettersCommand::List(args) => list(args, connection, output).await,
        DeadLettersCommand::Redrive(args) => redrive(args, connection, output).await,
    }
}

async fn list(args: ListArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let query = DeadLetterQuery {
        reason: args.reason,
        code: args.filters.code,
        agent_id: args.filters.agent,
        tenant: args.filters.tenant,
        since: args.filters.since,
        until: args.filters.until,
        limit: Some(args.limit),
        cursor: args.cursor,
    };
    let page = connection.orchestrator.dead_letters(&query, &call()).await?;
    page.dead_letters.iter().for_each(|letter| output.data(letter));
    output.say(table(&page, output));
    Ok(())
}

async fn redrive(args: RedriveArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let request = RedriveRequest {
        code: args.filters.code,
        agent_id: args.filters.agent,
        tenant: args.filters.tenant,
        since: args.filters.since,
        until: args.filters.until,
        limit: Some(args.limit),
        dry_run: args.dry_run,
        idempotency_key: args.key,
    };
    let answer = connection.orchestrator.redrive(&request, &call()).await?;
    output.both(&answer, || told(&answer, output));
    Ok(())
}

fn table(page: &DeadLetterList, output: &Output) -> String {
    if page.dead_letters.is_empty() {
        return "no dead letters".to_owned();
    }
    let mut table = output.table(&[
        "task",
        "reason",
        "code",
        "agent",
        "tenant",
        "attempts",
        "since",
        "what was to be done",
    ]);
    for letter in &page.dead_letters {
        table.add_row([
            letter.task_id.clone(),
            output.status(&letter.reason),
            letter.code.clone().unwrap_or_default(),
            letter.agent_id.clone(),
            letter.tenant.clone(),
            letter.attempt.to_string(),
            letter.updated_at.clone(),
            excerpt(&letter.description, 40),
        ]);
    }
    let more =
        page.next_cursor.as_ref().map_or_else(String::new, |cursor| format!("\nmore: --cursor {cursor}"));
    format!("{table}\n{}{more}", counted(page.count, "dead letter"))
}

fn told(answer: &RedriveAnswer, output: &Output) -> String {
    let head = match answer.dry_run {
        true => format!("{} would be tried again", answer.selected),
        false => format!("{} of {} are tried again", answer.redriven, answer.selected),
    };
    let mut lines = vec![head];
    lines.extend(answer.task_ids.iter().map(|id| format!("  {id}")));
    let refused = answer.refused.iter();
    lines.extend(
        refused.map(|no| format!("  {}: {} {}", no.task_id, output.paint(Tone::Bad, &no.code), no.message)),
    );
    lines.extend(answer.more.then(|| "more are left: call again".to_owned()));
    lines.join("\n")
}
