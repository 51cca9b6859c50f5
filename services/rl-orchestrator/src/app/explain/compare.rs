//! The chosen agent beside its rival: feature by feature, and what would turn the order around.

use q_learning::{Experience, Learner, Scratch};
use service_api::explain::Argument;

use super::Field;
use crate::app::assign::answer::readable;

/// Outcomes that are tried out before it is said that they would not do.
const TRIED: u32 = 40;

pub(super) struct Comparison {
    pub(super) rival: usize,
    /// How much more is expected of the chosen one.
    pub(super) lead: f64,
    /// What the lead is made of, the strongest first.
    pub(super) arguments: Vec<Argument>,
    /// So many successes of the one behind, on such a task, would put it in front.
    pub(super) successes: Option<u32>,
    /// So many failures of the one in front would put it behind.
    pub(super) failures: Option<u32>,
}

impl Comparison {
    pub(super) fn of(field: &Field<'_>, chosen: usize, rival: usize) -> Self {
        let lead = field.values[chosen].mean - field.values[rival].mean;
        let (front, behind) = if lead >= 0.0 { (chosen, rival) } else { (rival, chosen) };
        Self {
            rival,
            lead,
            arguments: arguments(field, chosen, rival),
            successes: until_turned(field, front, behind, behind, 1.0),
            failures: until_turned(field, front, behind, front, 0.0),
        }
    }
}

/// What the difference of two values is made of.
fn arguments(field: &Field<'_>, chosen: usize, rival: usize) -> Vec<Argument> {
    let parts = |at| field.learner.explain(&field.context, field.candidate(at));
    let mut sums: Vec<Argument> = Vec::new();
    let own = parts(chosen).into_iter().map(|part| (part.feature, part.amount));
    for (feature, amount) in own.chain(parts(rival).into_iter().map(|part| (part.feature, -part.amount))) {
        match sums.iter_mut().find(|argument| argument.feature == feature) {
            Some(argument) => argument.amount += amount,
            None => sums.push(Argument { feature: feature.to_owned(), amount }),
        }
    }
    sums.iter_mut().for_each(|argument| argument.amount = readable(argument.amount));
    sums.sort_by(|a, b| b.amount.abs().total_cmp(&a.amount.abs()));
    sums
}

/// After how many such outcomes of `whose` on this very task the one behind would be in front. Tried out, not estimated.
fn until_turned(field: &Field<'_>, front: usize, behind: usize, whose: usize, reward: f64) -> Option<u32> {
    let mut learner: Learner = field.learner.clone();
    let candidate = field.candidate(whose);
    let outcome = Experience::new(field.context.clone(), candidate.agent.clone(), reward);
    let outcome = Experience { relevance: candidate.relevance, asked: candidate.model.cloned(), ..outcome };
    let mut scratch = Scratch::default();
    (1..=TRIED).find(|_| {
        let learned = learner.update(&outcome).is_ok();
        let both = [field.candidate(front), field.candidate(behind)];
        let values = learner.values(&field.context, &both, &mut scratch);
        learned && values[1].mean > values[0].mean
    })
}
