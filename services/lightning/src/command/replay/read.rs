//! A file of tasks with known outcomes becomes a data set. What is wrong with a line is said with its number.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use q_learning::replay::{DataSet, Row};
use serde::Deserialize;

use crate::exit::Failure;

/// One line. Members that are not listed are the file's own.
#[derive(Deserialize)]
struct Task {
    #[serde(default)]
    text: Option<String>,
    rewards: BTreeMap<String, Option<Number>>,
    #[serde(default)]
    cost: Option<BTreeMap<String, Option<f64>>>,
}

/// A success may be written as a number or as a word.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
enum Number {
    Amount(f64),
    Success(bool),
}

impl Number {
    fn amount(self) -> f64 {
        match self {
            Self::Amount(amount) => amount,
            Self::Success(success) => f64::from(u8::from(success)),
        }
    }
}

/// The data set of a file, plain or gzip'd. Empty lines, and tasks that nobody has an outcome in, are passed over.
pub(super) fn data(path: &Path) -> Result<DataSet, Failure> {
    let refuse = |what: String| Failure::usage(format!("{}: {what}", path.display()));
    let lines = open(path).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    let mut tasks = Vec::new();
    for (number, line) in lines.split(b'\n').enumerate() {
        let line = line.map_err(|error| refuse(format!("cannot be read: {error}")))?;
        if let Some(task) =
            task(&line).map_err(|problem| refuse(format!("line {}: {problem}", number + 1)))?
        {
            tasks.push(task);
        }
    }
    if tasks.is_empty() {
        return Err(refuse("holds no task with a reward".to_owned()));
    }
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(assemble(&name, tasks))
}

fn open(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    let mut file = BufReader::new(File::open(path)?);
    if file.fill_buf()?.starts_with(&GZIP) {
        return Ok(Box::new(BufReader::new(MultiGzDecoder::new(file))));
    }
    Ok(Box::new(file))
}

/// `None` of a line that holds nothing to choose from.
fn task(line: &[u8]) -> Result<Option<Task>, String> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line).trim_ascii();
    if line.is_empty() {
        return Ok(None);
    }
    let task: Task = serde_json::from_slice(line).map_err(|error| format!("is no task: {error}"))?;
    for (agent, reward) in known(&task) {
        if !(0.0..=1.0).contains(&reward) {
            return Err(format!("the reward of {agent:?} is {reward}, which is not from 0 to 1"));
        }
    }
    for (agent, cost) in task.cost.iter().flatten() {
        if cost.is_some_and(|cost| cost < 0.0) {
            return Err(format!("the cost of {agent:?} is below 0"));
        }
    }
    let chooses = known(&task).next().is_some();
    Ok(chooses.then_some(task))
}

fn known(task: &Task) -> impl Iterator<Item = (&str, f64)> {
    task.rewards.iter().filter_map(|(agent, reward)| Some((agent.as_str(), (*reward)?.amount())))
}

/// Agents in the order of their names, whichever of them a line happens to mention.
fn assemble(name: &str, tasks: Vec<Task>) -> DataSet {
    let agents: BTreeSet<String> = tasks.iter().flat_map(known).map(|(agent, _)| agent.to_owned()).collect();
    let row = |task: Task| Row {
        rewards: agents.iter().map(|agent| Some((*task.rewards.get(agent)?)?.amount())).collect(),
        costs: match &task.cost {
            Some(costs) => agents.iter().map(|agent| costs.get(agent).copied().flatten()).collect(),
            None => Vec::new(),
        },
        text: task.text.unwrap_or_default(),
    };
    let rows = tasks.into_iter().map(row).collect();
    let agents: Vec<&str> = agents.iter().map(String::as_str).collect();
    DataSet::new(name, &agents, rows)
}
