//! Many tasks in one commit, one answer each, in the order of the requests.

use task_model::Micros;

use super::{Answer, Order, Prepared, charged, prepare, replay_or, settle_on};
use crate::app::{Error, State};

/// Where the answer to one request comes from.
enum Slot {
    /// Nothing more is to be done.
    Ready(Result<Answer, Error>),
    /// The writer answers, in order.
    Writing(Answer, super::Named),
}

/// Assigns what can be assigned.
pub(crate) async fn assign_many(
    state: &State,
    orders: Vec<Order>,
    now: Micros,
) -> Result<Vec<Result<Answer, Error>>, Error> {
    let mut assignments = Vec::with_capacity(orders.len());
    let mut slots = Vec::with_capacity(orders.len());
    for order in orders {
        slots.push(decide_one(state, order, now, &mut assignments).await);
        // A thousand decisions take some milliseconds; other requests may go in between.
        if slots.len().is_multiple_of(64) {
            tokio::task::yield_now().await;
        }
    }
    let mut written = state.storage.task_assign_many(assignments).await?.into_iter();
    service_kit::crash_point("orchestrator.assigned");
    let answer = |slot| match slot {
        Slot::Ready(answer) => answer,
        Slot::Writing(fresh, named) => match written.next() {
            Some(stored) => settle_on(state, stored, fresh, named),
            None => Err(Error::Internal("the batch writer answered fewer than it was given".into())),
        },
    };
    Ok(slots.into_iter().map(answer).collect())
}

async fn decide_one(state: &State, order: Order, now: Micros, into: &mut Vec<storage::Assignment>) -> Slot {
    let dry_run = order.dry_run;
    match prepare(state, &order, now) {
        Err(refusal) if dry_run => Slot::Ready(Err(refusal)),
        Err(refusal) => Slot::Ready(replay_or(state, order, refusal).await),
        Ok(decision) => {
            match charged(state, &order).await {
                Ok(None) => {}
                Ok(Some(known)) => return Slot::Ready(Ok(known)),
                Err(refusal) => return Slot::Ready(Err(refusal)),
            }
            let prepared = Prepared::new(state, order, decision, now);
            if dry_run {
                return Slot::Ready(Ok(prepared.answer));
            }
            into.push(prepared.assignment);
            Slot::Writing(prepared.answer, prepared.keyed)
        }
    }
}
