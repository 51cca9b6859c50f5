//! Taking in observations, and the end of a turn: all observed, in the model's order, told as messages.

use super::state::{Phase, Turn, TurnCall};
use super::{ApplyError, Machine};
use crate::{FailureCode, Message, Observation, Outcome, ToolCall};

/// Told with what the model has already seen, before the run is stopped for it.
const REPEATED: &str =
    "(This call was made before and showed the same. Use what you know, or do something else.)";

impl Machine {
    pub(super) fn tool_observed(&mut self, observation: Observation) -> Result<(), ApplyError> {
        let Phase::Acting(turn) = &mut self.phase else {
            return Err(ApplyError::OutOfTurn("no tool is running"));
        };
        let slot = turn.calls.iter_mut().find_map(|call| match call {
            TurnCall::Known(call, slot @ None) if call.step == observation.step => Some(slot),
            _ => None,
        });
        *slot.ok_or(ApplyError::UnknownStep { given: observation.step })? = Some(observation.outcome);
        self.end_turn_when_observed();
        Ok(())
    }

    /// Goes back to thinking once nothing is pending.
    pub(super) fn end_turn_when_observed(&mut self) {
        let Phase::Acting(turn) = &self.phase else { return };
        if turn.pending().next().is_some() {
            return;
        }
        let turn = self.phase.take_turn();
        turn.made().for_each(|(call, outcome)| self.unanswered.note(call, outcome));
        let stale = self
            .repeats
            .count(turn.observed().map(|(_, tool, arguments, outcome)| (tool, arguments, outcome)));
        self.tell(&turn, stale.count > 2 || stale.row > 1);
        if stale.count >= self.plan.limits.repeats() {
            let text = format!("the same tool call showed the same result {} times", stale.count);
            return self.fail(FailureCode::NoProgress, text);
        }
        if stale.circle {
            let text =
                format!("the same tool calls went round in a circle, {} times with nothing new", stale.row);
            return self.fail(FailureCode::NoProgress, text);
        }
        if let Err(failure) = self.may_act(0) {
            self.fail(failure.code, failure.message);
        }
    }

    fn tell(&mut self, turn: &Turn, repeated: bool) {
        let cap = self.plan.limits.max_observation_bytes;
        for (id, _, _, outcome) in turn.observed() {
            let mut content = outcome.render(cap);
            if repeated {
                content = format!("{content}\n{REPEATED}");
            }
            self.messages.push(Message::Tool { tool_call_id: id.to_owned(), content });
        }
    }
}

impl Phase {
    /// Leaves `Thinking` behind.
    fn take_turn(&mut self) -> Turn {
        match std::mem::replace(self, Phase::Thinking) {
            Phase::Acting(turn) => turn,
            _ => Turn::default(),
        }
    }
}

impl Turn {
    /// Every call that was to be run, and what came of it.
    fn made(&self) -> impl Iterator<Item = (&ToolCall, &Outcome)> {
        self.calls.iter().filter_map(|call| match call {
            TurnCall::Known(call, outcome) => Some((call, outcome.as_ref()?)),
            TurnCall::Unknown { .. } => None,
        })
    }

    /// Id, tool, arguments and outcome of every observed call.
    fn observed(&self) -> impl Iterator<Item = (&str, &str, &serde_json::Value, &Outcome)> {
        self.calls.iter().filter_map(|call| match call {
            TurnCall::Known(call, outcome) => {
                outcome.as_ref().map(|o| (call.id.as_str(), call.tool.as_str(), &call.arguments, o))
            }
            TurnCall::Unknown { id, tool, arguments, outcome } => {
                Some((id.as_str(), tool.as_str(), arguments, outcome))
            }
        })
    }
}
