//! Two policies go through one log side by side, and every decision that says something of both becomes a row.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use agent_selection::SelectionConfig;
use q_learning::ope::{Choice, Paired, Sample};
use service_api::policy::Skipped;
use storage::Storage;
use task_model::Micros;

use super::contender::Contender;
use crate::app::Error;
use crate::app::log::{Line, Useless};

/// Lines read and replayed at once.
const PAGE: usize = 2_000;

/// The candidate and whom it challenges.
#[derive(Debug, Clone)]
pub(crate) struct Duel {
    pub(crate) candidate: Contender,
    pub(crate) incumbent: Contender,
    selection: Arc<SelectionConfig>,
    counts: Counts,
    seq: i64,
    rows: Vec<Row>,
    /// Where the row of an attempt is, for corrections of its reward.
    places: HashMap<(String, i64), Option<usize>>,
    /// The sum of the probabilities that the candidate gave to each agent.
    shares: BTreeMap<String, f64>,
    /// The sum of the probabilities that it gave to those who could not have been drawn.
    uncovered: f64,
    skipped: Skipped,
    outside: usize,
}

/// Which lines count; the others are only learned from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    /// Those after this one.
    pub(crate) after: i64,
    /// Those learned from this time on.
    pub(crate) since: Option<Micros>,
    /// Those learned before this time.
    pub(crate) until: Option<Micros>,
}

/// One decision.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) at: Micros,
    pub(crate) agent: String,
    /// The policy that chose.
    pub(crate) policy: i64,
    /// As the candidate sees it.
    pub(crate) sample: Sample,
    /// As both see it.
    pub(crate) paired: Paired,
    /// What came of it at first; the sample's reward is the latest word.
    pub(crate) first_reward: f64,
    /// What the model expects of the incumbent here.
    pub(crate) incumbent_expected: f64,
}

/// What a line added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Added {
    /// A row, at the end.
    Row,
    /// The reward of a row moved by this much.
    Correction(usize, f64),
}

impl Duel {
    pub(crate) fn new(
        candidate: Contender,
        incumbent: Contender,
        selection: Arc<SelectionConfig>,
        counts: Counts,
    ) -> Self {
        Self {
            seq: candidate.seen().min(incumbent.seen()),
            candidate,
            incumbent,
            selection,
            counts,
            rows: Vec::new(),
            places: HashMap::new(),
            shares: BTreeMap::new(),
            uncovered: 0.0,
            skipped: Skipped::default(),
            outside: 0,
        }
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn pairs(&self) -> Vec<Paired> {
        self.rows.iter().map(|row| row.paired).collect()
    }

    pub(crate) fn shares(&self) -> &BTreeMap<String, f64> {
        &self.shares
    }

    /// The share of its choices of which the log can say nothing: nobody could have been drawn so.
    pub(crate) fn uncovered_share(&self) -> f64 {
        self.uncovered / self.rows.len().max(1) as f64
    }

    pub(crate) fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    pub(crate) fn outside(&self) -> usize {
        self.outside
    }

    /// One page further, with what each line of it added; `None` at the end of the log.
    pub(crate) async fn advance(mut self, storage: &Storage) -> Result<(Self, Option<Vec<Added>>), Error> {
        let page = storage.decisions_logged_after(self.seq, PAGE).await?;
        if page.is_empty() {
            return Ok((self, None));
        }
        // Thousands of lines take a while; the threads that serve requests must not wait for them.
        let advanced = tokio::task::spawn_blocking(move || {
            let added = page.iter().filter_map(|line| self.take(&Line::read(line))).collect();
            (self, Some(added))
        });
        Ok(advanced.await?)
    }

    /// The whole log.
    pub(crate) async fn through(mut self, storage: &Storage) -> Result<Self, Error> {
        loop {
            let (advanced, added) = self.advance(storage).await?;
            self = advanced;
            if added.is_none() {
                return Ok(self);
            }
        }
    }

    fn take(&mut self, line: &Line) -> Option<Added> {
        self.seq = line.seq;
        let added = match line.replaces {
            _ if !line.teaches() => None,
            Some(_) => self.correct(line),
            None => self.see(line),
        };
        self.candidate.learn(line);
        self.incumbent.learn(line);
        added
    }

    fn see(&mut self, line: &Line) -> Option<Added> {
        if !self.counts.include(line) {
            self.outside += 1;
            self.places.insert(line.about.clone(), None);
            return None;
        }
        match self.row(line) {
            Ok(row) => {
                self.places.insert(line.about.clone(), Some(self.rows.len()));
                self.rows.push(row);
                Some(Added::Row)
            }
            Err(why) => {
                self.places.insert(line.about.clone(), None);
                self.skip(why);
                None
            }
        }
    }

    fn row(&mut self, line: &Line) -> Result<Row, Useless> {
        let set = line.action_set.as_ref().map_err(|why| *why)?;
        if !(0.0..=1.0).contains(&line.reward) {
            return Err(Useless::Unreadable);
        }
        let candidate = self.candidate.judge(line, set, &self.selection).ok_or(Useless::Unreadable)?;
        let incumbent = self.incumbent.judge(line, set, &self.selection).ok_or(Useless::Unreadable)?;
        for ((agent, logged), probability) in set.agents.iter().zip(&set.logged).zip(&candidate.probabilities)
        {
            *self.shares.entry(agent.to_string()).or_default() += probability;
            self.uncovered += if *logged == 0.0 { *probability } else { 0.0 };
        }
        let choice = Choice {
            logged: &set.logged,
            expected: &incumbent.expected,
            chosen: set.chosen,
            reward: line.reward,
        };
        let expected =
            incumbent.expected.iter().zip(&incumbent.probabilities).map(|(value, share)| value * share);
        Ok(Row {
            at: line.at,
            agent: set.agents[set.chosen].to_string(),
            policy: line.policy,
            first_reward: line.reward,
            sample: choice.sample(&candidate.probabilities),
            paired: choice.paired(&candidate.probabilities, &incumbent.probabilities),
            incumbent_expected: expected.sum(),
        })
    }

    /// The latest word on a decision is the one that counts.
    fn correct(&mut self, line: &Line) -> Option<Added> {
        let Some(place) = self.places.get(&line.about) else {
            // Corrections of what came before the first line that was read are nothing odd.
            self.skipped.orphaned_correction += usize::from(self.counts.after == 0);
            return None;
        };
        let at = (*place)?;
        let row = self.rows.get_mut(at).filter(|_| (0.0..=1.0).contains(&line.reward))?;
        let difference = line.reward - row.sample.reward;
        row.sample.reward = line.reward;
        row.paired.reward = line.reward;
        Some(Added::Correction(at, difference))
    }

    fn skip(&mut self, why: Useless) {
        let count = match why {
            Useless::Unreadable => &mut self.skipped.unreadable,
            Useless::WithoutActionSet => &mut self.skipped.without_action_set,
            Useless::NotInActionSet => &mut self.skipped.not_in_action_set,
            Useless::BadPropensity => &mut self.skipped.bad_propensity,
        };
        *count += 1;
    }
}

impl Counts {
    fn include(&self, line: &Line) -> bool {
        line.seq > self.after
            && self.since.is_none_or(|since| line.at >= since)
            && self.until.is_none_or(|until| line.at < until)
    }
}
