//! How far each source of rewards can be believed: by how its words agree with what was expected.
//!
//! Two hypotheses for each source: it says what came of the work, or the opposite. A word `r` on something that was expected to earn `p`
//! speaks for the first by `(2r − 1)(2p − 1) / 2σ²` (the logarithm of the ratio of two normal likelihoods). Where the words of all
//! sources stop agreeing with what is expected, the expectation is wrong and not they: then words count as little as they agree.

use super::kept;
use crate::Error;
use crate::bytes::{Reader, Writer};

/// Log-odds for a source that nothing is known of: one in thirty is taken to be bad.
const PRIOR: f64 = 3.4;
/// Log-odds never leave this range, so that a source that changes can lose trust, or win it back.
const FURTHEST: f64 = 8.0;
/// Each word takes this share away from what earlier ones of its source count.
const FADE: f64 = 0.995;
/// The same for the agreement of all sources together.
const FADE_ALL: f64 = 0.98;
/// A source that gave more than this share of the words is not judged by the others: there are too few of them.
const MAJORITY: f64 = 0.5;
/// Sources that are kept; of more, the one that was silent for longest is forgotten.
const SOURCES: usize = 1_024;

/// What is known of all sources.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trust {
    sources: Vec<Source>,
    /// Agreement of all words with what was expected, and what it would be if all were true; both faded.
    agreed: f64,
    expected: f64,
    words: f64,
}

#[derive(Clone, Debug, PartialEq)]
struct Source {
    name: String,
    log_odds: f64,
    words: f64,
    used: u64,
}

impl Trust {
    /// How much a word of this source counts, 0 to 1: all of it while it is likelier true than not, then twice its probability.
    pub(crate) fn of(&self, name: &str) -> f64 {
        let Ok(at) = self.find(name) else { return believed(PRIOR) };
        let source = &self.sources[at];
        if source.words > MAJORITY * self.words { 1.0 } else { believed(source.log_odds) }
    }

    /// Every source that spoke, with its trust and how often it spoke.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, f64, u64)> {
        self.sources.iter().map(|source| (source.name.as_str(), self.of(&source.name), source.words as u64))
    }

    /// Takes in a word of a source on something expected to earn `expected`, with this variance around it.
    pub(crate) fn hear(&mut self, name: &str, word: f64, expected: f64, variance: f64, seq: u64) {
        let lean = 2.0 * expected.clamp(0.0, 1.0) - 1.0;
        let agreement = (2.0 * word - 1.0) * lean;
        let sound = if self.expected > 0.0 { (self.agreed / self.expected).clamp(0.0, 1.0) } else { 1.0 };
        self.agreed = FADE_ALL * self.agreed + agreement;
        self.expected = FADE_ALL * self.expected + lean * lean;
        self.words += 1.0;
        let at = self.find(name).unwrap_or_else(|at| self.welcome(at, name));
        let source = &mut self.sources[at];
        let kept = PRIOR + FADE * (source.log_odds - PRIOR);
        source.log_odds = (kept + sound * agreement / (2.0 * variance)).clamp(-FURTHEST, FURTHEST);
        source.words += 1.0;
        source.used = seq;
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.sources.binary_search_by(|source| source.name.as_str().cmp(name))
    }

    fn welcome(&mut self, at: usize, name: &str) -> usize {
        let source = Source { name: name.to_owned(), log_odds: PRIOR, words: 0.0, used: 0 };
        kept::welcome(&mut self.sources, at, source, SOURCES, |source| source.used)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        [self.agreed, self.expected, self.words].iter().for_each(|value| out.f64(*value));
        out.count(self.sources.len());
        for source in &self.sources {
            out.text(&source.name);
            out.f64(source.log_odds);
            out.f64(source.words);
            out.u64(source.used);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let (agreed, expected, words) = (from.f64()?, from.f64()?, from.f64()?);
        let sources = from.list(|from| {
            let name = from.text()?.to_owned();
            Ok(Source { name, log_odds: from.f64()?, words: from.f64()?, used: from.u64()? })
        })?;
        let ordered = sources.is_sorted_by(|a, b| a.name < b.name) && sources.len() <= SOURCES;
        if ordered {
            Ok(Self { sources, agreed, expected, words })
        } else {
            Err(Error::Corrupt("sources are out of order"))
        }
    }
}

fn believed(log_odds: f64) -> f64 {
    (2.0 / (1.0 + (-log_odds).exp())).min(1.0)
}
