//! `lightning chaos`: real processes under load, killed, frozen and cut off at random; then the books are read.
//!
//! It starts everything that it hurts, and ends only that. What must hold is not decided here but by `storage`'s books.

mod caretaker;
mod clients;
mod disk;
mod http;
mod place;
mod plan;
mod processes;
mod prune;
mod report;
mod server;
mod strike;
mod world;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;

use storage::{Books, Ledger, Moment, Storage};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cli::{ChaosArgs, Service};
use crate::exit::{Code, Failure};
use crate::output::{Output, Tone, counted};
use caretaker::{Said, Sayings};
use clients::{Clients, Record};
use place::Place;
use plan::{Layout, Order};
use processes::Processes;
use report::{Effects, Load, Report, Sheet, Spread};
use strike::Striker;
use world::World;

/// The lease of a worker, as `config/default.toml` has it.
const LEASE: Duration = Duration::from_millis(3_000);
/// How many tasks come at once before a kill.
const BURST: u32 = 20;
/// How long services may take to be ready, and to end.
const READY: Duration = Duration::from_secs(120);
const END: Duration = Duration::from_secs(15);
/// How long what is on its way between two tables may take to arrive once every task has ended.
const SETTLE: Duration = Duration::from_secs(30);

/// Runs it and says what came of it.
pub async fn run(args: &ChaosArgs, output: &Output) -> Result<(), Failure> {
    let folder = Folder::make(args.keep.as_deref())?;
    let place =
        Place::prepare(&args.database, &folder.path, args.seed, args.fill_disk && !args.no_faults).await?;
    let storage = place.open().await?;
    let world = World::start().await?;
    let settings = world.settings(&folder.path)?;
    let mut processes =
        Processes::new(&folder.path, &settings, &place.url, args.executions, args.orchestrators)?;
    let report = trial(args, &place, &storage, &world, &mut processes, output).await;
    processes.stop(END).await;
    storage.close().await;
    place.leave().await;
    let report = report?;
    output.both(&report, || report.render(output));
    if report.is_sound() { Ok(()) } else { Err(Failure::other("the promise was broken; see above")) }
}

/// Loads, hurts, waits, reads.
async fn trial(
    args: &ChaosArgs,
    place: &Place,
    storage: &Storage,
    world: &World,
    processes: &mut Processes,
    output: &Output,
) -> Result<Report, Failure> {
    let layout = layout(args, place);
    let orders = plan::load(args.seed, &layout);
    let (give_up, drained, over) =
        (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());
    let clients = Clients::new(
        processes.ports(Service::Orchestrator),
        processes.ports(Service::Execution),
        args.prune.is_some(),
        give_up.clone(),
    );
    processes.start_all()?;
    clients.insist(&processes.ports(Service::Execution), "/agents", &World::agent()).await;
    until_ready(&clients, processes).await?;
    let said = Said::default();
    let caretaker =
        tokio::spawn(caretaker::watch(clients.clone(), said.clone(), drained.clone(), over.clone()));

    let cleaner = args.prune.map(|age| {
        let age = Duration::from_secs(age.into());
        tokio::spawn(prune::clean(storage.clone(), age, give_up.clone()))
    });

    let begin = Instant::now();
    output.say(output.paint(
        Tone::Faint,
        format!("{} over {:.1} min on {}", counted(orders.len(), "task"), args.minutes, place.kind),
    ));
    let mut senders: JoinSet<()> =
        orders.iter().map(|order| clients.clone().see_through(order.clone(), begin)).collect();
    let faults = if args.no_faults { Vec::new() } else { plan::faults(args.seed, &layout) };
    let mut striker = Striker::new(place, args.seed, *output);
    striker.left_out(place, args);
    striker.strike(faults, begin, layout.length, processes).await?;

    let calm = Instant::now();
    processes.start_all()?;
    drained.cancel();
    let patience = Duration::from_secs(args.patience);
    if let Some(own) = &place.own {
        own.revive();
    }
    let mut books = drain(storage, &clients, &mut senders, processes, calm + patience).await?;
    let drained_in_s = calm.elapsed().as_secs_f64();
    let ended_in_s = begin.elapsed().as_secs_f64();
    // Whoever tries again now tries a task that was answered.
    let wrong = match args.prune {
        Some(_) => prune::try_again(&clients, &orders).await,
        None => Vec::new(),
    };
    give_up.cancel();
    senders.shutdown().await;
    if let Some(cleaner) = cleaner {
        drop(cleaner.await);
    }
    let mut load = Load::of(orders.len(), clients.record());
    load.refused.extend(wrong);
    judge_answers(&mut load, &orders, &clients).await;
    over.cancel();
    drop(caretaker.await);
    let Sayings { approved, refused, words } = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (load.approved_by_a_person, load.refused_by_a_person) = (approved, refused);
    let effects = world.effects(&orders, &clients.record().tasks, &words);
    storage.books_effects(&effects, &mut books).await?;
    striker.blows.ended_by_themselves = processes.ended_by_themselves;
    let takeovers = storage.books_takeovers(&striker.deaths).await?;
    Ok(Report {
        database: place.kind,
        seed: args.seed,
        minutes: args.minutes,
        faults: !args.no_faults,
        load,
        blows: striker.blows,
        effects: Effects::of(&effects),
        books: Sheet::of(books),
        takeover_ms: Spread::of(&takeovers),
        drained_in_s,
        ended_in_s,
    })
}

fn layout(args: &ChaosArgs, place: &Place) -> Layout {
    let length = Duration::from_secs_f64(args.minutes.clamp(0.05, 100_000.0) * 60.0);
    let kills = args.kills.unwrap_or_else(|| (args.minutes * 10.0).ceil().max(1.0) as u32);
    Layout {
        length,
        kills,
        rate: args.rate,
        burst: BURST,
        server: place.server.is_some(),
        restartable: place.own.is_some(),
        disk: place.disk.is_some(),
        freeze: LEASE + Duration::from_secs(1),
    }
}

/// Waits until each orchestrator has the roster.
async fn until_ready(clients: &Clients, processes: &mut Processes) -> Result<(), Failure> {
    let give_up = Instant::now() + READY;
    let mut ready = 0;
    while ready < 8 {
        if Instant::now() > give_up {
            return Err(Failure::unavailable(
                "the services did not become ready; see their logs with --keep",
            ));
        }
        processes.tend(std::time::Instant::now())?;
        let well = clients.look("/health/ready").await.is_some();
        let agents = clients.look("/agents").await.unwrap_or_default();
        let known =
            agents["agents"].as_array().is_some_and(|all| all.iter().any(|a| a["id"] == world::AGENT));
        ready = if well && known { ready + 1 } else { 0 };
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Waits until everything acknowledged has ended and nothing is on its way any more, or patience ends.
async fn drain(
    storage: &Storage,
    clients: &Clients,
    senders: &mut JoinSet<()>,
    processes: &mut Processes,
    give_up: Instant,
) -> Result<Books, Failure> {
    let mut settled_by = None;
    loop {
        processes.tend(std::time::Instant::now())?;
        while senders.try_join_next().is_some() {}
        let books = storage.books_check(&ledger(clients.record()), Moment::Drained).await;
        let all_sent = senders.is_empty();
        match books {
            Ok(books) if all_sent && books.waiting == 0 => {
                let by = *settled_by.get_or_insert(Instant::now() + SETTLE);
                if books.violations.is_empty() || Instant::now() > by.min(give_up) {
                    return Ok(books);
                }
            }
            Ok(books) if Instant::now() > give_up => return Ok(books),
            Err(error) if Instant::now() > give_up => return Err(error.into()),
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

fn ledger(record: Record) -> Ledger {
    Ledger { tasks: record.tasks, words: record.words }
}

/// Holds every completed task's answer against what its client expected, page by page, as anybody could.
async fn judge_answers(load: &mut Load, orders: &[Order], clients: &Clients) {
    let expected: HashMap<&str, &str> =
        orders.iter().filter_map(|order| Some((order.id.as_str(), order.expected.as_deref()?))).collect();
    let mut cursor = String::new();
    loop {
        let Some(page) = clients.look(&format!("/tasks?order=oldest&limit=500{cursor}")).await else {
            return;
        };
        for task in page["tasks"].as_array().into_iter().flatten() {
            let id = task["task_id"].as_str().unwrap_or_default();
            match task["status"].as_str().unwrap_or_default() {
                "completed" => {
                    let answer = task["result"]["answer"].as_str().unwrap_or_default();
                    let Some(right) = expected.get(id) else { continue };
                    if digits(answer).contains(right) {
                        load.right_answers += 1;
                    } else {
                        load.wrong_answers.push(format!("{id}: expected {right}, answered {answer}"));
                    }
                }
                "failed" => {
                    let code = task["error"]["code"].as_str().unwrap_or("none").to_owned();
                    *load.failures_by_code.entry(code).or_default() += 1;
                }
                _ => {}
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return,
        }
    }
}

/// A text without what people put between digits.
fn digits(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ',' | '_' | ' ' | '\u{202f}')).collect()
}

/// The folder of a run: thrown away unless somebody wants to keep it.
struct Folder {
    path: PathBuf,
    _thrown_away: Option<tempfile::TempDir>,
}

impl Folder {
    fn make(keep: Option<&Path>) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::from_error(Code::Other, &error);
        if let Some(path) = keep {
            std::fs::create_dir(path).map_err(failed)?;
            return Ok(Self { path: path.canonicalize().map_err(failed)?, _thrown_away: None });
        }
        let folder = tempfile::tempdir().map_err(failed)?;
        Ok(Self { path: folder.path().to_owned(), _thrown_away: Some(folder) })
    }
}
