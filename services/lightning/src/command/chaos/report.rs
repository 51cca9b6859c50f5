//! What a run came to, for people and for programs.

use std::collections::BTreeMap;

use serde::Serialize;
use storage::{Books, Damage, SeenEffect, Violation};

use super::clients::Record;
use crate::output::{Output, Tone};

/// What fell on the services.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Blows {
    /// SIGKILLs, by service.
    pub kills: BTreeMap<&'static str, u32>,
    /// SIGSTOPs past the lease.
    pub freezes: u32,
    /// Times all connections were cut, and how many were.
    pub connections_cut: (u32, i64),
    /// Crashes of the server.
    pub server_restarts: u32,
    /// Times all connections were taken, and how many were.
    pub connections_taken: (u32, usize),
    /// Times the disk was full.
    pub disk_full: u32,
    /// Processes that ended by themselves, e.g. because they were started while the database was away.
    pub ended_by_themselves: u32,
    /// What was left out, and why.
    pub left_out: Vec<String>,
}

/// What a run came to.
#[derive(Debug, Serialize)]
pub struct Report {
    pub database: &'static str,
    pub seed: u64,
    pub minutes: f64,
    pub faults: bool,
    pub load: Load,
    pub effects: BTreeMap<&'static str, Effects>,
    pub blows: Blows,
    pub books: Sheet,
    pub takeover_ms: Spread,
    pub drained_in_s: f64,
    pub ended_in_s: f64,
}

/// What the clients did and got.
#[derive(Debug, Serialize)]
pub struct Load {
    pub tasks_sent: usize,
    pub tasks_acknowledged: usize,
    pub words_acknowledged: usize,
    pub cancels_acknowledged: usize,
    pub requests_repeated: u64,
    pub refused: Vec<String>,
    pub right_answers: usize,
    pub wrong_answers: Vec<String>,
    pub failures_by_code: BTreeMap<String, u64>,
    pub approved_by_a_person: BTreeMap<String, u64>,
    pub refused_by_a_person: BTreeMap<String, u64>,
}

/// Effects of one class, as the world outside counted them.
#[derive(Debug, Default, Serialize)]
pub struct Effects {
    /// Tasks that wanted one.
    pub wanted: u64,
    /// How many happened at least once.
    pub happened: u64,
    /// How many happened again, under the same key or because a person said so.
    pub again: u64,
    /// How often a person allowed one again, and refused one.
    pub words: (u64, u64),
}

/// What the books say.
#[derive(Debug, Serialize)]
pub struct Sheet {
    pub rules: usize,
    pub finished: i64,
    pub pruned: i64,
    pub waiting: i64,
    pub lost: i64,
    pub doubled: i64,
    pub stale_accepted: i64,
    pub torn: i64,
    pub violations: Vec<String>,
    pub counts: BTreeMap<String, i64>,
}

/// A distribution, in milliseconds.
#[derive(Debug, Default, Serialize)]
pub struct Spread {
    pub count: usize,
    pub p50: i64,
    pub p99: i64,
    pub max: i64,
}

impl Spread {
    /// Of sorted values.
    pub fn of(sorted: &[i64]) -> Self {
        let at = |share: f64| {
            let place = (sorted.len() as f64 * share).ceil() as usize;
            sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { count: sorted.len(), p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }
}

impl Sheet {
    /// The books without their types.
    pub fn of(books: Books) -> Self {
        let sum = |damage| books.violations.iter().filter(|v| v.damage == damage).map(|v| v.found).sum();
        Self {
            rules: books.rules,
            finished: books.finished,
            pruned: books.pruned,
            waiting: books.waiting,
            lost: sum(Damage::Lost),
            doubled: sum(Damage::Doubled),
            stale_accepted: sum(Damage::Stale),
            torn: sum(Damage::Torn),
            violations: books.violations.iter().map(sentence).collect(),
            counts: books.counts,
        }
    }
}

impl Effects {
    /// By class.
    pub fn of(seen: &[SeenEffect]) -> BTreeMap<&'static str, Self> {
        let mut all: BTreeMap<&'static str, Self> = BTreeMap::new();
        for effect in seen {
            let times: u64 = effect.times.iter().map(|(_, times)| times).sum();
            let of = all.entry(effect.class.as_str()).or_default();
            of.wanted += 1;
            of.happened += u64::from(times > 0);
            of.again += u64::from(times > 1);
            of.words.0 += effect.allowed;
            of.words.1 += u64::from(effect.refused);
        }
        all
    }
}

impl Load {
    /// What the clients' record says; answers and failures are looked up later.
    pub fn of(sent: usize, record: Record) -> Self {
        Self {
            tasks_sent: sent,
            tasks_acknowledged: record.tasks.len(),
            words_acknowledged: record.words.len(),
            cancels_acknowledged: record.cancelled.len(),
            requests_repeated: record.repeated,
            refused: record.refused,
            right_answers: 0,
            wrong_answers: Vec::new(),
            failures_by_code: BTreeMap::new(),
            approved_by_a_person: BTreeMap::new(),
            refused_by_a_person: BTreeMap::new(),
        }
    }
}

fn sentence(violation: &Violation) -> String {
    format!(
        "{:?}, {} times: not true that {} ({})",
        violation.damage,
        violation.found,
        violation.rule,
        violation.examples.join(", ")
    )
}

impl Report {
    /// Whether everything is as promised.
    pub fn is_sound(&self) -> bool {
        let load = &self.load;
        self.books.violations.is_empty()
            && self.books.waiting == 0
            && load.tasks_acknowledged == load.tasks_sent
            && load.refused.is_empty()
            && load.wrong_answers.is_empty()
    }

    /// For people.
    pub fn render(&self, output: &Output) -> String {
        let (load, blows, books) = (&self.load, &self.blows, &self.books);
        let mut table = output.table(&["what", "how much"]);
        let mut row = |what: &str, how_much: String| {
            table.add_row([what.to_owned(), how_much]);
        };
        row("tasks acknowledged", format!("{} of {} sent", load.tasks_acknowledged, load.tasks_sent));
        row(
            "finished + deleted + waiting",
            format!("{} + {} + {}", books.finished, books.pruned, books.waiting),
        );
        row("right answers", format!("{}, wrong {}", load.right_answers, load.wrong_answers.len()));
        row("feedback · cancels", format!("{} · {}", load.words_acknowledged, load.cancels_acknowledged));
        row("requests sent again", load.requests_repeated.to_string());
        row("SIGKILLs", format!("{} {:?}", blows.kills.values().sum::<u32>(), blows.kills));
        row("frozen past the lease", blows.freezes.to_string());
        row(
            "server: cut · crashed · no connections left",
            format!(
                "{} · {} · {}",
                blows.connections_cut.0, blows.server_restarts, blows.connections_taken.0
            ),
        );
        row("disk full", blows.disk_full.to_string());
        row("approved by a person", format!("{:?}", load.approved_by_a_person));
        row("refused by a person", format!("{:?}", load.refused_by_a_person));
        for (class, of) in &self.effects {
            let (allowed, refused) = of.words;
            row(
                &format!("effects, {class}"),
                format!(
                    "{} wanted, {} happened, {} again; a person allowed {allowed} again, refused {refused}",
                    of.wanted, of.happened, of.again
                ),
            );
        }
        row("failures", format!("{:?}", load.failures_by_code));
        let spread = &self.takeover_ms;
        row(
            "takeover of a dead worker's runs",
            format!("{}: p50 {} ms, p99 {} ms, max {} ms", spread.count, spread.p50, spread.p99, spread.max),
        );
        row(
            "everything ended after",
            format!("{:.1} s, {:.1} s of it after the load", self.ended_in_s, self.drained_in_s),
        );
        row(
            "lost · doubled · stale · torn",
            format!(
                "{} · {} · {} · {}  by {} rules",
                books.lost, books.doubled, books.stale_accepted, books.torn, books.rules
            ),
        );
        let mut lines = vec![table.to_string()];
        lines.extend(blows.left_out.iter().map(|what| output.paint(Tone::Odd, what)));
        let bad = books.violations.iter().chain(&load.refused).chain(&load.wrong_answers).take(20);
        lines.extend(bad.map(|what| output.paint(Tone::Bad, what)));
        lines.join("\n")
    }
}
