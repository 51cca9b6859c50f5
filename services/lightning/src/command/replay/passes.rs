//! The passes of all lines, played by several threads and reported in the order of the lines.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use q_learning::replay::{Report, Summary, run};

use super::{Line, Outcome};
use crate::cli::ReplayArgs;
use crate::exit::{Code, Failure};

type Played = (usize, Result<Report, q_learning::Error>);

/// Plays every line with every seed. `finished` is called with each line in turn as soon as it is known.
pub(super) fn play<'a>(
    lines: &'a [Line<'a>],
    args: &ReplayArgs,
    finished: impl FnMut(&Outcome<'a>),
) -> Result<Vec<Outcome<'a>>, Failure> {
    let threads = args.threads.map_or_else(processors, usize::from);
    let next = AtomicUsize::new(0);
    let (sender, played) = channel();
    let sender = Mutex::new(sender);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(lines.len() * args.seeds as usize) {
            let sender = sender.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
            scope.spawn(|| work(lines, args.seeds, &next, sender));
        }
        drop(sender);
        collect(lines, args.seeds as usize, played, finished)
    })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Takes passes until there are none left, or until nobody wants to know any more.
fn work(lines: &[Line<'_>], seeds: u64, next: &AtomicUsize, sender: Sender<Played>) {
    let begin = Instant::now();
    loop {
        let pass = next.fetch_add(1, Ordering::Relaxed);
        let (at, seed) = (pass / seeds as usize, pass as u64 % seeds + 1);
        let Some(line) = lines.get(at) else { return };
        let clock = || begin.elapsed().as_nanos() as u64;
        let report = run(line.data, &line.policy.1, line.variant.1, seed, clock);
        if sender.send((at, report)).is_err() {
            return;
        }
    }
}

fn collect<'a>(
    lines: &'a [Line<'a>],
    seeds: usize,
    played: Receiver<Played>,
    mut finished: impl FnMut(&Outcome<'a>),
) -> Result<Vec<Outcome<'a>>, Failure> {
    let bar = bar((lines.len() * seeds) as u64);
    let mut reports: Vec<Vec<Report>> = lines.iter().map(|_| Vec::with_capacity(seeds)).collect();
    let mut outcomes = Vec::with_capacity(lines.len());
    for (at, report) in played {
        reports[at].push(report.map_err(|error| Failure::from_error(Code::Other, &error))?);
        bar.inc(1);
        while let Some(whole) = reports.get_mut(outcomes.len()).filter(|reports| reports.len() == seeds) {
            let summary = Summary::of(whole).ok_or_else(|| Failure::usage("at least one seed is needed"))?;
            whole.clear();
            let outcome = Outcome { line: &lines[outcomes.len()], summary };
            bar.suspend(|| finished(&outcome));
            outcomes.push(outcome);
        }
    }
    bar.finish_and_clear();
    Ok(outcomes)
}

/// On standard error, and only when a person watches it.
fn bar(passes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} passes, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(passes).with_style(style)
}
