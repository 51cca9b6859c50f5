//! What an agent says of itself as weighted words and topics.

use std::collections::BTreeMap;

use crate::AgentProfile;
use crate::topics::Topics;
use crate::vocabulary::{Role, Vocabulary};
use crate::words::{Words, stem};

/// An agent's field says more than the prose around it.
const SPECIALIZATION: f64 = 3.0;
const ID: f64 = 2.0;
const CAPABILITY: f64 = 2.0;
const ALIAS: f64 = 1.0;
const DESCRIPTION: f64 = 1.0;
const TOOL: f64 = 0.3;
/// The weight of words at which a document speaks half as much of a topic as it could: five capabilities.
const TOPIC_HALF: f64 = 10.0;

/// Stems and topics with their weights.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(super) stems: BTreeMap<String, f64>,
    pub(super) topics: Vec<f64>,
    pub(super) generalist: bool,
}

impl Document {
    /// Reads all the fields of a profile.
    pub(crate) fn of(agent: &AgentProfile) -> Self {
        let mut document = Self { topics: vec![0.0; Topics::get().len()], ..Self::default() };
        document.add(&agent.specialization, SPECIALIZATION);
        document.add(agent.id.as_str(), ID);
        document.add(&agent.description, DESCRIPTION);
        agent.capabilities.iter().for_each(|phrase| document.add(phrase, CAPABILITY));
        agent.aliases.iter().for_each(|alias| document.add(alias, ALIAS));
        agent.tools.iter().for_each(|tool| document.add(tool, TOOL));
        document.generalist = Words::of(&agent.specialization)
            .iter()
            .any(|(word, _)| matches!(word, "general" | "generalist" | "anything" | "assistant"));
        document
    }

    /// How much the document speaks of a topic, from 0 to 1.
    pub(super) fn topic_share(&self, topic: usize) -> f64 {
        self.topics[topic] / (self.topics[topic] + TOPIC_HALF)
    }

    fn add(&mut self, text: &str, weight: f64) {
        for (word, _) in Words::of(text).iter() {
            let stem = stem(word);
            if word.len() < 2 || Vocabulary::get().role(word, &stem) == Role::Function {
                continue;
            }
            for topic in Topics::get().of(&stem) {
                self.topics[usize::from(*topic)] += weight;
            }
            *self.stems.entry(stem).or_default() += weight;
        }
    }
}
