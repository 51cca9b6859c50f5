//! The state in which an agent is chosen: the features of the text, and what was already tried on it.

use std::sync::Arc;

use crate::bytes::{Reader, Writer};
use crate::features::Features;
use crate::{AgentKey, Error, Terms};

const MAGIC: &[u8; 4] = b"QLCX";
const VERSION: u16 = 3;
/// The oldest that is still read.
const OLDEST: u16 = 1;
/// Contexts and experiences before this version have no terms.
pub(crate) const WITH_TERMS: u16 = 3;
/// Failed agents that are told apart; what failed before them still counts as an attempt.
const FAILED_KEPT: usize = 16;

/// What a caller knows of a task besides its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signals<'a> {
    /// Urgency from 1 to 10; the middle, 5, when it is not told.
    pub priority: Option<u8>,
    /// The caller's own words for the kind of task.
    pub tags: &'a [&'a str],
    /// An embedding of the text, of any length, always of the same model.
    pub embedding: Option<&'a [f32]>,
}

/// A state of an episode. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    pub(crate) features: Arc<Features>,
    pub(crate) priority: u8,
    pub(crate) attempt: u32,
    pub(crate) failed: Vec<u64>,
    pub(crate) terms: Option<Arc<Terms>>,
}

impl Context {
    /// The first attempt at a text of which nothing else is known.
    pub fn from_text(text: &str) -> Self {
        Self::describe(text, &Signals::default())
    }

    /// The first attempt at a text with what the caller knows of it.
    pub fn describe(text: &str, signals: &Signals<'_>) -> Self {
        Self {
            features: Arc::new(Features::of(text, signals.tags, signals.embedding)),
            priority: signals.priority.unwrap_or(5).clamp(1, 10),
            attempt: 1,
            failed: Vec::new(),
            terms: None,
        }
    }

    /// The same state on these terms.
    pub fn on(self, terms: Arc<Terms>) -> Self {
        Self { terms: Some(terms), ..self }
    }

    /// The terms of the decision, if any were made.
    pub fn terms(&self) -> Option<&Arc<Terms>> {
        self.terms.as_ref()
    }

    /// The state that follows when this agent failed: one attempt more, and it is remembered who failed.
    pub fn after_failure(&self, agent: &AgentKey) -> Self {
        let mut next = Self { attempt: self.attempt.saturating_add(1), ..self.clone() };
        if next.failed.len() < FAILED_KEPT && !self.has_failed(agent) {
            next.failed.push(agent.fingerprint());
        }
        next
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether this agent failed before in the episode.
    pub fn has_failed(&self, agent: &AgentKey) -> bool {
        self.failed.contains(&agent.fingerprint())
    }

    /// A compact encoding, some hundred bytes, to log with the decision: it suffices to learn from it later.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_header(MAGIC, VERSION);
        self.write(&mut out);
        out.into_bytes()
    }

    /// The context that [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut from = Reader::with_header(bytes, MAGIC, OLDEST..=VERSION)?;
        let context = Self::read(&mut from)?;
        from.finish()?;
        Ok(context)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        self.features.write(out);
        out.u8(self.priority);
        out.u32(self.attempt);
        out.count(self.failed.len());
        self.failed.iter().for_each(|fingerprint| out.u64(*fingerprint));
        out.option(self.terms.as_deref(), |out, terms| terms.write(out));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let features = Arc::new(Features::read(from)?);
        let (priority, attempt) = (from.u8()?, from.u32()?);
        let failed = from.list(Reader::u64)?;
        if !(1..=10).contains(&priority) || attempt == 0 || failed.len() > FAILED_KEPT {
            return Err(Error::Corrupt("an attempt that cannot be"));
        }
        let terms = if from.version() >= WITH_TERMS { from.option(Terms::read)?.map(Arc::new) } else { None };
        Ok(Self { features, priority, attempt, failed, terms })
    }
}
