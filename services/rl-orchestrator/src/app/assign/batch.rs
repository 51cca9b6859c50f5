//! Many tasks in one commit, one answer each, in the order of the requests.

use std::collections::HashSet;

use task_model::{Micros, TaskId};

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
    let mut batch = Batch::default();
    let mut slots = Vec::with_capacity(orders.len());
    for order in orders {
        slots.push(batch.decide(state, order, now).await);
        // A thousand decisions take some milliseconds; other requests may go in between.
        if slots.len().is_multiple_of(64) {
            tokio::task::yield_now().await;
        }
    }
    let mut written = state.storage.task_assign_many(batch.assignments).await?.into_iter();
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

/// What is to be written together.
#[derive(Default)]
struct Batch {
    assignments: Vec<storage::Assignment>,
    /// The names of those that were charged to a tenant.
    ids: HashSet<TaskId>,
    keys: HashSet<String>,
}

impl Batch {
    async fn decide(&mut self, state: &State, order: Order, now: Micros) -> Slot {
        let dry_run = order.dry_run;
        let decision = match prepare(state, &order, now) {
            Ok(decision) => decision,
            Err(refusal) if dry_run => return Slot::Ready(Err(refusal)),
            Err(refusal) => return Slot::Ready(replay_or(state, order, refusal).await),
        };
        match self.charge(state, &order).await {
            Ok(None) => {}
            Ok(Some(known)) => return Slot::Ready(Ok(known)),
            Err(refusal) => return Slot::Ready(Err(refusal)),
        }
        let prepared = Prepared::new(state, order, decision, now);
        if dry_run {
            return Slot::Ready(Ok(prepared.answer));
        }
        self.assignments.push(prepared.assignment);
        Slot::Writing(prepared.answer, prepared.keyed)
    }

    /// One that this batch names a second time is one task: it was charged, and the writer says whether it is the same.
    async fn charge(&mut self, state: &State, order: &Order) -> Result<Option<Answer>, Error> {
        if order.dry_run || !state.tenant_rates.limits(&order.tenant) {
            return Ok(None);
        }
        let key = order.idempotency_key.as_ref();
        if self.ids.contains(&order.task_id) || key.is_some_and(|key| self.keys.contains(key)) {
            return Ok(None);
        }
        let known = charged(state, order).await?;
        if known.is_none() {
            self.ids.insert(order.task_id.clone());
            self.keys.extend(key.cloned());
        }
        Ok(known)
    }
}
