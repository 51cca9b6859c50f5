//! One question to the model service, and what its answer means to a run.

use std::time::Duration;

use react_agent::{
    FinishReason, Message, ModelAnswer, ModelFailure, ModelFailureKind, ModelRequest, ToolCallMessage,
    ToolChoice,
};
use service_api::chat::{
    ChatAnswer, ChatMessage, ChatRequest, ChatTool, FinishReason as ChatFinish, Role, ToolCall,
    ToolChoice as ChatChoice, ToolMode,
};
use service_client::{Asker, Call, Error, ModelClient};
use task_model::MicroUsd;
use tokio::time::{Instant, sleep_until, timeout};

use crate::app::words::Speaker;

/// What came of asking.
#[derive(Debug)]
pub enum Thought {
    /// The model said something.
    Answered {
        /// What it said.
        answer: ModelAnswer,
        /// The model that said it.
        model: String,
        /// Whose model it is.
        provider: Option<String>,
    },
    /// It will not or cannot; asking again gives the same.
    Failed(ModelFailure),
    /// Nobody answered; later somebody may.
    Trouble {
        /// What went wrong, for the log.
        why: String,
        /// When the other side wants to be asked again.
        retry_after: Option<Duration>,
    },
}

/// Asks once; with a speaker, what the model says is spoken while it says it.
pub async fn ask(
    client: &ModelClient,
    request: ModelRequest,
    tools: &[ChatTool],
    asker: Asker<'_>,
    within: Duration,
    speaker: Option<Speaker>,
) -> Thought {
    let step = request.step;
    let (request, call) = (chat_request(request, tools), Call::within(within).once());
    let answer = match speaker {
        None => client.chat(&request, asker, &call).await,
        Some(speaker) => match timeout(within, aloud(client, &request, asker, &call, speaker)).await {
            Ok(answer) => answer,
            Err(_) => {
                let why = format!("the model did not finish its answer within {} ms", within.as_millis());
                return Thought::Trouble { why, retry_after: None };
            }
        },
    };
    match answer {
        Ok(answer) => read(step, answer),
        Err(error) => refused(step, error),
    }
}

async fn aloud(
    client: &ModelClient,
    request: &ChatRequest,
    asker: Asker<'_>,
    call: &Call,
    mut speaker: Speaker,
) -> Result<ChatAnswer, Error> {
    let mut stream = client.chat_stream(request, asker, call).await?;
    loop {
        let due = speaker.due();
        tokio::select! {
            said = stream.next() => match said? {
                Some(text) => speaker.say(&text, Instant::now()),
                None => break,
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => speaker.flush(),
        }
    }
    speaker.flush();
    Ok(stream.answer())
}

fn chat_request(request: ModelRequest, tools: &[ChatTool]) -> ChatRequest {
    let tool_choice = match request.tool_choice {
        ToolChoice::None if !tools.is_empty() => Some(ChatChoice::Mode(ToolMode::None)),
        _ => None,
    };
    ChatRequest {
        model: request.model,
        messages: request.messages.into_iter().map(message).collect(),
        tools: tools.to_vec(),
        tool_choice,
        temperature: request.sampling.temperature,
        max_tokens: request.sampling.max_output_tokens,
        ..ChatRequest::default()
    }
}

fn message(message: Message) -> ChatMessage {
    match message {
        Message::System { content } => ChatMessage::new(Role::System, content),
        Message::User { content } => ChatMessage::new(Role::User, content),
        Message::Assistant { content, tool_calls } => {
            ChatMessage::calling(content, tool_calls.into_iter().map(outgoing).collect())
        }
        Message::Tool { tool_call_id, content } => ChatMessage::observation(tool_call_id, content),
    }
}

fn outgoing(call: ToolCallMessage) -> ToolCall {
    let mut sent = ToolCall::new(call.id, call.function.name, &serde_json::Value::Null);
    sent.function.arguments = call.function.arguments;
    sent
}

fn read(step: u32, answer: ChatAnswer) -> Thought {
    let Some(choice) = answer.choices.into_iter().next() else {
        return Thought::Trouble {
            why: "the model service answered without a choice".into(),
            retry_after: None,
        };
    };
    if let Some(refusal) = choice.message.refusal {
        return Thought::Failed(ModelFailure { step, kind: ModelFailureKind::Refused, message: refusal });
    }
    let usage = answer.usage.unwrap_or_default();
    let answered = ModelAnswer {
        step,
        content: choice.message.content.map(|content| content.text()),
        tool_calls: choice.message.tool_calls.into_iter().map(incoming).collect(),
        finish_reason: finish(choice.finish_reason),
        tokens_in: usage.prompt_tokens,
        tokens_out: usage.completion_tokens,
        cost_micro: usage.cost_usd.and_then(|usd| MicroUsd::from_usd(usd).ok()).unwrap_or_default().0,
    };
    Thought::Answered { answer: answered, model: answer.model, provider: answer.provider }
}

fn incoming(call: ToolCall) -> ToolCallMessage {
    ToolCallMessage::function(call.id, call.function.name, call.function.arguments)
}

fn finish(reason: Option<ChatFinish>) -> FinishReason {
    match reason {
        None | Some(ChatFinish::Stop) => FinishReason::Stop,
        Some(ChatFinish::Length) => FinishReason::Length,
        Some(ChatFinish::ToolCalls) => FinishReason::ToolCalls,
        Some(ChatFinish::ContentFilter) => FinishReason::ContentFilter,
        Some(ChatFinish::Other(_)) => FinishReason::Other,
    }
}

fn refused(step: u32, error: Error) -> Thought {
    let failed = |kind, message: String| Thought::Failed(ModelFailure { step, kind, message });
    let detail = error.problem().map(|problem| problem.detail.clone()).unwrap_or_else(|| error.to_string());
    match (error.code(), &error) {
        (Some("MODEL_CANNOT"), _) => failed(ModelFailureKind::Cannot, detail),
        (Some("AGENT_LACKS_TOOL"), _) => failed(ModelFailureKind::LacksTool, detail),
        // Waiting mends this too, but only for the next day's tasks.
        (Some("BUDGET_EXCEEDED"), _) => failed(ModelFailureKind::OverBudget, detail),
        (Some("PROVIDER_REJECTED"), _) if blames(&error, "agent") => {
            failed(ModelFailureKind::Refused, detail)
        }
        (Some("PROVIDER_REJECTED"), _) if blames(&error, "nobody") => {
            failed(ModelFailureKind::Cannot, detail)
        }
        (Some("CONTEXT_TOO_LONG"), _) => failed(ModelFailureKind::ContextTooLong, detail),
        (_, Error::Unavailable { retry_after, .. }) => {
            Thought::Trouble { why: error.to_string(), retry_after: *retry_after }
        }
        (_, Error::Unreadable { .. }) => Thought::Trouble { why: error.to_string(), retry_after: None },
        // An unknown model, a wrong key, a request that the provider does not take: waiting mends none of these.
        (_, Error::Refused { .. }) => failed(ModelFailureKind::Unavailable, detail),
    }
}

/// The model service says in its problem documents whose doing a refusal is.
fn blames(error: &Error, whom: &str) -> bool {
    error.problem().and_then(|problem| problem.extra.get("blame")).and_then(|word| word.as_str())
        == Some(whom)
}

#[cfg(test)]
mod tests;
