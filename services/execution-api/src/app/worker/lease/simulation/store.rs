//! The store of the simulated world: sessions, runs, fences and steps, every request atomic.

use std::collections::BTreeMap;

/// Microseconds of true time.
pub type Time = u64;

/// How long a session lives without renewal.
pub const TTL: Time = 3_000_000;
/// How many steps a run has.
pub const STEPS: u8 = 4;

/// A run.
#[derive(Debug, Default, Clone)]
pub struct Run {
    pub fence: u64,
    pub session: Option<u64>,
    pub done: bool,
    /// Fence of the INTENT, and whether the RESULT is there.
    pub steps: BTreeMap<u8, (u64, bool)>,
    pub deaths: u32,
}

/// What a worker asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Open,
    Renew(u64),
    Claim(u64),
    /// Which runs does my session hold?
    Held(u64),
    Intent {
        run: usize,
        fence: u64,
        step: u8,
    },
    Result {
        run: usize,
        fence: u64,
        step: u8,
    },
    Finish {
        run: usize,
        fence: u64,
    },
}

/// What it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Opened(u64),
    Done,
    /// A run, its fence, and the step with which it goes on.
    Runs(Vec<(usize, u64, u8)>),
    Stale,
}

/// A write that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    pub run: usize,
    pub fence: u64,
    pub of_day: u64,
}

/// Everything that is durable.
pub struct Store {
    /// Until when each session lives; `None` when it was ended.
    sessions: Vec<Option<Time>>,
    pub runs: Vec<Run>,
    pub accepted: Vec<Accepted>,
    pub results: BTreeMap<(usize, u8), u32>,
    pub refused: u64,
    fenced: bool,
}

impl Store {
    pub fn new(runs: usize, fenced: bool) -> Self {
        Self {
            sessions: Vec::new(),
            runs: vec![Run::default(); runs],
            accepted: Vec::new(),
            results: BTreeMap::new(),
            refused: 0,
            fenced,
        }
    }

    /// Applies a request at the instant `now`.
    pub fn apply(&mut self, request: Request, now: Time) -> Reply {
        match request {
            Request::Open => {
                self.sessions.push(Some(now + TTL));
                Reply::Opened(self.sessions.len() as u64 - 1)
            }
            Request::Renew(session) => match &mut self.sessions[session as usize] {
                Some(expires) => {
                    *expires = now + TTL;
                    Reply::Done
                }
                None => Reply::Stale,
            },
            Request::Claim(session) => self.claim(session, now),
            Request::Held(session) => Reply::Runs(self.held(session)),
            Request::Intent { run, fence, step } => self.write(run, fence, |run| {
                let known = run.steps.entry(step).or_insert((fence, false));
                if !known.1 {
                    known.0 = fence;
                }
                false
            }),
            Request::Result { run, fence, step } => {
                let mut first = false;
                let reply = self.write(run, fence, |run| {
                    let known = run.steps.entry(step).or_insert((fence, false));
                    first = !std::mem::replace(&mut known.1, true);
                    false
                });
                *self.results.entry((run, step)).or_default() += u32::from(first);
                reply
            }
            Request::Finish { run, fence } => self.write(run, fence, |_| true),
        }
    }

    /// Ends expired sessions; returns how many runs they held.
    pub fn reap(&mut self, now: Time) -> u64 {
        let mut freed = 0;
        for (session, expires) in self.sessions.iter_mut().enumerate() {
            if expires.is_some_and(|at| at <= now) {
                *expires = None;
                for run in self.runs.iter_mut().filter(|run| run.session == Some(session as u64)) {
                    (run.session, run.fence, run.deaths) = (None, run.fence + 1, run.deaths + 1);
                    freed += 1;
                }
            }
        }
        freed
    }

    fn claim(&mut self, session: u64, now: Time) -> Reply {
        if self.sessions[session as usize].is_none_or(|expires| expires <= now) {
            return Reply::Stale;
        }
        let waiting = self.runs.iter_mut().enumerate().find(|(_, run)| run.session.is_none() && !run.done);
        let Some((n, run)) = waiting else { return Reply::Runs(Vec::new()) };
        (run.session, run.fence) = (Some(session), run.fence + 1);
        Reply::Runs(vec![(n, run.fence, next(run))])
    }

    fn held(&self, session: u64) -> Vec<(usize, u64, u8)> {
        let held = self.runs.iter().enumerate().filter(|(_, run)| run.session == Some(session));
        held.map(|(n, run)| (n, run.fence, next(run))).collect()
    }

    fn write(&mut self, n: usize, fence: u64, change: impl FnOnce(&mut Run) -> bool) -> Reply {
        let run = &mut self.runs[n];
        if run.done || run.session.is_none() || (self.fenced && run.fence != fence) {
            self.refused += 1;
            return Reply::Stale;
        }
        self.accepted.push(Accepted { run: n, fence, of_day: run.fence });
        if change(run) {
            (run.done, run.session, run.fence) = (true, None, run.fence + 1);
        }
        Reply::Done
    }
}

/// The first step without a result.
fn next(run: &Run) -> u8 {
    (0..STEPS).find(|step| !run.steps.get(step).is_some_and(|(_, done)| *done)).unwrap_or(STEPS)
}
