//! The decision alone: nothing is stored, nothing runs.

use q_learning::Objective;
use serde_json::{Map, Value};
use service_api::assign::SelectAgentResponse;
use task_model::{Description, Priority, TenantId};

use super::assign::answer;
use super::decide::{Question, decide, terms};
use super::{Error, State};

/// Chooses as an assignment would; a low confidence is told, not refused.
pub(crate) fn select(
    state: &State,
    description: &Description,
    priority: Priority,
    metadata: &Map<String, Value>,
    tenant: &TenantId,
    objective: Objective,
) -> Result<SelectAgentResponse, Error> {
    let text = description.as_str();
    let terms = terms(state, tenant, objective);
    let question = Question { text, priority, metadata, failed: &[], pin: None, force: true, terms };
    let chosen = decide(state, &question)?;
    let (selection, version) = (chosen.selection, chosen.version);
    Ok(SelectAgentResponse {
        agent_id: selection.agent_id.to_string(),
        confidence: answer::readable(selection.confidence),
        sufficient: selection.confidence >= state.selection.min_confidence,
        candidates: selection.candidates.iter().map(answer::wire_candidate).collect(),
        reason: selection.reason,
        propensity: selection.propensity,
        policy_version: version.to_string(),
    })
}
