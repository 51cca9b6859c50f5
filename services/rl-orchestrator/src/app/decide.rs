//! One decision: the roster and the policy of this moment, and a random source of this thread. Takes no lock.

mod trial;

use std::cell::RefCell;
use std::sync::Arc;

use agent_selection::{Refusal, Requirements, Selection, TaskRequest};
use q_learning::{COMMON_GROUP, DecisionRng, Objective, Terms};
use rand_chacha::rand_core::SeedableRng;
use serde::Deserialize;
use serde_json::{Map, Value};
use storage::NewDecision;
use task_model::{AgentId, DecisionId, Micros, Priority, TenantId};

use crate::app::assign::{answer, trace};
use crate::app::error::Insufficient;
use crate::app::policy::PolicyVersion;
use crate::app::{Error, State};

thread_local! {
    /// Seeded by the operating system: nobody outside can foretell a choice, and what was drawn from is logged.
    static RNG: RefCell<DecisionRng> = RefCell::new(DecisionRng::from_rng(&mut rand::rng()));
}

/// What is to be decided.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    /// What is to be done.
    pub(crate) text: &'a str,
    /// How urgent it is.
    pub(crate) priority: Priority,
    /// May restrict who can be chosen.
    pub(crate) metadata: &'a Map<String, Value>,
    /// The agents of earlier attempts, in order.
    pub(crate) failed: &'a [AgentId],
    /// The agent the caller insists on.
    pub(crate) pin: Option<&'a AgentId>,
    /// Whether the floor of confidence is ignored.
    pub(crate) force: bool,
    /// For whom it is decided, and what may be spent; see [`terms`].
    pub(crate) terms: Option<Arc<Terms>>,
}

/// A choice and the policy that made it.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    /// The choice.
    pub(crate) selection: Selection,
    /// The policy.
    pub(crate) version: PolicyVersion,
}

/// Chooses; refuses when nobody may be trusted with it.
pub(crate) fn decide(state: &State, question: &Question<'_>) -> Result<Chosen, Error> {
    let (roster, policy) = (state.roster.now(), state.policy.now());
    if roster.index.is_empty() {
        return Err(Error::RosterEmpty);
    }
    let requirements = requirements(question.metadata)?;
    let request = TaskRequest {
        priority: question.priority,
        requirements: &requirements,
        failed: question.failed,
        pin: question.pin.map(AgentId::as_str),
        force_execute: question.force,
        terms: question.terms.clone(),
        ..TaskRequest::new(question.text)
    };
    RNG.with_borrow_mut(|rng| {
        let deciding =
            agent_selection::select(&request, &roster.index, &policy.learner, &state.selection, rng);
        let selection = deciding.map_err(|refusal| refused(refusal, state.selection.min_confidence))?;
        let deciding = Chosen { selection, version: policy.version };
        let Some(canary) = &policy.canary else { return Ok(deciding) };
        // A task that the canary would refuse is not part of its trial.
        Ok(match agent_selection::select(&request, &roster.index, &canary.learner, &state.selection, rng) {
            Ok(selection) => {
                trial::toss(deciding, Chosen { selection, version: canary.version }, canary.share, rng)
            }
            Err(_) => deciding,
        })
    })
}

/// What is asked of the task, and else of its tenant. Nothing when nobody set a ceiling and the task is of the tenant of all who name
/// none: others have values of their own.
pub(crate) fn terms(state: &State, tenant: &TenantId, asked: Objective) -> Option<Arc<Terms>> {
    let objective = asked.or(state.selection.objective_of(tenant.as_str()));
    let common = objective.is_empty() && tenant.as_str() == COMMON_GROUP;
    (!common).then(|| Arc::new(Terms { group: tenant.to_string(), objective }))
}

/// Members of the caller's metadata that restrict the choice.
fn requirements(metadata: &Map<String, Value>) -> Result<Requirements, Error> {
    if metadata.is_empty() {
        return Ok(Requirements::default());
    }
    Requirements::deserialize(metadata)
        .map_err(|error| Error::field("metadata", format!("holds a wrong requirement: {error}")))
}

fn refused(refusal: Refusal, floor: f64) -> Error {
    if let Refusal::UnknownAgent { message } = refusal {
        return Error::field("agent_id", message);
    }
    Error::Insufficient(Box::new(Insufficient {
        message: refusal.to_string(),
        confidence: answer::readable(refusal.confidence()),
        min_required: floor,
        suggestion: refusal.suggestion().to_owned(),
    }))
}

impl Chosen {
    /// The row that is stored with the task.
    pub(crate) fn record(&self, at: Micros) -> NewDecision {
        let chosen = &self.selection;
        let id = uuid::Uuid::now_v7().simple().to_string();
        NewDecision {
            decision_id: DecisionId::parse(id).expect("a UUID holds only letters and digits"),
            agent_id: chosen.agent_id.clone(),
            confidence: answer::readable(chosen.confidence),
            propensity: chosen.propensity,
            reason: chosen.reason.clone(),
            candidates_json: answer::candidates_json(chosen),
            warnings_json: serde_json::to_string(&chosen.warnings).expect("texts always render"),
            context: trace::encode(chosen.relevance, &chosen.context),
            policy_version: self.version.to_stored(),
            learnable: chosen.learns,
            decided_at: at,
        }
    }
}
