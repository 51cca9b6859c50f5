//! A search for settings: each trial goes through the log beside the given settings and is judged by what it would have earned.
//!
//! A trial that is found worse on the way stops early. What was found is kept after every trial, so a search that was killed goes on
//! with the next one. The best trial is best on this log only; the gate judges it again by what comes after.

use q_learning::ope::{Gate, Verdict};
use q_learning::{DecisionRng, decision_rng};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::TrainingJob;

use super::job::{merged, trials};
use crate::app::evaluate::{Contender, Counts, Duel};
use crate::app::{Error, State};

/// One trial and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Trial {
    /// From 1.
    trial: usize,
    /// The settings, as far as they differ from the usual ones.
    learner: Map<String, Value>,
    /// How much more than the given settings it would have earned per decision, doubly robust.
    uplift: f64,
    /// Lower end of the 95 % interval.
    low: f64,
    /// Upper end of it.
    high: f64,
    /// Decisions looked at.
    decisions: usize,
    /// Whether it was found worse before the end of the log.
    stopped_early: bool,
}

/// The settings that would have earned the most; the given ones when none is better. `None` when the job was stopped meanwhile.
pub(super) async fn best(state: &State, job: &mut TrainingJob) -> Result<Option<Map<String, Value>>, Error> {
    let given = job.config["learner"].as_object().cloned().unwrap_or_default();
    let Some((count, seed)) = trials(&job.config) else { return Ok(Some(given)) };
    let mut done: Vec<Trial> = serde_json::from_value(job.progress["trials"].clone()).unwrap_or_default();
    while done.len() < count {
        let number = done.len() + 1;
        let changes = varied(&given, seed, number);
        let Some(trial) = run(state, job, number, &given, changes).await? else { return Ok(None) };
        done.push(trial);
        job.progress["trials"] = serde_json::to_value(&done).unwrap_or_default();
        job.progress["share"] = Value::from(SEARCH_SHARE * done.len() as f64 / count as f64);
        state.storage.training_put(job.clone()).await?;
    }
    job.metrics["trials"] = job.progress["trials"].clone();
    let best = done.iter().filter(|trial| trial.uplift > 0.0 && !trial.stopped_early);
    let best = best.max_by(|a, b| a.uplift.total_cmp(&b.uplift));
    Ok(Some(best.map_or(given, |trial| trial.learner.clone())))
}

/// The part of a job that the search is.
pub(super) const SEARCH_SHARE: f64 = 0.8;

async fn run(
    state: &State,
    job: &TrainingJob,
    trial: usize,
    given: &Map<String, Value>,
    learner: Map<String, Value>,
) -> Result<Option<Trial>, Error> {
    let contender = |changes: &Map<String, Value>| Contender::from_nothing(merged(changes.clone())?);
    let (candidate, incumbent) = (contender(&learner)?, contender(given)?);
    let mut duel = Duel::new(candidate, incumbent, state.selection.clone(), Counts::default());
    let mut stopped_early = false;
    loop {
        let (advanced, added) = duel.advance(&state.storage).await?;
        duel = advanced;
        if added.is_none() {
            break;
        }
        if super::find(state, &job.job_id).await?.status == "stopped" {
            return Ok(None);
        }
        stopped_early = Gate::default().judge(&duel.pairs()).0 == Verdict::Worse;
        if stopped_early {
            break;
        }
    }
    let (_, found) = Gate::default().judge(&duel.pairs());
    let (low, high) = (found.interval.low, found.interval.high);
    Ok(Some(Trial {
        trial,
        learner,
        uplift: found.value,
        low,
        high,
        decisions: found.decisions,
        stopped_early,
    }))
}

/// The settings of one trial: the same for the same seed and number.
fn varied(given: &Map<String, Value>, seed: u64, number: usize) -> Map<String, Value> {
    /// Numbers that are scaled, by up to how much.
    const SCALED: [(&str, f64); 9] = [
        ("noise_variance", 2.0),
        ("shared_bias_variance", 4.0),
        ("shared_weight_variance", 4.0),
        ("sketch_bias_variance", 4.0),
        ("sketch_weight_variance", 4.0),
        ("committee_rate", 3.0),
        ("gain_variance", 4.0),
        ("relevance_gain", 3.0),
        ("forgetting", 8.0),
    ];
    let mut rng = decision_rng(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
    let base = merged(given.clone()).ok().and_then(|config| serde_json::to_value(config).ok());
    let base = base.unwrap_or_default();
    let mut varied = given.clone();
    for (name, most) in SCALED {
        // Half of the numbers stay: otherwise what was good about a trial could not be told.
        if rng.random::<bool>()
            && let Some(value) = base[name].as_f64()
        {
            varied.insert(name.into(), Value::from(value * factor(&mut rng, most)));
        }
    }
    varied.insert("gamma".into(), Value::from(rng.random_range(0..=9) as f64 / 10.0));
    if merged(varied.clone()).is_ok_and(|config| q_learning::Learner::new(config).is_ok()) {
        varied
    } else {
        given.clone()
    }
}

/// Between `1 / most` and `most`, evenly in its logarithm.
fn factor(rng: &mut DecisionRng, most: f64) -> f64 {
    most.powf(rng.random_range(-1.0..1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tries_the_same_settings_and_all_are_allowed() {
        let given = Map::from_iter([("initial_value".to_owned(), Value::from(0.4))]);
        for number in 1..=64 {
            let settings = varied(&given, 7, number);
            assert_eq!(settings, varied(&given, 7, number));
            assert_ne!(settings, varied(&given, 8, number));
            assert_eq!(settings["initial_value"], 0.4);
            assert!(merged(settings).is_ok());
        }
    }
}
