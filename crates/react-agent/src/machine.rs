//! The machine: what a run knows, what is to be done next, and what an event changes.

mod budget;
mod cycle;
mod model_turn;
mod state;
mod tool_turn;
mod unanswered;

use crate::{
    AgentPlan, Answer, Effect, Event, Failure, FailureCode, Message, ModelFailure, ModelFailureKind,
    ModelRequest, Task, ToolChoice,
};
use cycle::Repeats;
pub use state::Usage;
use state::{Phase, Turn};
use std::sync::Arc;
use unanswered::Unanswered;

/// One attempt at one task.
///
/// `next` never changes anything and `apply` is the only thing that does, so equal events make equal machines.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    plan: Arc<AgentPlan>,
    task: Arc<Task>,
    messages: Vec<Message>,
    phase: Phase,
    usage: Usage,
    repeats: Repeats,
    unanswered: Unanswered,
    /// Unusable answers in a row; the first is corrected, the second ends the run.
    unusable: u32,
}

/// An event that does not fit. The machine is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The run is over, or waits for something else.
    #[error("the machine does not wait for this: {0}")]
    OutOfTurn(&'static str),
    /// The step is not the one asked for.
    #[error("step {given} is not waited for")]
    UnknownStep {
        /// What the event says.
        given: u32,
    },
}

impl Machine {
    /// A run at its beginning.
    pub fn new(plan: impl Into<Arc<AgentPlan>>, task: impl Into<Arc<Task>>) -> Self {
        let (plan, task) = (plan.into(), task.into());
        let messages = vec![Message::system(plan.system_prompt.clone()), Message::user(task.prompt())];
        Machine {
            plan,
            task,
            messages,
            phase: Phase::Thinking,
            usage: Usage::default(),
            repeats: Repeats::default(),
            unanswered: Unanswered::default(),
            unusable: 0,
        }
    }

    /// The run that these recorded events make. Ticks need not be among them: apply the current one afterwards.
    pub fn rebuild(
        plan: impl Into<Arc<AgentPlan>>,
        task: impl Into<Arc<Task>>,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Self, ApplyError> {
        let mut machine = Machine::new(plan, task);
        events.into_iter().try_for_each(|event| machine.apply(event))?;
        Ok(machine)
    }

    /// What is to be done now.
    pub fn next(&self) -> Effect {
        match &self.phase {
            Phase::Thinking => Effect::CallModel(self.request()),
            Phase::Acting(turn) => Effect::CallTools(turn.pending().cloned().collect()),
            Phase::Done(answer) => Effect::Finish(answer.clone()),
            Phase::Failed(failure) => Effect::Fail(failure.clone()),
        }
    }

    /// Takes in what happened.
    pub fn apply(&mut self, event: Event) -> Result<(), ApplyError> {
        match event {
            Event::ModelAnswered(answer) => {
                self.expect_model_step(answer.step)?;
                self.model_answered(answer);
            }
            Event::ModelFailed(failure) => {
                self.expect_model_step(failure.step)?;
                self.model_failed(failure);
            }
            Event::ToolObserved(observation) => self.tool_observed(observation)?,
            Event::Tick { elapsed_ms } => self.tick(elapsed_ms),
        }
        Ok(())
    }

    /// What the run has used up so far.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// The conversation so far.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Done(_) | Phase::Failed(_))
    }

    fn request(&self) -> ModelRequest {
        // With a single step left a tool's answer could not be read any more.
        let last = self.usage.steps + 1 >= self.plan.limits.max_steps;
        ModelRequest {
            step: self.usage.steps + 1,
            model: self.plan.model.clone(),
            messages: self.messages.clone(),
            tools: self.plan.tools.clone(),
            tool_choice: if last { ToolChoice::None } else { ToolChoice::Auto },
            sampling: self.plan.sampling,
        }
    }

    fn expect_model_step(&self, step: u32) -> Result<(), ApplyError> {
        match self.phase {
            Phase::Thinking if step == self.usage.steps + 1 => Ok(()),
            Phase::Thinking => Err(ApplyError::UnknownStep { given: step }),
            Phase::Acting(_) => Err(ApplyError::OutOfTurn("tools are running, the model was not asked")),
            Phase::Done(_) | Phase::Failed(_) => Err(ApplyError::OutOfTurn("the run is over")),
        }
    }

    fn model_failed(&mut self, failure: ModelFailure) {
        self.usage.steps += 1;
        self.usage.thoughts += 1;
        let code = match failure.kind {
            ModelFailureKind::Cannot => FailureCode::ModelCannot,
            ModelFailureKind::LacksTool => FailureCode::AgentLacksTool,
            ModelFailureKind::Refused => FailureCode::ModelRefused,
            ModelFailureKind::ContextTooLong => FailureCode::ContextTooLong,
            ModelFailureKind::TooLarge => FailureCode::PayloadTooLarge,
            ModelFailureKind::OverBudget => FailureCode::BudgetExceeded,
            ModelFailureKind::Unavailable => FailureCode::ModelUnavailable,
        };
        self.fail(code, failure.message);
    }

    fn tick(&mut self, elapsed_ms: u64) {
        if self.is_over() {
            return;
        }
        self.usage.elapsed_ms = self.usage.elapsed_ms.max(elapsed_ms);
        if let Err(failure) = self.time_left() {
            self.phase = Phase::Failed(failure);
        }
    }

    fn finish(&mut self, text: String, truncated: bool) {
        self.phase = Phase::Done(Answer { text, truncated, usage: self.usage });
    }

    fn fail(&mut self, code: FailureCode, message: impl Into<String>) {
        self.phase = Phase::Failed(Failure::new(code, message));
    }

    fn act(&mut self, turn: Turn) {
        self.phase = Phase::Acting(turn);
    }
}

#[cfg(test)]
mod tests;
