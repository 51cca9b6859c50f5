//! The learned values as a table that a person can read: coarse kinds of text by agents.
//!
//! Decisions do not use it. It is kept beside the weights because 300 of them for each agent tell a person nothing.

use std::collections::BTreeMap;

use crate::bytes::{Reader, Writer};
use crate::{AgentKey, Context, Error};

/// The mean follows the last so many outcomes once there are more.
const WINDOW: f64 = 200.0;
/// Agents beyond this many do not enter the table; they are learned all the same.
const ROWS: usize = 20_000;

/// One entry of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// A kind of text and the number of the attempt, in words.
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

/// Running means by kind of text and agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table(BTreeMap<(u8, AgentKey), Cell>);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cell {
    count: u64,
    mean: f64,
    variance: f64,
}

impl Table {
    pub(super) fn learn(&mut self, context: &Context, agent: &AgentKey, outcome: f64) {
        let key = (kind(context), agent.clone());
        if self.0.len() >= ROWS && !self.0.contains_key(&key) {
            return;
        }
        let cell = self.0.entry(key).or_default();
        cell.count += 1;
        let rate = 1.0 / (cell.count as f64).min(WINDOW);
        let off = outcome - cell.mean;
        cell.mean += rate * off;
        cell.variance += rate * (off * (outcome - cell.mean) - cell.variance);
    }

    pub(super) fn correct(&mut self, context: &Context, agent: &AgentKey, difference: f64) {
        if let Some(cell) = self.0.get_mut(&(kind(context), agent.clone())) {
            cell.mean += difference / (cell.count as f64).min(WINDOW);
        }
    }

    pub(super) fn rows(&self) -> Vec<TableRow> {
        let row = |((kind, agent), cell): (&(u8, AgentKey), &Cell)| TableRow {
            state: words(*kind),
            agent: agent.clone(),
            value: cell.mean,
            std_dev: cell.error(),
            observations: cell.count,
        };
        self.0.iter().map(row).collect()
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.count(self.0.len());
        for ((kind, agent), cell) in &self.0 {
            out.u8(*kind);
            out.text(agent.as_str());
            out.u64(cell.count);
            out.f64(cell.mean);
            out.f64(cell.variance);
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let cells = from.list(|from| {
            let key = (from.u8()?, AgentKey::new(from.text()?));
            Ok((key, Cell { count: from.u64()?, mean: from.f64()?, variance: from.f64()? }))
        })?;
        Ok(Self(cells.into_iter().collect()))
    }
}

impl Cell {
    /// One outcome says nothing of its variance: half a unit stands in, as of a coin.
    fn error(&self) -> f64 {
        let count = (self.count as f64).min(WINDOW);
        ((self.variance * count + 0.25) / (count + 1.0) / count.max(1.0)).sqrt()
    }
}

const KINDS: [&str; 6] = ["code", "numbers", "question", "list", "other script", "plain text"];
const LENGTHS: [&str; 3] = ["short", "medium", "long"];

/// Kind, length and whether something was tried already, in one number.
fn kind(context: &Context) -> u8 {
    let shape = &context.features.shape;
    let [_, words, .., digits, _, ideographic, foreign] = &shape[..9] else { return 0 };
    let marks = shape[12].max(shape[13]).max(shape[15]);
    let kind = match () {
        () if (*ideographic).max(*foreign) > 58 => 4,
        () if marks > 58 => 0,
        () if *digits > 64 => 1,
        () if shape[23] > 0 => 2,
        () if shape[17] > 64 && shape[2] > 41 => 3,
        () => 5,
    };
    let length = u8::from(*words > 60) + u8::from(*words > 88);
    kind * 6 + length * 2 + u8::from(context.attempt > 1)
}

fn words(kind: u8) -> String {
    let (length, again) = (LENGTHS[usize::from(kind / 2 % 3)], kind % 2 == 1);
    let name = KINDS[usize::from(kind / 6).min(KINDS.len() - 1)];
    format!("{length} {name}{}", if again { ", after a failure" } else { "" })
}
