//! What workers do: hold a session, claim, write, begin effects, and stop when their lease says so.

use std::collections::btree_map::Entry;
use std::time::Duration;

use rand::prelude::*;

use super::super::super::Lease;
use super::super::store::{Reply, Request, STEPS, TTL, Time};
use super::{Care, Effect, Event, Held, Message, Question, SECOND, World};

const ROOM: usize = 2;
const RENEW: Duration = Duration::from_secs(1);
/// A client that got no answer for this long asks again.
const AGAIN: Time = SECOND;
/// Between two looks at what the session holds: a claim may arrive long after it was given up.
const LOOK: Time = SECOND;

impl World {
    fn believes(&self, n: usize) -> bool {
        let holds = |lease: &Lease| self.care == Care::NoStop || lease.holds(self.local(n));
        self.workers[n].session.as_ref().is_some_and(|(_, lease)| holds(lease))
    }

    fn abandon(&mut self, n: usize) {
        let worker = &mut self.workers[n];
        (worker.session, worker.renew_at) = (None, None);
        worker.held.clear();
        worker.open.clear();
    }

    /// What a worker's timers do.
    pub(super) fn tick(&mut self, n: usize) {
        if self.workers[n].session.is_some() && !self.believes(n) {
            self.abandon(n);
        }
        for kind in self.forget_unanswered(n) {
            if let Question::Write(run) = kind {
                self.go_on(n, run);
            }
        }
        let local = self.local(n);
        let worker = &self.workers[n];
        let free = |kind: Question| !worker.open.contains_key(&kind);
        match worker.session {
            None if free(Question::Open) => self.ask(n, Question::Open, Request::Open),
            None => {}
            Some((session, _)) => {
                let renews = free(Question::Renew) && worker.renew_at.is_none_or(|at| at <= local);
                let claims = free(Question::Claim) && worker.held.len() < ROOM;
                let looks = worker.looked + LOOK <= self.now && self.care != Care::NoReconciliation;
                if renews {
                    self.ask(n, Question::Renew, Request::Renew(session));
                }
                if claims {
                    let request = if looks { Request::Held(session) } else { Request::Claim(session) };
                    self.ask(n, Question::Claim, request);
                }
            }
        }
    }

    fn forget_unanswered(&mut self, n: usize) -> Vec<Question> {
        let now = self.now;
        let open = &mut self.workers[n].open;
        let is_late = |since: Time| since + AGAIN <= now;
        let late: Vec<_> = open.iter().filter(|(_, (_, at))| is_late(*at)).map(|(kind, _)| *kind).collect();
        open.retain(|_, (_, at)| !is_late(*at));
        late
    }

    pub(super) fn answer(&mut self, n: usize, message: u64) {
        let Some(Message { request, asked, reply: Some(reply) }) = self.messages.remove(&message) else {
            return;
        };
        let worker = &mut self.workers[n];
        let kind = worker.open.iter().find(|(_, (sent, _))| *sent == message).map(|(kind, _)| *kind);
        // An answer that nobody waits for any more.
        let Some(kind) = kind else { return };
        worker.open.remove(&kind);
        match (request, reply) {
            (Request::Open, Reply::Opened(session)) => {
                worker.session = Some((session, Lease::granted(Duration::from_micros(TTL), asked)));
                worker.renew_at = Some(asked + RENEW);
            }
            (Request::Renew(_), Reply::Done) => {
                worker.renew_at = Some(asked + RENEW);
                if let Some((_, lease)) = &mut worker.session {
                    lease.renewed(asked);
                }
            }
            (Request::Renew(_) | Request::Claim(_), Reply::Stale) => self.abandon(n),
            (Request::Claim(_) | Request::Held(_), Reply::Runs(runs)) => {
                worker.looked = if matches!(request, Request::Held(_)) { self.now } else { worker.looked };
                for (run, fence, step) in runs {
                    if let Entry::Vacant(place) = self.workers[n].held.entry(run) {
                        place.insert(Held { fence, step, in_effect: false });
                        self.go_on(n, run);
                    }
                }
            }
            (Request::Intent { run, fence, .. }, Reply::Done) => self.begin_effect(n, run, fence),
            (Request::Result { run, fence, step }, Reply::Done) => {
                if let Some(held) = self.workers[n].held.get_mut(&run).filter(|held| held.fence == fence) {
                    (held.step, held.in_effect) = (step + 1, false);
                    self.go_on(n, run);
                }
            }
            (
                Request::Finish { run, fence }
                | Request::Intent { run, fence, .. }
                | Request::Result { run, fence, .. },
                _,
            ) => {
                self.workers[n].held.retain(|held, of| *held != run || of.fence != fence);
            }
            _ => {}
        }
    }

    /// Sends what comes next for a run: an INTENT, a RESULT that was not acknowledged, or the end.
    fn go_on(&mut self, n: usize, run: usize) {
        let Some(held) = self.workers[n].held.get(&run).copied() else { return };
        let (fence, step) = (held.fence, held.step);
        let request = match (step < STEPS, held.in_effect) {
            (true, false) => Request::Intent { run, fence, step },
            (true, true) => Request::Result { run, fence, step },
            (false, _) => Request::Finish { run, fence },
        };
        self.ask(n, Question::Write(run), request);
    }

    fn begin_effect(&mut self, n: usize, run: usize, fence: u64) {
        let looks = self.care != Care::NoLookBeforeEffects;
        if looks && !self.believes(n) {
            return self.abandon(n);
        }
        if self.workers[n].held.get(&run).is_none_or(|held| held.fence != fence) {
            return;
        }
        self.effects.push(Effect { run, fence, began: self.now });
        let life = self.workers[n].life;
        let took = self.rng.random_range(1_000..2 * SECOND);
        self.after(self.now + took, Event::EffectEnds(n, life, run, fence));
    }

    pub(super) fn effect_ends(&mut self, n: usize, run: usize, fence: u64) {
        if let Some(held) = self.workers[n].held.get_mut(&run).filter(|held| held.fence == fence) {
            held.in_effect = true;
            self.go_on(n, run);
        }
    }
}
