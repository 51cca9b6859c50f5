//! The simulated world around the store: time, messages, and what befalls workers. What they do themselves is in `conduct`.

mod conduct;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use rand::prelude::*;
use rand::rngs::StdRng;
use tokio::time::Instant;

use super::super::Lease;
use super::store::{Reply, Request, Store, Time};

const WORKERS: usize = 3;
const RUNS: usize = 8;
const SECOND: Time = 1_000_000;
/// Faults end here, and everything must have ended by `END`.
const CALM: Time = 20 * SECOND;
const END: Time = 90 * SECOND;
const TICK: Time = SECOND / 10;
const REAP: Time = SECOND / 2;

/// Which care is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// All of it.
    Full,
    /// The store does not look at fences.
    NoFence,
    /// Workers start an effect when its INTENT is acknowledged, whatever their lease says.
    NoLookBeforeEffects,
    /// Workers believe in their lease until the store tells them otherwise.
    NoStop,
    /// Workers do not ask now and then what they hold.
    NoReconciliation,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Tick(usize, u64),
    Arrive(usize, u64, u64),
    Answer(usize, u64, u64),
    EffectEnds(usize, u64, usize, u64),
    Reap,
    Crash(usize),
    Freeze(usize),
}

/// What a worker waits for an answer to; one question of each kind at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Open,
    Renew,
    Claim,
    Write(usize),
}

/// A run in the hands of a worker.
#[derive(Debug, Clone, Copy)]
struct Held {
    fence: u64,
    step: u8,
    in_effect: bool,
}

struct Worker {
    life: u64,
    /// How fast its clock runs, in millionths of true time.
    rate: u64,
    frozen_until: Time,
    session: Option<(u64, Lease)>,
    renew_at: Option<Instant>,
    held: BTreeMap<usize, Held>,
    /// What it waits for, and since when.
    open: BTreeMap<Question, (u64, Time)>,
    /// When it last asked what its session holds.
    looked: Time,
}

struct Message {
    request: Request,
    asked: Instant,
    reply: Option<Reply>,
}

/// An effect that was under way, in true time.
#[derive(Debug, Clone, Copy)]
struct Effect {
    run: usize,
    fence: u64,
    began: Time,
}

/// Everything.
pub struct World {
    rng: StdRng,
    care: Care,
    now: Time,
    base: Instant,
    queue: BinaryHeap<Reverse<(Time, u64, Event)>>,
    sent: u64,
    messages: BTreeMap<u64, Message>,
    workers: Vec<Worker>,
    unreachable: (Time, Time),
    effects: Vec<Effect>,
    /// The highest fence under which each run's effects were begun, and when each fence was given out.
    given: BTreeMap<(usize, u64), Time>,
    pub store: Store,
    pub takeovers: u64,
    pub freezes: u64,
    pub claims_unknown: u64,
    /// A digest of all that happened.
    pub told: u64,
}

impl World {
    /// Lets a world run from its beginning to its end.
    pub fn run(seed: u64, care: Care) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let workers = (0..WORKERS).map(|_| Worker {
            life: 0,
            rate: rng.random_range(980_000..1_020_000),
            frozen_until: 0,
            session: None,
            renew_at: None,
            held: BTreeMap::new(),
            open: BTreeMap::new(),
            looked: 0,
        });
        let workers = workers.collect();
        let outage = rng.random_range(0..CALM);
        let unreachable = (outage, outage + rng.random_range(0..5 * SECOND));
        let mut world = Self {
            rng,
            care,
            now: 0,
            base: Instant::now(),
            queue: BinaryHeap::new(),
            sent: 0,
            messages: BTreeMap::new(),
            workers,
            unreachable,
            effects: Vec::new(),
            given: BTreeMap::new(),
            store: Store::new(RUNS, care != Care::NoFence),
            takeovers: 0,
            freezes: 0,
            claims_unknown: 0,
            told: 0,
        };
        world.begin();
        while let Some(Reverse((at, _, event))) = world.queue.pop() {
            if at > END || world.store.runs.iter().all(|run| run.done) {
                break;
            }
            world.now = at;
            world.happen(event);
        }
        world
    }

    /// Whatever is not as promised.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for write in self.store.accepted.iter().filter(|write| write.fence != write.of_day) {
            faults.push(format!("a write under fence {} of {} was accepted", write.fence, write.of_day));
        }
        for ((run, step), times) in self.store.results.iter().filter(|(_, times)| **times > 1) {
            faults.push(format!("step {step} of run {run} has {times} results"));
        }
        for effect in &self.effects {
            let overtaken = self.given.range((effect.run, effect.fence + 1)..(effect.run + 1, 0)).next();
            if overtaken.is_some_and(|(_, at)| *at <= effect.began) {
                faults.push(format!("run {}: an effect began after another worker had the run", effect.run));
            }
        }
        for (n, run) in self.store.runs.iter().enumerate().filter(|(_, run)| !run.done) {
            faults.push(format!("run {n} never ended: {run:?}"));
        }
        faults
    }

    fn begin(&mut self) {
        for n in 0..WORKERS {
            self.after(self.now, Event::Tick(n, 0));
            for _ in 0..self.rng.random_range(0..3) {
                let at = self.rng.random_range(0..CALM);
                let event = if self.rng.random() { Event::Crash(n) } else { Event::Freeze(n) };
                self.after(at, event);
            }
        }
        self.after(REAP, Event::Reap);
    }

    fn after(&mut self, at: Time, event: Event) {
        // Things that happen at the same instant happen in any order.
        let order = self.rng.random();
        self.queue.push(Reverse((at, order, event)));
    }

    fn happen(&mut self, event: Event) {
        self.told = self.told.rotate_left(7) ^ self.now ^ (self.sent << 20);
        match event {
            Event::Reap => {
                self.takeovers += self.store.reap(self.now);
                self.after(self.now + REAP, Event::Reap);
            }
            Event::Crash(n) => {
                let worker = &mut self.workers[n];
                (worker.life, worker.frozen_until, worker.session) = (worker.life + 1, 0, None);
                worker.renew_at = None;
                worker.held.clear();
                worker.open.clear();
                let (life, again) = (worker.life, self.now + self.rng.random_range(0..2 * SECOND));
                self.after(again, Event::Tick(n, life));
            }
            Event::Freeze(n) => {
                self.freezes += 1;
                self.workers[n].frozen_until = self.now + self.rng.random_range(SECOND..8 * SECOND);
            }
            Event::Arrive(n, life, message) => self.arrive(n, life, message),
            Event::Tick(n, life) | Event::Answer(n, life, _) | Event::EffectEnds(n, life, _, _)
                if self.workers[n].life != life => {}
            Event::Tick(n, _) | Event::Answer(n, ..) | Event::EffectEnds(n, ..)
                if self.workers[n].frozen_until > self.now =>
            {
                self.after(self.workers[n].frozen_until, event);
            }
            Event::Tick(n, life) => {
                self.tick(n);
                self.after(self.now + TICK, Event::Tick(n, life));
            }
            Event::Answer(n, _, message) => self.answer(n, message),
            Event::EffectEnds(n, _, run, fence) => self.effect_ends(n, run, fence),
        }
    }

    fn local(&self, n: usize) -> Instant {
        self.base + Duration::from_micros(self.now * self.workers[n].rate / 1_000_000)
    }

    fn ask(&mut self, n: usize, kind: Question, request: Request) {
        self.sent += 1;
        let asked = self.local(n);
        self.messages.insert(self.sent, Message { request, asked, reply: None });
        self.workers[n].open.insert(kind, (self.sent, self.now));
        let (life, message) = (self.workers[n].life, self.sent);
        if let Some(delay) = self.delay() {
            self.after(self.now + delay, Event::Arrive(n, life, message));
        }
    }

    /// How long a message is under way; `None` when it never arrives.
    fn delay(&mut self) -> Option<Time> {
        if self.now > CALM {
            return Some(self.rng.random_range(500..20_000));
        }
        match self.rng.random_range(0..100) {
            0..3 => None,
            3..6 => Some(self.rng.random_range(SECOND..6 * SECOND)),
            _ => Some(self.rng.random_range(500..40_000)),
        }
    }

    fn arrive(&mut self, n: usize, life: u64, message: u64) {
        if (self.unreachable.0..self.unreachable.1).contains(&self.now) {
            return;
        }
        let request = self.messages[&message].request;
        let reply = self.store.apply(request, self.now);
        if let (Request::Claim(_), Reply::Runs(runs)) = (request, &reply) {
            self.given.extend(runs.iter().map(|(run, fence, _)| ((*run, *fence), self.now)));
        }
        self.messages.get_mut(&message).expect("it was sent").reply = Some(reply);
        match self.delay() {
            Some(delay) => self.after(self.now + delay, Event::Answer(n, life, message)),
            None => self.claims_unknown += u64::from(matches!(request, Request::Claim(_))),
        }
    }
}
