//! The answer to an assignment, rendered once. What a replay answers is rendered from the stored decision by the same code.

use agent_selection::{Candidate, Selection};
use q_learning::ModelKey;
use serde::{Serialize, Serializer};
use storage::NewDecision;
use task_model::TaskId;

use crate::app::policy::PolicyVersion;

/// The reason of an answer that was given before.
pub(crate) const REPLAY_REASON: &str = "Idempotent request - returning cached result";

/// JSON of [`service_api::assign::AssignTaskResponse`], and whether it was given before.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The rendered object.
    pub body: Vec<u8>,
    /// Whether the request was stored before.
    pub replayed: bool,
}

/// Everything but what is JSON already.
#[derive(Serialize)]
struct Head<'a> {
    task_id: &'a str,
    assigned_agent: &'a str,
    confidence: f64,
    status: &'a str,
    reason: &'a str,
    validation_passed: bool,
    decision_id: &'a str,
    #[serde(serialize_with = "as_text")]
    policy_version: PolicyVersion,
    propensity: f64,
}

/// Renders the decision for `task_id`; candidates and warnings are spliced in as they will be stored.
pub(crate) fn render(
    task_id: &TaskId,
    decision: &NewDecision,
    status: &str,
    reason: &str,
    execution_url: &str,
) -> Vec<u8> {
    let head = Head {
        task_id: task_id.as_str(),
        assigned_agent: decision.agent_id.as_str(),
        confidence: decision.confidence,
        status,
        reason,
        validation_passed: true,
        decision_id: decision.decision_id.as_str(),
        policy_version: PolicyVersion::from_stored(decision.policy_version),
        propensity: decision.propensity,
    };
    let mut body = Vec::with_capacity(768 + decision.candidates_json.len() + decision.warnings_json.len());
    serde_json::to_writer(&mut body, &head)
        .expect("plain numbers and texts always render, and a Vec takes them all");
    body.pop(); // the closing brace: more members follow
    let mut add = |part: &str| body.extend_from_slice(part.as_bytes());
    for (name, json) in [("warnings", &decision.warnings_json), ("candidates", &decision.candidates_json)] {
        [",\"", name, "\":", json].into_iter().for_each(&mut add);
    }
    // Task ids hold nothing that JSON or a path would escape.
    let id = task_id.as_str();
    let this =
        [",\"links\":{\"self\":\"/tasks/", id, "\",\"execution\":\"", execution_url, "/api/v1/tasks/", id];
    this.into_iter().chain(["\",\"feedback\":\"/task-feedback\"}}"]).for_each(&mut add);
    body
}

/// The candidates as they are answered and stored.
pub(crate) fn candidates_json(selection: &Selection) -> String {
    struct List<'a>(&'a [Candidate]);
    impl Serialize for List<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.0.iter().map(WireCandidate::of))
        }
    }
    serde_json::to_string(&List(&selection.candidates)).expect("plain numbers and texts always render")
}

/// [`service_api::assign::Candidate`] without copies.
#[derive(Serialize)]
struct WireCandidate<'a> {
    agent_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    q_value: f64,
    #[serde(skip_serializing_if = "is_nothing")]
    price: f64,
    confidence: f64,
    eligible: bool,
    probability: f64,
    relevance: f64,
    why: &'a str,
}

impl<'a> WireCandidate<'a> {
    fn of(candidate: &'a Candidate) -> Self {
        Self {
            agent_id: candidate.agent_id.as_str(),
            model: candidate.model.as_ref().map(ModelKey::as_str),
            q_value: readable(candidate.q_value),
            price: readable(candidate.price),
            confidence: readable(candidate.confidence),
            eligible: candidate.eligible,
            probability: candidate.probability,
            relevance: candidate.relevance,
            why: &candidate.why,
        }
    }
}

/// The same candidate as the wire type, where speed does not matter.
pub(crate) fn wire_candidate(candidate: &Candidate) -> service_api::assign::Candidate {
    service_api::assign::Candidate {
        agent_id: candidate.agent_id.to_string(),
        model: candidate.model.as_ref().map(ToString::to_string),
        q_value: readable(candidate.q_value),
        price: readable(candidate.price),
        confidence: readable(candidate.confidence),
        eligible: candidate.eligible,
        probability: candidate.probability,
        relevance: candidate.relevance,
        why: candidate.why.clone(),
    }
}

/// Six decimals: more would only be noise for a reader. Probabilities, and the relevance that they rest on, are left exact.
pub(crate) fn readable(value: f64) -> f64 {
    // Adding zero takes the sign off a zero.
    (value * 1e6).round() / 1e6 + 0.0
}

fn is_nothing(price: &f64) -> bool {
    *price == 0.0
}

fn as_text<S: Serializer>(value: &PolicyVersion, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests {
    use service_api::assign::AssignTaskResponse;
    use task_model::{AgentId, DecisionId, Micros};

    use super::*;

    #[test]
    fn what_is_rendered_is_the_wire_type() {
        let decision = NewDecision {
            decision_id: DecisionId::parse("d1").unwrap(),
            agent_id: AgentId::parse("tester").unwrap(),
            confidence: 0.75,
            propensity: 0.9,
            reason: "it \"fits\"".into(),
            candidates_json:
                r#"[{"agent_id":"tester","q_value":0.5,"confidence":0.75,"eligible":true,"why":"w"}]"#.into(),
            warnings_json: r#"["careful"]"#.into(),
            context: Vec::new(),
            policy_version: PolicyVersion { policy: 2, seq: 7 }.to_stored(),
            learnable: true,
            decided_at: Micros(0),
        };
        let id = TaskId::parse("t:1").unwrap();
        let body = render(&id, &decision, "assigned", &decision.reason, "http://127.0.0.1:8002");
        let read: AssignTaskResponse = serde_json::from_slice(&body).unwrap();
        assert_eq!((read.task_id.as_str(), read.assigned_agent.as_str()), ("t:1", "tester"));
        assert_eq!((read.policy_version.as_str(), read.reason.as_str()), ("p2.e7", "it \"fits\""));
        assert_eq!((read.candidates.len(), read.warnings), (1, vec!["careful".to_owned()]));
        assert_eq!(read.links.execution, "http://127.0.0.1:8002/api/v1/tasks/t:1");
    }
}
