//! Tasks with the outcome of every agent.

use crate::{AgentKey, Context};

/// One task.
#[derive(Clone, Debug)]
pub struct Row {
    /// What the task says.
    pub text: String,
    /// The outcome of each agent, in the order of the set's agents.
    pub rewards: Vec<f64>,
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

impl DataSet {
    /// A set of rows; those that do not have an outcome from 0 to 1 for every agent are left out.
    pub fn new(name: &str, agents: &[&str], rows: Vec<Row>) -> Self {
        let whole = |row: &Row| {
            row.rewards.len() == agents.len() && row.rewards.iter().all(|reward| (0.0..=1.0).contains(reward))
        };
        let rows: Vec<Row> = rows.into_iter().filter(whole).collect();
        let contexts = rows.iter().map(|row| Context::from_text(&row.text)).collect();
        let agents = agents.iter().map(|agent| AgentKey::new(agent)).collect();
        Self { name: name.to_owned(), agents, rows, contexts }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
