//! How one row of the log moves the learned state.

use std::sync::Arc;

use super::agent::Agent;
use super::{Learner, layout, pairing};
use crate::{Candidate, Error, Experience, NextState, Scratch};

/// Other agents whose weights follow the shared ones at each update, in turn.
const REFRESHED: usize = 2;
/// Outcomes of an agent before surprises say that it changed rather than that it was not known.
const SETTLED: u64 = 20;
/// Outcomes over which the noise is averaged.
const NOISE_WINDOW: f64 = 500.0;

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Update {
    /// The number of this update, from 1.
    pub seq: u64,
    /// The value before.
    pub predicted: f64,
    /// What it was moved towards: the reward and the discounted value of the next state.
    pub target: f64,
    /// Whether the agent was found to have changed, so that its uncertainty was widened.
    pub change_detected: bool,
}

impl Learner {
    /// Learns from one row of the log. An agent that was never heard of is made; an error has changed nothing.
    pub fn update(&mut self, experience: &Experience) -> Result<Update, Error> {
        experience.check()?;
        let scratch = &mut Scratch::default();
        let target = self.target(experience, scratch);
        layout::fill(&experience.context, self.prior.dimensions, &mut scratch.x);
        layout::fold(&scratch.x, &mut scratch.sketch);
        let update = match (experience.replaces, self.position(&experience.agent)) {
            (Some(before), Ok(at)) => self.correct(at, experience, before, scratch),
            (_, found) => {
                let at = found.unwrap_or_else(|at| self.welcome(at, experience));
                self.learn(at, experience, target, scratch)
            }
        };
        self.refresh_others(scratch);
        Ok(update)
    }

    /// `r + γ · max Q(s', a')`, at most 1: a later success cannot be worth more than an immediate one.
    fn target(&self, experience: &Experience, scratch: &mut Scratch) -> f64 {
        let Some(NextState { context, candidates }) = &experience.next else { return experience.reward };
        let candidates: Vec<_> =
            candidates.iter().map(|(agent, relevance)| Candidate { agent, relevance: *relevance }).collect();
        let values = self.values(context, &candidates, scratch);
        let best = values.iter().map(|value| value.mean).fold(0.0, f64::max);
        (experience.reward + self.config.gamma * best).min(1.0)
    }

    fn welcome(&mut self, at: usize, experience: &Experience) -> usize {
        let agent = Agent::new(experience.agent.clone(), &self.prior, &self.shared.mean);
        self.agents.insert(at, Arc::new(agent));
        at
    }

    fn learn(&mut self, at: usize, experience: &Experience, target: f64, scratch: &mut Scratch) -> Update {
        let pairing = pairing(&experience.context, &experience.agent, experience.relevance);
        let before = self.own_value(&self.agents[at], scratch);
        let predicted = before.mean + self.gains.value(pairing);
        let error = target - predicted;
        let spread = self.noise + before.std_dev.powi(2);
        let noise = self.config.noise_variance / experience.weight;
        let centred = (target - self.config.initial_value - self.gains.value(pairing)) as f32;

        self.learn_shared(centred, noise as f32, scratch);
        let change_detected = self.learn_own(at, centred, noise as f32, error / spread.sqrt(), scratch);
        self.gains.learn(pairing, error, noise + before.std_dev.powi(2));
        self.calibration.learn(predicted, experience.reward);
        self.noise += (error * error - before.std_dev.powi(2) - self.noise) / NOISE_WINDOW;
        self.noise = self.noise.clamp(1e-3, 1.0);
        Arc::make_mut(&mut self.agents[at]).table.learn(&experience.context, target);
        self.seen += 1;
        self.seq += 1;
        Update { seq: self.seq, predicted, target, change_detected }
    }

    fn learn_shared(&mut self, outcome: f32, noise: f32, scratch: &mut Scratch) {
        let keep = 1.0 - self.config.forgetting as f32;
        let shared = Arc::make_mut(&mut self.shared);
        let error = outcome - shared.value(&scratch.x);
        shared.learn(&scratch.x, error, noise, keep, &self.prior.shared, &mut scratch.g);
    }

    /// True when the agent was found to have changed.
    fn learn_own(
        &mut self,
        at: usize,
        outcome: f32,
        noise: f32,
        surprise: f64,
        scratch: &mut Scratch,
    ) -> bool {
        let (config, prior) = (&self.config, &self.prior);
        let keep = 1.0 - config.forgetting as f32;
        let agent = Arc::make_mut(&mut self.agents[at]);
        let posterior = Arc::make_mut(&mut agent.posterior);
        let error = outcome - posterior.value(&scratch.x);
        posterior.learn(&scratch.x, error, noise, keep, &prior.agent, &mut scratch.g);

        let sketch = Arc::make_mut(&mut agent.sketch);
        let variance = sketch.times(&scratch.sketch, &mut scratch.g);
        sketch.shrink(&scratch.g, 1.0 / (noise + variance), keep, &prior.sketch);

        agent.observations += 1;
        let changed = agent.observations > SETTLED
            && agent.change.alarm(surprise, config.change_slack, config.change_threshold);
        if changed {
            agent.widen(prior, config.change_keep as f32);
        }
        agent.refresh(prior, &self.shared.mean, &mut scratch.h, &mut scratch.g);
        changed
    }

    /// A later judgement of a decision that was learned from: the values move by the difference, the counts stay.
    fn correct(&mut self, at: usize, experience: &Experience, before: f64, scratch: &mut Scratch) -> Update {
        let pairing = pairing(&experience.context, &experience.agent, experience.relevance);
        let predicted = self.own_value(&self.agents[at], scratch).mean + self.gains.value(pairing);
        let difference = experience.reward - before;
        let noise = (self.config.noise_variance / experience.weight) as f32;

        Arc::make_mut(&mut self.shared).correct(&scratch.x, difference as f32, noise, &mut scratch.g);
        let agent = Arc::make_mut(&mut self.agents[at]);
        Arc::make_mut(&mut agent.posterior).correct(&scratch.x, difference as f32, noise, &mut scratch.g);
        agent.refresh(&self.prior, &self.shared.mean, &mut scratch.h, &mut scratch.g);
        agent.table.correct(&experience.context, difference);
        self.calibration.correct(predicted, difference);
        self.seq += 1;
        Update { seq: self.seq, predicted, target: experience.reward, change_detected: false }
    }

    fn refresh_others(&mut self, scratch: &mut Scratch) {
        let count = self.agents.len();
        for turn in 0..REFRESHED.min(count) {
            let at = (self.seq as usize).wrapping_mul(REFRESHED).wrapping_add(turn) % count;
            let agent = Arc::make_mut(&mut self.agents[at]);
            agent.refresh(&self.prior, &self.shared.mean, &mut scratch.h, &mut scratch.g);
        }
    }
}
