//! Agent revisions as plans that a machine can run. A revision never changes, so a plan is made once.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use react_agent::{AgentPlan, Limits, Sampling};
use serde::Deserialize;
use service_api::chat::ChatTool;
use storage::{AgentSpec, NewRun, Storage};
use task_model::AgentId;

use crate::tools::Toolbox;

/// More revisions than this in use at once would be strange; then the cache begins anew.
const CACHED_MAX: usize = 1_024;

/// The parts of an agent's `config` that the loop reads; other members are for others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AgentConfig {
    /// What a run may use up.
    pub limits: Limits,
    /// How the model samples.
    pub sampling: Sampling,
    /// Tools whose every call a person must allow first; `*` means all.
    pub approval: Vec<String>,
    /// Runs of the agent that may be driven at once, over all processes; absent: no limit.
    pub concurrency: Option<u32>,
}

impl AgentConfig {
    /// A word in `approval` that guards nothing would be taken for a guard: every one must name a tool of the agent.
    pub fn check(&self, tools: &[String]) -> Result<(), String> {
        let unknown = self.approval.iter().find(|name| *name != "*" && !tools.contains(name));
        unknown
            .map_or(Ok(()), |name| Err(format!("approval names {name}, which is none of the agent's tools")))
    }

    /// Whether a person must allow calls of this tool.
    pub fn needs_person(&self, tool: &str) -> bool {
        self.approval.iter().any(|name| name == "*" || name == tool)
    }
}

/// A plan with its tools in the model's words.
#[derive(Debug)]
pub struct Plan {
    /// What the machine needs.
    pub agent: Arc<AgentPlan>,
    /// The same tools as the model service reads them.
    pub chat_tools: Vec<ChatTool>,
    /// What the revision was configured with.
    pub config: AgentConfig,
}

impl Plan {
    /// A plan for one revision. Tools that are not in the toolbox are left out: the roster may name some that are switched off.
    pub fn new(spec: &AgentSpec, tools: &Toolbox) -> Self {
        // Checked when the agent was stored; an older release may have let something else through.
        let config: AgentConfig = AgentConfig::deserialize(&spec.config).unwrap_or_default();
        let tools = tools.specs(&spec.tools);
        let chat_tools = tools
            .iter()
            .map(|tool| ChatTool::function(&tool.name, &tool.description, (&tool.parameters).into()))
            .collect();
        let agent = AgentPlan {
            system_prompt: spec.system_prompt.clone(),
            model: spec.model.clone(),
            tools,
            limits: config.limits.clone(),
            sampling: config.sampling,
        };
        Self { agent: Arc::new(agent), chat_tools, config }
    }

    /// The plan under the bounds of one run: the narrower of agent and caller holds.
    pub fn bounded(&self, run: &NewRun) -> Arc<AgentPlan> {
        if run.timeout_ms.is_none() && run.max_cost.is_none() {
            return self.agent.clone();
        }
        let mut agent = AgentPlan::clone(&self.agent);
        if let Some(timeout) = run.timeout_ms.and_then(|ms| u64::try_from(ms).ok()) {
            agent.limits.max_elapsed_ms = agent.limits.max_elapsed_ms.min(timeout);
        }
        if let Some(cost) = run.max_cost {
            let own = agent.limits.max_cost_micro.unwrap_or(i64::MAX);
            agent.limits.max_cost_micro = Some(own.min(cost.0));
        }
        Arc::new(agent)
    }
}

/// The plans made so far.
#[derive(Debug, Default)]
pub struct Plans {
    made: Mutex<HashMap<(AgentId, i64), Arc<Plan>>>,
}

impl Plans {
    /// The plan for a revision; nothing when there is no such revision.
    pub async fn get(
        &self,
        storage: &Storage,
        tools: &Toolbox,
        agent: &AgentId,
        revision: i64,
    ) -> storage::Result<Option<Arc<Plan>>> {
        let key = (agent.clone(), revision);
        if let Some(plan) = self.made.lock().get(&key) {
            return Ok(Some(plan.clone()));
        }
        let Some(found) = storage.agent_revision(agent, revision).await? else { return Ok(None) };
        let plan = Arc::new(Plan::new(&found.spec, tools));
        let mut made = self.made.lock();
        if made.len() >= CACHED_MAX {
            made.clear();
        }
        made.insert(key, plan.clone());
        Ok(Some(plan))
    }
}
