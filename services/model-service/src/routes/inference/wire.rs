//! The shapes of the native API.

use serde::{Deserialize, Serialize};
use service_api::chat::{ChatMessage, ChatRequest, ChatTool, FinishReason, Role, ToolCall, ToolChoice};
use service_api::problem::Problem as ProblemBody;
use service_kit::Problem;
use task_model::MicroUsd;
use utoipa::ToSchema;

use super::super::behalf;
use crate::Error;
use crate::app::OnBehalf;
use crate::app::ask::Answered;

const BATCH_MAX: usize = 100;

/// What is asked: exactly one of `prompt` and `messages`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InferenceRequest {
    /// A model, an alias, or `provider/model`; by default `default`.
    #[serde(default)]
    model: Option<String>,
    /// One user message.
    #[serde(default)]
    prompt: Option<String>,
    /// Standing instructions for a prompt.
    #[serde(default)]
    system: Option<String>,
    /// A whole conversation.
    #[serde(default)]
    messages: Option<Vec<ChatMessage>>,
    /// Tools that the model may call.
    #[serde(default)]
    tools: Option<Vec<ChatTool>>,
    /// Whether it must.
    #[serde(default)]
    tool_choice: Option<ToolChoice>,
    /// 0–2.
    #[serde(default)]
    temperature: Option<f64>,
    /// Most tokens of the answer.
    #[serde(default)]
    max_tokens: Option<u32>,
    /// The task on whose behalf it is asked.
    #[serde(default)]
    task_id: Option<String>,
    /// The agent on whose behalf it is asked.
    #[serde(default)]
    agent_id: Option<String>,
}

/// The answer and what it took.
#[derive(Debug, Serialize, ToSchema)]
pub struct InferenceAnswer {
    /// The provider's name for this answer.
    id: String,
    /// The model's id in the registry.
    model: String,
    /// Who answered.
    provider: String,
    /// The text; null when the model only calls tools.
    answer: Option<String>,
    /// The tools it calls.
    tool_calls: Vec<ToolCall>,
    /// Why it stopped.
    #[schema(value_type = Option<String>)]
    finish_reason: Option<FinishReason>,
    /// Tokens.
    usage: TokensUsed,
    /// Dollars by the registry's prices; null when no price is known.
    cost_usd: Option<f64>,
}

/// Tokens of one call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InferenceUsage)]
pub struct TokensUsed {
    /// Read.
    input_tokens: u64,
    /// Written.
    output_tokens: u64,
}

/// Many requests.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// 1–100.
    requests: Vec<InferenceRequest>,
}

/// Their results, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// One for each request.
    pub results: Vec<BatchItem>,
}

/// One result.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum BatchItem {
    /// It was answered.
    Answered {
        /// 200.
        status: u16,
        /// The answer.
        answer: Box<InferenceAnswer>,
    },
    /// It was not.
    Failed {
        /// The status that it would have had alone.
        status: u16,
        /// Why.
        problem: Box<ProblemBody>,
    },
}

impl InferenceRequest {
    /// Ids in the body win over those in the headers. `path` stands before the names of fields.
    pub fn parse(self, path: &str, headers: &OnBehalf) -> Result<(ChatRequest, OnBehalf), Problem> {
        let named = behalf::ids(self.task_id.as_deref(), self.agent_id.as_deref())?;
        let behalf = OnBehalf {
            task_id: named.task_id.or_else(|| headers.task_id.clone()),
            agent_id: named.agent_id.or_else(|| headers.agent_id.clone()),
            ..headers.clone()
        };
        let messages = match (self.prompt, self.messages) {
            (Some(prompt), None) => {
                let system = self.system.map(|text| ChatMessage::new(Role::System, text));
                system.into_iter().chain([ChatMessage::new(Role::User, prompt)]).collect()
            }
            (None, Some(messages)) if self.system.is_none() => messages,
            (None, Some(_)) => {
                return Err(Problem::invalid(
                    format!("{path}system"),
                    "belongs to prompt; put it into messages",
                ));
            }
            _ => {
                return Err(Problem::invalid(
                    format!("{path}prompt"),
                    "exactly one of prompt and messages is needed",
                ));
            }
        };
        let request = ChatRequest {
            model: self.model.unwrap_or_else(|| "default".to_owned()),
            messages,
            tools: self.tools.unwrap_or_default(),
            tool_choice: self.tool_choice,
            temperature: self.temperature,
            max_tokens: self.max_tokens,
            ..ChatRequest::default()
        };
        Ok((request, behalf))
    }
}

impl BatchRequest {
    /// All or none: one request that cannot be read refuses the batch.
    pub fn parse(self, headers: &OnBehalf) -> Result<Vec<(ChatRequest, OnBehalf)>, Problem> {
        if self.requests.is_empty() || self.requests.len() > BATCH_MAX {
            return Err(Problem::invalid("requests", format!("must be 1 to {BATCH_MAX} requests")));
        }
        let parsed = self.requests.into_iter().enumerate();
        parsed.map(|(i, request)| request.parse(&format!("requests[{i}]."), headers)).collect()
    }
}

impl InferenceAnswer {
    /// The first choice and what it took.
    pub fn render(answered: Answered) -> Self {
        let Answered { answer, facts } = answered;
        let usage = answer.usage.unwrap_or_default();
        let first = answer.choices.into_iter().next();
        let finish_reason = first.as_ref().and_then(|choice| choice.finish_reason.clone());
        let (content, tool_calls) =
            first.map(|choice| (choice.message.content, choice.message.tool_calls)).unwrap_or_default();
        Self {
            id: answer.id,
            model: facts.route.model_id.clone(),
            provider: facts.route.provider_name.clone(),
            answer: content.map(|content| content.text()),
            tool_calls,
            finish_reason,
            usage: TokensUsed { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens },
            cost_usd: facts.cost.map(MicroUsd::as_usd),
        }
    }
}

impl BatchItem {
    /// An answer, or the problem that the request alone would have had.
    pub fn render(result: Result<Answered, Error>) -> Self {
        match result {
            Ok(answered) => {
                Self::Answered { status: 200, answer: Box::new(InferenceAnswer::render(answered)) }
            }
            Err(error) => {
                let problem = Problem::from(error);
                let problem = Box::new(problem.body().clone());
                Self::Failed { status: problem.status, problem }
            }
        }
    }
}
