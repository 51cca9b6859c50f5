//! The roster with everything that can be computed before a task arrives.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use q_learning::{AgentKey, ModelKey};

use super::profile::canonical;
use super::relevance::{Document, Relevance, Weights};
use crate::AgentProfile;
use crate::intelligibility::intelligibility;
use crate::words::{Words, stem};

/// An immutable version of the roster. Cloning shares it.
#[derive(Clone, Debug)]
pub struct RosterIndex {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    agents: Vec<AgentProfile>,
    keys: Vec<AgentKey>,
    models: Arc<[Option<ModelKey>]>,
    names: HashMap<String, usize>,
    weights: Weights,
}

impl RosterIndex {
    /// Indexes the agents. Of two with one id the later counts; ids win over aliases, and aliases over names.
    pub fn new(agents: Vec<AgentProfile>) -> Self {
        let by_id: BTreeMap<_, _> = agents.into_iter().map(|agent| (agent.id.clone(), agent)).collect();
        let agents: Vec<_> = by_id.into_values().collect();
        let keys = agents.iter().map(|agent| AgentKey::new(agent.id.as_str())).collect();
        let model = |agent: &AgentProfile| (!agent.model.is_empty()).then(|| ModelKey::new(&agent.model));
        let models = agents.iter().map(model).collect();
        let documents: Vec<Document> = agents.iter().map(Document::of).collect();
        let weights = Weights::of(&documents);
        Self { inner: Arc::new(Inner { names: names(&agents), keys, models, agents, weights }) }
    }

    /// The agents, by id.
    pub fn agents(&self) -> &[AgentProfile] {
        &self.inner.agents
    }

    /// Their keys for the learner, in the order of [`Self::agents`].
    pub fn keys(&self) -> &[AgentKey] {
        &self.inner.keys
    }

    /// The models that they run on, in the same order, where they are known.
    pub fn models(&self) -> &Arc<[Option<ModelKey>]> {
        &self.inner.models
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.inner.agents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.inner.agents.is_empty()
    }

    /// The agent of that id, alias or name; case does not matter, and `-` and spaces equal `_`.
    pub fn resolve(&self, name: &str) -> Option<&AgentProfile> {
        self.inner.names.get(&canonical(name)).map(|index| &self.inner.agents[*index])
    }

    /// How well each agent's description fits a text.
    pub fn relevance(&self, text: &str) -> Relevance {
        self.relevance_of(&Words::of(text))
    }

    /// From 0 to 1, whether a text says something; over 0.5 it does.
    pub fn intelligibility(&self, text: &str) -> f64 {
        self.intelligibility_of(text, &Words::of(text))
    }

    pub(crate) fn relevance_of(&self, words: &Words) -> Relevance {
        self.inner.weights.relevance(words)
    }

    pub(crate) fn intelligibility_of(&self, text: &str, words: &Words) -> f64 {
        intelligibility(text, words, |word| word.len() > 2 && self.inner.weights.knows(&stem(word)))
    }
}

fn names(agents: &[AgentProfile]) -> HashMap<String, usize> {
    let mut names = HashMap::new();
    let mut add = |name: &str, index| {
        names.entry(canonical(name)).or_insert(index);
    };
    for (index, agent) in agents.iter().enumerate() {
        add(agent.id.as_str(), index);
    }
    for (index, agent) in agents.iter().enumerate() {
        agent.aliases.iter().for_each(|alias| add(alias, index));
    }
    for (index, agent) in agents.iter().enumerate() {
        add(&agent.name, index);
    }
    names
}
