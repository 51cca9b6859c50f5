//! How one row of the log moves the learned state.

use std::sync::Arc;

use super::agent::{Agent, Buffers};
use super::evidence::{Effect, Surprise};
use super::portion::Portion;
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

/// An outcome that all but decided a prediction says nothing of what was expected without it.
const MOST_LEVERAGE: f64 = 0.9;
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

/// A row of the log as it is learned from.
struct Line<'e> {
    experience: &'e Experience,
    /// The reward that was learned before, and that this one replaces.
    replaces: Option<f64>,
    /// What is added where another attempt follows.
    following: f64,
}

impl Line<'_> {
    fn is_new(&self) -> bool {
        self.replaces.is_none()
    }

    /// `r + γ · max Q(s', a')`, at most 1: a later success cannot be worth more than an immediate one.
    fn target(&self, reward: f64) -> f64 {
        (reward + self.following).min(1.0)
    }

    /// What it says of whatever `worth` makes of rewards: all of it, or what is left when the one that it replaces was said with this
    /// weight.
    fn says(&self, replaced_weight: f64, worth: impl Fn(f64) -> f64) -> Portion {
        let whole = Portion::of(worth(self.experience.reward), self.experience.weight);
        self.replaces.map_or(whole, |first| whole.after(Portion::of(worth(first), replaced_weight)))
    }
}

impl Learner {
    /// Learns from one row of the log. An agent that was never heard of is made; an error has changed nothing.
    pub fn update(&mut self, experience: &Experience) -> Result<Update, Error> {
        experience.check()?;
        if !experience.teaches() {
            return Ok(self.count(experience));
        }
        let scratch = &mut Scratch::default();
        let following = self.following(experience, scratch);
        self.describe(&experience.context, scratch);
        let mut buffers = Buffers::default();
        let found = self.agents.position(&experience.agent);
        let replaces = experience.replaces.filter(|_| found.is_ok());
        let at = found.unwrap_or_else(|at| self.welcome(at, experience));
        let line = Line { experience, replaces, following };
        let update = self.learn(at, &line, scratch, &mut buffers);
        self.refresh_others(&mut buffers);
        Ok(update)
    }

    /// Counts what was spent, and nothing else.
    fn count(&mut self, experience: &Experience) -> Update {
        self.seq += 1;
        if experience.provisional {
            self.answered.ended(0.0);
        }
        self.observe_spent(self.agents.position(&experience.agent).ok(), experience);
        let reward = experience.reward;
        Update { seq: self.seq, predicted: reward, target: reward, change_detected: false }
    }

    /// `γ · max Q(s', a')`, where another attempt follows.
    fn following(&self, experience: &Experience, scratch: &mut Scratch) -> f64 {
        let Some(NextState { context, candidates }) = &experience.next else { return 0.0 };
        let candidates: Vec<_> = candidates.iter().map(Offer::as_candidate).collect();
        let values = self.values(context, &candidates, scratch);
        self.config.gamma * values.iter().map(|value| value.mean).fold(0.0, f64::max)
    }

    fn welcome(&mut self, at: usize, experience: &Experience) -> usize {
        let agent = Agent::new(experience.agent.clone(), &self.prior, &self.shared);
        self.agents.insert(at, agent);
        at
    }

    fn learn(&mut self, at: usize, line: &Line<'_>, scratch: &Scratch, buffers: &mut Buffers) -> Update {
        let experience = line.experience;
        let pairing = pairing(&experience.context, &experience.agent, experience.relevance);
        let before = self.own_value(&self.agents[at], scratch);
        let of_group = self.effect_of_group(experience);
        let of_model = self.effect_of_model(experience);
        let common = before.mean + self.gains.value(pairing) + of_model;
        let predicted = common + of_group.mean;
        let spread = before.std_dev.powi(2) + of_group.variance;
        let around = self.noise + spread;
        let trust = self.trust_in(line);
        let is_believed = trust >= BELIEVED;
        let said = line.says(experience.replaced_weight, |reward| line.target(reward));
        let outcomes = said.times(trust);
        self.hear(experience, predicted, around);

        let off = said.beside(predicted);
        let others = self.gains.value(pairing) + of_model + of_group.mean;
        let surprise = self.surprise(&outcomes, predicted, before.std_dev.powi(2), line);
        let standardised = if is_believed { off / around.sqrt() } else { 0.0 };
        self.learn_of_group(experience, Surprise { off: outcomes.beside(common), ..surprise });
        let without = Surprise { off: outcomes.beside(predicted - of_model), ..surprise };
        self.learn_of_model(experience, &without, standardised);
        self.tools.learn(&experience.tools, &surprise);

        let foretold = self.foretold(at, line, others, scratch);
        let centred = outcomes.less(self.config.initial_value + others);
        self.learn_weights(at, &centred, &foretold, surprise.keep as f32, scratch, buffers);
        let slack = said.count * self.config.change_slack;
        let change_detected = is_believed && self.watch(at, off / around.sqrt(), slack);
        self.gains.learn(pairing, said.count, off, around);
        let value = Value { mean: predicted, std_dev: spread.sqrt(), ..before };
        if is_believed {
            self.learn_calibration(&value, line);
            self.learn_noise(&said, predicted);
        }
        if experience.provisional {
            self.learn_surrogate(line, predicted);
        }
        self.tell(at, line, said.count, is_believed);
        self.agents[at].refresh(&self.prior, &self.shared, buffers);
        let target = line.target(experience.reward);
        Update { seq: self.seq, predicted, target, change_detected }
    }

    /// What was learned of a provisional reward stands where the value was then, which may be far from here: of that only as much is taken
    /// back as such rewards count for by now.
    fn learn_calibration(&mut self, value: &Value, line: &Line<'_>) {
        let replaced = line.replaces.filter(|_| line.experience.provisional);
        let share = replaced.map(|first| self.surrogate.share(first).min(line.experience.weight));
        let replaced_weight = share.unwrap_or(line.experience.replaced_weight);
        self.calibration.learn(value, &line.says(replaced_weight, |reward| reward), line.is_new());
    }

    /// What each member expected before it had learned of this decision at all.
    ///
    /// Of a linear model a prediction is that without the outcome, moved towards the outcome by its leverage.
    fn foretold(&self, at: usize, line: &Line<'_>, others: f64, scratch: &Scratch) -> Vec<f64> {
        let agent = &self.agents[at];
        let now = self.opinions(&agent.weights, scratch);
        let Some(first) = line.replaces else { return now.collect() };
        let first = line.target(first) - self.config.initial_value - others;
        let counted = line.experience.replaced_weight / self.config.noise_variance;
        let members = self.prior.members.iter().zip(agent.posteriors.iter().zip(&self.shared));
        let leverages = members.map(|(member, (own, shared))| {
            counted * f64::from(member.leverage(own, shared, &scratch.x[member.range.clone()]))
        });
        now.zip(leverages.map(|leverage| leverage.min(MOST_LEVERAGE)))
            .map(|(now, leverage)| (now - leverage * first) / (1.0 - leverage))
            .collect()
    }

    fn learn_noise(&mut self, said: &Portion, predicted: f64) {
        let window = ((self.seen + 1) as f64 + NOISE_PRIOR).min(NOISE_WINDOW);
        let more = said.squares_beside(predicted) - said.count * self.noise;
        self.noise = (self.noise + more / window).clamp(LEAST_NOISE, 1.0);
    }

    fn learn_surrogate(&mut self, line: &Line<'_>, expected: f64) {
        let reward = line.experience.reward;
        match line.replaces {
            None => self.surrogate.learn(reward, expected),
            Some(first) => self.surrogate.correct(first, reward, expected),
        }
    }

    /// Counts, and what is kept for people to read.
    fn tell(&mut self, at: usize, line: &Line<'_>, count: f64, is_believed: bool) {
        let experience = line.experience;
        self.seq += 1;
        match line.replaces {
            Some(first) => {
                self.answered.told(count);
                self.agents[at].table.correct(&experience.context, experience.reward - first);
            }
            None => {
                self.answered.ended(count);
                self.seen += 1;
                self.agents[at].observations += 1;
                self.observe_spent(Some(at), experience);
                if is_believed {
                    self.agents[at].table.learn(&experience.context, line.target(experience.reward));
                }
            }
        }
    }

    /// A word counts as far as its source was believed before it; never quite nothing, so that counts and doubt stay in step. One that
    /// corrects a reward was weighed when that was worked out.
    fn trust_in(&self, line: &Line<'_>) -> f64 {
        let word = line.experience.word.as_ref().filter(|_| line.is_new());
        word.map_or(1.0, |word| self.trust.of(&word.source)).max(LEAST_TRUST)
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

    /// Outcomes beside what was expected, which was unsure by `spread`.
    fn surprise(&self, outcomes: &Portion, expected: f64, spread: f64, line: &Line<'_>) -> Surprise {
        Surprise {
            count: outcomes.count,
            off: outcomes.beside(expected),
            is_new: line.is_new(),
            noise: self.noise,
            spread,
            keep: if line.is_new() { 1.0 - self.config.forgetting } else { 1.0 },
            seq: self.seq,
        }
    }

    fn learn_of_group(&mut self, experience: &Experience, surprise: Surprise) {
        let Some(group) = experience.context.terms().and_then(|terms| terms.own_group()) else { return };
        self.groups.learn(group, &experience.agent, &surprise, self.config.group_pairs);
    }

    /// The members' weights, and how much each member has to say: by the squares of what it was off.
    fn learn_weights(
        &mut self,
        at: usize,
        outcomes: &Portion,
        foretold: &[f64],
        keep: f32,
        scratch: &Scratch,
        buffers: &mut Buffers,
    ) {
        let squares = foretold.iter().map(|value| outcomes.squares_beside(*value));
        self.committee.learn(squares, self.config.committee_rate);
        self.learn_shared(outcomes, keep, scratch, buffers);
        self.learn_own(at, outcomes, keep, scratch, buffers);
    }

    fn learn_shared(&mut self, outcomes: &Portion, keep: f32, scratch: &Scratch, buffers: &mut Buffers) {
        let noise = self.config.noise_variance as f32;
        for (member, shared) in self.prior.members.iter().zip(&mut self.shared) {
            let (x, shared) = (&scratch.x[member.range.clone()], Arc::make_mut(shared));
            shared.learn(x, outcomes, noise, keep, &member.shared, &mut buffers.product);
        }
    }

    fn learn_own(
        &mut self,
        at: usize,
        outcomes: &Portion,
        keep: f32,
        scratch: &Scratch,
        buffers: &mut Buffers,
    ) {
        let (count, noise) = (outcomes.count as f32, self.config.noise_variance as f32);
        let agent = &mut self.agents[at];
        for (member, posterior) in self.prior.members.iter().zip(&mut agent.posteriors) {
            let (x, posterior) = (&scratch.x[member.range.clone()], Arc::make_mut(posterior));
            posterior.learn(x, outcomes, noise, keep, &member.agent, &mut buffers.product);
        }
        agent.sketch.learn(&scratch.sketch, count, noise, keep, &self.prior.sketch, &mut buffers.product);
    }

    /// True when the agent was found to have changed. Then most of what was learned of it is given back.
    fn watch(&mut self, at: usize, surprise: f64, slack: f64) -> bool {
        let config = &self.config;
        let agent = &mut self.agents[at];
        let changed =
            agent.observations >= SETTLED && agent.change.alarm(surprise, slack, config.change_threshold);
        if changed {
            agent.widen(&self.prior, config.change_keep as f32);
            self.groups.widen(&agent.key, config.change_keep);
        }
        changed
    }

    fn refresh_others(&mut self, buffers: &mut Buffers) {
        let count = self.agents.len();
        for turn in 0..REFRESHED.min(count) {
            let at = (self.seq as usize).wrapping_mul(REFRESHED).wrapping_add(turn) % count;
            self.agents[at].refresh(&self.prior, &self.shared, buffers);
        }
    }
}
