//! The provider for machines without a language model: fixed rules that drive the offered tools and quote what they answered.
//!
//! Deterministic: the same conversation gives the same thought. It knows no network, no clock and no state, says in
//! every answer what it is, and refuses what needs a language model instead of pretending.

mod answer;
mod cannot;
mod conversation;
mod inline_data;
mod rules;
mod self_test;
mod task_text;

use service_api::chat::{
    ChatAnswer, ChatMessage, ChatRequest, Choice, FinishReason, Role, ToolCall, ToolChoice, ToolMode, Usage,
};

pub use cannot::Cannot;
use conversation::{Conversation, Made};
use rules::{Plan, PlannedCall};
use task_text::TaskText;

/// The name of the only model of this provider.
pub const MODEL: &str = "offline-rules";

/// Opens every answer.
pub const NOTE: &str = "[offline provider: no language model is configured]";

/// The next message of the conversation, or why there can be none. `created` is in Unix seconds.
pub fn complete(request: &ChatRequest, created: i64) -> Result<ChatAnswer, Cannot> {
    let (message, finish) = match think(request)? {
        Thought::Calls { why, calls } => (ChatMessage::calling(Some(why), calls), FinishReason::ToolCalls),
        Thought::Answer(text) => {
            (ChatMessage::new(Role::Assistant, format!("{NOTE} {text}")), FinishReason::Stop)
        }
    };
    let choice = Choice { index: 0, message, finish_reason: Some(finish), extra: Default::default() };
    Ok(ChatAnswer {
        id: format!("offline-{created}"),
        object: "chat.completion".to_owned(),
        created,
        model: MODEL.to_owned(),
        choices: vec![choice],
        usage: Some(Usage::new(0, 0)),
        provider: None,
        extra: Default::default(),
    })
}

enum Thought {
    Calls { why: String, calls: Vec<ToolCall> },
    Answer(String),
}

fn think(request: &ChatRequest) -> Result<Thought, Cannot> {
    refuse_unmet_demands(request)?;
    let conversation = Conversation::read(&request.messages)?;
    let task = TaskText::read(&conversation.task);
    let offered: Vec<&str> = request.tools.iter().map(|tool| tool.function.name.as_str()).collect();
    match rules::plan(&task) {
        Plan::Cannot(why) => Err(why),
        Plan::SelfTest => self_test(&conversation, &offered, request),
        Plan::Calls(mut calls) => {
            calls.extend(rules::follow_up(&task, &conversation.made));
            walk(&conversation, &calls, &offered, request, answer::render)
        }
    }
}

fn self_test(
    conversation: &Conversation,
    offered: &[&str],
    request: &ChatRequest,
) -> Result<Thought, Cannot> {
    let calls = self_test::calls(offered);
    if calls.is_empty() {
        return Ok(Thought::Answer(self_test::WITHOUT_TOOLS.to_owned()));
    }
    let made = match walk(conversation, &calls, offered, request, |_| String::new())? {
        Thought::Answer(_) => in_order(conversation, &calls),
        calling => return Ok(calling),
    };
    self_test::report(&made).map(Thought::Answer)
}

/// Calls what was not called yet; when all is observed, renders the answer.
fn walk(
    conversation: &Conversation,
    planned: &[PlannedCall],
    offered: &[&str],
    request: &ChatRequest,
    render: impl Fn(&[&Made]) -> String,
) -> Result<Thought, Cannot> {
    let missing: Vec<&PlannedCall> =
        planned.iter().filter(|call| conversation.find(call.tool, &call.arguments).is_none()).collect();
    if let Some(call) = missing.iter().find(|call| !offered.contains(&call.tool)) {
        return Err(Cannot::ToolNotOffered { tool: call.tool });
    }
    if missing.is_empty() {
        let made = in_order(conversation, planned);
        return match made.iter().find_map(|made| made.failure().map(|message| (made, message))) {
            Some((made, message)) => Err(Cannot::ToolFailed { tool: made.tool.clone(), message }),
            None => Ok(Thought::Answer(render(&made))),
        };
    }
    refuse_forbidden_calls(request.tool_choice.as_ref(), &missing)?;
    let at_once = if request.parallel_tool_calls == Some(false) { 1 } else { missing.len() };
    Ok(calling(&missing[..at_once], conversation.calls_so_far))
}

fn in_order<'a>(conversation: &'a Conversation, planned: &[PlannedCall]) -> Vec<&'a Made> {
    planned.iter().filter_map(|call| conversation.find(call.tool, &call.arguments)).collect()
}

fn calling(calls: &[&PlannedCall], so_far: usize) -> Thought {
    let names: Vec<&str> = calls.iter().map(|call| call.tool).collect();
    let why = format!("{NOTE} A rule matched: calling {}.", names.join(", "));
    let calls = calls
        .iter()
        .enumerate()
        .map(|(i, call)| ToolCall::new(format!("call_{}", so_far + i + 1), call.tool, &call.arguments))
        .collect();
    Thought::Calls { why, calls }
}

fn refuse_unmet_demands(request: &ChatRequest) -> Result<(), Cannot> {
    if request.response_format.as_ref().is_some_and(|format| format.kind != "text") {
        return Err(Cannot::Demand("follow a response format"));
    }
    if request.extra.get("n").and_then(serde_json::Value::as_u64).is_some_and(|n| n > 1) {
        return Err(Cannot::Demand("give several different answers"));
    }
    Ok(())
}

fn refuse_forbidden_calls(choice: Option<&ToolChoice>, calls: &[&PlannedCall]) -> Result<(), Cannot> {
    match choice {
        Some(ToolChoice::Mode(ToolMode::None)) => Err(Cannot::Demand("answer without calling tools")),
        Some(ToolChoice::Function { function, .. })
            if calls.iter().any(|call| call.tool != function.name) =>
        {
            Err(Cannot::Demand("do this with the required tool alone"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
