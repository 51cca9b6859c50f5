//! How well a description fits a text: BM25 over whole words, with topics as words that related terms share.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), the variant with weighted
//! fields. The inverse document frequency is over the roster; [`crate::vocabulary::Role`] stands for the background,
//! which a dozen documents cannot give.

mod document;
mod weights;

pub(super) use document::Document;
pub(super) use weights::Weights;

/// A fifth of what a telling word adds.
const WORTH_NAMING: f64 = 0.25;

/// How well each agent's description fits one text.
#[derive(Clone, Debug, Default)]
pub struct Relevance {
    pub(super) scores: Vec<f64>,
    pub(super) clarity: f64,
    pub(super) topics: Vec<&'static str>,
    pub(super) evidence: Vec<(String, Vec<f64>)>,
}

impl Relevance {
    /// What was worked out and logged before: scores by place, and nothing of the words behind them.
    pub(crate) fn known(scores: Vec<f64>) -> Self {
        Self { scores, ..Self::default() }
    }

    /// From 0 to 1, for the agent at this place of the roster.
    pub fn of(&self, agent: usize) -> f64 {
        self.scores.get(agent).copied().unwrap_or(0.0)
    }

    /// How clearly the text speaks for anyone, from 0 to 1.
    pub fn clarity(&self) -> f64 {
        self.clarity
    }

    /// What the text is about, most prominent first.
    pub fn topics(&self) -> &[&'static str] {
        &self.topics
    }

    /// The words of the text that spoke for the agent, strongest first, as they stand in the text.
    pub fn evidence(&self, agent: usize) -> Vec<&str> {
        let mut words: Vec<(&str, f64)> =
            self.evidence.iter().map(|(word, by)| (word.as_str(), by[agent])).collect();
        words.retain(|(_, amount)| *amount >= WORTH_NAMING);
        words.sort_by(|a, b| b.1.total_cmp(&a.1));
        words.into_iter().map(|(word, _)| word).take(4).collect()
    }
}
