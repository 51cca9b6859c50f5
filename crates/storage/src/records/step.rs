//! Steps: INTENT before an effect, RESULT after it.

use task_model::{EffectClass, MicroUsd, Micros, StepKind};

/// What is about to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct StepIntent {
    /// Its place in the run, from 1.
    pub no: i64,
    /// A thought or a tool call.
    pub kind: StepKind,
    /// The tool.
    pub tool: Option<String>,
    /// What a crash may do to it.
    pub effect: EffectClass,
    /// The idempotency key of the effect, stable over attempts.
    pub key: String,
    /// The request, as JSON text.
    pub request_json: String,
    /// When.
    pub at: Micros,
}

/// What it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult {
    /// Which step.
    pub no: i64,
    /// The result, as JSON text.
    pub result_json: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// The model that answered, as `provider/model`.
    pub model: Option<String>,
    /// Tokens read.
    pub tokens_in: i64,
    /// Tokens written.
    pub tokens_out: i64,
    /// What it cost.
    pub cost: MicroUsd,
    /// How long it took.
    pub duration_us: i64,
    /// When.
    pub at: Micros,
}

/// A recorded step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRecord {
    /// What was about to be done.
    pub intent: StepIntent,
    /// What it came to; `None` while nobody knows.
    pub result: Option<StepResult>,
    /// What a person said.
    pub approval: Approval,
}

/// A person's word on a step without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// Nobody was asked, or nobody answered.
    None,
    /// It may run, once.
    Given(Micros),
    /// It was allowed and begun; what came of it is not known.
    Spent(Micros),
}
