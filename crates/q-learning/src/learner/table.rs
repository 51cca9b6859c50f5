//! The learned values as a table that a person can read: coarse kinds of text by agents.
//!
//! Decisions do not use it. It is kept beside the weights because 300 of them for each agent tell a person nothing.

use super::kind;
use crate::bytes::{Reader, Writer};
use crate::{AgentKey, Context, Error};

/// The mean follows the last so many outcomes once there are more.
const WINDOW: f64 = 200.0;

/// One entry of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// A kind of text, and whether it was tried before, in words.
    pub state: String,
    /// The agent.
    pub agent: AgentKey,
    /// Its mean return there, over the last 200 outcomes.
    pub value: f64,
    /// The standard error of that mean.
    pub std_dev: f64,
    /// Outcomes seen.
    pub observations: u64,
}

/// One agent's running means by kind of text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row([Cell; kind::COUNT]);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cell {
    count: u64,
    mean: f64,
    variance: f64,
}

impl Row {
    pub(crate) fn new() -> Self {
        Self([Cell::default(); kind::COUNT])
    }

    pub(crate) fn learn(&mut self, context: &Context, outcome: f64) {
        let cell = &mut self.0[kind::of(context)];
        cell.count += 1;
        let rate = 1.0 / (cell.count as f64).min(WINDOW);
        let off = outcome - cell.mean;
        cell.mean += rate * off;
        cell.variance += rate * (off * (outcome - cell.mean) - cell.variance);
    }

    pub(crate) fn correct(&mut self, context: &Context, difference: f64) {
        let cell = &mut self.0[kind::of(context)];
        cell.mean += difference / (cell.count as f64).clamp(1.0, WINDOW);
    }

    /// The entries of which anything was seen.
    pub(crate) fn rows(&self, agent: &AgentKey) -> impl Iterator<Item = TableRow> {
        let seen = self.0.iter().enumerate().filter(|(_, cell)| cell.count > 0);
        seen.map(|(kind, cell)| TableRow {
            state: kind::words(kind),
            agent: agent.clone(),
            value: cell.mean,
            std_dev: cell.error(),
            observations: cell.count,
        })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        for cell in &self.0 {
            out.u64(cell.count);
            out.f64(cell.mean);
            out.f64(cell.variance);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let mut row = Self::new();
        for cell in &mut row.0 {
            *cell = Cell { count: from.u64()?, mean: from.f64()?, variance: from.f64()? };
        }
        Ok(row)
    }
}

impl Cell {
    /// One outcome says nothing of its variance: that of a coin stands in for one more.
    fn error(&self) -> f64 {
        let count = (self.count as f64).min(WINDOW);
        ((self.variance * count + 0.25) / (count + 1.0) / count.max(1.0)).sqrt()
    }
}
