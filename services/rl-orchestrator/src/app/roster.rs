//! The agents as the last refresh saw them: an index that is swapped as a whole, so a decision takes no lock.

use std::sync::Arc;
use std::time::Duration;

use agent_selection::{AgentProfile, RosterIndex};
use arc_swap::ArcSwap;
use storage::Storage;
use tokio_util::sync::CancellationToken;

/// The roster of one version.
#[derive(Debug)]
pub struct Roster {
    /// What the database counts up with every change of an agent.
    pub version: i64,
    /// What the selection reads.
    pub index: RosterIndex,
    /// The agents as the execution API wrote them.
    pub agents: Vec<storage::AgentRecord>,
}

/// The newest roster this process has seen. Clones share it.
#[derive(Debug, Clone)]
pub struct RosterView(Arc<ArcSwap<Roster>>);

impl RosterView {
    /// Reads the roster; an empty one is fine, the execution API may not have published its agents yet.
    pub async fn open(storage: &Storage) -> storage::Result<Self> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(read(storage).await?))))
    }

    /// The roster now.
    pub fn now(&self) -> arc_swap::Guard<Arc<Roster>> {
        self.0.load()
    }

    /// Reads the roster again if it has changed.
    pub async fn refresh(&self, storage: &Storage) -> storage::Result<()> {
        if storage.roster_version().await? != self.now().version {
            self.0.store(Arc::new(read(storage).await?));
        }
        Ok(())
    }

    /// Refreshes every `interval` until told to stop.
    pub async fn follow(&self, storage: &Storage, interval: Duration, stop: CancellationToken) {
        let mut failing = false;
        while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
            let refreshed = self.refresh(storage).await;
            if let (Err(error), false) = (&refreshed, failing) {
                tracing::warn!(%error, "the roster cannot be read; deciding with the one from before");
            }
            failing = refreshed.is_err();
        }
    }
}

/// The version is read first: a change in between is seen as another version at the next refresh.
async fn read(storage: &Storage) -> storage::Result<Roster> {
    let version = storage.roster_version().await?;
    let agents = storage.agent_list(false).await?;
    let index = RosterIndex::new(agents.iter().map(profile).collect());
    Ok(Roster { version, index, agents })
}

fn profile(agent: &storage::AgentRecord) -> AgentProfile {
    let spec = &agent.spec;
    AgentProfile {
        id: spec.id.clone(),
        name: spec.name.clone(),
        model: spec.model.clone(),
        specialization: spec.specialization.clone(),
        description: spec.description.clone(),
        capabilities: spec.capabilities.clone(),
        tools: spec.tools.clone(),
        aliases: spec.aliases.clone(),
        status: spec.status,
        concurrency: None,
    }
}
