//! Reading an answer of the model: final text, tool calls, or something unusable that is corrected once.

use super::Machine;
use super::state::{Turn, TurnCall};
use crate::{
    FailureCode, FinishReason, Message, ModelAnswer, Outcome, ToolCall, ToolCallMessage, ToolErrorCode,
    idempotency_key,
};
use serde_json::Value;
use std::collections::HashSet;

/// How the single corrective message begins; providers and tests recognise it.
const CORRECTION: &str = "Your last reply could not be used:";

impl Machine {
    pub(super) fn model_answered(&mut self, answer: ModelAnswer) {
        self.usage.steps += 1;
        self.usage.thoughts += 1;
        self.usage.tokens_in = self.usage.tokens_in.saturating_add(answer.tokens_in);
        self.usage.tokens_out = self.usage.tokens_out.saturating_add(answer.tokens_out);
        self.usage.cost_micro = self.usage.cost_micro.saturating_add(answer.cost_micro.max(0));
        if answer.tool_calls.is_empty() {
            self.answered_in_words(answer);
        } else {
            self.answered_with_calls(answer);
        }
    }

    fn answered_in_words(&mut self, answer: ModelAnswer) {
        let text = answer.content.filter(|text| !text.trim().is_empty());
        match text {
            Some(text) => {
                self.messages.push(Message::Assistant { content: Some(text.clone()), tool_calls: vec![] });
                self.finish(text, answer.finish_reason == FinishReason::Length);
            }
            None if answer.finish_reason == FinishReason::ContentFilter => {
                self.fail(FailureCode::ModelRefused, "the provider withheld the answer");
            }
            None => self.correct(FailureCode::EmptyAnswer, "it was empty"),
        }
    }

    fn answered_with_calls(&mut self, answer: ModelAnswer) {
        let calls = with_unique_ids(answer.tool_calls, self.usage.thoughts);
        let most = self.plan.limits.max_parallel_calls as usize;
        if calls.len() > most {
            let why = format!("it made {} tool calls at once, {most} are allowed", calls.len());
            return self.correct(FailureCode::MalformedOutput, &why);
        }
        let mut turn = match self.read_calls(&calls) {
            Ok(turn) => turn,
            Err(why) => return self.correct(FailureCode::MalformedOutput, &why),
        };
        self.unusable = 0;
        self.messages.push(Message::Assistant { content: answer.content, tool_calls: calls });
        if let Err(failure) = self.may_act(turn.pending().count()) {
            return self.fail(failure.code, failure.message);
        }
        self.number(&mut turn);
        self.act(turn);
        self.end_turn_when_observed();
    }

    /// Parses every call before any is made: a thought is taken whole or not at all.
    fn read_calls(&self, calls: &[ToolCallMessage]) -> Result<Turn, String> {
        let calls = calls.iter().map(|call| self.read_call(call)).collect::<Result<_, _>>()?;
        Ok(Turn { calls })
    }

    fn read_call(&self, call: &ToolCallMessage) -> Result<TurnCall, String> {
        let (id, tool) = (call.id.clone(), call.function.name.clone());
        if tool.trim().is_empty() {
            return Err("a tool call has no name".to_owned());
        }
        let arguments = read_arguments(&tool, &call.function.arguments)?;
        Ok(match self.plan.tool(&tool) {
            Some(spec) => {
                let effect = spec.effect;
                let call = ToolCall { step: 0, id, tool, arguments, effect, key: String::new() };
                TurnCall::Known(call, None)
            }
            None => {
                let known: Vec<_> = self.plan.tools.iter().map(|tool| tool.name.as_str()).collect();
                let message = format!("there is no tool `{tool}`; there are: {}", known.join(", "));
                let outcome = Outcome::error(ToolErrorCode::UnknownTool, message);
                TurnCall::Unknown { id, tool, arguments, outcome }
            }
        })
    }

    /// Gives every real call its step number and key, in the order the model made them.
    fn number(&mut self, turn: &mut Turn) {
        let mut taken = Vec::new();
        for call in &mut turn.calls {
            if let TurnCall::Known(call, _) = call {
                self.usage.steps += 1;
                self.usage.tool_calls += 1;
                call.step = self.usage.steps;
                call.key = self.unanswered.key(call, &taken).unwrap_or_else(|| {
                    idempotency_key(&self.task.id, call.step, &call.tool, &call.arguments)
                });
                taken.push(call.key.clone());
            }
        }
    }

    /// The first unusable answer in a row earns a correction, the second ends the run.
    ///
    /// The unusable answer itself is not kept: broken tool calls would make providers refuse the conversation.
    fn correct(&mut self, code: FailureCode, why: &str) {
        self.unusable += 1;
        if self.unusable > 1 {
            return self.fail(code, format!("the model's reply could not be used, twice in a row: {why}"));
        }
        if let Err(failure) = self.may_act(0) {
            return self.fail(failure.code, failure.message);
        }
        let advice = "Call a tool with one JSON object as arguments, or give your final answer as text.";
        self.messages.push(Message::user(format!("{CORRECTION} {why}. {advice}")));
    }
}

fn read_arguments(tool: &str, text: &str) -> Result<Value, String> {
    // Several providers send an empty text for a call without arguments.
    if text.trim().is_empty() {
        return Ok(Value::Object(Default::default()));
    }
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(format!("the arguments of `{tool}` are not a JSON object")),
        Err(error) => Err(format!("the arguments of `{tool}` are not JSON ({error})")),
    }
}

/// Providers refuse a conversation in which a call has no id or shares one, so such ids are replaced.
fn with_unique_ids(mut calls: Vec<ToolCallMessage>, thought: u32) -> Vec<ToolCallMessage> {
    let mut taken: HashSet<String> = HashSet::new();
    for (i, call) in calls.iter_mut().enumerate() {
        if call.id.trim().is_empty() || taken.contains(&call.id) {
            call.id = format!("call_{thought}_{}", i + 1);
        }
        while !taken.insert(call.id.clone()) {
            call.id.push('x');
        }
    }
    calls
}
