//! `lightning inbox`: the questions that wait for a person.

use service_api::inbox::{Inbox, InboxItem};

use crate::cli::inbox::InboxArgs;
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::{Output, Tone, excerpt};

/// One page of questions.
pub async fn run(args: InboxArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let page = connection.execution.inbox(args.limit.into(), args.cursor.as_deref(), &call()).await?;
    for item in &page.items {
        output.data(item);
    }
    output.say(render(&page, output));
    Ok(())
}

fn render(page: &Inbox, output: &Output) -> String {
    let mut text: Vec<String> = page.items.iter().map(|item| question(item, output)).collect();
    text.push(format!("{} waiting", page.count));
    text.extend(page.next_cursor.as_ref().map(|cursor| format!("more: --cursor {cursor}")));
    text.join("\n")
}

fn question(item: &InboxItem, output: &Output) -> String {
    let head = format!(
        "{}  {}  {} (attempt {}, version {})",
        output.paint(Tone::Strong, &item.task_id),
        output.paint(Tone::Odd, &item.code),
        item.agent_id,
        item.attempt,
        item.version
    );
    let mut text = vec![head, format!("  {}", excerpt(&item.task, 120)), format!("  {}", item.message)];
    let steps = item.steps.iter().map(|step| {
        let asked = excerpt(&step.request.to_string(), 120);
        format!("  {:>2} {:<16} {}", step.number, step.name, output.paint(Tone::Faint, asked))
    });
    text.extend(steps);
    text.join("\n")
}
