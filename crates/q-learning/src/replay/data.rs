//! Tasks with the outcome of every agent that is known to have tried them.

use std::sync::Arc;

use super::variant::tenant;
use crate::{AgentKey, Context, Error, Objective, Terms};

/// One task.
#[derive(Clone, Debug)]
pub struct Row {
    /// What the task says.
    pub text: String,
    /// The outcome of each agent, from 0 to 1, in the order of the set's agents. Who has none cannot be chosen for this task.
    pub rewards: Vec<Option<f64>>,
    /// What each agent costs for it in dollars, in the same order; empty when nothing is known of costs.
    pub costs: Vec<Option<f64>>,
}

/// A file of tasks, with their features worked out once.
#[derive(Clone, Debug)]
pub struct DataSet {
    /// What it is called in reports.
    pub name: String,
    /// Whose outcomes are known.
    pub agents: Vec<AgentKey>,
    pub(super) rows: Vec<Row>,
    pub(super) contexts: Vec<Context>,
}

impl Row {
    /// A task of which every outcome is known, and no cost.
    pub fn new(text: &str, rewards: &[f64]) -> Self {
        Self {
            text: text.to_owned(),
            rewards: rewards.iter().copied().map(Some).collect(),
            costs: Vec::new(),
        }
    }

    /// Whether it has an outcome at all, each from 0 to 1, and no cost that cannot be.
    fn fits(&self, agents: usize) -> bool {
        let costs = self.costs.len() == agents || self.costs.is_empty();
        costs
            && self.rewards.len() == agents
            && self.rewards.iter().any(Option::is_some)
            && self.rewards.iter().flatten().all(|reward| (0.0..=1.0).contains(reward))
            && self.costs.iter().flatten().all(|cost| cost.is_finite() && *cost >= 0.0)
    }

    /// The cost of an agent; 0 when it is not known.
    pub(super) fn cost(&self, agent: usize) -> f64 {
        self.costs.get(agent).copied().flatten().unwrap_or(0.0)
    }
}

impl DataSet {
    /// A set of rows; those without any outcome, or with one that is not from 0 to 1, are left out.
    pub fn new(name: &str, agents: &[&str], rows: Vec<Row>) -> Self {
        let rows: Vec<Row> = rows.into_iter().filter(|row| row.fits(agents.len())).collect();
        let contexts = rows.iter().map(|row| Context::from_text(&row.text)).collect();
        let agents = agents.iter().map(|agent| AgentKey::new(agent)).collect();
        Self { name: name.to_owned(), agents, rows, contexts }
    }

    /// The same tasks under a ceiling on their mean cost, in dollars. Policies that know no ceilings take no notice.
    pub fn with_cost_ceiling(mut self, cost_per_task_usd: f64) -> Result<Self, Error> {
        let objective = Objective { cost_per_task_usd: Some(cost_per_task_usd), ..Objective::default() };
        objective.check()?;
        let terms = Arc::new(Terms { group: String::new(), objective });
        self.contexts = self.contexts.into_iter().map(|context| context.on(terms.clone())).collect();
        Ok(self)
    }

    /// The same tasks from tenants in turn, in this order.
    pub(super) fn dealt(&self, order: &[usize]) -> Self {
        let mut dealt = self.clone();
        for (time, row) in order.iter().enumerate() {
            let objective = self.contexts[*row].terms().map_or(Objective::default(), |terms| terms.objective);
            let group = format!("tenant-{}", tenant(time));
            dealt.contexts[*row] = self.contexts[*row].clone().on(Arc::new(Terms { group, objective }));
        }
        dealt
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether any cost is known.
    pub fn has_costs(&self) -> bool {
        self.rows.iter().any(|row| row.costs.iter().any(Option::is_some))
    }
}
