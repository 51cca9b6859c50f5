//! How one row of the log moves the learned state.

use std::sync::Arc;

use super::agent::{Agent, Buffers};
use super::evidence::{Effect, Surprise};
use super::{Learner, pairing};
use crate::{Error, Experience, NextState, Offer, Scratch, Value};

/// Other agents whose weights follow the shared ones at each update, in turn.
const REFRESHED: usize = 2;
/// Outcomes of an agent before surprises say that it changed rather than that it was not known.
const SETTLED: u64 = 20;
/// Outcomes over which the noise is averaged.
const NOISE_WINDOW: f64 = 500.0;
/// Outcomes that the configured noise counts for at the beginning.
const NOISE_PRIOR: f64 = 20.0;

/// What the word of a source that is not believed counts at least.
const LEAST_TRUST: f64 = 0.001;
/// A word that is believed less than this moves neither calibration nor the noise nor the table.
const BELIEVED: f64 = 0.5;

/// Where outcomes hardly scatter, agents may differ all the same: doubt in them never shrinks below that of this noise.
const LEAST_NOISE: f64 = 0.1;

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
        if !experience.teaches() {
            return Ok(self.count(experience));
        }
        let scratch = &mut Scratch::default();
        let target = self.target(experience, scratch);
        self.describe(&experience.context, scratch);
        let mut buffers = Buffers::default();
        let update = match (experience.replaces, self.agents.position(&experience.agent)) {
            (Some(before), Ok(at)) => self.correct(at, experience, before, scratch, &mut buffers),
            (_, found) => {
                let at = found.unwrap_or_else(|at| self.welcome(at, experience));
                self.learn(at, experience, target, scratch, &mut buffers)
            }
        };
        self.refresh_others(&mut buffers);
        Ok(update)
    }

    /// Counts what was spent, and nothing else.
    fn count(&mut self, experience: &Experience) -> Update {
        self.seq += 1;
        self.observe_spent(self.agents.position(&experience.agent).ok(), experience);
        let reward = experience.reward;
        Update { seq: self.seq, predicted: reward, target: reward, change_detected: false }
    }

    /// `r + γ · max Q(s', a')`, at most 1: a later success cannot be worth more than an immediate one.
    fn target(&self, experience: &Experience, scratch: &mut Scratch) -> f64 {
        let Some(NextState { context, candidates }) = &experience.next else { return experience.reward };
        let candidates: Vec<_> = candidates.iter().map(Offer::as_candidate).collect();
        let values = self.values(context, &candidates, scratch);
        let best = values.iter().map(|value| value.mean).fold(0.0, f64::max);
        (experience.reward + self.config.gamma * best).min(1.0)
    }

    fn welcome(&mut self, at: usize, experience: &Experience) -> usize {
        let agent = Agent::new(experience.agent.clone(), &self.prior, &self.shared);
        self.agents.insert(at, agent);
        at
    }

    fn learn(
        &mut self,
        at: usize,
        experience: &Experience,
        target: f64,
        scratch: &Scratch,
        buffers: &mut Buffers,
    ) -> Update {
        let pairing = pairing(&experience.context, &experience.agent, experience.relevance);
        let before = self.own_value(&self.agents[at], scratch);
        let of_group = self.effect_of_group(experience);
        let of_model = self.effect_of_model(experience);
        let common = before.mean + self.gains.value(pairing) + of_model;
        let predicted = common + of_group.mean;
        let error = target - predicted;
        let spread = before.std_dev.powi(2) + of_group.variance;
        let surprise = error / (self.noise + spread).sqrt();
        let weight = self.weight(experience);
        self.hear(experience, predicted, self.noise + spread);
        let is_believed = weight >= BELIEVED * experience.weight;
        let noise = self.config.noise_variance / weight;
        let others = self.gains.value(pairing) + of_model + of_group.mean;
        let centred = target - self.config.initial_value - others;
        let unsure = Surprise { off: error, ..self.surprise(before.std_dev.powi(2), weight) };
        self.learn_of_group(experience, Surprise { off: target - common, ..unsure });
        let standardised = if is_believed { surprise } else { 0.0 };
        self.learn_of_model(experience, &Surprise { off: error + of_model, ..unsure }, standardised);
        self.tools.learn(&experience.tools, &unsure);

        let errors: Vec<f64> =
            self.opinions(&self.agents[at].weights, scratch).map(|v| centred - v).collect();
        self.committee.learn(errors.into_iter(), self.config.committee_rate * weight);
        self.learn_shared(centred as f32, noise as f32, scratch, buffers);
        self.learn_own(at, centred as f32, noise as f32, scratch, buffers);
        let change_detected = is_believed && self.watch(at, surprise);
        self.gains.learn(pairing, error, noise + spread);
        if is_believed {
            self.calibration
                .learn(&Value { mean: predicted, std_dev: spread.sqrt(), ..before }, experience.reward);
        }
        self.seen += 1;
        self.seq += 1;
        let window = (self.seen as f64 + NOISE_PRIOR).min(NOISE_WINDOW);
        if is_believed {
            self.noise = (self.noise + (error * error - self.noise) / window).clamp(LEAST_NOISE, 1.0);
        }
        self.observe_spent(Some(at), experience);
        let agent = &mut self.agents[at];
        if is_believed {
            agent.table.learn(&experience.context, target);
        }
        agent.refresh(&self.prior, &self.shared, buffers);
        Update { seq: self.seq, predicted, target, change_detected }
    }

    /// A word counts as far as its source was believed before it; never quite nothing, so that counts and doubt stay in step.
    fn weight(&self, experience: &Experience) -> f64 {
        let believed = experience.word.as_ref().map_or(1.0, |word| self.trust.of(&word.source));
        experience.weight * believed.max(LEAST_TRUST)
    }

    fn hear(&mut self, experience: &Experience, predicted: f64, variance: f64) {
        if let Some(word) = &experience.word {
            self.trust.hear(&word.source, word.score, predicted, variance, self.seq);
        }
    }

    /// Money and time are counted once, with the outcome; corrections bring none.
    fn observe_spent(&mut self, at: Option<usize>, experience: &Experience) {
        let Some(spent) = &experience.spent else { return };
        if let Some(at) = at {
            self.agents[at].spending.observe(spent);
        }
        if let Some(terms) = experience.context.terms() {
            self.pacing.observe(terms, spent, experience.context.attempt() == 1, self.seq);
        }
    }

    fn effect_of_group(&self, experience: &Experience) -> Effect {
        let of_group = self.of_group(&experience.context);
        of_group.map_or(Effect::default(), |own| own.effect(&experience.agent))
    }

    /// A surprise beside what was unsure by `spread`; by how much it was off depends on who learns from it.
    fn surprise(&self, spread: f64, weight: f64) -> Surprise {
        let keep = 1.0 - self.config.forgetting;
        Surprise { off: 0.0, noise: self.noise, spread, weight, keep, seq: self.seq }
    }

    fn learn_of_group(&mut self, experience: &Experience, surprise: Surprise) {
        let Some(group) = experience.context.terms().and_then(|terms| terms.own_group()) else { return };
        self.groups.learn(group, &experience.agent, &surprise, self.config.group_pairs);
    }

    fn learn_shared(&mut self, outcome: f32, noise: f32, scratch: &Scratch, buffers: &mut Buffers) {
        let keep = 1.0 - self.config.forgetting as f32;
        for (member, shared) in self.prior.members.iter().zip(&mut self.shared) {
            let (x, shared) = (&scratch.x[member.range.clone()], Arc::make_mut(shared));
            shared.learn(x, outcome, noise, keep, &member.shared, &mut buffers.product);
        }
    }

    fn learn_own(&mut self, at: usize, outcome: f32, noise: f32, scratch: &Scratch, buffers: &mut Buffers) {
        let keep = 1.0 - self.config.forgetting as f32;
        let agent = &mut self.agents[at];
        for (member, posterior) in self.prior.members.iter().zip(&mut agent.posteriors) {
            let (x, posterior) = (&scratch.x[member.range.clone()], Arc::make_mut(posterior));
            posterior.learn(x, outcome, noise, keep, &member.agent, &mut buffers.product);
        }
        agent.sketch.learn(&scratch.sketch, noise, keep, &self.prior.sketch, &mut buffers.product);
        agent.observations += 1;
    }

    /// True when the agent was found to have changed. Then most of what was learned of it is given back.
    fn watch(&mut self, at: usize, surprise: f64) -> bool {
        let config = &self.config;
        let agent = &mut self.agents[at];
        let changed = agent.observations > SETTLED
            && agent.change.alarm(surprise, config.change_slack, config.change_threshold);
        if changed {
            agent.widen(&self.prior, config.change_keep as f32);
            self.groups.widen(&agent.key, config.change_keep);
        }
        changed
    }

    /// A later judgement of a decision that was learned from: the values move by the difference, the counts stay.
    fn correct(
        &mut self,
        at: usize,
        experience: &Experience,
        before: f64,
        scratch: &Scratch,
        buffers: &mut Buffers,
    ) -> Update {
        let pairing = pairing(&experience.context, &experience.agent, experience.relevance);
        let now = self.own_value(&self.agents[at], scratch);
        let of_group = self.effect_of_group(experience);
        let effects = self.effect_of_model(experience) + of_group.mean;
        let predicted = now.mean + self.gains.value(pairing) + effects;
        self.hear(experience, predicted, self.noise);
        let difference = experience.reward - before;
        let moved = (difference * experience.weight / self.config.noise_variance) as f32;

        let agent = &mut self.agents[at];
        let both = self.shared.iter_mut().zip(&mut agent.posteriors);
        for (member, (shared, own)) in self.prior.members.iter().zip(both) {
            let x = &scratch.x[member.range.clone()];
            Arc::make_mut(shared).correct(x, moved, &mut buffers.product);
            Arc::make_mut(own).correct(x, moved, &mut buffers.product);
        }
        agent.refresh(&self.prior, &self.shared, buffers);
        agent.table.correct(&experience.context, difference);
        if let Some(group) = experience.context.terms().and_then(|terms| terms.own_group()) {
            self.groups.correct(group, &experience.agent, difference * experience.weight);
        }
        if let Some(model) = self.model_of(experience) {
            self.models.correct(&model, &experience.agent, difference * experience.weight, self.noise);
        }
        let std_dev = now.std_dev.hypot(of_group.variance.sqrt());
        self.calibration.correct(&Value { mean: predicted, std_dev, ..now }, difference);
        self.seq += 1;
        Update { seq: self.seq, predicted, target: experience.reward, change_detected: false }
    }

    fn refresh_others(&mut self, buffers: &mut Buffers) {
        let count = self.agents.len();
        for turn in 0..REFRESHED.min(count) {
            let at = (self.seq as usize).wrapping_mul(REFRESHED).wrapping_add(turn) % count;
            self.agents[at].refresh(&self.prior, &self.shared, buffers);
        }
    }
}
