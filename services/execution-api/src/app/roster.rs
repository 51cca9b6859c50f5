//! The agents as they are now, in memory: every accepted task asks for one, so none of them asks the database.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use storage::{AgentRecord, Storage};
use task_model::AgentStatus;
use tokio_util::sync::CancellationToken;

use super::suggest;
use crate::error::{Error, Result};
use crate::state::State;

/// Between two looks for changes by other processes.
const REFRESH: Duration = Duration::from_secs(1);

/// The roster of one version.
#[derive(Debug, Default)]
struct Snapshot {
    version: i64,
    agents: Vec<Arc<AgentRecord>>,
    /// Ids, aliases and names, all in one spelling.
    by_name: HashMap<String, usize>,
}

/// The latest roster. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    snapshot: Arc<ArcSwap<Snapshot>>,
}

impl Roster {
    /// Reads the roster when it changed.
    pub async fn refresh(&self, storage: &Storage) -> storage::Result<()> {
        // The version first: what changes in between is read again next time.
        let version = storage.roster_version().await?;
        let known = self.snapshot.load();
        if known.version != version || known.agents.is_empty() {
            self.store(version, storage.agent_list(false).await?);
        }
        Ok(())
    }

    fn store(&self, version: i64, records: Vec<AgentRecord>) {
        let agents: Vec<_> = records.into_iter().map(Arc::new).collect();
        let mut by_name = HashMap::new();
        // Weakest first: an alias yields to a name of its own, a name to an id.
        for (at, agent) in agents.iter().enumerate() {
            by_name.insert(spelling(&agent.spec.name), at);
        }
        for (at, agent) in agents.iter().enumerate() {
            by_name.extend(agent.spec.aliases.iter().map(|alias| (spelling(alias), at)));
        }
        for (at, agent) in agents.iter().enumerate() {
            by_name.insert(spelling(agent.spec.id.as_str()), at);
        }
        self.snapshot.store(Arc::new(Snapshot { version, agents, by_name }));
    }

    /// All agents that are not deleted, by id.
    pub fn agents(&self) -> Vec<Arc<AgentRecord>> {
        self.snapshot.load().agents.clone()
    }

    /// An agent by id, alias or name, in any case, with `-` or `_`.
    pub fn find(&self, name: &str) -> Option<Arc<AgentRecord>> {
        let snapshot = self.snapshot.load();
        snapshot.by_name.get(&spelling(name)).map(|at| snapshot.agents[*at].clone())
    }

    /// The same, or an error that names the agent that was probably meant.
    pub fn require(&self, name: &str) -> Result<Arc<AgentRecord>> {
        self.find(name).ok_or_else(|| {
            let snapshot = self.snapshot.load();
            let names = snapshot.agents.iter().flat_map(|a| {
                std::iter::once(a.spec.id.as_str()).chain(a.spec.aliases.iter().map(String::as_str))
            });
            let close = suggest::closest(name, names).and_then(|name| snapshot.by_name.get(&spelling(name)));
            let suggestion = close.map(|at| snapshot.agents[*at].spec.id.to_string());
            Error::UnknownAgent { asked: name.to_owned(), suggestion }
        })
    }

    /// How many agents take tasks.
    pub fn active(&self) -> usize {
        self.snapshot.load().agents.iter().filter(|agent| agent.spec.status == AgentStatus::Active).count()
    }
}

fn spelling(name: &str) -> String {
    name.chars().map(|c| if c == '-' || c == ' ' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Follows changes that other processes make, until `stop`.
pub async fn follow(state: Arc<State>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(REFRESH)).await.is_some() {
        if let Err(error) = state.roster.refresh(&state.storage).await {
            tracing::debug!(%error, "the roster cannot be read; the last one stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::seed::parse;

    fn roster() -> Roster {
        let text = r#"
            [[agents]]
            id = "tester"
            name = "Test Engineer"
            aliases = ["qa_tester", "data_analyst"]
            [[agents]]
            id = "data_analyst"
            name = "Data Analyst"
        "#;
        let at = task_model::Micros(0);
        let record = |spec| AgentRecord {
            spec,
            revision: 1,
            edited: false,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        };
        let roster = Roster::default();
        roster.store(1, parse(text).unwrap().into_iter().map(record).collect());
        roster
    }

    fn check(asked: &str, id: Option<&str>) {
        assert_eq!(roster().find(asked).map(|agent| agent.spec.id.to_string()).as_deref(), id, "{asked}");
    }

    #[test]
    fn an_agent_is_found_by_id_alias_and_name_in_any_spelling() {
        check("tester", Some("tester"));
        check("QA-Tester", Some("tester"));
        check("test engineer", Some("tester"));
        check("nobody", None);
    }

    #[test]
    fn an_id_beats_the_alias_of_another() {
        check("data_analyst", Some("data_analyst"));
    }

    #[test]
    fn an_unknown_agent_comes_with_a_suggestion() {
        let Err(Error::UnknownAgent { suggestion, .. }) = roster().require("qa_testr") else { panic!() };
        assert_eq!(suggestion.as_deref(), Some("tester"));
    }
}
