//! How outcomes with a tool were beside what was expected of their agents. For people to read: which tools an agent will call is not known
//! when it is chosen, so decisions do not use it.
//!
//! Agents call tools where tasks ask for them, so an effect holds what sets those tasks apart from the others of the same agent and kind.

use super::evidence::{Effect, Evidence, Surprise};
use super::kept;
use crate::Error;
use crate::bytes::{Reader, Writer};

/// Variance of effects: a tool makes a difference of a tenth or so.
const SIZE: f64 = 0.01;
/// Tools of one attempt that are told apart; what came after is left out.
const CALLED: usize = 16;
/// Tools that are kept; of more, the one that was not called for longest is forgotten.
const TOOLS: usize = 512;

/// The tools that were called, ascending by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tools(Vec<Tool>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) outcomes: u64,
    evidence: Evidence,
    used: u64,
}

impl Tool {
    pub(crate) fn effect(&self, noise: f64) -> Effect {
        self.evidence.shrunk(SIZE, noise)
    }
}

impl Tools {
    /// Every tool that was called.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Tool> {
        self.0.iter()
    }

    /// Learns from an attempt that called these: each is told what the others leave of the surprise.
    pub(crate) fn learn(&mut self, called: &[String], surprise: &Surprise) {
        let mut called: Vec<&str> = called.iter().take(CALLED).map(String::as_str).collect();
        called.sort_unstable();
        called.dedup();
        let effect = |name: &&str| self.find(name).map_or(0.0, |at| self.0[at].effect(surprise.noise).mean);
        let effects: Vec<f64> = called.iter().map(effect).collect();
        let all: f64 = effects.iter().sum();
        for (name, own) in called.into_iter().zip(effects) {
            let at = self.find(name).unwrap_or_else(|at| self.welcome(at, name));
            let tool = &mut self.0[at];
            tool.evidence.learn(surprise.off - surprise.count * (all - own), surprise);
            tool.outcomes += u64::from(surprise.is_new);
            tool.used = surprise.seq;
        }
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|tool| tool.name.as_str().cmp(name))
    }

    fn welcome(&mut self, at: usize, name: &str) -> usize {
        let evidence = Evidence::default();
        let tool = Tool { name: name.to_owned(), outcomes: 0, evidence, used: 0 };
        kept::welcome(&mut self.0, at, tool, TOOLS, |tool| tool.used)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.count(self.0.len());
        for tool in &self.0 {
            out.text(&tool.name);
            out.u64(tool.outcomes);
            tool.evidence.write(out);
            out.u64(tool.used);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let tools = from.list(|from| {
            let (name, outcomes) = (from.text()?.to_owned(), from.u64()?);
            Ok(Tool { name, outcomes, evidence: Evidence::read(from)?, used: from.u64()? })
        })?;
        let ordered = tools.is_sorted_by(|a, b| a.name < b.name) && tools.len() <= TOOLS;
        if ordered { Ok(Self(tools)) } else { Err(Error::Corrupt("tools are out of order")) }
    }
}
