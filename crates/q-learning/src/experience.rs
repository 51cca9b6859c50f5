//! One row of the log that the learner folds: what was known, who was chosen, what came of it.

use crate::bytes::{Reader, Writer};
use crate::context::WITH_TERMS;
use crate::{AgentKey, Candidate, Context, Error, ModelKey};

const MAGIC: &[u8; 4] = b"QLEX";
const VERSION: u16 = 7;
/// Experiences before this version name no source.
const WITH_WORDS: u16 = 4;
/// Experiences before this version name neither model nor tools.
const WITH_MODEL: u16 = 5;
/// Experiences before this version name the model as the agent's settings do, and do not say who answered.
const WITH_ASKED: u16 = 6;
/// Before this version it was not said whether a reward was provisional: what a source said was not.
const WITH_PROVISIONAL: u16 = 7;
/// The oldest that is still read.
const OLDEST: u16 = 1;

/// What one decision led to. The learner is a fold over these in the order of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Experience {
    /// The state in which the decision was taken.
    pub context: Context,
    /// The agent that was chosen.
    pub agent: AgentKey,
    /// How well the agent's description fitted the text, as it was told to the decision: 0 when unknown.
    pub relevance: f64,
    /// What came of it, from 0 to 1.
    pub reward: f64,
    /// The reward that this one replaces, when a later judgement of the same decision came in.
    pub replaces: Option<f64>,
    /// The weight of the row that told that reward, at most the weight of this one.
    pub replaced_weight: f64,
    /// Whether the reward, or the one that it replaces, is what the attempt shows by itself, so that somebody may judge otherwise:
    /// [`crate::Learner::provisional_weight`] is its weight.
    pub provisional: bool,
    /// How much this row counts, 1 for an ordinary one. One of weight 0 teaches no value: what was spent is counted, and, where it is
    /// provisional, that a choice was not answered.
    pub weight: f64,
    /// The state after this attempt, when the episode went on with another agent.
    pub next: Option<NextState>,
    /// What the attempt spent, where that is known.
    pub spent: Option<Spent>,
    /// Whose word the reward rests on, when it is somebody's.
    pub word: Option<Word>,
    /// The name that the agent asked for a model by, where that is known: perhaps an alias.
    pub asked: Option<ModelKey>,
    /// The model that answered, where that is known.
    pub model: Option<ModelKey>,
    /// The tools that were called.
    pub tools: Vec<String>,
}

/// What a source said of the work.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Who says so, by any name.
    pub source: String,
    /// From 0 to 1.
    pub score: f64,
}

/// What an attempt spent, and when it came to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Dollars.
    pub cost_usd: f64,
    /// Milliseconds.
    pub latency_ms: f64,
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
}

/// The state that followed a failed attempt, with everyone who could be chosen in it.
#[derive(Clone, Debug, PartialEq)]
pub struct NextState {
    /// The text and what was tried by then.
    pub context: Context,
    /// The candidates.
    pub candidates: Vec<Offer>,
}

/// Someone who could be chosen next.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Who.
    pub agent: AgentKey,
    /// How well its description fits the text.
    pub relevance: f64,
    /// The name that it asks for its model by, where that is known.
    pub model: Option<ModelKey>,
}

impl Experience {
    /// A first reward of weight one that nobody has judged, with nothing known of the agent's relevance.
    pub fn new(context: Context, agent: AgentKey, reward: f64) -> Self {
        Self {
            context,
            agent,
            relevance: 0.0,
            reward,
            replaces: None,
            replaced_weight: 1.0,
            provisional: true,
            weight: 1.0,
            next: None,
            spent: None,
            word: None,
            asked: None,
            model: None,
            tools: Vec::new(),
        }
    }

    /// A row that teaches no value: nobody chose the agent, or nobody can say what came of it. What was spent counts all the same.
    pub fn spending(context: Context, agent: AgentKey, spent: Spent) -> Self {
        Self { weight: 0.0, spent: Some(spent), provisional: false, ..Self::new(context, agent, 0.0) }
    }

    /// A choice of which nobody can say what came of it.
    pub fn unanswered(context: Context, agent: AgentKey) -> Self {
        Self { weight: 0.0, ..Self::new(context, agent, 0.0) }
    }

    /// Whether values are learned from it.
    pub fn teaches(&self) -> bool {
        self.weight > 0.0
    }

    /// Refuses what would poison the learned values.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_reward(self.reward)?;
        self.replaces.map_or(Ok(()), check_reward)?;
        self.spent.as_ref().map_or(Ok(()), Spent::check)?;
        self.word.as_ref().map_or(Ok(()), |word| check_reward(word.score))?;
        // Less than nothing of an outcome would take away what others taught.
        let most = if self.replaces.is_some() { self.weight } else { 10.0 };
        match ((0.0..=10.0).contains(&self.weight), (0.0..=most).contains(&self.replaced_weight)) {
            (true, true) => Ok(()),
            (false, _) => Err(Error::Weight(self.weight)),
            (true, false) => Err(Error::Weight(self.replaced_weight)),
        }
    }

    /// A self-contained log row, a few hundred bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_header(MAGIC, VERSION);
        self.context.write(&mut out);
        out.text(self.agent.as_str());
        out.f64(self.relevance);
        out.f64(self.reward);
        out.f64(self.weight);
        out.option(self.replaces, Writer::f64);
        out.option(self.next.as_ref(), |out, next| next.write(out));
        out.option(self.spent.as_ref(), |out, spent| spent.write(out));
        out.option(self.word.as_ref(), |out, word| {
            out.text(&word.source);
            out.f64(word.score);
        });
        out.option(self.model.as_ref(), |out, model| out.text(model.as_str()));
        out.count(self.tools.len());
        self.tools.iter().for_each(|tool| out.text(tool));
        out.option(self.asked.as_ref(), |out, asked| out.text(asked.as_str()));
        out.u8(u8::from(self.provisional));
        out.f64(self.replaced_weight);
        out.into_bytes()
    }

    /// The row that [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut from = Reader::with_header(bytes, MAGIC, OLDEST..=VERSION)?;
        let mut row = Self {
            provisional: true,
            replaced_weight: 1.0,
            context: Context::read(&mut from)?,
            agent: AgentKey::new(from.text()?),
            relevance: from.f64()?,
            reward: from.f64()?,
            weight: from.f64()?,
            replaces: from.option(Reader::f64)?,
            next: from.option(NextState::read)?,
            spent: if from.version() >= WITH_TERMS { from.option(Spent::read)? } else { None },
            word: if from.version() >= WITH_WORDS { from.option(Word::read)? } else { None },
            model: read_model(&mut from)?,
            tools: if from.version() >= WITH_MODEL {
                from.list(|from| Ok(from.text()?.to_owned()))?
            } else {
                Vec::new()
            },
            asked: if from.version() >= WITH_ASKED { from.option(read_key)? } else { None },
        };
        if from.version() >= WITH_PROVISIONAL {
            (row.provisional, row.replaced_weight) = (from.u8()? != 0, from.f64()?);
        } else {
            row.provisional = row.word.is_none() || row.replaces.is_some();
            row.replaced_weight = row.weight;
        }
        from.finish()?;
        Ok(row)
    }
}

impl Word {
    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self { source: from.text()?.to_owned(), score: from.f64()? })
    }
}

impl Spent {
    fn check(&self) -> Result<(), Error> {
        let fits = |amount: f64| (0.0..=1e15).contains(&amount);
        match (fits(self.cost_usd), fits(self.latency_ms)) {
            (true, true) => Ok(()),
            (false, _) => Err(Error::Spent(self.cost_usd)),
            (true, false) => Err(Error::Spent(self.latency_ms)),
        }
    }

    fn write(&self, out: &mut Writer) {
        out.f64(self.cost_usd);
        out.f64(self.latency_ms);
        out.u64(self.at_ms.cast_unsigned());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self { cost_usd: from.f64()?, latency_ms: from.f64()?, at_ms: from.u64()?.cast_signed() })
    }
}

impl Offer {
    /// The same as the learner wants it.
    pub fn as_candidate(&self) -> Candidate<'_> {
        Candidate { agent: &self.agent, relevance: self.relevance, model: self.model.as_ref() }
    }
}

impl NextState {
    fn write(&self, out: &mut Writer) {
        self.context.write(out);
        out.count(self.candidates.len());
        for Offer { agent, relevance, model } in &self.candidates {
            out.text(agent.as_str());
            out.f64(*relevance);
            out.option(model.as_ref(), |out, model| out.text(model.as_str()));
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let context = Context::read(from)?;
        let candidates = from.list(|from| {
            Ok(Offer { agent: AgentKey::new(from.text()?), relevance: from.f64()?, model: read_model(from)? })
        })?;
        Ok(Self { context, candidates })
    }
}

fn read_model(from: &mut Reader<'_>) -> Result<Option<ModelKey>, Error> {
    if from.version() < WITH_MODEL {
        return Ok(None);
    }
    from.option(read_key)
}

fn read_key(from: &mut Reader<'_>) -> Result<ModelKey, Error> {
    from.text().map(ModelKey::new)
}

fn check_reward(reward: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&reward) { Ok(()) } else { Err(Error::Reward(reward)) }
}
