//! Precomputed BM25 weights of every stem and topic for every agent; scoring a text only adds them up.

use std::collections::HashMap;

use super::{Document, Relevance};
use crate::topics::Topics;
use crate::vocabulary::{Role, Vocabulary};
use crate::words::{Shape, Words, stem};

/// Where a weight saturates to half, and the influence of the length of a description (Robertson and Zaragoza,
/// section 3.5). K1 is larger than for plain counts because a field weighs 1 to 3: a word of two capabilities is half.
const K1: f64 = 4.0;
const B: f64 = 0.3;
/// The most that a word can weigh before its rarity.
const MOST: f64 = 2.2;
/// What a word counts that stands in tasks of every kind.
const GENERIC: f64 = 0.25;
/// What a shared topic counts against a shared word.
const TOPIC: f64 = 0.8;
/// What of a word's own weight is left when the agent does not hold any of its topics.
const ABROAD: f64 = 0.15;
/// What the lesser of word and topic adds to the greater.
const BOTH: f64 = 0.25;
/// From this share an agent counts as one that holds the topic.
const TOPIC_HELD: f64 = 0.4;
/// Words of the ask before attached data begins to weigh less, and how fast.
const ASK: f64 = 40.0;
/// The score at which a text is clear to 63 %: about one telling word.
const CLEAR: f64 = 2.0;
/// What a word counts for a generalist, who yields to those whose field it is.
const YIELDS: f64 = 0.6;
/// What a generalist gets of the clarity that a text lacks.
const GENERALIST: f64 = 0.2;

/// One row per stem, one column per agent.
#[derive(Debug)]
pub(crate) struct Weights {
    agents: usize,
    stems: HashMap<String, Vec<f64>>,
    topics: Vec<Topic>,
    generalists: Vec<bool>,
}

/// How much each agent speaks of a topic, and how few do.
#[derive(Debug)]
struct Topic {
    shares: Vec<f64>,
    rarity: f64,
}

impl Weights {
    /// Computes the weights of all the documents.
    pub(crate) fn of(documents: &[Document]) -> Self {
        let lengths: Vec<f64> = documents.iter().map(|document| document.stems.values().sum()).collect();
        let mean = lengths.iter().sum::<f64>() / documents.len().max(1) as f64;
        let mut stems: HashMap<String, Vec<f64>> = HashMap::new();
        for (agent, document) in documents.iter().enumerate() {
            let longer = 1.0 - B + B * lengths[agent] / mean.max(1.0);
            for (stem, count) in &document.stems {
                let row = stems.entry(stem.clone()).or_insert_with(|| vec![0.0; documents.len()]);
                row[agent] = MOST * count / (count + K1 * longer);
            }
        }
        for (stem, row) in &mut stems {
            let factor = rarity(row) * background(stem);
            row.iter_mut().for_each(|weight| *weight *= factor);
        }
        let topics = (0..Topics::get().len()).map(|number| topic(documents, number)).collect();
        let generalists = documents.iter().map(|document| document.generalist).collect();
        Self { agents: documents.len(), stems, topics, generalists }
    }

    /// Whether an agent uses the stem.
    pub(crate) fn knows(&self, stem: &str) -> bool {
        self.stems.contains_key(stem)
    }

    /// Scores a text against every agent.
    pub(crate) fn relevance(&self, words: &Words) -> Relevance {
        let mut text = Text::default();
        for (position, (word, shape)) in words.iter().enumerate() {
            text.add(word, shape, position);
        }
        let mut scores = vec![0.0; self.agents];
        let mut topics = vec![0.0; self.topics.len()];
        let mut evidence = Vec::new();
        for (word, stem, weight) in &text.words {
            let by = self.contribution(stem, *weight, &mut topics);
            scores.iter_mut().zip(&by).for_each(|(score, amount)| *score += amount);
            if by.iter().any(|amount| *amount > 0.0) {
                evidence.push((word.clone(), by));
            }
        }
        self.finish(scores, &topics, evidence)
    }

    /// What one word adds to each agent: itself or its best topic, whichever is more.
    ///
    /// A word of a topic counts less for an agent that uses it outside that topic: `site reliability` is no web site.
    fn contribution(&self, stem: &str, weight: f64, topics: &mut [f64]) -> Vec<f64> {
        let mut by = self.stems.get(stem).cloned().unwrap_or_else(|| vec![0.0; self.agents]);
        let members = Topics::get().of(stem);
        let shared = background(stem) * TOPIC / (members.len() as f64).sqrt();
        for (agent, amount) in by.iter_mut().enumerate() {
            let held = |topic: &u8| self.topics[usize::from(*topic)].shares[agent];
            let at_home = members.iter().map(held).reduce(f64::max).unwrap_or(1.0);
            let valued = |topic: &u8| held(topic) * self.topics[usize::from(*topic)].rarity;
            let by_topic = shared * members.iter().map(valued).fold(0.0, f64::max);
            let by_word = *amount * (ABROAD + (1.0 - ABROAD) * at_home);
            let yields = if self.generalists[agent] { YIELDS } else { 1.0 };
            *amount = weight * yields * (by_word.max(by_topic) + BOTH * by_word.min(by_topic));
        }
        members.iter().for_each(|topic| topics[usize::from(*topic)] += weight / members.len() as f64);
        by
    }

    fn finish(&self, scores: Vec<f64>, topics: &[f64], evidence: Vec<(String, Vec<f64>)>) -> Relevance {
        let top = scores.iter().copied().fold(0.0, f64::max);
        let clarity = 1.0 - (-top / CLEAR).exp();
        let share = |score: f64| if top > 0.0 { score / top } else { 0.0 };
        let spare = |agent: usize| if self.generalists[agent] { GENERALIST * (1.0 - clarity) } else { 0.0 };
        let scores = scores
            .iter()
            .enumerate()
            .map(|(agent, score)| (clarity * share(*score)).max(spare(agent)))
            .collect();
        Relevance { scores, clarity, topics: prominent(topics), evidence }
    }
}

/// Distinct stems of a text; what stands late, after the ask, weighs less.
#[derive(Default)]
struct Text {
    words: Vec<(String, String, f64)>,
    seen: HashMap<String, usize>,
}

impl Text {
    fn add(&mut self, word: &str, shape: Shape, position: usize) {
        if word.len() < 2 || shape == Shape::Number {
            return;
        }
        let stem = stem(word);
        let role = Vocabulary::get().role(word, &stem);
        if role == Role::Function {
            return;
        }
        let late = (position as f64 - ASK).max(0.0) / ASK;
        let weight = 1.0 / (1.0 + late * late);
        match self.seen.get(&stem) {
            // A word said twice counts a little more, not twice.
            Some(at) => self.words[*at].2 = (self.words[*at].2 + 0.2 * weight).min(1.6),
            None => {
                self.seen.insert(stem.clone(), self.words.len());
                self.words.push((word.to_owned(), stem, weight));
            }
        }
    }
}

fn topic(documents: &[Document], number: usize) -> Topic {
    let shares: Vec<f64> = documents.iter().map(|document| document.topic_share(number)).collect();
    let holders = shares.iter().filter(|share| **share >= TOPIC_HELD).count();
    Topic { rarity: inverse_frequency(holders, documents.len()), shares }
}

fn rarity(row: &[f64]) -> f64 {
    inverse_frequency(row.iter().filter(|count| **count > 0.0).count(), row.len())
}

fn inverse_frequency(holders: usize, agents: usize) -> f64 {
    let (holders, agents) = (holders as f64, agents as f64);
    (1.0 + (agents - holders + 0.5) / (holders + 0.5)).ln()
}

fn background(stem: &str) -> f64 {
    match Vocabulary::get().role(stem, stem) {
        Role::Topic => 1.0,
        _ => GENERIC,
    }
}

fn prominent(topics: &[f64]) -> Vec<&'static str> {
    let mut ranked: Vec<(u8, f64)> =
        topics.iter().enumerate().map(|(at, weight)| (at as u8, *weight)).collect();
    ranked.retain(|(_, weight)| *weight >= 0.3);
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.into_iter().take(3).map(|(topic, _)| Topics::get().name(topic)).collect()
}
