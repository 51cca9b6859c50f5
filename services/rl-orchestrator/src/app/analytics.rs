//! Figures over time and per agent, summed from the logs. What was read once is kept; each question reads only what came since.

mod curve;
mod rates;
mod regret;
mod times;

use storage::{Experience, TaskEvent};
use task_model::{Micros, TaskStatus};

pub(crate) use curve::LearningCurve;
pub(crate) use rates::{Metric, Rates, Span};
pub(crate) use regret::{Regret, regret};
pub(crate) use times::ResponseTimes;

use super::{Error, State, performance};

/// Lines read at once.
const PORTION: usize = 500;

/// What was summed so far.
#[derive(Debug, Default)]
pub(crate) struct Ledger(tokio::sync::Mutex<Sums>);

#[derive(Debug, Default)]
struct Sums {
    event_seq: i64,
    experience_seq: i64,
    ends: rates::Ends,
    curve: curve::Curve,
    times: times::Times,
}

/// How many tasks ended well, or badly, by hour or day and by agent.
pub(crate) async fn rates(state: &State, metric: Metric, span: &Span, now: Micros) -> Result<Rates, Error> {
    let agents = performance::report(state, now).await?;
    let mut sums = state.ledger.0.lock().await;
    sums.read_events(state).await?;
    Ok(rates::rates(metric, &sums.ends, span, &agents))
}

/// How rewards developed with experience.
pub(crate) async fn learning_curve(state: &State) -> Result<LearningCurve, Error> {
    let mut sums = state.ledger.0.lock().await;
    sums.read_experiences(state).await?;
    Ok(sums.curve.show())
}

/// How long the agents took.
pub(crate) async fn response_times(state: &State) -> Result<ResponseTimes, Error> {
    let mut sums = state.ledger.0.lock().await;
    sums.read_experiences(state).await?;
    Ok(sums.times.show())
}

impl Sums {
    async fn read_events(&mut self, state: &State) -> Result<(), Error> {
        loop {
            let events = state.storage.events_after(self.event_seq, PORTION).await?;
            let Some(last) = events.last() else { return Ok(()) };
            self.event_seq = last.seq;
            events
                .iter()
                .filter(|event| ended(event))
                .for_each(|event| self.ends.add(event.at, event.status));
        }
    }

    /// Corrections change rewards told before; the outcomes themselves are counted once. Lines of no weight have none.
    async fn read_experiences(&mut self, state: &State) -> Result<(), Error> {
        loop {
            let lines = state.storage.experiences_after(self.experience_seq, PORTION).await?;
            let Some(last) = lines.last() else { return Ok(()) };
            self.experience_seq = last.seq;
            for Experience { seq, experience } in lines.iter().filter(|line| line.experience.weight > 0.0) {
                match experience.prev_reward {
                    Some(replaced) => self.curve.correct(experience, replaced),
                    None => {
                        self.curve.add(*seq, experience);
                        self.times.add(experience);
                    }
                }
            }
        }
    }
}

fn ended(event: &TaskEvent) -> bool {
    matches!(event.status, TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled)
}
