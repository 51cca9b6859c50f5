//! What is kept with a decision so that its outcome can be learned from later: the context and the agent's relevance.

use std::sync::Arc;

use q_learning::{AgentKey, Context, Experience, ModelKey, Terms};
use serde::Deserialize;
use storage::NewDecision;

/// Bytes before the context: the relevance, little-endian.
const RELEVANCE_BYTES: usize = 8;

/// The bytes for [`NewDecision::context`].
pub(crate) fn encode(relevance: f64, context: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(RELEVANCE_BYTES + context.len());
    bytes.extend_from_slice(&relevance.to_le_bytes());
    bytes.extend_from_slice(context);
    bytes
}

/// The terms a decision was taken on; none when it cannot be read.
pub(crate) fn terms(decision: &NewDecision) -> Option<Arc<Terms>> {
    experience(decision, 0.0).ok()?.context.terms().cloned()
}

/// What the decision led to, still with `reward` to be corrected for and without a next state.
pub(crate) fn experience(decision: &NewDecision, reward: f64) -> Result<Experience, q_learning::Error> {
    let (relevance, context) = decision
        .context
        .split_first_chunk::<RELEVANCE_BYTES>()
        .ok_or(q_learning::Error::Corrupt("a decision without its context"))?;
    let context = Context::from_bytes(context)?;
    let agent = AgentKey::new(decision.agent_id.as_str());
    let (relevance, asked) = (f64::from_le_bytes(*relevance), asked(decision));
    Ok(Experience { relevance, asked, ..Experience::new(context, agent, reward) })
}

/// The name that the chosen agent asks for its model by, as the decision listed it.
fn asked(decision: &NewDecision) -> Option<ModelKey> {
    #[derive(Deserialize)]
    struct Listed {
        agent_id: String,
        model: Option<String>,
    }
    let listed: Vec<Listed> = serde_json::from_str(&decision.candidates_json).ok()?;
    let chosen = listed.into_iter().find(|one| one.agent_id == decision.agent_id.as_str())?;
    chosen.model.map(|model| ModelKey::new(&model))
}
